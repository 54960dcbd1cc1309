# What firmware for ESP32 boards freezes: upstream's modules, then tickslot.
include("manifest.py")
include("manifest_drivers.py")

freeze("$(BOOT_DIR)", "_boot.py")  # made by tickslot.cmake
freeze("$(PORT_DIR)/modules", ("apa106.py", "espnow.py", "flashbdev.py", "inisetup.py"))
include("$(MPY_DIR)/extmod/asyncio")
