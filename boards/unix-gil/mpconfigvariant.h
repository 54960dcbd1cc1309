// The Unix port with the threads of the ESP32: one at a time, under a global interpreter lock.

#include "../unix/mpconfigvariant.h"

#undef MICROPY_PY_THREAD_GIL
#define MICROPY_PY_THREAD_GIL (1)

// Raising KeyboardInterrupt straight from the signal handler does not go with the lock.
#undef MICROPY_ASYNC_KBD_INTR
#define MICROPY_ASYNC_KBD_INTR (0)

// The port's atomic sections use it with and without the lock; since 1.26 the port says so itself.
#if MICROPY_VERSION_MAJOR == 1 && MICROPY_VERSION_MINOR < 26
#define MICROPY_PY_THREAD_RECURSIVE_MUTEX (1)
#endif
