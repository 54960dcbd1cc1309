# Upstream's ESP32_GENERIC_S3, with tickslot frozen in.
include(${CMAKE_CURRENT_SOURCE_DIR}/boards/ESP32_GENERIC_S3/mpconfigboard.cmake)

set(TICKSLOT_CAPABILITY gil)
include(${CMAKE_CURRENT_LIST_DIR}/../../firmware/tickslot.cmake)
