"""How a service handles requests: by a function, by a task, or by tasks that take them."""

from ..core.block import address_of, get_byte, get_half, get_word
from ..core.block import set_address, set_byte, set_half, set_word
from ..core.inline import address_at, slot_at
from ..core.layout import Begun, Header, MEMBER, NONE, Op, Slot, State
from ..core.on_cpython import const, micropython, ptr16, ptr32, ptr8
from ..core.outcomes import AllocationError, Cancelled, FULL
from ..core.spawn import GENERATOR
from ..core.wait_queue import enqueue
from ..observe.layout import Stage
from .inline import append, has_left, is_watched, record_at, take_first, ticket_of
from .layout import Handler, Outcome, Request, SPAWN_METHOD, ServiceBlock
from .protocol import CANCELLED, LATER, RAISED, STOPPED, UNKNOWN_METHOD
from .requests import Requests, finish, reply_and_take

_REQUESTS_PER_RING = const(8)  # handled for one ring; then the tasks have their turn


class _Taken:
    def __call__(self, argument):
        """Never called: TAKEN is a callable because every handler is one."""


TAKEN = _Taken()  # stands for a handler: tasks take the requests


class Handling(Requests):
    """The table of handlers, and what happens when the bell rings."""

    def __init__(self, scheduler, handlers, methods, requests, queue, clients, overflow, name):
        super().__init__(scheduler, requests, queue, clients, overflow)
        self.name = name
        self.on_error = None
        self.errors = 0
        self._handlers = [None] * methods
        self._kinds = bytearray(bytes((Handler.MISSING,)) * (methods + 1))
        for method in handlers:
            self.handle(method, handlers[method])
        set_word(self.address, ServiceBlock.METHODS, methods)
        set_address(self.address, ServiceBlock.KINDS, address_of(self._kinds))
        # A task that handles a request is a member of the service, as of a scope: it has the place
        # with the number of its slot, and its request is in that half of `_served`.
        self._member = MEMBER + scheduler.reserve_members(self, scheduler.slots)
        self._members = bytearray(2 * scheduler.slots)
        self._served = address_of(self._members)
        self.equip()
        self._take = Take(self)
        self._next_claim = scheduler.claim_error
        scheduler.claim_error = self.claim_error
        scheduler.services.append(self)
        scheduler.on_bell(self._answer)

    def equip(self):
        """See Requests.equip."""
        super().equip()
        self._hot_answer = (
            self.hot_reply, reply_and_take, self.address, self._enter, self._leave,
            self._handlers, self.cells, LATER, STOPPED, CANCELLED,
            self._offer, self._handle_slowly, self._note,
        )  # fmt: skip

    def handle(self, method, handler):
        """Declare, replace or (None) remove a method's handler.

        ValueError: the number is outside the table.  Context: boot, or its thread.  Alloc: 0.
        """
        if not 0 <= method < len(self._handlers):
            text = "method %r is beyond the table of %d: give Service() methods="
            raise ValueError(text % (method, len(self._handlers)))
        kind = Handler.PLAIN
        if handler is TAKEN:
            kind = Handler.TAKEN
        elif handler is None:
            kind = Handler.MISSING
        elif not _TYPES_DIFFER or type(handler).__name__ != "function":
            kind = Handler.SLOW  # a generator function, or not known
            if not callable(handler):
                text = "a handler is a function, a generator function or TAKEN, not %r"
                raise TypeError(text % (handler,))
        self._handlers[method] = handler
        self._kinds[method] = kind

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: handle the requests that wait, up to _REQUESTS_PER_RING of them."""
        (
            hot_reply, reply_and_take, address, enter, leave,
            handlers, cells, later, stopped, cancelled,
            offer, handle_slowly, note,
        ) = self._hot_answer  # fmt: skip
        start = int(address)
        halves = ptr16(start)
        if halves[ServiceBlock.FIRST_INCOMING] == NONE:
            return
        service = ptr32(start)
        header = ptr32(address_at(service, ServiceBlock.SCHEDULER))
        kinds = ptr8(address_at(service, ServiceBlock.KINDS))
        records = address_at(service, ServiceBlock.RECORDS)
        watched = is_watched(service, header)
        left = _REQUESTS_PER_RING
        enter()  # the first request is taken here, without a call
        rid = take_first(halves, ServiceBlock.FIRST_INCOMING, records)
        leave()
        while rid != NONE:
            left -= 1
            record = ptr8(record_at(records, rid))
            kind = int(record[Request.KIND])
            outcome = Outcome.OK
            value = later
            if not service[ServiceBlock.STATE]:
                value = stopped
                outcome = Outcome.STOPPED
            elif has_left(kind, ptr16(record)[Request.WAITER]):
                value = cancelled
                outcome = Outcome.CANCELLED
            else:
                if watched:
                    note(Stage.TAKEN, rid)
                method = int(record[Request.METHOD])
                kind = Handler.MISSING
                if method < int(service[ServiceBlock.METHODS]):
                    kind = int(kinds[method])
                if kind == Handler.PLAIN:
                    service[ServiceBlock.IN_HAND] = rid
                    value = handlers[method](cells[rid << 1])
                    service[ServiceBlock.IN_HAND] = NONE
                elif kind == Handler.TAKEN:
                    offer(rid)
                else:
                    value = handle_slowly(rid)
                if watched and value is not later:
                    note(Stage.REPLIED, rid)
            done = rid
            if value is later:
                done = NONE
            rid = int(reply_and_take(hot_reply, done, value, outcome, left))
        if halves[ServiceBlock.FIRST_INCOMING] != NONE:
            header[Header.BELL] = 1  # the tasks have their turn first

    def _handle_slowly(self, rid):
        """Handle a request whose handler is no plain function: the reply, or LATER."""
        record = record_at(self.records, rid)
        method = get_byte(record, Request.METHOD)
        argument = self.cells[2 * rid]
        if method == SPAWN_METHOD:
            handler = self.cells[2 * rid + 1]
        elif method >= len(self._handlers) or self._handlers[method] is None:
            finish(self._hot, rid, UNKNOWN_METHOD, Outcome.UNKNOWN_METHOD)
            return LATER
        else:
            handler = self._handlers[method]
        set_word(self.address, ServiceBlock.IN_HAND, rid)
        value = handler(argument)
        set_word(self.address, ServiceBlock.IN_HAND, NONE)
        if type(value) is GENERATOR:
            self._hand_over(rid, value)
            return LATER
        return value

    def _hand_over(self, rid, generator):
        """Have a task handle a request: `ended` is called at its end."""
        scheduler = self.scheduler
        base = scheduler.address
        if get_word(base, Header.FREE_TASKS) == NONE:
            finish(self._hot, rid, FULL, Outcome.FULL)
            return
        task = scheduler.spawn(generator, name=self.name)
        node = task._node
        set_half(slot_at(base, node), Slot.JOINER, self._member + node)
        set_half(self._served, node, rid)
        self.cells[2 * rid] = task
        set_byte(record_at(self.records, rid), Request.IN_TASK, 1)

    def ended(self, member, outcome, raised):
        """The generator of a request has ended.  Context: run loop.  Alloc: 0."""
        rid = get_half(self._served, member - self._member)
        how = Outcome.OK
        if raised and isinstance(outcome, Cancelled):
            outcome, how = CANCELLED, Outcome.CANCELLED
        elif raised:
            self._report_to_own(outcome)  # the scheduler has already counted this error
            outcome, how = RAISED, Outcome.RAISED
        if rid != NONE:  # else `stop` has ended the request
            finish(self._hot, rid, outcome, how)

    @micropython.viper
    def _offer(self, rid: int):  # hot
        """Give a TAKEN request to the longest-waiting taker, or append it to the pending list."""
        (address, records, base, requests, store, hot_reply, reply, wake, note) = self._hot
        halves = ptr16(int(address))
        first = int(records)
        record = ptr16(record_at(first, rid))
        node = int(halves[ServiceBlock.TAKERS])
        if node != NONE:
            store[node] = ticket_of(rid, int(record[Request.GENERATION]))
            wake(base, node, State.READY)
            return
        append(halves, ServiceBlock.FIRST_PENDING, first, record, rid)

    @micropython.viper
    def next_pending(self) -> int:  # hot
        """Take the oldest pending request whose caller has not left: its number, or NONE.

        Older ones end with CANCELLED.  Context: the service's thread.  Alloc: 0.
        """
        (address, records, base, requests, store, hot_reply, reply, wake, note) = self._hot
        halves = ptr16(int(address))
        first = int(records)
        while True:
            rid = take_first(halves, ServiceBlock.FIRST_PENDING, first)
            if rid == NONE:
                return NONE
            record = ptr16(record_at(first, rid))
            kind = int(record[Request.STATE_AND_KIND]) >> 8
            if not has_left(kind, record[Request.WAITER]):
                return rid
            self._withdraw(rid)

    def _withdraw(self, rid):
        finish(self._hot, rid, CANCELLED, Outcome.CANCELLED)

    def claim_error(self, error):
        """True if a handler of a service raised this exception; it is then reported to `on_error`.

        The request ends with RAISED.  If no handler of this service runs, the next service is
        asked.  Context: run loop.
        """
        rid = get_word(self.address, ServiceBlock.IN_HAND)
        if rid == NONE:
            following = self._next_claim
            return following(error) if following is not None else False
        set_word(self.address, ServiceBlock.IN_HAND, NONE)
        finish(self._hot, rid, RAISED, Outcome.RAISED)
        self.scheduler.ring()  # the exception kept others from answering the bell
        if not isinstance(error, Exception):
            return False
        self._report_error(error)
        return True

    def _report_error(self, error):
        """Report what a handler, hook or loop raised: to the scheduler, and to `on_error`."""
        if self.scheduler._sealed and isinstance(error, MemoryError):
            error = self.scheduler.error(AllocationError, "%r", self)
        self.scheduler._report(self, error, True)
        self._report_to_own(error)

    def _report_to_own(self, error):
        self.errors += 1
        if self.on_error is not None:
            try:
                self.on_error(self, error)
            except Exception as second:
                self.scheduler._report(self, second, False)


class Take:
    """The operation of `Service.take`."""

    def __init__(self, service):
        self.op = Op.ASK
        self.begin = self.begin  # faster to find in the instance: see Posting.__init__
        self._service = service

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield service.take()`: see core/run_loop.py.  Context: run loop."""
        service = self._service
        (address, records, base, requests, store, hot_reply, reply, wake, note) = service._hot
        rid = int(service.next_pending())
        if rid != NONE:
            record = ptr16(record_at(int(records), rid))
            store[node] = ticket_of(rid, int(record[Request.GENERATION]))
            return Begun.DONE
        enqueue(base, node, int(address) + 2 * ServiceBlock.TAKERS)
        return Begun.WAITS

    def __iter__(self):
        return (yield self)

    __await__ = __iter__


# Whether a generator function has another type than a plain one.  On CPython it has the same.
_TYPES_DIFFER = type(Take.__iter__).__name__ != "function"
