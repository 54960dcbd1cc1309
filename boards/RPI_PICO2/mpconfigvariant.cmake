include(${MICROPY_PORT_DIR}/boards/RPI_PICO2/mpconfigvariant.cmake)
