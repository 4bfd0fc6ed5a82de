#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""spawn.py - starts a program for each connection, as Postfix's spawn(8).

usage: spawn.py SOCKET PROGRAM [ARGUMENT...]

The connection is the program's input and output.
"""

import signal
import socket
import subprocess
import sys


def main():
    path, *command = sys.argv[1:]
    # Nobody waits for the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1024)
        children = []
        while True:
            conn, _ = listener.accept()
            with conn:
                children.append(subprocess.Popen(command, stdin=conn,
                                                 stdout=conn))


if __name__ == "__main__":
    main()
