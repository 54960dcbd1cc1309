"""A service's pool of requests, and the steps that end one: see protocol.py.

The functions take `hot`, a tuple that viper code takes apart in one go: an item of a list costs
1.5 us on a Pico, and an attribute of so large an object more.
"""

from ..core.block import address_of, get_half, get_word, set_address, set_half, set_word
from ..core.doorbell import no_lock, ring_bell
from ..core.inline import address_at
from ..core.layout import Header, NONE
from ..core.on_cpython import micropython, ptr16, ptr32, ptr8
from ..core.outcomes import FULL
from ..core.wait_queue import wake
from ..observe.layout import Stage
from .inline import append, count_reply, is_watched, part_at, record_at
from .inline import take_first, take_wanted, ticket_of
from .layout import ClientPart, Outcome, Request, ServiceBlock, Ticket
from .protocol import OVERFLOWS, REASONS


@micropython.viper
def reply_and_take(hot, rid: int, value, outcome: int, more: int) -> int:  # hot
    """Step 3 and then step 2 in one section: to take the lock costs 11 us on a Pico.

    End request `rid` with `value`, unless `rid` is NONE.  Then, if `more` is not 0, take the next
    request that waits: its number, or NONE.  Context: whoever has `rid` in hand.  Alloc: 0.
    """
    (address, cells, enter, leave, gives, ring_clients) = hot
    start = int(address)
    service = ptr32(start)
    halves = ptr16(start)
    records = address_at(service, ServiceBlock.RECORDS)
    number = 0
    asleep = 0
    wanted = 0
    following = NONE
    if rid != NONE:
        record = record_at(records, rid)
        fields = ptr8(record)
        number = int(fields[Request.CLIENT])
        part = part_at(start, number)
        cells[rid << 1] = value
        enter()
        fields[Request.STATE] = Request.DONE
        fields[Request.OUTCOME] = outcome
        fields[Request.IN_TASK] = 0
        done = ptr16(part)
        append(done, ClientPart.FIRST_DONE, records, ptr16(record), rid)
        count_reply(service, outcome)
        wanted = take_wanted(service)
        header = ptr32(address_at(ptr32(part), ClientPart.SCHEDULER))
        asleep = ring_bell(header)
    else:
        enter()
    if more:
        following = take_first(halves, ServiceBlock.FIRST_INCOMING, records)
    leave()
    if asleep:
        gives[number]()
    if wanted:
        ring_clients()
    return following


@micropython.viper
def finish(hot, rid: int, value, outcome: int):  # hot
    """Step 3: end a request that was taken.  Context: the service's thread.  Alloc: 0."""
    (address, records, base, requests, store, hot_reply, reply, wake_node, note) = hot
    service = ptr32(int(address))
    header = ptr32(int(base))
    if is_watched(service, header):
        note(Stage.REPLIED, rid)
    reply(hot_reply, rid, value, outcome, 0)


@micropython.viper
def find(hot, ticket: int) -> int:  # hot
    """The request that a ticket stands for, or -1 if the request has ended.  Alloc: 0."""
    (address, records, base, requests, store, hot_reply, reply, wake_node, note) = hot
    rid = ticket & Ticket.MASK
    if rid < int(requests):
        record = ptr16(record_at(int(records), rid))
        state = int(record[Request.STATE_AND_KIND]) & 255
        if state == Request.ASKED and int(record[Request.GENERATION]) == ticket >> Ticket.BITS:
            return rid
    return -1


def note_stage(service, scheduler, stage, rid):  # hot
    """Tell a trace and the service's statistics that a request has come to `stage`.  Alloc: 0."""
    if get_word(scheduler.address, Header.TRACED):
        scheduler.trace.call(stage, service.ticket(rid))
    if service.statistics is not None:
        service.statistics.note(stage, rid)


def drop_oldest(service):
    """End the oldest waiting request with FULL.

    True if one was ended and a record is free for another.  Context: a client's thread.  Alloc: 0.
    """
    if get_half(service.address, ServiceBlock.FIRST_FREE) == NONE:
        return False
    rid = reply_and_take(service.hot_reply, NONE, None, Outcome.OK, 1)
    if rid == NONE:
        return False
    reply_and_take(service.hot_reply, rid, FULL, Outcome.FULL, 0)
    return True


class Requests:
    """The pool, the block that clients share, and the counts."""

    def __init__(self, scheduler, requests, queue, clients, overflow):
        self.scheduler = scheduler
        self.requests = requests
        self.limit = clients
        self.clients = []
        self.statistics = None  # see statistics.py
        records = part_at(0, clients)  # they begin behind the parts of all clients
        self._block = bytearray(records + (requests << Request.BITS))
        self.address = start = address_of(self._block)
        self.records = start + records
        self.cells: list = [None] * (2 * requests)
        self._enter = self._leave = no_lock
        self._gives = [no_lock] * clients
        # one bound method for all tuples
        self.ring_clients = self.ring_clients  # type: ignore[method-assign]
        for half in (ServiceBlock.FIRST_INCOMING, ServiceBlock.FIRST_PENDING, ServiceBlock.TAKERS):
            set_half(start, half, NONE)
        set_word(start, ServiceBlock.LIMIT, queue)
        set_word(start, ServiceBlock.IN_HAND, NONE)
        set_word(start, ServiceBlock.OVERFLOW, OVERFLOWS.index(overflow))
        set_address(start, ServiceBlock.SCHEDULER, scheduler.address)
        set_address(start, ServiceBlock.RECORDS, self.records)
        for rid in range(requests):
            following = rid + 1 if rid + 1 < requests else NONE
            set_half(record_at(self.records, rid), Request.LINK, following)

    def equip(self):
        """Make the tuples that hot functions take, anew for each lock.  Context: boot."""
        address, scheduler = self.address, self.scheduler
        self.hot_reply = hot_reply = (
            address, self.cells, self._enter, self._leave, self._gives, self.ring_clients,
        )  # fmt: skip
        self._hot = (
            address, self.records, scheduler.address, self.requests, scheduler.store,
            hot_reply, reply_and_take, wake, self._note,
        )  # fmt: skip

    def connect(self, enter, leave, number, give):
        """Share a lock with a client, and wake its scheduler by `give`.  Context: boot."""
        self._enter = enter
        self._leave = leave
        self._gives[number] = give
        self.equip()
        set_word(self.address, ServiceBlock.SHARED, 1)
        for client in self.clients:
            client.equip(enter, leave)

    def _note(self, stage, rid):  # hot
        note_stage(self, self.scheduler, stage, rid)

    def ticket(self, rid):  # hot
        """The ticket that stands for a request until it is freed.  Alloc: 0."""
        generation = get_half(record_at(self.records, rid), Request.GENERATION)
        return ticket_of(rid, generation)

    def ring_clients(self):
        """Ring the schedulers of the clients that wait for room.  Any thread.  Alloc: 0."""
        for client in self.clients:
            part = part_at(self.address, client.number)
            if get_word(part, ClientPart.WANTS):
                set_word(part, ClientPart.WANTS, 0)  # first: the client may set it again at once
                client.scheduler.ring()

    def replies(self, reason=None):
        """How many requests ended with this reason, or with a result (None).  Alloc: 0."""
        return get_word(self.address, ServiceBlock.REPLIES + REASONS.index(reason))

    @property
    def accepted(self):
        """Requests taken on so far.  Alloc: 0."""
        return get_word(self.address, ServiceBlock.ACCEPTED)

    @property
    def refused(self):
        """Requests that found the service full or stopped.  Alloc: 0."""
        count = 0
        for client in self.clients:
            count += client.refused
        return count

    @property
    def held(self):
        """Requests that the service has not answered yet.  Alloc: 0."""
        return get_word(self.address, ServiceBlock.HELD)

    @property
    def high_water(self):
        """The most requests that were held at a time.  Alloc: 0."""
        return get_word(self.address, ServiceBlock.HIGH)

    @property
    @micropython.viper
    def free(self) -> int:  # hot
        """Requests of the pool that nobody uses.  Alloc: 0."""
        halves = ptr16(int(self.address))
        records = int(self.records)
        enter = self._enter
        leave = self._leave
        count = 0
        enter()
        rid = int(halves[ServiceBlock.FIRST_FREE])
        while rid != NONE:
            count += 1
            rid = int(ptr16(record_at(records, rid))[Request.LINK])
        leave()
        return count
