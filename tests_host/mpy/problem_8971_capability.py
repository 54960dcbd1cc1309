"""#8971, #4611, lvgl_micropython#95: threads are no faster.  The capability report says so."""

import sys

import check
import tickslot

port = tickslot.port
text = port.report()
check.true(port.capability in ("parallel", "gil", "single"), port.capability)
check.true(text.startswith(port.capability), text)
wanted = {"rp2": ("parallel", 1), "esp32": ("gil", 4), "qemu": ("single", 0)}
if sys.platform in wanted:
    check.equal((port.capability, port.threads), wanted[sys.platform])
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
