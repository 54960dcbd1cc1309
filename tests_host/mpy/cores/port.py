# covers: problem:8971
"""#8971, #4611, lvgl_micropython#95: threads are no faster.  The capability report says so."""

import sys

import check
import tickslot

port = tickslot.port
text = port.report()
check.true(port.capability in ("parallel", "gil", "single"), port.capability)
check.true(text.startswith(port.capability), text)
wanted = {"rp2": ("parallel", 1), "qemu": ("single", 0)}
if sys.platform in wanted:
    check.equal((port.capability, port.threads), wanted[sys.platform])
if sys.platform == "esp32":
    check.equal(port.capability, "gil")
    check.true(port.threads >= 1, "no room for a thread")
# How an ESP32 finds out: the heaps of its documentation's example, and stacks of 9 KiB.
heaps = [(240, 0, 0, 0), (7288, 0, 0, 0), (16648, 4, 4, 4), (79912, 35712, 35512, 35108),
         (15072, 15036, 15036, 15036), (113840, 0, 0, 0)]
check.equal(port.room(heaps, 9 * 1024), 3 + 1)
if sys.platform == "linux":
    gil = sys.implementation._build.endswith("-gil")
    check.equal(port.capability, "gil" if gil else "parallel")
if port.capability == "gil":
    check.says(text, "compute no faster")
if port.capability == "single":
    check.raises(RuntimeError, "no threads", port.new_lock)
else:
    check.equal(port.period, 1 << 30)
print(text)
print("OK")
