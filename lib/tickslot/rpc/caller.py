"""How a call begins: native code, whose frames come from the stack, `try` and all.

Native code of odd length traps on RISC-V.  The names of its parameters are part of it, a byte each
in a file with as few names as this one: five are even (tests_host/test_firmware.py checks it).
"""

from ..core.on_cpython import const, micropython

_EXTRA = const(1)  # of a client's box, see client.py


class Caller:
    """What is native of a Client."""

    @micropython.native
    def call(self, method, arg=None, timeout_ms=None, function=None):  # hot
        """Operation: ask, and wait for the reply.

        `yield` gives it, or a reason: UNKNOWN_METHOD, STOPPED, FULL, CANCELLED,
        RAISED, REJECTED, or TIMEOUT after `timeout_ms`, and then a late reply
        is dropped and counted.  `arg` and the reply are shared with the other
        core, not copied: what changes belongs to the service until the reply.

        A task that leaves before, by its deadline or a cancel, takes back a
        request that the service has not looked at: that is not handled.

        `function` is `spawn`'s.

        Context: task.  Alloc: 0.
        """
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)  # type: ignore[attr-defined]
        if function is not None:
            self._box[_EXTRA] = function  # type: ignore[attr-defined]
        self._post(method, arg)  # type: ignore[attr-defined]
        return self

    @micropython.native
    def _call_near(self, method, arg=None, timeout_ms=None, function=None):  # hot
        """`call` where the service is on the same scheduler."""
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)  # type: ignore[attr-defined]
        if function is not None:
            self._box[_EXTRA] = function  # type: ignore[attr-defined]
        try:
            self._do(method, arg)  # type: ignore[attr-defined]
        except BaseException as error:
            self._raised(error)  # type: ignore[attr-defined]
        return self
