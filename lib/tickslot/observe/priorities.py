"""The order of ready tasks by the priority that they were spawned with."""

from ..core.inline import address_at, slot_at
from ..core.layout import Header, Slot
from ..core.on_cpython import micropython, ptr8, ptr16, ptr32
from .inline import next_place, ready_at
from .layout import PriorityOrder
from .observer import observer_of
from .policy import Policy


class Priorities(Policy):
    """Tasks with the highest `spawn(priority=)` run first (7 before 0), FIFO within a priority."""

    def _order(self, scheduler):
        self._block = bytearray(2 * (PriorityOrder.NEXT + 1 + self.nodes))
        observer_of(scheduler).order_by(highest, self._block)


@micropython.viper
def highest(block: int, clock):  # hot
    """The order of Priorities.  Alloc: 0."""
    header = ptr32(address_at(ptr32(block), 0))
    top = int(ptr16(block)[PriorityOrder.TOP])
    head = int(header[Header.HEAD])
    while head ^ header[Header.TAIL]:
        node = ready_at(header, head)
        head = next_place(header, head)
        priority = int(ptr8(slot_at(int(header), node))[Slot.PRIORITY])
        node += 1
        if priority > top:
            top = priority
        ptr16(block)[PriorityOrder.NEXT + node] = 0
        if ptr16(block)[PriorityOrder.FIRST + priority]:
            ptr16(block)[PriorityOrder.NEXT + ptr16(block)[PriorityOrder.LAST + priority]] = node
        else:
            ptr16(block)[PriorityOrder.FIRST + priority] = node
        ptr16(block)[PriorityOrder.LAST + priority] = node
    header[Header.HEAD] = head
    node = int(ptr16(block)[PriorityOrder.FIRST + top])
    while not node and top:
        top -= 1
        node = int(ptr16(block)[PriorityOrder.FIRST + top])
    ptr16(block)[PriorityOrder.TOP] = top
    if node:
        ptr16(block)[PriorityOrder.FIRST + top] = ptr16(block)[PriorityOrder.NEXT + node]
        header[Header.CURRENT] = node - 1
