"""Join a pseudo-terminal to the console's TCP port: pty_bridge.py PORT LINK

Makes LINK a symbolic link to the terminal, prints "ready", and ends, taking the link with it,
when its standard input does: that is, when the emulator that started it is gone.
"""

import contextlib
import os
import select
import socket
import sys
import tty


def relay(master, console, parent):
    while True:
        readable, _, _ = select.select([master, console, parent], [], [])
        if parent in readable and not parent.read(1):
            return
        if master in readable:
            console.sendall(os.read(master, 4096))
        if console in readable:
            data = console.recv(4096)
            if not data:
                return
            # Nobody need be reading the terminal: what does not fit is lost, as on a serial line.
            with contextlib.suppress(BlockingIOError):
                os.write(master, data)


def main():
    port, link = int(sys.argv[1]), sys.argv[2]
    # The slave stays open here, so that the terminal outlives its users.
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    with socket.create_connection(("127.0.0.1", port)) as console:
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(os.ttyname(slave), link)
        try:
            print("ready", flush=True)
            relay(master, console, os.fdopen(0, "rb", buffering=0))
        finally:
            os.unlink(link)


if __name__ == "__main__":
    main()
