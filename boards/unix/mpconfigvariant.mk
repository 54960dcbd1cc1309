# Each of these needs a library or a submodule, and tickslot none of them.
MICROPY_PY_BTREE = 0
MICROPY_PY_FFI = 0
MICROPY_PY_SSL = 0
MICROPY_SSL_MBEDTLS = 0
MICROPY_VFS_FAT = 0
MICROPY_VFS_LFS1 = 0
MICROPY_VFS_LFS2 = 0

# Frozen viper code is for this machine.
MPY_CROSS_FLAGS += -march=host

# Symbols stay: `make profile` names functions by them.
STRIPFLAGS_EXTRA = --strip-debug
