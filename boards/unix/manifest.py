# Asserts are left out, as on a board; line numbers stay, for readable test failures.
package("tickslot", base_path="../../lib", opt=2)

# The peer in benchmarks, and the other side of the asyncio bridge.
include("$(MPY_DIR)/extmod/asyncio")
