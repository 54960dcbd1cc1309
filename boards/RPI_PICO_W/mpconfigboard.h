#include "boards/RPI_PICO_W/mpconfigboard.h"
#include "../../firmware/rp2.h"
