"""What this port's threads are worth: the capability report, and what the cores take from the port.

    capability   PARALLEL  threads run at the same time, on cores of their own: rp2, the Unix port
                 GIL       threads take turns, as on ESP32: they wait for one another's I/O, and
                           make nothing faster
                 SINGLE    there are no threads: one scheduler, on the one core
    threads      how many may run beside the main one: 1 on rp2, whose second core it is; on ESP32
                 as many stacks as there is room for at the import; elsewhere 256, a bound of ours
    period       of time.ticks_ms, in ticks of a millisecond; 0 without `time`
    stack        bytes of a worker's stack, taken from the heap at its start

Context: any.  Alloc: boot only.
"""

import sys

from ..core.clock import wait_1ms as doze  # noqa: F401 - what a thread waits with

try:
    import _thread
except ImportError:
    _thread = None

try:
    from time import ticks_add, ticks_ms
except ImportError:
    try:
        import time  # CPython

        def ticks_ms():
            return time.monotonic_ns() // 1_000_000 & ((1 << 30) - 1)  # type: ignore[attr-defined]

        def ticks_add(ticks, more):
            return ticks + more & ((1 << 30) - 1)

    except ImportError:
        ticks_ms = ticks_add = None

_CONTROL_BLOCK = 1024  # bytes, rather more than it is

PARALLEL = "parallel"
GIL = "gil"
SINGLE = "single"


def _capability():
    if _thread is None:
        return SINGLE
    if sys.platform == "rp2":
        return PARALLEL
    implementation = sys.implementation
    if implementation.name != "micropython":
        return GIL
    if sys.platform in ("linux", "darwin"):
        # the Unix port is built without a lock unless a variant asks for it
        return GIL if getattr(implementation, "_build", "").endswith("-gil") else PARALLEL
    return GIL


def room(regions, size):
    """How many blocks of so many bytes fit into the regions that esp32.idf_heap_info() lists."""
    return sum([largest // size for _, _, largest, _ in regions])


def _threads():
    if _thread is None:
        return 0
    if sys.platform != "esp32":
        return 1 if sys.platform == "rp2" else 256
    # The port has no bound of its own (ports/esp32/mpthreadport.c): a thread is a FreeRTOS task,
    # its stack and control block are memory that is INTERNAL (1 << 11) and 8BIT (1 << 2)
    # (ESP-IDF, components/freertos/heap_idf.c).
    import esp32  # type: ignore[import-not-found]

    return room(esp32.idf_heap_info(1 << 11 | 1 << 2), stack + _CONTROL_BLOCK)


capability = _capability()
period = ticks_add(0, -1) + 1 if ticks_add else 0
stack = 8 * 1024 if sys.platform in ("rp2", "esp32") else 0
threads = _threads()

# rp2 has an event that `release` of any lock sets in both cores, and machine.idle() waits for it,
# for a millisecond at most.  Elsewhere machine.idle() is a yield, and a thread sleeps in the
# `acquire` of a lock.
event_wait = None
if sys.platform == "rp2" and _thread:
    import machine

    event_wait = machine.idle


def report():
    """One line about this port's threads, for people."""
    return {
        PARALLEL: "parallel: %d more thread(s), at the same time as this one" % threads,
        GIL: "gil: threads take turns; they wait side by side, and compute no faster",
        SINGLE: "single: no threads",
    }[capability]


def new_lock():
    """A lock of the port's.  RuntimeError where it has no threads."""
    if _thread is None:
        raise RuntimeError("this port has no threads: use one scheduler, without workers")
    return _thread.allocate_lock()


def start_thread(function, arguments, stack_bytes=0):
    """Start a thread; 0 bytes of stack: what `stack` says.

    RuntimeError: there are no threads, or none is left; it says how many there are.
    """
    if _thread is None:
        raise RuntimeError("this port has no threads: run() the scheduler on the main one")
    size = stack_bytes or stack
    if size:
        _thread.stack_size(size)
    try:
        _thread.start_new_thread(function, arguments)
    except (OSError, MemoryError) as error:
        raise RuntimeError(
            "no thread for another worker (%s): this port has %d beside the main one"
            % (error, threads)
        ) from None
    finally:
        if size:
            _thread.stack_size(0)


def thread_ident():
    """A number for the thread that calls: on rp2 the core's, plus 1."""
    return 0


if _thread:
    thread_ident = _thread.get_ident
