# What the rp2 boards share: tickslot frozen in, and what of the interpreter is compiled for speed.

include(${CMAKE_CURRENT_LIST_DIR}/tickslot.cmake)

# Upstream compiles for size, but for map.c, mpz.c and vm.c, which have -O2. These are the rest of
# what a task's resume, a call and a subscript go through. By the virtual Pico's cycles each of them
# is worth its bytes, 5 KB in all, and no other file is.
set_source_files_properties(
    ${MICROPY_DIR}/py/bc.c
    ${MICROPY_DIR}/py/cstack.c
    ${MICROPY_DIR}/py/nativeglue.c
    ${MICROPY_DIR}/py/obj.c
    ${MICROPY_DIR}/py/objlist.c
    PROPERTIES COMPILE_OPTIONS "-O2")

# Of these two -O3 makes as much again as -O2: it inlines more of what they call.
set_source_files_properties(
    ${MICROPY_DIR}/py/objgenerator.c
    ${MICROPY_DIR}/py/runtime.c
    PROPERTIES COMPILE_OPTIONS "-O3")
