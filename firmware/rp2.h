// What the rp2 boards share in mpconfigboard.h.

// Bytes of RAM that remember where a name was found. A name's byte is the one at (number << 3 | 2)
// >> 2, never an odd one: upstream's 128 serve 64 names, and a call looks up more than fit there.
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE (256)
