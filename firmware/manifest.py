# What every firmware freezes. Asserts are left out; line numbers stay, for AllocationError.
package("tickslot", base_path="../lib", opt=2)
