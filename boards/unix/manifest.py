include("../../firmware/manifest.py")

# The peer in benchmarks, and the other side of the asyncio bridge.
include("$(MPY_DIR)/extmod/asyncio")
