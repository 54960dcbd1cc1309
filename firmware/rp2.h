// What the rp2 boards share in mpconfigboard.h.

// Bytes of RAM that remember where a name was found. A name's byte is the one at (number << 3 | 2)
// >> 2, never an odd one: upstream's 128 serve 64 names, and a call looks up more than fit there. With
// 256, too, a few that a program uses all the time may share a byte, and each look-up of one is then
// slow: 4 us of a channel ping-pong's 107, when it so happened.
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE (512)
