"""A service: handlers on one scheduler, called from any.

Guarantees
 * every request ends exactly once, with a result or a reason (protocol.py);
 * a handler that raises rejects its own request, and the service goes on;
 * a full queue rejects at once, with overflow="reject".  Nothing that a handler does waits for a
   lock longer than one of the short sections;
 * tasks, timers and periodic loops have their turn after 8 requests at most;
 * 0 bytes a request, with handlers that are plain functions.

    STOPPED --start, on_start agrees--> RUNNING --stop, on_stop agrees--> STOPPED

`stop` ends waiting requests with STOPPED, and cancels the tasks that handle requests.  Replies that
were made before `stop` are still delivered.  A request whose caller has left before it was handled
ends with CANCELLED, and is not handled.
"""

from ..core.block import get_byte, get_half, get_word, set_half
from ..core.channel import DROP_OLDEST
from ..core.layout import NONE
from ..core.on_cpython import micropython, ptr32
from ..core.outcomes import Value
from .handling import Handling
from .inline import has_left, record_at, ticket_of
from .layout import Outcome, Request, SPAWN_METHOD, ServiceBlock
from .protocol import OVERFLOWS, REASONS, STOPPED
from .requests import find, finish


class Service(Handling):
    """Answers requests on `scheduler`.

    handlers   a dict: method number, 0 to 254, to a function of one argument.  What it returns is
               the reply.  A generator function runs as a task, which costs a slot and the
               generator: in a sealed scheduler the request ends with RAISED, and `on_error` gets an
               AllocationError.  With TAKEN, tasks `take` the requests, for 0 bytes.  A bound method
               may return a generator that was made before.
    requests   how many can be under way, from all clients
    queue      how many of them are held unanswered before the service is FULL; None: all
    overflow   what happens to one more.  "reject": it gets FULL at once.  "block": a `call` waits
               for room, until its deadline.  "drop-oldest": the oldest request that no handler has
               begun with ends with FULL instead; this needs `requests` greater than `queue`
    clients    how many Client objects the service can have
    methods    the length of the handlers' table, for those that are declared later; None: as long
               as `handlers` needs
    loops      ((milliseconds, function), ...): called at that rate while the service runs
    on_start, on_stop   functions of the service.  If one raises, or returns False, the service
               does not start, or stop

    ValueError: a size, a method number or `overflow` is out of range.  Context: boot.
    Alloc: boot only; `start` makes the loops.
    """

    def __init__(
        self, scheduler, handlers, requests=8, queue=None, clients=4, methods=None, loops=(),
        on_start=None, on_stop=None, name=None, overflow="reject",
    ):  # fmt: skip
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
            text = "a dropped request stays in the pool until its caller gets FULL"
            raise ValueError(text + ": give more requests= than queue=")
        length = max(handlers) + 1 if handlers else 0
        if methods is not None and methods < length:
            raise ValueError("method %d is beyond methods=%d" % (length - 1, methods))
        length = length if methods is None else methods
        if length > SPAWN_METHOD or (handlers and min(handlers) < 0):
            raise ValueError("methods are numbered 0 to 254")
        super().__init__(scheduler, handlers, length, requests, queue, clients, overflow, name)
        self.on_start = on_start
        self.on_stop = on_stop
        self.loops = loops
        self._loop_tasks: list = [None] * len(loops)

    def __repr__(self):
        return "<service %r %s>" % (self.name, "runs" if self.running else "stopped")

    @property
    def running(self):
        """Whether requests are handled.  Context: any thread.  Alloc: 0."""
        return get_word(self.address, ServiceBlock.STATE) == 1

    def start(self):
        """Begin to handle requests: True; False if `on_start` failed: the service stays stopped.

        If the service runs already, nothing happens, and the hook is not called.
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
        """Stop: end waiting and later requests with STOPPED.  True; False if `on_stop` failed.

        If the service is stopped already, nothing happens, and the hook is not called.  In a
        handler that is a task, this call itself raises Cancelled.  Alloc: 0.
        Context: boot, or its thread; elsewhere `worker.mailbox.post(service.stop_soon)`.
        """
        if not self.running:
            return True
        if not self._hook(self.on_stop):
            return False
        self._set_state(0)
        for task in self._loop_tasks:
            task.cancel()
        rid = self.next_pending()
        while rid != NONE:
            finish(self._hot, rid, STOPPED, Outcome.STOPPED)
            rid = self.next_pending()
        current = self.scheduler.current
        mine = None
        for rid in range(self.requests):
            record = record_at(self.records, rid)
            asked = get_byte(record, Request.STATE) == Request.ASKED
            if asked and get_byte(record, Request.IN_TASK):
                task = self.cells[2 * rid]
                set_half(self._served, task._node, NONE)  # the request ends now, before the task
                finish(self._hot, rid, STOPPED, Outcome.STOPPED)
                if task is current:
                    mine = task
                else:
                    task.cancel()
        self.ring_clients()
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
        service = ptr32(int(self.address))
        enter()
        service[ServiceBlock.STATE] = state
        leave()

    def _hook(self, hook):
        if hook is None:
            return True
        try:
            return hook(self) is not False
        except Exception as error:
            self._report_error(error)
            return False

    def _loop(self, interval, function):
        while True:
            yield interval
            try:
                function()
            except Exception as error:
                self._report_error(error)

    def keep(self):
        """The ticket of the request in hand.  Return LATER from the handler; `reply(ticket)` later.

        A ticket is a small int that stands for one request until that request has ended.
        RuntimeError: no handler runs.  Context: a handler.  Alloc: 0.
        """
        rid = get_word(self.address, ServiceBlock.IN_HAND)
        if rid == NONE:
            raise self.scheduler.error(RuntimeError, "%r: keep() is for its handlers", self)
        generation = get_half(record_at(self.records, rid), Request.GENERATION)
        return ticket_of(rid, generation)

    def take(self, timeout_ms=None):
        """Operation: wait for the next request to a method that is TAKEN.

        `yield` gives its ticket, or TIMEOUT.  Context: task of its scheduler.  Alloc: 0.
        """
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)
        return self._take

    def reply(self, ticket, value=None):
        """End a request that was kept or taken: its caller gets `value`.

        A value that is a reason (REJECTED, CANCELLED ...) rejects it.
        RuntimeError: the request has ended.  Context: the service's thread.  Alloc: 0.
        """
        rid = self._request(ticket)
        outcome = Outcome.OK
        if isinstance(value, Value) and value in REASONS:
            outcome = REASONS.index(value)
        finish(self._hot, rid, value, outcome)

    def argument(self, ticket):
        """The argument of a kept or taken request.  Errors, context: see `reply`."""
        return self.cells[2 * self._request(ticket)]

    def method(self, ticket):
        """The method of a kept or taken request.  Errors, context: see `reply`."""
        return get_byte(record_at(self.records, self._request(ticket)), Request.METHOD)

    def wanted(self, ticket):
        """Whether the caller of a kept or taken request still waits.  Errors: see `reply`."""
        record = record_at(self.records, self._request(ticket))
        kind = get_byte(record, Request.KIND)
        return not has_left(kind, get_half(record, Request.WAITER))

    def forward(self, client, method, arg=None):
        """Pass the request on: `return service.forward(client, METHOD, arg)` in a handler.

        The other service's reply, or the reason why there is none, becomes the reply of this one.
        No task waits.  Context: a handler.  Alloc: 0.
        """
        return client.forward(self, self.keep(), method, arg)

    def forwarded(self, ticket, value):
        """Reply to the forwarded request; drop the reply if `stop` ended the request."""
        if find(self._hot, ticket) >= 0:
            self.reply(ticket, value)

    def _request(self, ticket):
        rid = find(self._hot, ticket)
        if rid < 0:
            text = "ticket %r: its request has ended: reply only once"
            raise self.scheduler.error(RuntimeError, text, ticket)
        return rid

    def summary(self):
        """A line of all counts, for people.  Alloc: the text."""
        counts = self, self.accepted, self.refused, self.high_water
        line = "%r: %d requests, %d refused, at most %d held" % counts
        for reason in REASONS:
            if self.replies(reason):
                line += ", %d %s" % (self.replies(reason), reason or "results")
        statistics = self.statistics
        if statistics is not None:
            times = statistics.longest, statistics.percentile(50), statistics.percentile(99)
            line += "; longest %d, half of the calls below %d, 99 %% below %d" % times
        return line
