#include "boards/RPI_PICO2/mpconfigboard.h"
#include "../../firmware/rp2.h"
