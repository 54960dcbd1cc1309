# What every firmware freezes: what `make lib` writes of the sources in lib/. Asserts are left out.
# opt=3 leaves out the line numbers of tickslot's own frames in a traceback as well: the functions'
# names stay, and the program's own lines. lib is "lib" for 32 bit, "lib64" for 64.

options.defaults(opt=2, lib="lib")
package("tickslot", base_path="../build/" + options.lib, opt=options.opt)
