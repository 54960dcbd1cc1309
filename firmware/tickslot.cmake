# Freezes tickslot into a board that uses CMake (rp2, esp32); its mpconfigboard.cmake includes this.
# TICKSLOT_CAPABILITY: what the board's threads are, in the words of tickslot.port.

set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)

file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../pyproject.toml TICKSLOT_VERSION REGEX "^version = ")
string(REGEX REPLACE ".*\"(.*)\"" "\\1" TICKSLOT_VERSION ${TICKSLOT_VERSION})

# The boot file is the port's own with a line of ours behind it.
set(MICROPY_MANIFEST_BOOT_DIR ${CMAKE_BINARY_DIR}/boot)
configure_file(${CMAKE_CURRENT_LIST_DIR}/_boot.py.in ${CMAKE_BINARY_DIR}/boot.in/_boot.py @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/modules/_boot.py)
file(READ ${CMAKE_CURRENT_SOURCE_DIR}/modules/_boot.py upstream_boot)
file(READ ${CMAKE_BINARY_DIR}/boot.in/_boot.py tickslot_boot)
file(CONFIGURE OUTPUT ${MICROPY_MANIFEST_BOOT_DIR}/_boot.py CONTENT "${upstream_boot}${tickslot_boot}" @ONLY)

# Native code for ARMv6-M reads its 32-bit constants relative to a PC that it rounds down to a
# multiple of 4, but upstream's mpy-tool aligns frozen functions to 2: half of them would read such
# a constant from two bytes before it. This aligns all of them to 4.
set_source_files_properties(${CMAKE_BINARY_DIR}/frozen_content.c PROPERTIES
    COMPILE_OPTIONS "-Daligned(n)=__aligned__((n) > 4 ? (n) : 4)")
