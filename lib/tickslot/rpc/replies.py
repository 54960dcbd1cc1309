"""How a client's requests come back: step 4 of protocol.py."""

from ..core.block import get_byte, get_half, get_word, set_word
from ..core.inline import address_at
from ..core.layout import Header, NONE, State
from ..core.on_cpython import micropython, ptr16, ptr32
from ..core.wait_queue import wake
from ..observe.layout import Stage
from .inline import append, free_request, is_watched, record_at, take_wanted
from .layout import Box, ClientBlock, ClientPart, Kind, Request, SPAWN_METHOD
from .posting import Posting


@micropython.viper
def finish_reply(hot, rid: int) -> int:  # hot
    """Step 4 for one request: not 0 if clients wait for room and must be rung."""
    (words, enter, leave, give, cells, box, refuse, note) = hot
    client = ptr32(int(words))
    start = address_at(client, ClientBlock.SERVICE)
    service = ptr32(start)
    halves = ptr16(start)
    record = ptr16(record_at(address_at(client, ClientBlock.RECORDS), rid))
    enter()
    wanted = take_wanted(service)
    free_request(halves, record, rid)
    leave()
    return wanted


class Replies(Posting):
    """What a client does when the bell rings."""

    def equip(self, enter, leave):
        """See Posting.equip."""
        super().equip(enter, leave)
        service = self.service
        self._hot_answer = (
            self._words, enter, leave, service.cells, self.scheduler.store,
            wake, self._deliver, self._let_in, service.ring_clients, None,
        )  # fmt: skip

    def _deliver(self):
        """Deliver the requests in the FIRST_CALL list.  Each request is freed first.

        They are callbacks, forwarded requests, and all requests while watched.
        """
        service = self.service
        scheduler = self.scheduler
        words = self._words
        cells = service.cells
        watched = service.statistics is not None or get_word(scheduler.address, Header.TRACED)
        while True:
            rid = get_word(words, ClientBlock.FIRST_CALL)
            if rid == NONE:
                return
            record = record_at(service.records, rid)
            kind = get_byte(record, Request.KIND)
            node = get_half(record, Request.WAITER)
            value = cells[2 * rid]
            extra = cells[2 * rid + 1]
            cells[2 * rid] = cells[2 * rid + 1] = None
            set_word(words, ClientBlock.FIRST_CALL, get_half(record, Request.LINK))
            if watched:
                self._note(Stage.DELIVERED, rid)
            if finish_reply(self._hot_post, rid):
                service.ring_clients()
            if kind == Kind.FORWARD:
                self._box[Box.OWNER].forwarded(extra, value)
            elif kind == Kind.CALLBACK:
                try:
                    extra(value)
                except Exception as error:
                    scheduler._report(self, error, False)
            elif kind == Kind.CALL and node < Request.YET:
                scheduler.give(node, value)
                wake(scheduler.address, node, State.READY)
            elif kind != Kind.POST:
                set_word(words, ClientBlock.LATE, get_word(words, ClientBlock.LATE) + 1)
            value = extra = None

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: step 4 for all requests that are DONE, in one section."""
        (words, enter, leave, cells, store, wake, deliver, let_in, ring_clients, none) = (
            self._hot_answer
        )
        client = ptr32(int(words))
        part = ptr16(address_at(client, ClientBlock.PART))
        if part[ClientPart.FIRST_DONE] != NONE:
            base = address_at(client, ClientBlock.SCHEDULER)
            start = address_at(client, ClientBlock.SERVICE)
            halves = ptr16(start)
            service = ptr32(start)
            records = address_at(client, ClientBlock.RECORDS)
            watched = is_watched(service, ptr32(base))
            calls = 0
            enter()
            wanted = take_wanted(service)
            rid = int(part[ClientPart.FIRST_DONE])
            part[ClientPart.FIRST_DONE] = NONE
            while rid != NONE:
                record = ptr16(record_at(records, rid))
                after = int(record[Request.LINK])
                kind = int(record[Request.STATE_AND_KIND]) >> 8
                if watched or kind == Kind.CALLBACK or kind == Kind.FORWARD:
                    append(client, ClientBlock.FIRST_CALL, records, record, rid)
                    calls = 1
                else:
                    if kind == Kind.CALL:
                        node = int(record[Request.WAITER])
                        if node >= Request.YET:
                            client[ClientBlock.LATE] = client[ClientBlock.LATE] + 1
                        else:
                            store[node] = cells[rid << 1]
                            wake(base, node, State.READY)
                    elif kind == Kind.ABANDONED:
                        client[ClientBlock.LATE] = client[ClientBlock.LATE] + 1
                    cells[rid << 1] = none
                    if kind or int(record[Request.METHOD_AND_CLIENT]) & 255 == SPAWN_METHOD:
                        cells[(rid << 1) + 1] = none
                    free_request(halves, record, rid)
                rid = after
            leave()
            if calls:
                deliver()
            if wanted:
                ring_clients()
        if client[ClientBlock.ROOM] != NONE:
            let_in()
