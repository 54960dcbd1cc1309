# What every firmware freezes. Asserts are left out. opt=3 leaves out the line numbers of tickslot's
# own frames in a traceback as well: the functions' names stay, and the program's own lines.
import os

options.defaults(opt=2)
# plain.py is CPython's part.
package("tickslot", files=[path for path in sorted(os.listdir("../lib/tickslot"))
                           if path.endswith(".py") and path != "plain.py"],
        base_path="../lib", opt=options.opt)
