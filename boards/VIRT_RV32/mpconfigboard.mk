# Upstream's VIRT_RV32, with tickslot frozen in. It has no time, no threads and no files.
include boards/VIRT_RV32/mpconfigboard.mk
FROZEN_MANIFEST = $(BOARD_DIR)/manifest.py

# Debian's cross compiler: its C library has no build for the architecture's newer name.
RV32_ARCH = rv32imac
AFLAGS += -misa-spec=2.2
