"""A service's caller on one scheduler."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr16, ptr32

from .burst import OP_ASK
from .request import CALL, CALLBACK, FORWARD, GIVEN_UP, LATER, POST, SPAWN, STOPPED
from .service import nothing
from .slot import (
    NONE,
    address_of,
    enqueue,
    get_byte,
    get_half,
    get_word,
    set_byte,
    set_half,
    set_word,
    wake,
)
from .values import EMPTY, FULL, TIMEOUT

# of the service's block and its requests: see request.py, whose constants these are
_NONE = const(0xFFFF)
_HELD = const(2)
_LIMIT = const(3)
_STATE = const(4)
_HIGH = const(5)
_AT_LO = const(6)
_AT_HI = const(7)
_ACCEPTED = const(8)
_REPLIES = const(9)
_HAND = const(16)
_METHODS = const(18)
_KINDS = const(22)
_REFUSED = const(19)
_CLIENTS_AT = const(96)
_SPAWN = const(255)
_TAKEN = const(0xFFFE)  # of RID: it was yielded; NONE: it was refused
_CALL = const(0)
_POST = const(1)
_CALLBACK = const(2)
_FORWARD = const(3)
_GIVEN_UP = const(4)
_ASKED = const(1)
_FREE = const(0)

# of the scheduler's block: see slot.py and mailbox.py
_BELL = const(21)
_ASLEEP = const(31)
_TICKS_PER_MS = const(22)
_READY = const(1)

# what is where in the client's kit
_WORDS = const(0)
_ENTER = const(1)
_LEAVE = const(2)
_CELLS = const(3)
_STORE = const(4)
_NO = const(5)
_GIVE = const(6)
_DELIVER = const(7)
_FULL = const(8)
_STOPPED = const(9)
_REFUSAL = const(10)
_REPLY = const(11)
_GOT = const(12)
_OWNER = const(13)
_HANDLERS = const(14)
_KEEPS = const(15)
_EXTRA = const(17)

# and in its own block, in 32-bit words; addresses take two
_S = const(0)
_MINE = const(2)
_RECORDS = const(4)
_A = const(6)
_NUMBER = const(8)
_KIND = const(9)
_LATE = const(10)
_RID = const(11)  # the request that was made last, until it is yielded
_CALLS = const(12)  # requests whose callbacks are to be called, first and last
_LAST_CALL = const(13)


class Client:
    """Sends requests to `service` from the tasks of `scheduler`; it is its own operation.

    Where the two schedulers are different, one of them at least has a mailbox
    (a Worker makes it), and the other is given one.

    ValueError: the service has all the clients it was made for.  Context: boot.
    """

    def __init__(self, scheduler, service):
        number = len(service.clients)
        if number == service._limit:
            raise ValueError("%r has all of its %d clients: give it clients=" % (service, number))
        self.op = OP_ASK
        self.scheduler = scheduler
        self.service = service
        at = service.at
        if service.scheduler is scheduler:
            self.call = self._call_near  # type: ignore[method-assign]
        mine = at + _CLIENTS_AT + 16 * number
        set_half(mine, 0, NONE)
        set_half(mine, 1, NONE)
        set_word(mine, 1, scheduler.address & 0xFFFFFFFF)
        set_word(mine, 2, scheduler.address >> 32)
        set_word(mine, 3, number)
        block = bytearray(56)
        words = address_of(block)
        for index, value in (
            (_S, at),
            (_MINE, mine),
            (_RECORDS, service.records),
            (_A, scheduler.address),
        ):
            set_word(words, index, value & 0xFFFFFFFF)
            set_word(words, index + 1, value >> 32)
        set_word(words, _NUMBER, number)
        set_word(words, _RID, _TAKEN)
        set_word(words, _CALLS, NONE)
        # What every call needs is in a list, because the attributes of an object with many of
        # them cost several times as much (facts.md: an item 1.7 us on a Pico).
        self._kit = [
            words,
            nothing,
            nothing,
            service.cells,
            scheduler.store,
            None,
            nothing,
            self._deliver,
            FULL,
            STOPPED,
            None,
            EMPTY,
            self._got,
            None,
            service._handlers,
            LATER,
            block,
            None,
        ]
        self._connect(service)
        service.clients.append(self)
        scheduler.on_bell(self._answer)

    def _connect(self, service):
        mine = getattr(self.scheduler, "mailbox", None)
        other = getattr(service.scheduler, "mailbox", None)
        if service.scheduler is not self.scheduler:
            if mine is None and other is None:
                return  # two schedulers on one thread
            if mine is None:
                mine = other.beside(self.scheduler)
            elif other is None:
                other = mine.beside(service.scheduler)
        if mine is not None:
            self._kit[_ENTER] = mine.enter
            self._kit[_LEAVE] = mine.leave
            self._kit[_GIVE] = other.give
            service.connect(mine.enter, mine.leave, len(service.clients), mine.give)

    # -- the caller's calls ----------------------------------------------------

    def call(self, method, arg=None, timeout_ms=None):
        """Operation: ask, and wait for the reply.

        `yield` gives it, or a reason: UNKNOWN_METHOD, STOPPED, FULL, CANCELLED,
        RAISED, REJECTED, or TIMEOUT after `timeout_ms`, and then a late reply
        is dropped and counted.  `arg` and the reply are shared with the other
        core, not copied: what changes belongs to the service until the reply.

        Context: task.  Alloc: 0.
        """
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)
        self._post(method, arg)
        return self

    def _call_near(self, method, arg=None, timeout_ms=None):
        """`call` where the service is on the same scheduler."""
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)
        try:
            if self._do(method, arg):
                return self
        except Exception as error:
            rid = get_word(self.service.at, _HAND)
            if rid == NONE:
                raise  # the method is no number
            set_word(self._kit[_WORDS], _RID, rid)
            self.service._blame(error)
            return self
        self._post(method, arg)
        return self

    @micropython.viper
    def _do(self, method: int, arg) -> int:  # hot
        """Call a plain handler of this very scheduler right here, if nothing waits before it.

        It has a request meanwhile, for `keep` and for the count of what is held,
        and that stays if the handler replies later, or raises.
        """
        kit = self._kit
        m = ptr32(int(kit[_WORDS]))
        s = m[_S] | ((m[_S + 1] << 16) << 16)
        w = ptr32(s)
        h = ptr16(s)
        if method < 0 or method >= int(w[_METHODS]) or w[_STATE] == 0:
            return 0
        if ptr8(w[_KINDS] | ((w[_KINDS + 1] << 16) << 16))[method] or h[2] != _NONE:
            return 0
        if w[_HAND] != _NONE:
            return 0
        records = m[_RECORDS] | ((m[_RECORDS + 1] << 16) << 16)
        enter = kit[_ENTER]
        leave = kit[_LEAVE]
        enter()
        rid = int(h[0])
        if rid == _NONE or w[_HELD] >= w[_LIMIT]:
            leave()
            return 0
        record = ptr16(records + (rid << 4))
        h[0] = record[1]
        held = int(w[_HELD]) + 1
        w[_HELD] = held
        if held > int(w[_HIGH]):
            w[_HIGH] = held
        w[_ACCEPTED] = w[_ACCEPTED] + 1
        record[1] = _NONE
        record[2] = _ASKED
        record[4] = method | (int(m[_NUMBER]) << 8)
        record[5] = 0
        leave()
        w[_HAND] = rid
        v = kit[_HANDLERS][method](arg)
        w[_HAND] = _NONE
        if v is kit[_KEEPS]:
            m[_RID] = rid
            return 1
        enter()
        w[_HELD] = w[_HELD] - 1
        w[_REPLIES] = w[_REPLIES] + 1
        record[2] = 0
        record[3] = (int(record[3]) + 1) & 0x3FFF
        record[1] = h[0]
        h[0] = rid
        leave()
        kit[_REFUSAL] = v
        m[_RID] = _NONE
        return 1

    def spawn(self, function, arg=None, timeout_ms=None):
        """Operation: have `function(arg)` called on the service's core; its result is the reply.

        See `call`.
        """
        self._kit[_EXTRA] = function
        return self.call(SPAWN, arg, timeout_ms)

    def post(self, method, arg=None):
        """Ask, and want no reply: True, or FULL or STOPPED.

        Context: its thread, in a task or outside.  Alloc: 0.
        """
        return self._send(POST, method, arg, None)

    def call_back(self, method, arg, callback):
        """Ask, and have `callback(reply)` called on this scheduler: a ticket, or FULL or STOPPED.

        Context: its thread, in a task or outside.  Alloc: 0.
        """
        sent = self._send(CALLBACK, method, arg, callback)
        if sent is not True:
            return sent
        rid = get_word(self._kit[_WORDS], _RID)
        return get_half(self.service.records + 16 * rid, 3) << 14 | rid

    def cancel(self, ticket):
        """Give up a `call_back`: its callback is not called.  True, or False when it has been.

        Context: its thread.  Alloc: 0.
        """
        record = self.service.records + 16 * (ticket & 0x3FFF)
        if get_half(record, 3) != ticket >> 14 or get_byte(record, 5) != CALLBACK:
            return False
        set_byte(record, 5, GIVEN_UP)
        return True

    def forward(self, service, ticket, method, arg):
        """See Service.forward: LATER, or FULL or STOPPED."""
        self._kit[_OWNER] = service
        sent = self._send(FORWARD, method, arg, ticket)
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
        kit = self._kit
        kit[_REPLY] = EMPTY
        ticket = self.call_back(method, arg, kit[_GOT])
        if ticket is FULL or ticket is STOPPED:
            return ticket
        start = scheduler.now()
        while kit[_REPLY] is EMPTY:
            if get_word(scheduler.address, _BELL):
                scheduler._answer()
            elif not scheduler.poll_once() and scheduler.idle is not None:
                scheduler.idle(1)
            if timeout_ms is not None and kit[_REPLY] is EMPTY:
                passed = scheduler.now() - start
                if passed < 0:
                    passed += scheduler.period
                if passed >= timeout_ms * get_word(scheduler.address, _TICKS_PER_MS):
                    self.cancel(ticket)
                    return TIMEOUT
        reply = kit[_REPLY]
        kit[_REPLY] = EMPTY
        return reply

    def _got(self, reply):
        self._kit[_REPLY] = reply

    def _send(self, kind, method, arg, extra):
        kit = self._kit
        words = kit[_WORDS]
        kit[_EXTRA] = extra
        set_word(words, _KIND, kind)
        self._post(method, arg)
        set_word(words, _KIND, CALL)
        kit[_EXTRA] = None
        return True if get_word(words, _RID) != NONE else kit[_REFUSAL]

    @micropython.viper
    def _post(self, method: int, arg):  # hot
        """Step 1 of request.py, and the request's number in RID, or NONE and the reason why not.

        `call` takes it before its `yield`, so that the other core is at work
        while this one parks the task.
        """
        kit = self._kit
        m = ptr32(int(kit[_WORDS]))
        s = m[_S] | ((m[_S + 1] << 16) << 16)
        w = ptr32(s)
        h = ptr16(s)
        kind = int(m[_KIND])
        leave = kit[_LEAVE]
        r = m[_RECORDS] | ((m[_RECORDS + 1] << 16) << 16)
        if method < 0 or method > 255:
            method = 254
        kit[_ENTER]()
        rid = int(h[0])
        if rid == _NONE or w[_HELD] >= w[_LIMIT] or w[_STATE] == 0:
            w[_REFUSED] = w[_REFUSED] + 1
            state = int(w[_STATE])
            leave()
            reason = kit[_FULL]
            if state == 0:
                reason = kit[_STOPPED]
            kit[_REFUSAL] = reason
            m[_RID] = _NONE
            return
        if h[2] == _NONE:
            h[2] = rid
        else:
            ptr16(r + (int(h[3]) << 4))[1] = rid
        h[3] = rid
        r += rid << 4
        record = ptr16(r)
        h[0] = record[1]
        held = int(w[_HELD]) + 1
        w[_HELD] = held
        if held > int(w[_HIGH]):
            w[_HIGH] = held
        w[_ACCEPTED] = w[_ACCEPTED] + 1
        record[1] = _NONE
        record[2] = _ASKED | (kind << 8)
        record[4] = method | (int(m[_NUMBER]) << 8)
        record[5] = 0
        kit[_CELLS][rid << 1] = arg
        if kind or method == _SPAWN:
            kit[_CELLS][(rid << 1) + 1] = kit[_EXTRA]
        t = ptr32(w[_AT_LO] | ((w[_AT_HI] << 16) << 16))
        t[_BELL] = 1
        asleep = int(t[_ASLEEP])
        t[_ASLEEP] = 0
        leave()
        if asleep:
            kit[_GIVE]()
        m[_RID] = rid

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield client.call()`: see burst.py.  Context: burst.

        The reply cannot be there yet: it is delivered on this thread, by `_answer`.
        """
        kit = self._kit
        m = ptr32(int(kit[_WORDS]))
        rid = int(m[_RID])
        if rid >= _TAKEN:
            if rid == _TAKEN:
                self._twice()
            kit[_STORE][node] = kit[_REFUSAL]
            kit[_REFUSAL] = kit[_NO]
            m[_RID] = _TAKEN
            return 0
        m[_RID] = _TAKEN
        r = (m[_RECORDS] | ((m[_RECORDS + 1] << 16) << 16)) + (rid << 4)
        enqueue(m[_A] | ((m[_A + 1] << 16) << 16), node, r)
        return 1

    def _twice(self):
        raise self.scheduler.error(
            RuntimeError, "%r: a call is yielded once: make it anew, yield client.call()", self
        )

    # -- replies ---------------------------------------------------------------

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: step 4 of request.py, for all that is done."""
        kit = self._kit
        m = ptr32(int(kit[_WORDS]))
        c = ptr16(m[_MINE] | ((m[_MINE + 1] << 16) << 16))
        if c[0] == _NONE:
            return
        a = m[_A] | ((m[_A + 1] << 16) << 16)
        h = ptr16(m[_S] | ((m[_S + 1] << 16) << 16))
        records = m[_RECORDS] | ((m[_RECORDS + 1] << 16) << 16)
        cells = kit[_CELLS]
        none = kit[_NO]
        kit[_ENTER]()
        rid = int(c[0])
        c[0] = _NONE
        calls = 0
        while rid != _NONE:
            r = ptr16(records + (rid << 4))
            after = int(r[1])
            kind = int(r[2]) >> 8
            if kind == _CALLBACK or kind == _FORWARD:
                r[1] = _NONE
                if m[_CALLS] == _NONE:
                    m[_CALLS] = rid
                else:
                    ptr16(records + (int(m[_LAST_CALL]) << 4))[1] = rid
                m[_LAST_CALL] = rid
                calls = 1
            else:
                if kind == _CALL:
                    node = int(r[0])
                    if node == _NONE:
                        m[_LATE] = m[_LATE] + 1
                    else:
                        kit[_STORE][node] = cells[rid << 1]
                        wake(a, node, _READY)
                elif kind == _GIVEN_UP:
                    m[_LATE] = m[_LATE] + 1
                cells[rid << 1] = none
                if kind or int(r[4]) & 255 == _SPAWN:
                    cells[(rid << 1) + 1] = none
                r[2] = 0
                r[3] = (int(r[3]) + 1) & 0x3FFF
                r[1] = h[0]
                h[0] = rid
            rid = after
        kit[_LEAVE]()
        if calls:
            kit[_DELIVER]()

    def _deliver(self):
        """Call the callbacks, and give on what is forwarded: each is freed before."""
        kit = self._kit
        service = self.service
        words = kit[_WORDS]
        cells = service.cells
        while True:
            rid = get_word(words, _CALLS)
            if rid == NONE:
                return
            record = service.records + 16 * rid
            kind = get_byte(record, 5)
            value = cells[2 * rid]
            extra = cells[2 * rid + 1]
            cells[2 * rid] = cells[2 * rid + 1] = None
            set_word(words, _CALLS, get_half(record, 1))
            self._free(rid)
            if kind == FORWARD:
                kit[_OWNER].forwarded(extra, value)
            elif kind == CALLBACK:
                try:
                    extra(value)
                except Exception as error:
                    self.scheduler._report(self, error, False)
            else:
                late = get_word(kit[_WORDS], _LATE)
                set_word(kit[_WORDS], _LATE, late + 1)
            value = extra = None

    @micropython.viper
    def _free(self, rid: int):  # hot
        kit = self._kit
        m = ptr32(int(kit[_WORDS]))
        h = ptr16(m[_S] | ((m[_S + 1] << 16) << 16))
        r = ptr16((m[_RECORDS] | ((m[_RECORDS + 1] << 16) << 16)) + (rid << 4))
        kit[_ENTER]()
        r[2] = 0
        r[3] = (int(r[3]) + 1) & 0x3FFF
        r[1] = h[0]
        h[0] = rid
        kit[_LEAVE]()

    @property
    def late(self):
        """Replies that came when their caller had given up.  Alloc: 0."""
        return get_word(self._kit[_WORDS], _LATE)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
