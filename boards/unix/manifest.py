include("../../firmware/manifest.py", lib="lib64")

# The peer in benchmarks, and the other side of the asyncio bridge.
include("$(MPY_DIR)/extmod/asyncio")
