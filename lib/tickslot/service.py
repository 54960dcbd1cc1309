"""A service: handlers on one scheduler, called from any.

Guarantees
 * every request ends exactly once, with a result or a reason (request.py);
 * a handler that raises rejects its request, and the service lives;
 * a full queue rejects at once; nothing that a handler does waits for a lock
   longer than one of the short sections;
 * tasks, timers and periodic loops have their turn after 8 requests at most;
 * 0 bytes a request, with handlers that are plain functions.

    STOPPED --start, on_start is content--> RUNNING --stop, on_stop is content--> STOPPED

On `stop` the replies that were made are delivered; what waits is rejected with
STOPPED, and the tasks that handle requests are cancelled.
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .burst import OP_ASK
from .request import (
    AT,
    CANCELLED,
    CLIENTS_AT,
    FREE_LIST,
    LATER,
    LIMIT,
    METHODS,
    OF_CANCELLED,
    OF_RAISED,
    OF_STOPPED,
    OK,
    RAISED,
    REASONS,
    REPLIES,
    STATE,
    STOPPED,
    UNKNOWN_METHOD,
)
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
from .values import Cancelled, SlotsFull

# of the service's block and its requests: see request.py, whose constants these are
_NONE = const(0xFFFF)
_HELD = const(2)
_STATE = const(4)
_ACCEPTED = const(8)
_REPLIES = const(9)
_HAND = const(16)
_LONGEST = const(17)
_METHODS = const(18)
_REFUSED = const(19)
_RECORDS = const(20)  # two words, as the next
_KINDS = const(22)
_HIGH = const(5)
_CLIENTS_AT = const(96)
_SPAWN = const(255)
_ASKED = const(1)
_DONE = const(2)

# of the scheduler's block: see slot.py and mailbox.py
_BELL = const(21)
_ASLEEP = const(31)

_BATCH = const(8)  # requests from one look at the tasks to the next

_PLAIN = const(0)
_SLOW = const(1)
_TAKEN = const(2)
_MISSING = const(3)


def _a_generator():
    yield


# Whether a generator function is of another type than a plain one: not on CPython.
_ALL_TOLD = type(_a_generator) is not type(lambda: None)
_GENERATOR = type(_a_generator())


# what is where in the service's kit
_AT = const(0)
_HANDLERS = const(1)
_CELLS = const(2)
_ENTER = const(3)
_LEAVE = const(4)
_KEEPS = const(5)
_GIVES = const(6)
_STOPPED = const(7)
_OTHER = const(8)
_A = const(9)


@micropython.viper
def nothing():
    """What stands for a lock and a semaphore on one thread."""


class Service:
    """Answers requests on `scheduler`.

    handlers   a dict: method number, 0 to 254, to a function of one argument.  What it returns is
               the reply.  A generator function runs as a task, which costs its generator and a
               slot; TAKEN leaves the requests to tasks that `take` them, for 0 bytes.
    requests   how many can be under way, from all clients
    queue      how many of them it holds unanswered before it is FULL; None: all
    clients    how many Client objects it can have
    methods    the numbers that can be declared later; None: as far as the table goes
    loops      ((milliseconds, function), ...): called at that rate while it runs
    on_start, on_stop   functions of the service; one that raises, or returns False, prevents it

    ValueError: a size of 0.  Context: boot.  Alloc: boot only; `start` and `stop` make the loops.
    """

    def __init__(
        self,
        scheduler,
        handlers,
        requests=8,
        queue=None,
        clients=4,
        methods=None,
        loops=(),
        on_start=None,
        on_stop=None,
        name=None,
    ):
        if not 1 <= requests <= 0x3FFE:
            raise ValueError("a service has 1 to 16382 requests, not %r" % (requests,))
        if not 1 <= clients <= 255:
            raise ValueError("a service has 1 to 255 clients, not %r" % (clients,))
        if queue is None:
            queue = requests
        if not 1 <= queue <= requests:
            raise ValueError("its queue is 1 to %d of its requests, not %r" % (requests, queue))
        length = max(handlers) + 1 if handlers else 0
        if methods is not None:
            if methods < length:
                raise ValueError("method %d is beyond methods=%d" % (length - 1, methods))
            length = methods
        if length > _SPAWN or (handlers and min(handlers) < 0):
            raise ValueError("methods are numbered 0 to 254")
        self.scheduler = scheduler
        self.name = name
        self.requests = requests
        self.on_start = on_start
        self.on_stop = on_stop
        self.on_error = None
        self.errors = 0
        self.loops = loops
        self._loop_tasks = []
        self._handlers = [None] * length
        self._kinds = bytearray(bytes((_MISSING,)) * (length + 1))
        for method in handlers:
            self.handle(method, handlers[method])
        self._block = bytearray(CLIENTS_AT + 16 * (clients + requests))
        self.at = at = address_of(self._block)
        self._scheduler_at = scheduler.address
        self.records = at + CLIENTS_AT + 16 * clients
        self.cells: list = [None] * (2 * requests)
        self.clients = []
        self._limit = clients
        # What every request needs, as in Client.
        self._kit = [
            at,
            self._handlers,
            self.cells,
            nothing,
            nothing,
            LATER,
            [nothing] * clients,
            STOPPED,
            self._slow,
            scheduler.address,
        ]
        for half in range(4):
            set_half(at, half, NONE)
        set_word(at, LIMIT, queue)
        set_word(at, METHODS, length)
        set_word(at, _HAND, NONE)
        for index, value in (
            (AT, scheduler.address),
            (_RECORDS, self.records),
            (_KINDS, address_of(self._kinds)),
        ):
            set_word(at, index, value & 0xFFFFFFFF)
            set_word(at, index + 1, value >> 32)
        for rid in range(requests - 1, -1, -1):
            record = self.records + 16 * rid
            set_half(record, 0, NONE)
            set_half(record, 1, get_half(at, 2 * FREE_LIST))
            set_half(at, 2 * FREE_LIST, rid)
            if rid == requests - 1:
                set_half(at, 1, rid)
        self._waiting = bytearray(b"\xff\xff")  # who waits in `take`
        self._queue = address_of(self._waiting)
        self._pending = self._pending_last = NONE  # requests that wait to be taken
        self._taken = Take(self)
        self._next_blame = scheduler.blame
        scheduler.blame = self._blame
        services = getattr(scheduler, "services", None)
        if services is None:
            scheduler.services = services = []
        services.append(self)
        scheduler.on_bell(self._answer)

    def __repr__(self):
        return "<service %r %s>" % (self.name, "runs" if self.running else "stopped")

    @property
    def running(self):
        """Whether requests are handled.  Context: any thread.  Alloc: 0."""
        return get_word(self.at, STATE) == 1

    # -- handlers ------------------------------------------------------------

    def handle(self, method, handler):
        """Declare, replace or (None) remove a method's handler.

        ValueError: the number is beyond the table.  Context: boot, or the service's thread.
        Alloc: 0.
        """
        if not 0 <= method < len(self._handlers):
            raise ValueError(
                "method %r is beyond the table of %d: give Service() methods="
                % (method, len(self._handlers))
            )
        kind = _PLAIN
        if handler is TAKEN:
            kind = _TAKEN
        elif handler is None:
            kind = _MISSING
        elif not _ALL_TOLD or type(handler).__name__ != "function":
            kind = _SLOW  # a generator function, or one cannot tell
            if not callable(handler):
                raise TypeError(
                    "a handler is a function, a generator function or TAKEN, not %r" % (handler,)
                )
        self._handlers[method] = handler
        self._kinds[method] = kind

    # -- start and stop ------------------------------------------------------

    def start(self):
        """Begin to handle requests: True; False when `on_start` failed, and it stays stopped.

        One that runs stays as it is, and its hook is not called.
        Context: boot, or its thread.  Alloc: the loops' tasks.
        """
        if self.running:
            return True
        if not self._hook(self.on_start):
            return False
        self._set_state(1)
        for ms, function in self.loops:
            task = self.scheduler.spawn(self._loop(self.scheduler.interval(ms), function))
            self._loop_tasks.append(task)
        return True

    def stop(self):
        """Reject what waits with STOPPED, and what comes: True; False when `on_stop` failed.

        One that is stopped stays as it is, and its hook is not called.
        Context: boot, or its thread; elsewhere `worker.mailbox.post(service.stop_soon)`.
        Alloc: 0.
        """
        if not self.running:
            return True
        if not self._hook(self.on_stop):
            return False
        self._set_state(0)
        for task in self._loop_tasks:
            task.cancel()
        self._loop_tasks.clear()
        while self._pending != NONE:
            self.finish(self._next_pending(), STOPPED, OF_STOPPED)
        for rid in range(self.requests):
            record = self.records + 16 * rid
            if get_byte(record, 4) == _ASKED and get_byte(record, 11):
                task = self.cells[2 * rid]
                self.finish(rid, STOPPED, OF_STOPPED)  # now: one that has not begun never replies
                task.cancel()
        self.scheduler.ring()
        return True

    def stop_soon(self, _=None):
        """`stop`, to be posted.  Context: its thread."""
        self.stop()

    @micropython.viper
    def _set_state(self, state: int):  # hot
        # No bytecode in a section: a scheduled callback may run there, and post something.
        kit = self._kit
        kit[_ENTER]()
        ptr32(int(kit[_AT]))[_STATE] = state
        kit[_LEAVE]()

    def _hook(self, hook):
        if hook is None:
            return True
        try:
            return hook(self) is not False
        except Exception as error:
            self._tell(None, error)
            return False

    def _loop(self, interval, function):
        while True:
            yield interval
            try:
                function()
            except Exception as error:
                self._tell(None, error)

    # -- replies that come later -------------------------------------------------

    def keep(self):
        """The ticket of the request whose handler runs: return LATER, and `reply` to it.

        A ticket is a small int, and stands for one request: it is true until that has ended.
        RuntimeError: no handler runs.  Context: a handler.  Alloc: 0.
        """
        rid = get_word(self.at, _HAND)
        if rid == NONE:
            raise self.scheduler.error(RuntimeError, "%r: keep() is for its handlers", self)
        return self.ticket(rid)

    def ticket(self, rid):
        return get_half(self.records + 16 * rid, 3) << 14 | rid

    def reply(self, ticket, value=None):
        """End a request that was kept or taken: its caller gets `value`.

        A value that is a reason (REJECTED, CANCELLED ...) rejects it.
        RuntimeError: it has ended already.  Context: the service's thread.  Alloc: 0.
        """
        rid = self._request(ticket)
        outcome = OK
        if value in REASONS and value is not None:
            outcome = REASONS.index(value)
        self.finish(rid, value, outcome)

    def argument(self, ticket):
        """The argument of a request that was kept or taken.  See `reply`."""
        return self.cells[2 * self._request(ticket)]

    def forward(self, client, method, arg=None):
        """Pass the request on: `return service.forward(client, METHOD, arg)` in a handler.

        The other service's reply, or the reason why there is none, becomes ours.  No task waits.
        Context: a handler.  Alloc: 0.
        """
        return client.forward(self, self.keep(), method, arg)

    def take(self, timeout_ms=None):
        """Operation: wait for the next request to a method that is TAKEN.

        `yield` gives its ticket, or TIMEOUT.  Context: task of its scheduler.  Alloc: 0.
        """
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)
        return self._taken

    def forwarded(self, ticket, value):
        """The reply to a request that was forwarded: ours, unless `stop` has ended it."""
        if self._is_held(ticket):
            self.reply(ticket, value)

    def connect(self, enter, leave, number, give):
        """Share a lock with the client of that number, and wake its scheduler by `give`.

        Context: boot.
        """
        kit = self._kit
        kit[_ENTER] = enter
        kit[_LEAVE] = leave
        kit[_GIVES][number] = give

    def _request(self, ticket):
        rid = ticket & 0x3FFF
        if rid < self.requests and self._is_held(ticket):
            return rid
        raise self.scheduler.error(
            RuntimeError, "request %r has ended: a reply is given once", ticket
        )

    # -- requests ---------------------------------------------------------------

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: handle what waits, up to a batch of it."""
        kit = self._kit
        s = int(kit[_AT])
        h = ptr16(s)
        if h[2] == _NONE:
            return
        w = ptr32(s)
        records = w[_RECORDS] | ((w[_RECORDS + 1] << 16) << 16)
        kinds = ptr8(w[_KINDS] | ((w[_KINDS + 1] << 16) << 16))
        cells = kit[_CELLS]
        enter = kit[_ENTER]
        leave = kit[_LEAVE]
        later = kit[_KEEPS]
        left = _BATCH
        enter()
        rid = int(h[2])
        h[2] = ptr16(records + (rid << 4))[1]
        leave()
        while rid != _NONE:
            left -= 1
            r = records + (rid << 4)
            b = ptr8(r)
            method = int(b[8])
            outcome = 0
            v = later
            if w[_STATE] == 0:
                v = kit[_STOPPED]
                outcome = 2
            elif method >= int(w[_METHODS]) or kinds[method]:
                v = kit[_OTHER](rid)
            else:
                w[_HAND] = rid
                v = kit[_HANDLERS][method](cells[rid << 1])
                w[_HAND] = _NONE
            following = _NONE
            asleep = 0
            if v is later:
                enter()
            else:
                cells[rid << 1] = v
                c = s + _CLIENTS_AT + (int(b[9]) << 4)
                enter()
                b[4] = _DONE
                b[10] = outcome
                ptr16(r)[1] = _NONE
                lists = ptr16(c)
                if lists[0] == _NONE:
                    lists[0] = rid
                else:
                    ptr16(records + (int(lists[1]) << 4))[1] = rid
                lists[1] = rid
                w[_HELD] = w[_HELD] - 1
                w[_REPLIES + outcome] = w[_REPLIES + outcome] + 1
                t = ptr32(ptr32(c)[1] | ((ptr32(c)[2] << 16) << 16))
                t[_BELL] = 1
                asleep = int(t[_ASLEEP])
                t[_ASLEEP] = 0
            if left:
                following = int(h[2])
                if following != _NONE:
                    h[2] = ptr16(records + (following << 4))[1]
            elif h[2] != _NONE:
                ptr32(int(kit[_A]))[_BELL] = 1  # the others first
            leave()
            if asleep:
                kit[_GIVES][int(b[9])]()
            rid = following

    def _slow(self, rid):
        """A request that is no plain function's."""
        record = self.records + 16 * rid
        method = get_byte(record, 8)
        argument = self.cells[2 * rid]
        if method == _SPAWN:
            handler = self.cells[2 * rid + 1]
        elif method >= len(self._handlers) or self._handlers[method] is None:
            self.finish(rid, UNKNOWN_METHOD, 1)
            return LATER
        elif self._kinds[method] == _TAKEN:
            set_half(record, 1, NONE)
            node = get_half(self._queue, 0)
            if node != NONE:
                self.scheduler.give(node, self.ticket(rid))
                wake(self._scheduler_at, node, READY)
            elif self._pending == NONE:
                self._pending = self._pending_last = rid
            else:
                set_half(self.records + 16 * self._pending_last, 1, rid)
                self._pending_last = rid
            return LATER
        else:
            handler = self._handlers[method]
        set_word(self.at, _HAND, rid)
        value = handler(argument)
        set_word(self.at, _HAND, NONE)
        if type(value) is _GENERATOR:
            try:
                task = self.scheduler.spawn(self._carry(self.ticket(rid), value), name=self.name)
            except SlotsFull:
                self.finish(rid, REASONS[3], 3)
                return LATER
            self.cells[2 * rid] = task
            set_byte(record, 11, 1)
            return LATER
        if value is not LATER:
            self.finish(rid, value, OK)
        return LATER

    def _carry(self, ticket, generator):
        """The task of a handler that is a generator."""
        outcome = OK
        try:
            value = yield from generator
        except Cancelled:
            self._end(ticket, CANCELLED, OF_CANCELLED)
            raise
        except Exception as error:
            self._tell(ticket, error)
            value = RAISED
            outcome = OF_RAISED
        self._end(ticket, value, outcome)

    def _end(self, ticket, value, outcome):
        """End a request, unless `stop` has."""
        if self._is_held(ticket):
            self.finish(ticket & 0x3FFF, value, outcome)

    def _is_held(self, ticket):
        record = self.records + 16 * (ticket & 0x3FFF)
        return get_byte(record, 4) == _ASKED and get_half(record, 3) == ticket >> 14

    def _next_pending(self):
        rid = self._pending
        if rid != NONE:
            self._pending = get_half(self.records + 16 * rid, 1)
        return rid

    @micropython.viper
    def finish(self, rid: int, v, outcome: int):  # hot
        """Step 3 for one request: the text of `_answer`, which does without a call for it."""
        kit = self._kit
        s = int(kit[_AT])
        w = ptr32(s)
        records = w[_RECORDS] | ((w[_RECORDS + 1] << 16) << 16)
        r = records + (rid << 4)
        b = ptr8(r)
        kit[_CELLS][rid << 1] = v
        c = s + _CLIENTS_AT + (int(b[9]) << 4)
        kit[_ENTER]()
        b[4] = _DONE
        b[10] = outcome
        b[11] = 0
        ptr16(r)[1] = _NONE
        lists = ptr16(c)
        if lists[0] == _NONE:
            lists[0] = rid
        else:
            ptr16(records + (int(lists[1]) << 4))[1] = rid
        lists[1] = rid
        w[_HELD] = w[_HELD] - 1
        w[_REPLIES + outcome] = w[_REPLIES + outcome] + 1
        t = ptr32(ptr32(c)[1] | ((ptr32(c)[2] << 16) << 16))
        t[_BELL] = 1
        asleep = int(t[_ASLEEP])
        t[_ASLEEP] = 0
        kit[_LEAVE]()
        if asleep:
            kit[_GIVES][int(b[9])]()

    # -- errors ---------------------------------------------------------------

    def _blame(self, error):
        """An exception came out of where nobody expects one: is it of our handler?"""
        rid = get_word(self.at, _HAND)
        if rid == NONE:
            following = self._next_blame
            return following(error) if following is not None else False
        set_word(self.at, _HAND, NONE)
        ticket = self.ticket(rid)
        self.finish(rid, RAISED, OF_RAISED)
        self.scheduler.ring()  # who was to be asked behind us
        if not isinstance(error, Exception):
            return False
        self._tell(ticket, error)
        return True

    def _tell(self, ticket, error):
        """A handler, hook or loop raised: count it, and tell `on_error(service, error)`."""
        self.errors += 1
        self.scheduler._report(self, error, True)
        if self.on_error is not None:
            try:
                self.on_error(self, error)
            except Exception as second:
                self.scheduler._report(self, second, False)

    # -- what it has done -----------------------------------------------------

    def replies(self, reason=None):
        """How many requests ended with this reason, or with a result (None).  Alloc: 0."""
        return get_word(self.at, REPLIES + REASONS.index(reason))

    @property
    def accepted(self):
        """Requests taken on so far.  Alloc: 0."""
        return get_word(self.at, _ACCEPTED)

    @property
    def refused(self):
        """Requests that found it full or stopped.  Alloc: 0."""
        return get_word(self.at, _REFUSED)

    @property
    def held(self):
        """Requests that it has not answered yet.  Alloc: 0."""
        return get_word(self.at, _HELD)

    @property
    def high_water(self):
        """The most that it has held.  Alloc: 0."""
        return get_word(self.at, _HIGH)

    @property
    def free(self):
        """Requests of the pool that nobody uses.  Alloc: 0."""
        return self._count_free()

    @micropython.viper
    def _count_free(self) -> int:  # hot
        kit = self._kit
        s = int(kit[_AT])
        w = ptr32(s)
        records = w[_RECORDS] | ((w[_RECORDS + 1] << 16) << 16)
        count = 0
        kit[_ENTER]()
        rid = int(ptr16(s)[0])
        while rid != _NONE:
            count += 1
            rid = int(ptr16(records + (rid << 4))[1])
        kit[_LEAVE]()
        return count


class _Taken:
    def __call__(self, argument):
        """Requests to it are taken by tasks."""


TAKEN = _Taken()


class Take:
    """The operation of `Service.take`."""

    def __init__(self, service):
        self.op = OP_ASK
        self._service = service

    def begin(self, node):
        """Part of `yield service.take()`: see burst.py.  Context: burst."""
        service = self._service
        rid = service._next_pending()
        if rid != NONE:
            service.scheduler.give(node, service.ticket(rid))
            return 0
        enqueue(service._scheduler_at, node, service._queue)
        return 1

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
