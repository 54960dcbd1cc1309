# Upstream's RPI_PICO_W, with tickslot frozen in.
include(${MICROPY_PORT_DIR}/boards/RPI_PICO_W/mpconfigboard.cmake)
set(GEN_PINS_CSV_ARG --board-csv ${MICROPY_PORT_DIR}/boards/RPI_PICO_W/pins.csv)

set(TICKSLOT_CAPABILITY parallel)
include(${CMAKE_CURRENT_LIST_DIR}/../../firmware/rp2.cmake)
