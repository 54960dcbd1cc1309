# Upstream's MPS2_AN385, with tickslot frozen in. It has no time, no threads and no files.
include boards/MPS2_AN385/mpconfigboard.mk
FROZEN_MANIFEST = $(BOARD_DIR)/manifest.py
