# What firmware for rp2 boards freezes: upstream's modules, then tickslot.
include("manifest.py", opt=3)  # 5 KB less flash
include("manifest_drivers.py")

freeze("$(BOOT_DIR)", "_boot.py")  # made by tickslot.cmake
freeze("$(PORT_DIR)/modules", ("_boot_fat.py", "rp2.py"))
include("$(MPY_DIR)/extmod/asyncio")
