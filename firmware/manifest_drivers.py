# The drivers of micropython-lib that upstream's firmware has. micropython-lib is a submodule of
# MicroPython's source, which not every copy of it has: what is missing is left out, and said.
for name in ("dht", "ds18x20", "neopixel", "onewire"):
    try:
        require(name)
    except Exception:
        print("left out, no micropython-lib:", name)
