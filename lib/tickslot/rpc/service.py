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
STOPPED, and the tasks that handle requests are cancelled.  A request whose
caller has left before it was handled ends with CANCELLED, and is not handled.
"""

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
from ..core.channel import DROP_OLDEST
from ..core.inline import address_at
from ..core.layout import Block, Header, MEMBER, NONE, Op, Slot, State
from ..core.on_cpython import const, micropython, ptr16, ptr32, ptr8
from ..core.outcomes import AllocationError, Cancelled, FULL, Value
from ..core.wait_queue import enqueue, wake
from ..observe.layout import Stage
from .layout import ClientPart, Kind, Outcome, Request, SPAWN_METHOD, ServiceBlock
from .protocol import CANCELLED, LATER, OVERFLOWS, RAISED, REASONS, STOPPED, UNKNOWN_METHOD


# of the service's block and its requests: see request.py, whose constants these are

# of the scheduler's block: see slot.py and mailbox.py

# stages of a request for trace.py and statistics.py

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


@micropython.viper
def nothing():
    """What stands for a lock and a semaphore on one thread."""


@micropython.viper
def step(kit, rid: int, v, outcome: int, more: int) -> int:  # hot
    """Steps 3 and 2 of request.py in one section, as a lock costs 11 us on a Pico.

    End request `rid` with `v`, unless it is NONE; then, if `more`, take the next
    that waits: its number, or NONE.  `kit`: see Service._equip.

    Context: whoever has `rid` in hand.  Alloc: 0.
    """
    (at, cells, enter, leave, gives, room) = kit
    s = int(at)
    w = ptr32(s)
    h = ptr16(s)
    first = address_at(w, ServiceBlock.REQUESTS)
    number = 0
    asleep = 0
    wanted = 0
    following = NONE
    if rid != NONE:
        r = first + (rid << 4)
        b = ptr8(r)
        number = int(b[9])
        c = s + ServiceBlock.CLIENTS_BYTE + (number << 4)
        cells[rid << 1] = v
        enter()
        b[4] = Request.DONE
        b[10] = outcome
        b[11] = 0
        ptr16(r)[1] = NONE
        lists = ptr16(c)
        if lists[0] == NONE:
            lists[0] = rid
        else:
            ptr16(first + (int(lists[1]) << 4))[1] = rid
        lists[1] = rid
        w[ServiceBlock.HELD] = w[ServiceBlock.HELD] - 1
        w[ServiceBlock.REPLIES + outcome] = w[ServiceBlock.REPLIES + outcome] + 1
        wanted = int(w[ServiceBlock.WANTED])
        w[ServiceBlock.WANTED] = 0
        t = ptr32(address_at(ptr32(c), 1))
        t[Header.BELL] = 1
        asleep = int(t[Header.ASLEEP])
        t[Header.ASLEEP] = 0
    else:
        enter()
    if more:
        following = int(h[2])
        if following != NONE:
            h[2] = ptr16(first + (following << 4))[1]
    leave()
    if asleep:
        gives[number]()
    if wanted:
        room()
    return following


def note(service, scheduler, stage, rid):  # hot
    """A request has come to `stage` on `scheduler`: tell its trace, and the service's statistics.

    Alloc: 0.
    """
    if get_word(scheduler.address, Header.TRACED):
        scheduler.trace.call(stage, service.ticket(rid))
    if service.statistics is not None:
        service.statistics.note(stage, rid)


class Service:
    """Answers requests on `scheduler`.

    handlers   a dict: method number, 0 to 254, to a function of one argument.  What it returns is
               the reply.  A generator function runs as a task, which costs a slot and the
               generator: sealed, that is RAISED, and an AllocationError for `on_error`.  TAKEN
               leaves the requests to tasks that `take` them, for 0 bytes; and a bound method may
               return a generator that was made before.
    requests   how many can be under way, from all clients
    queue      how many of them it holds unanswered before it is FULL; None: all
    overflow   what becomes of one more.  "reject": FULL, at once.  "block": a `call` waits for
               room, until its deadline.  "drop-oldest": the oldest that no handler has begun with
               ends with FULL in its place; that takes more `requests` than `queue`
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
        overflow="reject",
    ):
        if not 1 <= requests <= 0x3FFE:
            raise ValueError("a service has 1 to 16382 requests, not %r" % (requests,))
        if not 1 <= clients <= 255:
            raise ValueError("a service has 1 to 255 clients, not %r" % (clients,))
        if queue is None:
            queue = requests
        if not 1 <= queue <= requests:
            raise ValueError("its queue is 1 to %d of its requests, not %r" % (requests, queue))
        if overflow not in OVERFLOWS:
            raise ValueError("overflow is one of %r, not %r" % (OVERFLOWS, overflow))
        if overflow == DROP_OLDEST and queue == requests:
            raise ValueError(
                "a dropped request is one until its caller knows: more requests= than queue="
            )
        length = max(handlers) + 1 if handlers else 0
        if methods is not None:
            if methods < length:
                raise ValueError("method %d is beyond methods=%d" % (length - 1, methods))
            length = methods
        if length > SPAWN_METHOD or (handlers and min(handlers) < 0):
            raise ValueError("methods are numbered 0 to 254")
        self.scheduler = scheduler
        self.name = name
        self.requests = requests
        self.on_start = on_start
        self.on_stop = on_stop
        self.on_error = None
        self.errors = 0
        self.statistics = None  # see statistics.py
        self.loops = loops
        self._loop_tasks: list = [None] * len(loops)
        self._handlers = [None] * length
        self._kinds = bytearray(bytes((_MISSING,)) * (length + 1))
        for method in handlers:
            self.handle(method, handlers[method])
        self._block = bytearray(ServiceBlock.CLIENTS_BYTE + 16 * (clients + requests))
        self.at = at = address_of(self._block)
        self._scheduler_at = scheduler.address
        self.records = at + ServiceBlock.CLIENTS_BYTE + 16 * clients
        self.cells: list = [None] * (2 * requests)
        self.clients = []
        self.limit = clients
        self._enter = self._leave = nothing
        self._gives = [nothing] * clients
        # Who handles a request is a member of ours, as of a scope: its place is its slot.
        self._member = MEMBER + scheduler.enrol(self, scheduler.slots)
        self._members = bytearray(2 * scheduler.slots)  # and its request stands here
        self._served = address_of(self._members)
        self._equip()
        for half in range(4):
            set_half(at, half, NONE)
        set_word(at, ServiceBlock.LIMIT, queue)
        set_word(at, ServiceBlock.METHODS, length)
        set_word(at, ServiceBlock.IN_HAND, NONE)
        set_word(at, ServiceBlock.OVERFLOW, OVERFLOWS.index(overflow))
        set_address(at, ServiceBlock.SCHEDULER, scheduler.address)
        set_address(at, ServiceBlock.REQUESTS, self.records)
        set_address(at, ServiceBlock.KINDS, address_of(self._kinds))
        for rid in range(requests - 1, -1, -1):
            record = self.records + 16 * rid
            set_half(record, 1, get_half(at, 2 * ServiceBlock.FREE_LIST))
            set_half(at, 2 * ServiceBlock.FREE_LIST, rid)
        set_word(at, ServiceBlock.PENDING, NONE)
        set_word(at, ServiceBlock.TAKERS, NONE)
        self._taken = Take(self)
        self._next_blame = scheduler.blame
        scheduler.blame = self._blame
        scheduler.services.append(self)
        scheduler.on_bell(self._answer)

    def _equip(self):
        """What every request needs, in tuples, which viper takes apart in one go.

        An item of a list is 1.5 us on a Pico, an attribute of so large an object more.
        """
        self.ends = (
            self.at,
            self.cells,
            self._enter,
            self._leave,
            self._gives,
            self.ring_who_wants,
        )
        self._desk = (
            self.at,
            self.records,
            self._scheduler_at,
            self.requests,
            self.scheduler.store,
            self.ends,
            step,
            wake,
            self._note,
        )
        self._kit = (
            self.ends,
            step,
            self.at,
            self._enter,
            self._leave,
            self._handlers,
            self.cells,
            LATER,
            STOPPED,
            CANCELLED,
            self._offer,
            self._slow,
            self._note,
        )

    def __repr__(self):
        return "<service %r %s>" % (self.name, "runs" if self.running else "stopped")

    @property
    def running(self):
        """Whether requests are handled.  Context: any thread.  Alloc: 0."""
        return get_word(self.at, ServiceBlock.STATE) == 1

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
        for index in range(len(self.loops)):
            ms, function = self.loops[index]
            loop = self._loop(self.scheduler.interval(ms), function)
            self._loop_tasks[index] = self.scheduler.spawn(loop)
        return True

    def stop(self):
        """Reject what waits with STOPPED, and what comes: True; False when `on_stop` failed.

        One that is stopped stays as it is, and its hook is not called.  In a handler that is a
        task, Cancelled is raised right here.
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
        rid = self._next_pending()
        while rid != NONE:
            self.finish(rid, STOPPED, Outcome.STOPPED)
            rid = self._next_pending()
        current = self.scheduler.current
        mine = None
        for rid in range(self.requests):
            record = self.records + 16 * rid
            if get_byte(record, 4) == Request.ASKED and get_byte(record, 11):
                task = self.cells[2 * rid]
                set_half(self._served, task._node, NONE)  # its request ends now, and not with it
                self.finish(rid, STOPPED, Outcome.STOPPED)
                if task is current:
                    mine = task
                else:
                    task.cancel()
        self.ring_who_wants()
        self.scheduler.ring()
        if mine is not None:
            mine.cancel()
        return True

    def stop_soon(self, _=None):
        """`stop`, to be posted.  Context: its thread."""
        self.stop()

    @micropython.viper
    def _set_state(self, state: int):  # hot
        # No bytecode in a section: a scheduled callback may run there, and post something.
        enter = self._enter
        leave = self._leave
        w = ptr32(int(self.at))
        enter()
        w[ServiceBlock.STATE] = state
        leave()

    def _hook(self, hook):
        if hook is None:
            return True
        try:
            return hook(self) is not False
        except Exception as error:
            self._tell(error)
            return False

    def _loop(self, interval, function):
        while True:
            yield interval
            try:
                function()
            except Exception as error:
                self._tell(error)

    # -- replies that come later -------------------------------------------------

    def keep(self):
        """The ticket of the request whose handler runs: return LATER, and `reply` to it.

        A ticket is a small int, and stands for one request: it is true until that has ended.
        RuntimeError: no handler runs.  Context: a handler.  Alloc: 0.
        """
        rid = get_word(self.at, ServiceBlock.IN_HAND)
        if rid == NONE:
            raise self.scheduler.error(RuntimeError, "%r: keep() is for its handlers", self)
        return self.ticket(rid)

    def ticket(self, rid):  # hot
        return get_half(self.records + 16 * rid, 3) << 14 | rid

    def reply(self, ticket, value=None):
        """End a request that was kept or taken: its caller gets `value`.

        A value that is a reason (REJECTED, CANCELLED ...) rejects it.
        RuntimeError: it has ended already.  Context: the service's thread.  Alloc: 0.
        """
        rid = self._request(ticket)
        outcome = Outcome.OK
        if isinstance(value, Value) and value in REASONS:
            outcome = REASONS.index(value)
        self.finish(rid, value, outcome)

    def argument(self, ticket):
        """The argument of a request that was kept or taken.  See `reply`."""
        return self.cells[2 * self._request(ticket)]

    def method(self, ticket):
        """The method that a request which was kept or taken is for.  See `reply`."""
        return get_byte(self.records + 16 * self._request(ticket), 8)

    def wanted(self, ticket):
        """Whether anybody still wants the reply to a request that was kept or taken: False when
        its caller has left, by a deadline or a cancel.  See `reply`.
        """
        return not self._is_left(self._request(ticket))

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
        if self._find(ticket) >= 0:
            self.reply(ticket, value)

    def connect(self, enter, leave, number, give):
        """Share a lock with the client of that number, and wake its scheduler by `give`.

        Context: boot.
        """
        self._enter = enter
        self._leave = leave
        self._gives[number] = give
        self._equip()
        set_word(self.at, ServiceBlock.SHARED, 1)
        for client in self.clients:
            client.equip(enter, leave)

    def _request(self, ticket):
        rid = self._find(ticket)
        if rid < 0:
            raise self.scheduler.error(
                RuntimeError, "request %r has ended: a reply is given once", ticket
            )
        return rid

    @micropython.viper
    def _find(self, ticket: int) -> int:  # hot
        """The request of a ticket, or -1 when that has ended."""
        (at, records, scheduler_at, requests, store, ends, end, rouse, note) = self._desk
        rid = ticket & 0x3FFF
        if rid < int(requests):
            r = ptr16(int(records) + (rid << 4))
            if int(r[2]) & 255 == Request.ASKED and int(r[3]) == ticket >> 14:
                return rid
        return -1

    # -- requests ---------------------------------------------------------------

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: handle what waits, up to a batch of it."""
        (
            ends,
            end,
            at,
            enter,
            leave,
            handlers,
            cells,
            later,
            stopped,
            cancelled,
            offer,
            slow,
            note,
        ) = self._kit
        s = int(at)
        h = ptr16(s)
        if h[2] == NONE:
            return
        w = ptr32(s)
        a = ptr32(address_at(w, ServiceBlock.SCHEDULER))
        kinds = ptr8(address_at(w, ServiceBlock.KINDS))
        first = address_at(w, ServiceBlock.REQUESTS)
        watched = int(w[ServiceBlock.WATCHED]) | int(a[Header.TRACED])
        left = _BATCH
        enter()  # a `step` for the first, without the call
        rid = int(h[2])
        if rid != NONE:
            h[2] = ptr16(first + (rid << 4))[1]
        leave()
        while rid != NONE:
            left -= 1
            b = ptr8(first + (rid << 4))
            kind = int(b[5])
            outcome = 0
            v = later
            if not w[ServiceBlock.STATE]:
                v = stopped
                outcome = Outcome.STOPPED
            elif kind == Kind.ABANDONED or (kind == Kind.CALL and ptr16(b)[0] == NONE):
                v = cancelled
                outcome = Outcome.CANCELLED
            else:
                if watched:
                    note(Stage.TAKEN, rid)
                method = int(b[8])
                kind = _MISSING
                if method < int(w[ServiceBlock.METHODS]):
                    kind = int(kinds[method])
                if kind == _PLAIN:
                    w[ServiceBlock.IN_HAND] = rid
                    v = handlers[method](cells[rid << 1])
                    w[ServiceBlock.IN_HAND] = NONE
                elif kind == _TAKEN:
                    offer(rid)
                else:
                    v = slow(rid)
                if watched and v is not later:
                    note(Stage.REPLIED, rid)
            done = rid
            if v is later:
                done = NONE
            rid = int(end(ends, done, v, outcome, left))
        if h[2] != NONE:
            a[Header.BELL] = 1  # the tasks first

    def _note(self, stage, rid):  # hot
        note(self, self.scheduler, stage, rid)

    def _slow(self, rid):
        """A request that is no plain function's."""
        record = self.records + 16 * rid
        method = get_byte(record, 8)
        argument = self.cells[2 * rid]
        if method == SPAWN_METHOD:
            handler = self.cells[2 * rid + 1]
        elif method >= len(self._handlers) or self._handlers[method] is None:
            self.finish(rid, UNKNOWN_METHOD, Outcome.UNKNOWN_METHOD)
            return LATER
        else:
            handler = self._handlers[method]
        set_word(self.at, ServiceBlock.IN_HAND, rid)
        value = handler(argument)
        set_word(self.at, ServiceBlock.IN_HAND, NONE)
        if type(value) is _GENERATOR:
            self._hand_over(rid, value)
            return LATER
        return value

    def _hand_over(self, rid, generator):
        """Have a task handle a request: `ended` hears of its end."""
        if get_word(self._scheduler_at, Header.FREE_TASKS) == NONE:
            self.finish(rid, FULL, Outcome.FULL)
            return
        task = self.scheduler.spawn(generator, name=self.name)
        node = task._node
        record = self._scheduler_at + Block.SLOTS + Slot.BYTES * node
        set_half(record, Slot.JOINER_BYTE // 2, self._member + node)
        set_half(self._served, node, rid)
        self.cells[2 * rid] = task
        set_byte(self.records + 16 * rid, 11, 1)

    def ended(self, member, outcome, raised):
        """The generator of a request has ended.  Context: burst.  Alloc: 0."""
        rid = get_half(self._served, member - self._member)
        if raised and not isinstance(outcome, Cancelled):
            self._hear(outcome)  # the scheduler has counted it
        if rid == NONE:
            return  # `stop` has ended its request
        if not raised:
            self.finish(rid, outcome, Outcome.OK)
        elif isinstance(outcome, Cancelled):
            self.finish(rid, CANCELLED, Outcome.CANCELLED)
        else:
            self.finish(rid, RAISED, Outcome.RAISED)

    def _is_left(self, rid):
        """Whether the caller has left: see request.py."""
        record = self.records + 16 * rid
        kind = get_byte(record, 5)
        return kind == Kind.ABANDONED or (kind == Kind.CALL and get_half(record, 0) == NONE)

    @micropython.viper
    def _offer(self, rid: int):  # hot
        """A request to a method that is TAKEN: for a task that waits for one, or for the next."""
        (at, records, scheduler_at, requests, store, ends, end, rouse, note) = self._desk
        h = ptr16(int(at))
        first = int(records)
        r = ptr16(first + (rid << 4))
        node = int(h[2 * ServiceBlock.TAKERS])
        if node != NONE:
            store[node] = (int(r[3]) << 14) | rid
            rouse(scheduler_at, node, State.READY)
            return
        r[1] = NONE
        if h[2 * ServiceBlock.PENDING] == NONE:
            h[2 * ServiceBlock.PENDING] = rid
        else:
            ptr16(first + (int(h[2 * ServiceBlock.PENDING + 1]) << 4))[1] = rid
        h[2 * ServiceBlock.PENDING + 1] = rid

    @micropython.viper
    def _next_pending(self) -> int:  # hot
        """The oldest request that waits to be taken, or NONE."""
        (at, records, scheduler_at, requests, store, ends, end, rouse, note) = self._desk
        h = ptr16(int(at))
        first = int(records)
        rid = int(h[2 * ServiceBlock.PENDING])
        while rid != NONE:
            r = ptr16(first + (rid << 4))
            h[2 * ServiceBlock.PENDING] = r[1]
            kind = int(r[2]) >> 8
            if kind != Kind.ABANDONED and (kind != Kind.CALL or r[0] != NONE):
                return rid
            self._withdrawn(rid)
            rid = int(h[2 * ServiceBlock.PENDING])
        return NONE

    def _withdrawn(self, rid):
        self.finish(rid, CANCELLED, Outcome.CANCELLED)

    def drop_oldest(self):
        """End the oldest request that waits with FULL: whether there was one, and room for another.

        Context: a client's thread.  Alloc: 0.
        """
        if get_half(self.at, 2 * ServiceBlock.FREE_LIST) == NONE:
            return False
        rid = step(self.ends, NONE, None, Outcome.OK, 1)
        if rid == NONE:
            return False
        step(self.ends, rid, FULL, Outcome.FULL, 0)
        return True

    def ring_who_wants(self):
        """There is room: let the clients look that wait for it.  Context: any thread.  Alloc: 0."""
        for client in self.clients:
            mine = self.at + ServiceBlock.CLIENTS_BYTE + 16 * client.number
            if get_word(mine, ClientPart.WANTS):
                set_word(mine, ClientPart.WANTS, 0)  # first: it may be set again by the time that it looks
                client.scheduler.ring()

    @micropython.viper
    def finish(self, rid: int, value, outcome: int):  # hot
        """End a request that was taken up.  Context: its thread.  Alloc: 0."""
        (at, records, scheduler_at, requests, store, ends, end, rouse, note) = self._desk
        if int(ptr32(int(scheduler_at))[Header.TRACED]) | int(ptr32(int(at))[ServiceBlock.WATCHED]):
            note(Stage.REPLIED, rid)
        end(ends, rid, value, outcome, 0)

    # -- errors ---------------------------------------------------------------

    def _blame(self, error):
        """An exception came out of where nobody expects one: is it of our handler?"""
        rid = get_word(self.at, ServiceBlock.IN_HAND)
        if rid == NONE:
            following = self._next_blame
            return following(error) if following is not None else False
        set_word(self.at, ServiceBlock.IN_HAND, NONE)
        self.finish(rid, RAISED, Outcome.RAISED)
        self.scheduler.ring()  # who was to be asked behind us
        if not isinstance(error, Exception):
            return False
        self._tell(error)
        return True

    def _tell(self, error):
        """A handler, hook or loop raised: tell the scheduler's `on_error`, and ours."""
        if self.scheduler._sealed and isinstance(error, MemoryError):
            error = self.scheduler.error(AllocationError, "%r", self)
        self.scheduler._report(self, error, True)
        self._hear(error)

    def _hear(self, error):
        self.errors += 1
        if self.on_error is not None:
            try:
                self.on_error(self, error)
            except Exception as second:
                self.scheduler._report(self, second, False)

    # -- what it has done: more of it in statistics.py ---------------------------

    def summary(self):
        """A line of all that follows, for people.  Alloc: the text."""
        line = "%r: %d requests, %d refused, at most %d held" % (
            self,
            self.accepted,
            self.refused,
            self.high_water,
        )
        for reason in REASONS:
            if self.replies(reason):
                line += ", %d %s" % (self.replies(reason), reason or "results")
        statistics = self.statistics
        if statistics is not None:
            line += "; longest %d, half of the calls below %d, 99 %% below %d" % (
                statistics.longest,
                statistics.percentile(50),
                statistics.percentile(99),
            )
        return line

    def replies(self, reason=None):
        """How many requests ended with this reason, or with a result (None).  Alloc: 0."""
        return get_word(self.at, ServiceBlock.REPLIES + REASONS.index(reason))

    @property
    def accepted(self):
        """Requests taken on so far.  Alloc: 0."""
        return get_word(self.at, ServiceBlock.ACCEPTED)

    @property
    def refused(self):
        """Requests that found it full or stopped.  Alloc: 0."""
        count = 0
        for client in self.clients:
            count += client.refused
        return count

    @property
    def held(self):
        """Requests that it has not answered yet.  Alloc: 0."""
        return get_word(self.at, ServiceBlock.HELD)

    @property
    def high_water(self):
        """The most that it has held.  Alloc: 0."""
        return get_word(self.at, ServiceBlock.HIGH)

    @property
    def free(self):
        """Requests of the pool that nobody uses.  Alloc: 0."""
        return self._count_free()

    @micropython.viper
    def _count_free(self) -> int:  # hot
        s = ptr16(int(self.at))
        records = int(self.records)
        enter = self._enter
        leave = self._leave
        count = 0
        enter()
        rid = int(s[0])
        while rid != NONE:
            count += 1
            rid = int(ptr16(records + (rid << 4))[1])
        leave()
        return count


class _Taken:
    def __call__(self, argument):
        """Requests to it are taken by tasks."""


TAKEN = _Taken()


class Take:
    """The operation of `Service.take`."""

    def __init__(self, service):
        self.op = Op.ASK
        self.begin = self.begin  # type: ignore[method-assign]  # see Client
        self._service = service
        self._store = service.scheduler.store
        self._at = service.at
        self._scheduler_at = service.scheduler.address

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield service.take()`: see burst.py.  Context: burst."""
        service = self._service
        rid = int(service._next_pending())
        if rid != NONE:
            store = self._store
            store[node] = service.ticket(rid)
            return 0
        enqueue(int(self._scheduler_at), node, int(self._at) + 4 * ServiceBlock.TAKERS)
        return 1

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
