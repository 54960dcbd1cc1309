"""The Client: sends requests to a service from one scheduler.  See protocol.py."""

from ..core.block import get_byte, get_half, get_word, set_byte
from ..core.layout import Header, NONE
from ..core.on_cpython import micropython, ptr32
from ..core.outcomes import EMPTY, FULL, TIMEOUT
from .caller import Caller
from .inline import record_at, ticket_of
from .layout import Box, ClientBlock, Kind, Request, SPAWN_METHOD, Ticket
from .protocol import LATER, STOPPED


class Client(Caller):
    """Sends requests to `service` from the tasks of `scheduler`.

    What `call` gives to `yield` is the client itself.  If the two schedulers are different, one of
    them needs a mailbox (a Worker makes it), and the other gets one; or both run on one thread.

    ValueError: `service` already has `clients` clients.  Context: boot.
    """

    def __init__(self, scheduler, service):
        super().__init__(scheduler, service)
        self._replied = self._set_answer
        # An attribute of the instance is found in half the time.
        self.call = self._call_near if service.scheduler is scheduler else self.call
        service.clients.append(self)
        self._connect()
        scheduler.on_bell(self._answer)

    def _connect(self):
        """Share one lock with the service, and give each side the other's bell."""
        service = self.service
        mine = self.scheduler.mailbox
        other = service.scheduler.mailbox
        if service.scheduler is not self.scheduler:
            if mine is None and other is not None:
                mine = other.mailbox_for(self.scheduler)
            elif other is None and mine is not None:
                other = mine.mailbox_for(service.scheduler)
        if mine is not None:
            self._give = other.give
            service.connect(mine.enter, mine.leave, self.number, mine.give)
        else:  # two schedulers on one thread, or one
            self.equip(service._enter, service._leave)

    def spawn(self, function, arg=None, timeout_ms=None):
        """Operation: `function(arg)`, called on the service's core, is the reply.  See `call`."""
        return self.call(SPAWN_METHOD, arg, timeout_ms, function)

    def post(self, method, arg=None):
        """Ask, and want no reply: True, or FULL or STOPPED.  Context: its thread.  Alloc: 0."""
        return self._send(Kind.POST, method, arg, None)

    def call_back(self, method, arg, callback):
        """Ask, and have `callback(reply)` called on this scheduler: a ticket, or FULL or STOPPED.

        Context: its thread, in a task or outside.  Alloc: 0.
        """
        sent = self._send(Kind.CALLBACK, method, arg, callback)
        if sent is not True:
            return sent
        rid = get_word(self._words, ClientBlock.RID)
        generation = get_word(self._words, ClientBlock.GENERATION)
        return ticket_of(rid, generation)

    def cancel(self, ticket):
        """Give up a `call_back`.  True: the callback will not be called.

        False: the request has ended already, or is no `call_back`.  A request that the service has
        not looked at is not handled: it ends with CANCELLED.  Context: its thread.  Alloc: 0.
        """
        record = record_at(self.service.records, ticket & Ticket.MASK)
        valid = get_half(record, Request.GENERATION) == ticket >> Ticket.BITS
        if not valid or get_byte(record, Request.KIND) != Kind.CALLBACK:
            return False
        set_byte(record, Request.KIND, Kind.ABANDONED)
        return True

    def forward(self, service, ticket, method, arg):
        """See Service.forward: LATER, or FULL or STOPPED.

        RuntimeError: this client already forwards for another service.
        """
        box = self._box
        if box[Box.OWNER] is None:
            box[Box.OWNER] = service
        elif box[Box.OWNER] is not service:
            text = "%r forwards for another service: make a Client for each"
            raise self.scheduler.error(RuntimeError, text, self)
        sent = self._send(Kind.FORWARD, method, arg, ticket)
        return LATER if sent is True else sent

    def ask(self, method, arg=None, timeout_ms=None):
        """Ask and wait, in code that is no task: the REPL, a plain thread.  See `call`.

        The scheduler's ready tasks run meanwhile.  RuntimeError: inside of `run`.  Alloc: 0.
        """
        scheduler = self.scheduler
        if scheduler._running or scheduler.current is not None:
            text = "%r: ask() is for code outside of run(): yield client.call()"
            raise scheduler.error(RuntimeError, text, self)
        box = self._box
        box[Box.ANSWER] = EMPTY
        ticket = self.call_back(method, arg, self._replied)
        if ticket is FULL or ticket is STOPPED:
            return ticket
        start = scheduler.now()
        while box[Box.ANSWER] is EMPTY:
            ran = scheduler.poll_once()
            if not ran and box[Box.ANSWER] is EMPTY and scheduler.idle is not None:
                scheduler.idle(1)
            if timeout_ms is not None and box[Box.ANSWER] is EMPTY:
                passed = scheduler.now() - start
                if passed < 0:
                    passed += scheduler.period
                if passed >= timeout_ms * get_word(scheduler.address, Header.TICKS_PER_MS):
                    self.cancel(ticket)
                    return TIMEOUT
        reply = box[Box.ANSWER]
        box[Box.ANSWER] = EMPTY
        return reply

    def _set_answer(self, reply):
        self._box[Box.ANSWER] = reply

    def _send(self, kind, method, arg, extra):
        return True if self._post_kind(kind, method, arg, extra) else self._box[Box.REPLY]

    @micropython.viper
    def _post_kind(self, kind: int, method: int, arg, extra) -> int:  # hot
        """Make a request of that kind: 1; or 0, and box[REPLY] is the reason."""
        (words, store, box, none) = self._hot
        client = ptr32(int(words))
        box[Box.EXTRA] = extra
        client[ClientBlock.KIND] = kind
        self._post(method, arg)
        client[ClientBlock.KIND] = Kind.CALL
        box[Box.EXTRA] = none
        return int(client[ClientBlock.RID] != NONE)

    @property
    def refused(self):
        """Requests that found the service full or stopped.  Alloc: 0."""
        return get_word(self._words, ClientBlock.REFUSALS)

    @property
    def late(self):
        """Replies that came when their caller had left.  Alloc: 0."""
        return get_word(self._words, ClientBlock.LATE)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
