# Upstream's VIRT_RV32, with tickslot frozen in. It has no time, no threads and no files.
include boards/VIRT_RV32/mpconfigboard.mk
FROZEN_MANIFEST = $(BOARD_DIR)/manifest.py

# Debian's cross compiler: its C library has no build for the architecture's newer name.
RV32_ARCH = rv32imac
AFLAGS += -misa-spec=2.2

# Frozen native functions are byte arrays in .text that ask for two-byte alignment, which the RISC-V
# assembler takes for granted there: behind one of odd length the next is misaligned and traps.
# It does align to four bytes, where the linker is not to shorten code.
$(BUILD)/frozen_content.o: CFLAGS += -mno-relax '-Daligned(bytes)=aligned(4)'
