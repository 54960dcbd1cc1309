#include "boards/RPI_PICO/mpconfigboard.h"
#include "../../firmware/rp2.h"
