"""Parts of the steps of protocol.py: tools/expand.py puts their text in place of each call.

service  the service's block, a ptr32       halves  the same, a ptr16
client   the client's own block, a ptr32    header  the words of a scheduler, a ptr32
records  the address of the first record    record  that of the request `rid`, a ptr16
"""

from ..core.layout import Header, NONE
from ..core.on_cpython import inline, ptr16
from .layout import ClientBlock, ClientPart, Kind, Request, ServiceBlock, Ticket


@inline
def record_at(records, rid):
    """The address of a request's record."""
    return records + (rid << Request.BITS)


@inline
def part_at(start, number):
    """The address of a client's part of the service's block, which is at `start`."""
    return start + ServiceBlock.CLIENTS + (number << ClientPart.BITS)


@inline
def ticket_of(number, generation):
    """The ticket of a request, until it is freed; or of a buffer, until it has another holder."""
    return generation << Ticket.BITS | number


@inline
def has_left(kind, waiter):
    """Whether nobody wants the reply any longer."""
    return kind == Kind.ABANDONED or (kind == Kind.CALL and waiter == NONE)


@inline
def is_watched(service, header):
    """Not 0 if statistics or a trace record each stage."""
    return int(service[ServiceBlock.WATCHED]) | int(header[Header.TRACED])


# -- under the lock, except for lists of one thread ------------------------------------


@inline
def append(lists, first, records, record, rid):
    """Put a request at the end of a list; `lists[first]` is its first, the next word its last."""
    record[Request.LINK] = NONE
    if lists[first] == NONE:
        lists[first] = rid
    else:
        ptr16(record_at(records, int(lists[first + 1])))[Request.LINK] = rid
    lists[first + 1] = rid


@inline
def take_first(lists, first, records):
    """Take the first request of a list: its number, or NONE."""
    rid = int(lists[first])
    if rid != NONE:
        lists[first] = ptr16(record_at(records, rid))[Request.LINK]
    return rid


@inline
def fill_request(halves, service, client, record, method, kind):
    """Of step 1: take the first free request, whose record this is, and fill it."""
    halves[ServiceBlock.FIRST_FREE] = record[Request.LINK]
    held = int(service[ServiceBlock.HELD]) + 1
    service[ServiceBlock.HELD] = held
    if held > int(service[ServiceBlock.HIGH]):
        service[ServiceBlock.HIGH] = held
    service[ServiceBlock.ACCEPTED] = service[ServiceBlock.ACCEPTED] + 1
    record[Request.WAITER] = Request.YET
    record[Request.STATE_AND_KIND] = Request.ASKED | kind << 8
    record[Request.METHOD_AND_CLIENT] = method | (int(client[ClientBlock.NUMBER]) << 8)


@inline
def count_reply(service, outcome):
    """Of step 3: count one request less held, and one reply more with this outcome."""
    service[ServiceBlock.HELD] = service[ServiceBlock.HELD] - 1
    service[ServiceBlock.REPLIES + outcome] = service[ServiceBlock.REPLIES + outcome] + 1


@inline
def take_wanted(service):
    """Of steps 3 and 4: not 0 if clients wait for room; ring them after the section."""
    wanted = int(service[ServiceBlock.WANTED])
    service[ServiceBlock.WANTED] = 0
    return wanted


@inline
def free_request(halves, record, rid):
    """Of step 4: put a request, whose cells are empty, on the free list."""
    record[Request.STATE_AND_KIND] = Request.FREE
    record[Request.GENERATION] = (int(record[Request.GENERATION]) + 1) & Ticket.MASK
    record[Request.LINK] = halves[ServiceBlock.FIRST_FREE]
    halves[ServiceBlock.FIRST_FREE] = rid
