// The Unix port with the threads of the ESP32: one at a time, under a global interpreter lock.

#include "../unix/mpconfigvariant.h"

#undef MICROPY_PY_THREAD_GIL
#define MICROPY_PY_THREAD_GIL (1)

// Raising KeyboardInterrupt straight from the signal handler does not go with the lock.
#undef MICROPY_ASYNC_KBD_INTR
#define MICROPY_ASYNC_KBD_INTR (0)

// The port's atomic sections use this with and without the lock; 1.26 says so itself, in these
// very words.
#define MICROPY_PY_THREAD_RECURSIVE_MUTEX (MICROPY_PY_THREAD)
