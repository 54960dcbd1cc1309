include("../../firmware/manifest_rp2.py")

# The wireless extras of upstream's board.
require("bundle-networking")
require("aioble")
