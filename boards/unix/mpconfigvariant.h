// MicroPython's Unix port as tickslot's tests use it: what a board has, and no submodule needed.

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

#include "variants/mpconfigvariant_common.h"

// A 32-bit board's ticks wrap here. On a 64-bit desktop they would not in a lifetime.
#define MICROPY_PY_TIME_TICKS_PERIOD (1 << 30)

// As deep as on rp2 and esp32.
#define MICROPY_SCHEDULER_DEPTH (8)
