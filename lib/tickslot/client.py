"""A service's caller on one scheduler."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .burst import OP_ASK
from .request import CALL, CALLBACK, FORWARD, GIVEN_UP, POST, SPAWN, STOPPED
from .service import nothing
from .slot import (
    NONE,
    READY,
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
_REFUSED = const(19)
_CLIENTS_AT = const(96)
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
_READY = const(1)

# the client's own words
_WAITING = const(0)
_LATE = const(1)


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
        self._store = scheduler.store
        self._within = scheduler.within
        self._a = scheduler.address
        self._s = at = service.at
        self._records = service.records
        self._cells = service.cells
        self._number = number
        self._enter = self._leave = nothing
        self._give = nothing
        self._mine = mine = at + _CLIENTS_AT + 16 * number
        set_half(mine, 0, NONE)
        set_half(mine, 1, NONE)
        set_word(mine, 1, scheduler.address & 0xFFFFFFFF)
        set_word(mine, 2, scheduler.address >> 32)
        self._block = bytearray(8)
        self._words = address_of(self._block)
        self._method = 0
        self._arg = None
        self._extra = None
        self._kind = CALL
        self._ticket = 0
        self._calls = NONE  # requests whose callbacks are to be called
        self._owner = None
        self._full = FULL
        self._stopped = STOPPED
        self._reply = EMPTY
        self._got_bound = self._got
        self._deliver_bound = self._deliver
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
            self._enter = service._enter = mine.enter
            self._leave = service._leave = mine.leave
            self._give = service.give = other.give
            service._gives[self._number] = mine.give

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
            self._within(timeout_ms)
        self._method = method
        self._arg = arg
        return self

    def spawn(self, function, arg=None, timeout_ms=None):
        """Operation: have `function(arg)` called on the service's scheduler; its result is the reply.

        See `call`.
        """
        if timeout_ms is not None:
            self._within(timeout_ms)
        self._method = SPAWN
        self._arg = arg
        self._extra = function
        return self

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
        return self._ticket if sent is True else sent

    def cancel(self, ticket):
        """Give up a `call_back`: its callback is not called.  True, or False when it has been.

        Context: its thread.  Alloc: 0.
        """
        record = self._records + 16 * (ticket & 0x3FFF)
        if get_half(record, 3) != ticket >> 14 or get_byte(record, 5) != CALLBACK:
            return False
        set_byte(record, 5, GIVEN_UP)
        return True

    def forward(self, service, ticket, method, arg):
        """See Service.forward: LATER, or FULL or STOPPED."""
        self._owner = service
        sent = self._send(FORWARD, method, arg, ticket)
        return service._later if sent is True else sent

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
        self._reply = EMPTY
        ticket = self.call_back(method, arg, self._got_bound)
        if ticket is FULL or ticket is STOPPED:
            return ticket
        start = scheduler.now()
        while self._reply is EMPTY:
            if get_word(self._a, _BELL):
                scheduler._answer()
            elif not scheduler.poll_once() and scheduler.idle is not None:
                scheduler.idle(1)
            if timeout_ms is not None and self._reply is EMPTY:
                passed = scheduler.now() - start
                if passed < 0:
                    passed += scheduler.period
                if passed >= timeout_ms * get_word(self._a, 22):
                    self.cancel(ticket)
                    return TIMEOUT
        reply = self._reply
        self._reply = EMPTY
        return reply

    def _got(self, reply):
        self._reply = reply

    def _send(self, kind, method, arg, extra):
        self._method = method
        self._arg = arg
        self._extra = extra
        self._kind = kind
        self._reply_now = None
        sent = self.begin(NONE)
        self._kind = CALL
        return True if sent else self._refused

    _refused = None

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield client.call()`: step 1 of request.py.  Context: burst."""
        s = int(self._s)
        w = ptr32(s)
        h = ptr16(s)
        records = int(self._records)
        cells = self._cells
        arg = self._arg
        extra = self._extra
        method = int(self._method)
        kind = int(self._kind)
        if method < 0 or method > 255:
            method = 254
        self._enter()
        rid = int(h[0])
        if rid == _NONE or w[_HELD] >= w[_LIMIT] or w[_STATE] == 0:
            w[_REFUSED] = w[_REFUSED] + 1
            state = int(w[_STATE])
            self._leave()
            reason = self._full
            if state == 0:
                reason = self._stopped
            if node != _NONE:
                self._store[node] = reason
            self._refused = reason
            return 0
        r = records + (rid << 4)
        record = ptr16(r)
        h[0] = record[1]
        held = int(w[_HELD]) + 1
        w[_HELD] = held
        if held > int(w[_HIGH]):
            w[_HIGH] = held
        w[_ACCEPTED] = w[_ACCEPTED] + 1
        cells[rid << 1] = arg
        cells[(rid << 1) + 1] = extra
        record[1] = _NONE
        record[2] = _ASKED | (kind << 8)
        record[4] = method | (int(self._number) << 8)
        if h[2] == _NONE:
            h[2] = rid
        else:
            ptr16(records + (int(h[3]) << 4))[1] = rid
        h[3] = rid
        t = ptr32(w[_AT_LO] | ((w[_AT_HI] << 16) << 16))
        t[_BELL] = 1
        asleep = int(t[_ASLEEP])
        t[_ASLEEP] = 0
        self._leave()
        if asleep:
            self._give()
        none = None
        self._arg = none
        self._extra = none
        if node == _NONE:
            self._ticket = (int(record[3]) << 14) | rid
        else:
            enqueue(int(self._a), node, r)
        return 1

    # -- replies ---------------------------------------------------------------

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: step 4 of request.py, for all that is done."""
        c = ptr16(int(self._mine))
        if c[0] == _NONE:
            return
        a = int(self._a)
        h = ptr16(int(self._s))
        records = int(self._records)
        cells = self._cells
        store = self._store
        none = None
        self._enter()
        rid = int(c[0])
        c[0] = _NONE
        calls = 0
        while rid != _NONE:
            r = ptr16(records + (rid << 4))
            after = int(r[1])
            kind = int(r[2]) >> 8
            if kind == _CALLBACK or kind == _FORWARD:
                r[1] = _NONE
                if c[0] == _NONE:
                    c[0] = rid
                else:
                    ptr16(records + (int(c[1]) << 4))[1] = rid
                c[1] = rid
                calls = 1
            else:
                if kind == _CALL:
                    node = int(r[0])
                    if node == _NONE:
                        ptr32(int(self._words))[_LATE] = ptr32(int(self._words))[_LATE] + 1
                    else:
                        store[node] = cells[rid << 1]
                        wake(a, node, _READY)
                elif kind == _GIVEN_UP:
                    ptr32(int(self._words))[_LATE] = ptr32(int(self._words))[_LATE] + 1
                cells[rid << 1] = none
                cells[(rid << 1) + 1] = none
                r[2] = 0
                r[3] = (int(r[3]) + 1) & 0x3FFF
                r[1] = h[0]
                h[0] = rid
            rid = after
        self._leave()
        if calls:
            self._deliver_bound()

    def _deliver(self):
        """Call the callbacks, and give on what is forwarded: one at a time, freed before."""
        while True:
            rid = self._next_done()
            if rid == NONE:
                return
            value = self._arg_done
            extra = self._extra_done
            self._arg_done = self._extra_done = None
            if rid & 0x10000:
                owner = self._owner
                if owner.running:
                    owner.reply(extra, value)
                continue
            try:
                extra(value)
            except Exception as error:
                self.scheduler._report(self, error, False)

    _arg_done = None
    _extra_done = None

    def _next_done(self):
        """Take the first request that is kept for `_deliver`, and free it."""
        mine = self._mine
        self._enter()
        rid = get_half(mine, 0)
        kind = 0
        while rid != NONE:
            record = self._records + 16 * rid
            kind = get_byte(record, 5)
            set_half(mine, 0, get_half(record, 1))
            self._arg_done = self._cells[2 * rid]
            self._extra_done = self._cells[2 * rid + 1]
            self._cells[2 * rid] = self._cells[2 * rid + 1] = None
            set_half(record, 2, 0)
            set_half(record, 3, (get_half(record, 3) + 1) & 0x3FFF)
            set_half(record, 1, get_half(self._s, 0))
            set_half(self._s, 0, rid)
            break
        self._leave()
        if rid != NONE and kind == FORWARD:
            rid |= 0x10000
        return rid

    @property
    def late(self):
        """Replies that came when their caller had given up.  Alloc: 0."""
        return get_word(self._words, _LATE)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
