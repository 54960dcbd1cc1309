"""How a call begins.  This is native code: its frames are on the stack, not in the heap.

RISC-V traps behind a native function of odd length.  Parameter names count, a byte each: five names
make it even (tests_host/test_firmware.py checks it).
"""

from ..core.block import get_half, get_word, set_word
from ..core.layout import NONE
from ..core.on_cpython import micropython
from .inline import record_at
from .layout import Box, ClientBlock, Request
from .near import near_call_of
from .protocol import LATER
from .replies import Replies


class Caller(Replies):
    """A client's calls: what its tasks yield."""

    def equip(self, enter, leave):
        """See Posting.equip."""
        super().equip(enter, leave)
        service = self.service
        hot = (
            self._words, enter, leave, service.cells, service._handlers,
            LATER, self._box, self._post, self._note, service.ring_clients,
        )  # fmt: skip
        self._near = near_call_of(hot)

    @micropython.native
    def call(self, method, arg=None, timeout_ms=None, function=None):  # hot
        """Operation: ask, and wait for the reply.

        `yield` gives it, or a reason: UNKNOWN_METHOD, STOPPED, FULL, CANCELLED, RAISED, REJECTED;
        or TIMEOUT after `timeout_ms`, and then a late reply is dropped and counted.  `arg` and the
        reply are shared with the other core, not copied: an object that changes belongs to the
        service until the reply.

        When a task leaves before the reply, by its deadline or a cancel, and the service has not
        looked at its request, the request is not handled.

        Only `spawn` gives `function`.  Context: task.  Alloc: 0.
        """
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)
        if function is not None:
            self._box[Box.EXTRA] = function
        self._post(method, arg)
        return self

    @micropython.native
    def _call_near(self, method, arg=None, timeout_ms=None, function=None):  # hot
        """`call`, if the service is on the same scheduler: see near.py."""
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)
        if function is not None:
            self._box[Box.EXTRA] = function
        try:
            self._near(method, arg)
        except BaseException as error:
            self._raised(error)
        return self

    def _raised(self, error):
        """A near call raised: the handler did, or the method is no number."""
        words = self._words
        rid = get_word(words, ClientBlock.NEAR)
        if rid == NONE:
            raise error
        set_word(words, ClientBlock.NEAR, NONE)
        set_word(words, ClientBlock.RID, rid)
        generation = get_half(record_at(self.service.records, rid), Request.GENERATION)
        set_word(words, ClientBlock.GENERATION, generation)
        if not self.service.claim_error(error):
            raise error
