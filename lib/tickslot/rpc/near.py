"""A call to a service on the caller's own scheduler: its handler runs right here."""

from ..core.inline import address_at
from ..core.layout import NONE
from ..core.on_cpython import micropython, ptr16, ptr32, ptr8
from ..observe.layout import Stage
from .inline import count_reply, fill_request, free_request, is_watched, record_at, take_wanted
from .layout import Box, ClientBlock, Kind, Outcome, Request, ServiceBlock


def near_call_of(hot):
    """The function for a client's near calls.  It closes over what it needs.  Alloc: boot only."""

    @micropython.viper
    def near_call(method: int, arg):  # hot
        """Call a plain handler of this scheduler now, if no request waits before this one.

        During the call a request record is held, so that `keep` and HELD work.  It stays held if
        the handler replies later, or raises.  Context: task.  Alloc: 0.
        """
        (block, enter, leave, cells, handlers, later, box, post, note, ring_clients) = hot
        client = ptr32(int(block))
        start = address_at(client, ClientBlock.SERVICE)
        service = ptr32(start)
        halves = ptr16(start)
        records = address_at(client, ClientBlock.RECORDS)
        shared = int(service[ServiceBlock.SHARED])
        rid = NONE
        if (
            method >= 0
            and method < int(service[ServiceBlock.METHODS])
            and service[ServiceBlock.STATE]
            and halves[ServiceBlock.FIRST_INCOMING] == NONE
        ):
            kinds = ptr8(address_at(client, ClientBlock.KINDS))
            if not kinds[method] and service[ServiceBlock.IN_HAND] == NONE:  # Handler.PLAIN is 0
                if shared:
                    enter()
                if service[ServiceBlock.HELD] < service[ServiceBlock.LIMIT]:
                    rid = int(halves[ServiceBlock.FIRST_FREE])
                if rid != NONE:
                    record = ptr16(record_at(records, rid))
                    fill_request(halves, service, client, record, method, Kind.CALL)
                if shared:
                    leave()
        if rid == NONE:
            post(method, arg)
            return
        record = ptr16(record_at(records, rid))
        header = ptr32(address_at(client, ClientBlock.SCHEDULER))
        watched = is_watched(service, header)
        if watched:
            note(Stage.SENT, rid)
            note(Stage.TAKEN, rid)
        service[ServiceBlock.IN_HAND] = rid
        client[ClientBlock.NEAR] = rid
        value = handlers[method](arg)
        client[ClientBlock.NEAR] = NONE
        service[ServiceBlock.IN_HAND] = NONE
        if value is later:
            if int(record[Request.STATE_AND_KIND]) & 255 == Request.ASKED:
                cells[rid << 1] = arg  # for `argument`
            client[ClientBlock.RID] = rid
            client[ClientBlock.GENERATION] = record[Request.GENERATION]
            return
        if watched:
            note(Stage.REPLIED, rid)
            note(Stage.DELIVERED, rid)
        if shared:
            enter()
        count_reply(service, Outcome.OK)
        wanted = take_wanted(service)
        free_request(halves, record, rid)
        if shared:
            leave()
        if wanted:
            ring_clients()
        box[Box.REPLY] = value
        client[ClientBlock.RID] = NONE

    return near_call
