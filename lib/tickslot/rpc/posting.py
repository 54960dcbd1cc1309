"""How a client makes a request: step 1 of protocol.py, and the wait for room and for the reply."""

from ..core.block import address_of, get_byte, get_half, get_word, set_address, set_half, set_word
from ..core.doorbell import no_lock, ring_bell
from ..core.inline import address_at, slot_at, enqueue_first
from ..core.layout import Begun, NONE, Op, Slot, State
from ..core.on_cpython import micropython, ptr16, ptr32
from ..core.outcomes import EMPTY, FULL
from ..core.wait_queue import enqueue, unqueue, wake
from ..observe.layout import Stage
from .inline import append, fill_request, is_watched, part_at, record_at
from .layout import Box, ClientBlock, ClientPart, Kind, Overflow, Request, ServiceBlock
from .layout import OUT_OF_RANGE, SPAWN_METHOD
from .protocol import STOPPED
from .requests import drop_oldest, note_stage


class Posting:
    """A client's memory, and its requests until the service has them."""

    def __init__(self, scheduler, service):
        self.number = number = len(service.clients)
        if number == service.limit:
            raise ValueError("%r has all of its %d clients: give it clients=" % (service, number))
        self.op = Op.ASK
        self.scheduler = scheduler
        self.service = service
        part = part_at(service.address, number)
        set_half(part, ClientPart.FIRST_DONE, NONE)
        set_half(part, ClientPart.LAST_DONE, NONE)
        set_address(part, ClientPart.SCHEDULER, scheduler.address)
        self._block = bytearray(ClientBlock.BYTES)
        self._words = words = address_of(self._block)
        set_word(words, ClientBlock.RID, ClientBlock.YIELDED)
        for word in (ClientBlock.FIRST_CALL, ClientBlock.ROOM, ClientBlock.NEAR):
            set_word(words, word, NONE)
        set_word(words, ClientBlock.NUMBER, number)
        set_address(words, ClientBlock.SERVICE, service.address)
        set_address(words, ClientBlock.PART, part)
        set_address(words, ClientBlock.RECORDS, service.records)
        set_address(words, ClientBlock.KINDS, address_of(service._kinds))
        set_address(words, ClientBlock.SCHEDULER, scheduler.address)
        self._room = words + 4 * ClientBlock.ROOM
        self._methods = None  # of the nodes that wait for room
        if get_word(service.address, ServiceBlock.OVERFLOW) == Overflow.BLOCK:
            self._methods = bytearray(scheduler.slots)
        self._box: list = [None, None, EMPTY, None]
        self._give = no_lock
        # An attribute of the instance is found in half the time.
        self.begin = self.begin
        self._post = self._post

    def equip(self, enter, leave):
        """Make the tuples that hot functions take: see Requests.equip.  Context: boot."""
        words, box = self._words, self._box
        cells = self.service.cells
        self._hot_post = (words, enter, leave, self._give, cells, box, self._refuse, self._note)
        self._hot = (words, self.scheduler.store, box, None)

    def _note(self, stage, rid):  # hot
        note_stage(self.service, self.scheduler, stage, rid)

    @micropython.viper
    def _post(self, method: int, arg):  # hot
        """Step 1.  RID is then the request's number; or NONE, and box[REPLY] is the reason.

        `call` posts before its `yield`: the other core works while this one parks the task.
        Context: the client's thread.  Alloc: 0.
        """
        (words, enter, leave, give, cells, box, refuse, note) = self._hot_post
        client = ptr32(int(words))
        start = address_at(client, ClientBlock.SERVICE)
        service = ptr32(start)
        halves = ptr16(start)
        records = address_at(client, ClientBlock.RECORDS)
        kind = int(client[ClientBlock.KIND])
        if method < 0 or method > 255:
            method = OUT_OF_RANGE
        enter()
        rid = int(halves[ServiceBlock.FIRST_FREE])
        if (
            rid == NONE
            or service[ServiceBlock.HELD] >= service[ServiceBlock.LIMIT]
            or not service[ServiceBlock.STATE]
        ):
            if service[ServiceBlock.OVERFLOW] == Overflow.BLOCK:
                service[ServiceBlock.WANTED] = 1
                part = ptr32(part_at(start, int(client[ClientBlock.NUMBER])))
                part[ClientPart.WANTS] = 1
            leave()
            refuse(method, arg)
            return
        record = ptr16(record_at(records, rid))
        fill_request(halves, service, client, record, method, kind)
        cells[rid << 1] = arg
        if kind or method == SPAWN_METHOD:
            cells[(rid << 1) + 1] = box[Box.EXTRA]
        client[ClientBlock.RID] = rid
        client[ClientBlock.GENERATION] = record[Request.GENERATION]
        if is_watched(service, ptr32(address_at(client, ClientBlock.SCHEDULER))):
            leave()
            note(Stage.SENT, rid)
            enter()
        append(halves, ServiceBlock.FIRST_INCOMING, records, record, rid)
        header = ptr32(address_at(service, ServiceBlock.SCHEDULER))
        asleep = ring_bell(header)
        leave()
        if asleep:
            give()

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield client.call()`: see core/run_loop.py.  Context: run loop.

        The reply is not delivered yet: `Replies._answer` does that later, on this thread.
        """
        (words, store, box, none) = self._hot
        client = ptr32(int(words))
        rid = int(client[ClientBlock.RID])
        client[ClientBlock.RID] = ClientBlock.YIELDED
        if rid == NONE:
            store[node] = box[Box.REPLY]
            box[Box.REPLY] = none
            return Begun.DONE
        queue = record_at(address_at(client, ClientBlock.RECORDS), rid)
        if (
            rid >= ClientBlock.NO_ROOM
            or ptr16(queue)[Request.GENERATION] != client[ClientBlock.GENERATION]
        ):
            return int(self._begin_late(node, rid))
        # WAITER, the first half of the record, is the wait queue.  It changes from YET to the
        # node: it is never NONE, which the service would read as "the caller has left".
        slot = ptr16(slot_at(address_at(client, ClientBlock.SCHEDULER), node))
        enqueue_first(slot, node, queue)
        return Begun.WAITS

    def _refuse(self, method, arg):  # hot
        """Handle a full or stopped service: wait for room, drop the oldest request, or refuse."""
        words = self._words
        box = self._box
        service = self.service
        set_word(words, ClientBlock.RID, NONE)
        box[Box.REPLY] = STOPPED
        if get_word(service.address, ServiceBlock.STATE):
            box[Box.REPLY] = FULL
            overflow = get_word(service.address, ServiceBlock.OVERFLOW)
            if overflow == Overflow.BLOCK:
                if get_word(words, ClientBlock.KIND) == Kind.CALL and method != SPAWN_METHOD:
                    set_word(words, ClientBlock.RID, ClientBlock.NO_ROOM)
                    set_word(words, ClientBlock.METHOD, method)
                    box[Box.REPLY] = arg
                    return
            elif overflow and drop_oldest(service):
                self._post(method, arg)
                return
        set_word(words, ClientBlock.REFUSALS, get_word(words, ClientBlock.REFUSALS) + 1)

    def _begin_late(self, node, rid):
        """Begin a call that must wait for room; or refuse a call that was not yielded at once."""
        if rid != ClientBlock.NO_ROOM:
            text = "%r: a call is yielded once, at once: yield client.call()"
            raise self.scheduler.error(RuntimeError, text, self)
        box = self._box
        words = self._words
        method = get_word(words, ClientBlock.METHOD)
        arg = box[Box.REPLY]
        self._post(method, arg)  # maybe there is room by now; if not, a ring will say so
        if get_word(words, ClientBlock.RID) != ClientBlock.NO_ROOM:
            return self.begin(node)
        set_word(words, ClientBlock.RID, ClientBlock.YIELDED)
        box[Box.REPLY] = None
        self.scheduler.give(node, arg)
        self._methods[node] = method
        enqueue(self.scheduler.address, node, self._room)
        return Begun.WAITS

    def _let_in(self):  # hot
        """Post the calls of tasks that wait for room, until the service is full."""
        base = self.scheduler.address
        words = self._words
        store = self.scheduler.store
        while True:
            node = get_half(self._room, 0)
            if node == NONE:
                return
            if get_byte(slot_at(base, node), Slot.STATE) == State.DUE:
                unqueue(base, node)  # its deadline came first
                continue
            self._post(self._methods[node], store[node])
            if get_word(words, ClientBlock.RID) == ClientBlock.NO_ROOM:
                set_word(words, ClientBlock.RID, ClientBlock.YIELDED)
                self._box[Box.REPLY] = None
                return
            unqueue(base, node)
            store[node] = None
            if self.begin(node) == Begun.DONE:
                wake(base, node, State.READY)
