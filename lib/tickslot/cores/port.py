"""What the threads of this port can do, and what this folder takes from the port.

    capability   PARALLEL  threads run at the same time, each on its own core: rp2, the Unix port
                 GIL       threads take turns, as on ESP32: they can wait at the same time, but they
                           make nothing faster
                 SINGLE    there are no threads: one scheduler, on the one core
    threads      how many threads may run beside the main one: 1 on rp2, its second core; on ESP32
                 as many stacks as memory has room for at the import; elsewhere 256, our own limit
    period       of time.ticks_ms, in ticks of a millisecond; 0 without `time`
    stack        bytes of a worker's stack, which the heap gives at its start; 0: the port decides
    thread_ident()  the number of the thread that calls; on rp2 that of its core, plus 1
    event_wait   rp2: waits for the event that `release` of any lock sets in both cores, for a
                 millisecond at most.  None elsewhere: there a thread sleeps in `acquire` of a lock

Context: any.  Alloc: boot only.
"""

import sys

from ..core.clock import system_clock as ticks_ms
from ..core.clock import wait_1ms
from ..core.doorbell import _thread
from ..core.doorbell import new_lock as new_lock
from ..core.outcomes import TIMEOUT

try:
    from time import ticks_add
except ImportError:
    ticks_add = None

_CONTROL_BLOCK = 1024  # bytes of a thread's FreeRTOS control block; it has fewer

PARALLEL = "parallel"
GIL = "gil"
SINGLE = "single"


def _capability():
    if _thread is None:
        return SINGLE
    if sys.platform == "rp2":
        return PARALLEL
    implementation = sys.implementation
    if implementation.name != "micropython" or sys.platform not in ("linux", "darwin"):
        return GIL
    # The Unix port has no interpreter lock, unless its variant asks for one.
    return GIL if getattr(implementation, "_build", "").endswith("-gil") else PARALLEL


def room(regions, size):
    """How many blocks of so many bytes fit into the regions that esp32.idf_heap_info() lists."""
    return sum([largest // size for _, _, largest, _ in regions])


def _threads():
    if _thread is None:
        return 0
    if sys.platform != "esp32":
        return 1 if sys.platform == "rp2" else 256
    # The port has no limit of its own (ports/esp32/mpthreadport.c). A thread is a FreeRTOS task.
    # Its stack and its control block take memory that is INTERNAL (1 << 11) and 8BIT (1 << 2):
    # ESP-IDF, components/freertos/heap_idf.c.
    import esp32  # type: ignore[import-not-found]

    return room(esp32.idf_heap_info(1 << 11 | 1 << 2), stack + _CONTROL_BLOCK)


capability = _capability()
period = ticks_add(0, -1) + 1 if ticks_add else 1 << 30 if ticks_ms else 0
stack = 8 * 1024 if sys.platform in ("rp2", "esp32") else 0
threads = _threads()
thread_ident = _thread.get_ident if _thread else lambda: 0
event_wait = wait_1ms if sys.platform == "rp2" and _thread else None  # see core/clock.py


def report():
    """One line about this port's threads, for people."""
    return {
        PARALLEL: "parallel: %d more thread(s), at the same time as this one" % threads,
        GIL: "gil: threads take turns; they wait side by side, and compute no faster",
        SINGLE: "single: no threads",
    }[capability]


def start_thread(function, arguments, stack_bytes=0):
    """Start a thread; 0 bytes of stack: as many as `stack` says.

    RuntimeError: the port has no threads, or none is left; it says how many the port has.
    """
    if _thread is None:
        raise RuntimeError("this port has no threads: run() the scheduler on the main one")
    size = stack_bytes or stack
    if size:
        _thread.stack_size(size)
    try:
        _thread.start_new_thread(function, arguments)
    except (OSError, MemoryError) as error:
        text = "no thread for another worker (%s): this port has %d beside the main one"
        raise RuntimeError(text % (error, threads)) from None
    finally:
        if size:
            _thread.stack_size(0)


def wait_until_done(thing, timeout_ms):
    """Wait, in this thread, until `thing.done()`: True, or TIMEOUT after `timeout_ms`.

    None: wait for ever.  Context: outside of tasks.  Alloc: 0.
    """
    passed = 0
    while not thing.done():
        if timeout_ms is not None and passed >= timeout_ms:
            return TIMEOUT
        wait_1ms()
        passed += 1
    return True
