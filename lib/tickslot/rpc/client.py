"""A service's caller on one scheduler."""

from ..core.block import (
    address_of,
    get_byte,
    get_half,
    get_word,
    set_address,
    set_byte,
    set_half,
    set_word,
)
from ..core.inline import address_at, put_address
from ..core.layout import Block, Header, NONE, Op, Slot, State
from ..core.on_cpython import const, micropython, ptr16, ptr32, ptr8
from ..core.outcomes import EMPTY, FULL, TIMEOUT
from ..core.wait_queue import enqueue, unqueue, wake
from ..observe.layout import Stage
from .caller import Caller
from .layout import ClientPart, Kind, Overflow, Request, SPAWN_METHOD, ServiceBlock
from .protocol import LATER, STOPPED
from .service import note, nothing


# of the service's block and its requests: see request.py, whose constants these are

# of the scheduler's block: see slot.py and mailbox.py

# stages, see service.py

# the client's own block, in 32-bit words
_KIND = const(0)
_LATE = const(1)
_RID = const(2)  # the request that was made last; NONE: its reply is in the box; or one of these:
_TAKEN = const(0xFFFE)  # it was yielded
_NO_ROOM = const(0xFFFD)  # it is to wait for room, with its argument in the box
_GENERATION = const(3)  # and that request's
_CALLS = const(4)  # requests whose callbacks are to be called, first and last
_LAST_CALL = const(5)
_ROOM = const(6)  # the first node that waits for room
_METHOD = const(7)  # what a call that is to wait for room asks for
_NEAR = const(8)  # the request whose handler `_do` has called, or NONE
_REFUSALS = const(9)
_NUMBER = const(10)
_S = const(11)  # addresses, low and high: of the service's block
_MINE = const(13)  # our 16 bytes of it
_R = const(15)  # its requests
_K = const(17)  # its handlers' kinds
_A = const(19)  # our scheduler's block

# what is where in its box
_REPLY = const(0)  # what the call that was made last has come to
_EXTRA = const(1)  # the second cell of the request that is being made
_GOT = const(2)  # the reply to `ask`
_OWNER = const(3)  # the service that forwards its requests


def _doing(kit):
    """A client's `_do`: a function in the instance, which closes over what it needs."""

    @micropython.viper
    def do(method: int, arg):  # hot
        """Call a plain handler of this very scheduler right here, if nothing waits before it.

        It has a request meanwhile, for `keep` and for the count of what is held,
        and that stays if the handler replies later, or raises.
        """
        (words, enter, leave, cells, handlers, later, box, post, note, room) = kit
        m = ptr32(int(words))
        s = address_at(m, _S)
        w = ptr32(s)
        h = ptr16(s)
        records = address_at(m, _R)
        shared = int(w[ServiceBlock.SHARED])
        rid = NONE
        if method >= 0 and method < int(w[ServiceBlock.METHODS]) and w[ServiceBlock.STATE] and h[2] == NONE:
            kinds = ptr8(address_at(m, _K))
            if not kinds[method] and w[ServiceBlock.IN_HAND] == NONE:
                if shared:
                    enter()
                if w[ServiceBlock.HELD] < w[ServiceBlock.LIMIT]:
                    rid = int(h[0])
                if rid != NONE:  # taken as `_post` does: a function for both is 6 us of 73
                    record = ptr16(records + (rid << 4))
                    h[0] = record[1]
                    held = int(w[ServiceBlock.HELD]) + 1
                    w[ServiceBlock.HELD] = held
                    if held > int(w[ServiceBlock.HIGH]):
                        w[ServiceBlock.HIGH] = held
                    w[ServiceBlock.ACCEPTED] = w[ServiceBlock.ACCEPTED] + 1
                    record[0] = Request.YET
                    record[1] = NONE
                    record[2] = Request.ASKED
                    record[4] = method | (int(m[_NUMBER]) << 8)
                if shared:
                    leave()
        if rid == NONE:
            post(method, arg)
            return
        record = ptr16(records + (rid << 4))
        watched = int(w[ServiceBlock.WATCHED]) | int(ptr32(address_at(m, _A))[Header.TRACED])
        if watched:
            note(Stage.SENT, rid)
            note(Stage.TAKEN, rid)
        w[ServiceBlock.IN_HAND] = rid
        m[_NEAR] = rid
        v = handlers[method](arg)
        m[_NEAR] = NONE
        w[ServiceBlock.IN_HAND] = NONE
        if v is later:
            if int(record[2]) & 255 == Request.ASKED:
                cells[rid << 1] = arg  # for `argument`
            m[_RID] = rid
            m[_GENERATION] = record[3]
            return
        if watched:
            note(Stage.REPLIED, rid)
            note(Stage.DELIVERED, rid)
        if shared:  # freed as `_free` does, for the same reason
            enter()
        w[ServiceBlock.HELD] = w[ServiceBlock.HELD] - 1
        w[ServiceBlock.REPLIES] = w[ServiceBlock.REPLIES] + 1
        wanted = int(w[ServiceBlock.WANTED])
        w[ServiceBlock.WANTED] = 0
        record[2] = 0
        record[3] = (int(record[3]) + 1) & 0x3FFF
        record[1] = h[0]
        h[0] = rid
        if shared:
            leave()
        if wanted:
            room()
        box[_REPLY] = v
        m[_RID] = NONE

    return do


class Client(Caller):
    """Sends requests to `service` from the tasks of `scheduler`; it is its own operation.

    Where the two schedulers are different, one of them at least has a mailbox
    (a Worker makes it), and the other is given one.

    ValueError: the service has all the clients it was made for.  Context: boot.
    """

    def __init__(self, scheduler, service):
        self.number = number = len(service.clients)
        if number == service.limit:
            raise ValueError("%r has all of its %d clients: give it clients=" % (service, number))
        self.op = Op.ASK
        self.scheduler = scheduler
        self.service = service
        self._mine = mine = service.at + ServiceBlock.CLIENTS_BYTE + 16 * number
        set_half(mine, 0, NONE)
        set_half(mine, 1, NONE)
        set_address(mine, ClientPart.SCHEDULER, scheduler.address)
        self._block = bytearray(84)
        self._words = words = address_of(self._block)
        set_word(words, _RID, _TAKEN)
        set_word(words, _CALLS, NONE)
        set_word(words, _ROOM, NONE)
        set_word(words, _NEAR, NONE)
        set_word(words, _NUMBER, number)
        set_address(words, _S, service.at)
        set_address(words, _MINE, mine)
        set_address(words, _R, service.records)
        set_address(words, _K, address_of(service._kinds))
        set_address(words, _A, scheduler.address)
        self._room = words + 4 * _ROOM
        self._methods = None  # of the nodes that wait for room
        if get_word(service.at, ServiceBlock.OVERFLOW) == Overflow.BLOCK:
            self._methods = bytearray(scheduler.slots)
        self._box: list = [None, None, EMPTY, None]
        self._got_bound = self._got
        self._give = nothing
        # In the instance a look-up is half as dear.
        self.begin = self.begin  # type: ignore[method-assign]
        self._post = self._post  # type: ignore[method-assign]
        self.call = self.call  # type: ignore[method-assign]
        if service.scheduler is scheduler:
            self.call = self._call_near  # type: ignore[method-assign]
        service.clients.append(self)
        self._connect()
        scheduler.on_bell(self._answer)

    def equip(self, enter, leave):
        """What requests need, in tuples: see Service.  Context: boot."""
        service = self.service
        words = self._words
        cells = service.cells
        store = self.scheduler.store
        room = service.ring_who_wants
        self._posts = (words, enter, leave, self._give, cells, self._box, self._refused, self._note)
        self._begins = (words, store, self._box, None)
        self._gets = (
            words,
            enter,
            leave,
            cells,
            store,
            wake,
            self._deliver,
            self._let_in,
            room,
            None,
        )
        near = (
            words,
            enter,
            leave,
            cells,
            service._handlers,
            LATER,
            self._box,
            self._post,
            self._note,
            room,
        )
        self._do = _doing(near)

    def _connect(self):
        """One lock for all who share the service, and bells in both directions."""
        service = self.service
        mine = self.scheduler.mailbox
        other = service.scheduler.mailbox
        if service.scheduler is not self.scheduler:
            if mine is None and other is not None:
                mine = other.beside(self.scheduler)
            elif other is None and mine is not None:
                other = mine.beside(service.scheduler)
        if mine is not None:
            self._give = other.give
            service.connect(mine.enter, mine.leave, self.number, mine.give)
        else:  # two schedulers on one thread, or one
            self.equip(service._enter, service._leave)

    # -- the caller's calls ----------------------------------------------------

    def _raised(self, error):
        """The handler that `_do` called raised, or the method is no number."""
        words = self._words
        rid = get_word(words, _NEAR)
        if rid == NONE:
            raise error
        set_word(words, _NEAR, NONE)
        set_word(words, _RID, rid)
        set_word(words, _GENERATION, get_half(self.service.records + 16 * rid, 3))
        if not self.service._blame(error):
            raise error

    def spawn(self, function, arg=None, timeout_ms=None):
        """Operation: have `function(arg)` called on the service's core; its result is the reply.

        See `call`.
        """
        return self.call(SPAWN_METHOD, arg, timeout_ms, function)

    def post(self, method, arg=None):
        """Ask, and want no reply: True, or FULL or STOPPED.

        Context: its thread, in a task or outside.  Alloc: 0.
        """
        return self._send(Kind.POST, method, arg, None)

    def call_back(self, method, arg, callback):
        """Ask, and have `callback(reply)` called on this scheduler: a ticket, or FULL or STOPPED.

        Context: its thread, in a task or outside.  Alloc: 0.
        """
        sent = self._send(Kind.CALLBACK, method, arg, callback)
        if sent is not True:
            return sent
        rid = get_word(self._words, _RID)
        return get_half(self.service.records + 16 * rid, 3) << 14 | rid

    def cancel(self, ticket):
        """Give up a `call_back`: its callback is not called.  True, or False when it has been.

        A request that the service has not looked at is not handled: it ends with CANCELLED there.

        Context: its thread.  Alloc: 0.
        """
        record = self.service.records + 16 * (ticket & 0x3FFF)
        if get_half(record, 3) != ticket >> 14 or get_byte(record, 5) != Kind.CALLBACK:
            return False
        set_byte(record, 5, Kind.ABANDONED)
        return True

    def forward(self, service, ticket, method, arg):
        """See Service.forward: LATER, or FULL or STOPPED.

        RuntimeError: it forwards for another service, to which replies would go.
        """
        box = self._box
        if box[_OWNER] is None:
            box[_OWNER] = service
        elif box[_OWNER] is not service:
            raise self.scheduler.error(
                RuntimeError, "%r forwards for another service: make a Client for each", self
            )
        sent = self._send(Kind.FORWARD, method, arg, ticket)
        return LATER if sent is True else sent

    def ask(self, method, arg=None, timeout_ms=None):
        """Ask and wait, in code that is no task: the REPL, a plain thread.  See `call`.

        The scheduler's ready tasks run meanwhile.
        RuntimeError: inside of `run`.  Alloc: 0.
        """
        scheduler = self.scheduler
        if scheduler._running or scheduler.current is not None:
            raise scheduler.error(
                RuntimeError, "%r: ask() is for code outside of run(): yield client.call()", self
            )
        box = self._box
        box[_GOT] = EMPTY
        ticket = self.call_back(method, arg, self._got_bound)
        if ticket is FULL or ticket is STOPPED:
            return ticket
        start = scheduler.now()
        while box[_GOT] is EMPTY:
            if not scheduler.poll_once() and box[_GOT] is EMPTY and scheduler.idle is not None:
                scheduler.idle(1)
            if timeout_ms is not None and box[_GOT] is EMPTY:
                passed = scheduler.now() - start
                if passed < 0:
                    passed += scheduler.period
                if passed >= timeout_ms * get_word(scheduler.address, Header.TICKS_PER_MS):
                    self.cancel(ticket)
                    return TIMEOUT
        reply = box[_GOT]
        box[_GOT] = EMPTY
        return reply

    def _got(self, reply):
        self._box[_GOT] = reply

    def _send(self, kind, method, arg, extra):
        return True if self._made(kind, method, arg, extra) else self._box[_REPLY]

    @micropython.viper
    def _made(self, kind: int, method: int, arg, extra) -> int:  # hot
        """Make a request of that kind: 1, or 0 and the reason why not in the box."""
        (words, store, box, none) = self._begins
        m = ptr32(int(words))
        box[_EXTRA] = extra
        m[_KIND] = kind
        self._post(method, arg)
        m[_KIND] = Kind.CALL
        box[_EXTRA] = none
        return int(m[_RID] != NONE)

    @micropython.viper
    def _post(self, method: int, arg):  # hot
        """Step 1 of request.py, and the request's number in RID, or NONE and the reason why not.

        `call` takes it before its `yield`, so that the other core is at work
        while this one parks the task.
        """
        (words, enter, leave, give, cells, box, refused, note) = self._posts
        m = ptr32(int(words))
        s = address_at(m, _S)
        w = ptr32(s)
        h = ptr16(s)
        r = address_at(m, _R)
        kind = int(m[_KIND])
        if method < 0 or method > 255:
            method = 254
        enter()
        rid = int(h[0])
        if rid == NONE or w[ServiceBlock.HELD] >= w[ServiceBlock.LIMIT] or not w[ServiceBlock.STATE]:
            if w[ServiceBlock.OVERFLOW] == Overflow.BLOCK:
                w[ServiceBlock.WANTED] = 1
                ptr32(s + ServiceBlock.CLIENTS_BYTE + (int(m[_NUMBER]) << 4))[ClientPart.WANTS] = 1
            leave()
            refused(method, arg)
            return
        record = ptr16(r + (rid << 4))
        h[0] = record[1]
        held = int(w[ServiceBlock.HELD]) + 1
        w[ServiceBlock.HELD] = held
        if held > int(w[ServiceBlock.HIGH]):
            w[ServiceBlock.HIGH] = held
        w[ServiceBlock.ACCEPTED] = w[ServiceBlock.ACCEPTED] + 1
        record[0] = Request.YET
        record[1] = NONE
        record[2] = Request.ASKED | (kind << 8)
        record[4] = method | (int(m[_NUMBER]) << 8)
        cells[rid << 1] = arg
        if kind or method == SPAWN_METHOD:
            cells[(rid << 1) + 1] = box[_EXTRA]
        m[_RID] = rid
        m[_GENERATION] = record[3]
        if int(w[ServiceBlock.WATCHED]) | int(ptr32(address_at(m, _A))[Header.TRACED]):
            leave()
            note(Stage.SENT, rid)
            enter()
        if h[2] == NONE:
            h[2] = rid
        else:
            ptr16(r + (int(h[3]) << 4))[1] = rid
        h[3] = rid
        t = ptr32(address_at(w, ServiceBlock.SCHEDULER))
        t[Header.BELL] = 1
        asleep = int(t[Header.ASLEEP])
        t[Header.ASLEEP] = 0
        leave()
        if asleep:
            give()

    def _refused(self, method, arg):  # hot
        """There is no room, or the service does not run."""
        words = self._words
        box = self._box
        service = self.service
        set_word(words, _RID, NONE)
        box[_REPLY] = STOPPED
        if get_word(service.at, ServiceBlock.STATE):
            box[_REPLY] = FULL
            overflow = get_word(service.at, ServiceBlock.OVERFLOW)
            if overflow == Overflow.BLOCK:
                if get_word(words, _KIND) == Kind.CALL and method != SPAWN_METHOD:
                    set_word(words, _RID, _NO_ROOM)
                    set_word(words, _METHOD, method)
                    box[_REPLY] = arg
                    return
            elif overflow and service.drop_oldest():
                self._post(method, arg)
                return
        set_word(words, _REFUSALS, get_word(words, _REFUSALS) + 1)

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield client.call()`: see burst.py.  Context: burst.

        The reply cannot be there yet: it is delivered on this thread, by `_answer`.
        """
        (words, store, box, none) = self._begins
        m = ptr32(int(words))
        rid = int(m[_RID])
        m[_RID] = _TAKEN
        if rid == NONE:
            store[node] = box[_REPLY]
            box[_REPLY] = none
            return 0
        r = (address_at(m, _R)) + (rid << 4)
        if rid >= _NO_ROOM or ptr16(r)[3] != m[_GENERATION]:
            return int(self._begin_late(node, rid))
        # The text of `enqueue`, and the waiter is never NONE meanwhile.
        s = address_at(m, _A)
        s += Block.SLOTS + (node << Slot.BITS)
        ptr16(s)[Slot.WAIT_NEXT] = node
        ptr16(s)[Slot.WAIT_PREVIOUS] = node
        put_address(ptr32(s), Slot.QUEUE_LOW, r)
        ptr16(r)[0] = node
        return 1

    def _begin_late(self, node, rid):
        """A call that has to wait for room, or that was not yielded as it was made."""
        if rid != _NO_ROOM:
            raise self.scheduler.error(
                RuntimeError, "%r: a call is yielded once, at once: yield client.call()", self
            )
        box = self._box
        words = self._words
        method = get_word(words, _METHOD)
        arg = box[_REPLY]
        self._post(method, arg)  # there may be room by now; if not, we are told of it from here on
        if get_word(words, _RID) != _NO_ROOM:
            return self.begin(node)
        set_word(words, _RID, _TAKEN)
        box[_REPLY] = None
        self.scheduler.give(node, arg)
        self._methods[node] = method
        enqueue(self.scheduler.address, node, self._room)
        return 1

    def _let_in(self):  # hot
        """Make the requests of those who wait for room, as far as there is some."""
        a = self.scheduler.address
        words = self._words
        store = self.scheduler.store
        while True:
            node = get_half(self._room, 0)
            if node == NONE:
                return
            if get_byte(a + Block.SLOTS + Slot.BYTES * node, 0) == State.DUE:
                unqueue(a, node)  # its deadline came first
                continue
            self._post(self._methods[node], store[node])
            if get_word(words, _RID) == _NO_ROOM:
                set_word(words, _RID, _TAKEN)
                self._box[_REPLY] = None
                return
            unqueue(a, node)
            store[node] = None
            if self.begin(node) == 0:
                wake(a, node, State.READY)

    # -- replies ---------------------------------------------------------------

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: step 4 of request.py, for all that is done."""
        (words, enter, leave, cells, store, rouse, deliver, let_in, room, none) = self._gets
        m = ptr32(int(words))
        c = ptr16(address_at(m, _MINE))
        if c[0] != NONE:
            a = address_at(m, _A)
            s = address_at(m, _S)
            h = ptr16(s)
            w = ptr32(s)
            first = address_at(m, _R)
            watched = int(w[ServiceBlock.WATCHED]) | int(ptr32(a)[Header.TRACED])
            calls = 0
            enter()
            wanted = int(w[ServiceBlock.WANTED])
            w[ServiceBlock.WANTED] = 0
            rid = int(c[0])
            c[0] = NONE
            while rid != NONE:
                r = ptr16(first + (rid << 4))
                after = int(r[1])
                kind = int(r[2]) >> 8
                if watched or kind == Kind.CALLBACK or kind == Kind.FORWARD:
                    r[1] = NONE
                    if m[_CALLS] == NONE:
                        m[_CALLS] = rid
                    else:
                        ptr16(first + (int(m[_LAST_CALL]) << 4))[1] = rid
                    m[_LAST_CALL] = rid
                    calls = 1
                else:
                    if kind == Kind.CALL:
                        node = int(r[0])
                        if node >= Request.YET:
                            m[_LATE] = m[_LATE] + 1
                        else:
                            store[node] = cells[rid << 1]
                            rouse(a, node, State.READY)
                    elif kind == Kind.ABANDONED:
                        m[_LATE] = m[_LATE] + 1
                    cells[rid << 1] = none
                    if kind or int(r[4]) & 255 == SPAWN_METHOD:
                        cells[(rid << 1) + 1] = none
                    r[2] = 0  # the text of `_free`: this section has the lock already
                    r[3] = (int(r[3]) + 1) & 0x3FFF
                    r[1] = h[0]
                    h[0] = rid
                rid = after
            leave()
            if calls:
                deliver()
            if wanted:
                room()
        if m[_ROOM] != NONE:
            let_in()

    def _deliver(self):
        """Call the callbacks, and give on what is forwarded: each is freed before."""
        service = self.service
        scheduler = self.scheduler
        words = self._words
        cells = service.cells
        watched = service.statistics is not None or get_word(scheduler.address, Header.TRACED)
        while True:
            rid = get_word(words, _CALLS)
            if rid == NONE:
                return
            record = service.records + 16 * rid
            kind = get_byte(record, 5)
            node = get_half(record, 0)
            value = cells[2 * rid]
            extra = cells[2 * rid + 1]
            cells[2 * rid] = cells[2 * rid + 1] = None
            set_word(words, _CALLS, get_half(record, 1))
            if watched:
                self._note(Stage.DELIVERED, rid)
            self._free(rid)
            if kind == Kind.FORWARD:
                self._box[_OWNER].forwarded(extra, value)
            elif kind == Kind.CALLBACK:
                try:
                    extra(value)
                except Exception as error:
                    scheduler._report(self, error, False)
            elif kind == Kind.CALL and node < Request.YET:
                scheduler.give(node, value)
                wake(scheduler.address, node, State.READY)
            elif kind != Kind.POST:
                set_word(words, _LATE, get_word(words, _LATE) + 1)
            value = extra = None

    @micropython.viper
    def _free(self, rid: int):  # hot
        """Step 4 of request.py, for what `_answer` does not free by itself."""
        (words, enter, leave, give, cells, box, refused, note) = self._posts
        m = ptr32(int(words))
        s = address_at(m, _S)
        w = ptr32(s)
        h = ptr16(s)
        r = ptr16((address_at(m, _R)) + (rid << 4))
        enter()
        wanted = int(w[ServiceBlock.WANTED])
        w[ServiceBlock.WANTED] = 0
        r[2] = 0
        r[3] = (int(r[3]) + 1) & 0x3FFF
        r[1] = h[0]
        h[0] = rid
        leave()
        if wanted:
            self.service.ring_who_wants()

    def _note(self, stage, rid):  # hot
        note(self.service, self.scheduler, stage, rid)

    @property
    def refused(self):
        """Requests that found the service full or stopped.  Alloc: 0."""
        return get_word(self._words, _REFUSALS)

    @property
    def late(self):
        """Replies that came when their caller had given up.  Alloc: 0."""
        return get_word(self._words, _LATE)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
