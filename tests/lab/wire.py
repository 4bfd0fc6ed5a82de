# SPDX-License-Identifier: ISC
"""How a test talks to the agent inside a lab.

UNIX sockets cross network namespaces, so the agent listens on one in the lab
directory.  One request per connection: a line of JSON each way, file
descriptors riding along.  A socket made inside and handed out stays in the
lab's network, which is how a test process can speak SMTP and IMAP there
without being there.
"""

import json
import os
import socket
import struct

from .patience import AT_MOST

MAX_FDS = 4


def send(conn, message, fds=()):
    """Write one message, with open files to go along."""
    line = json.dumps(message).encode() + b"\n"
    sent = socket.send_fds(conn, [line], list(fds))
    if sent < len(line):    # the peer may have answered and gone already
        conn.sendall(line[sent:])


def receive(conn):
    """Read one message: (dict, [fd, ...]), or (None, []) at the end."""
    data, fds, _flags, _addr = socket.recv_fds(conn, 65536, MAX_FDS)
    while data and not data.endswith(b"\n"):
        more = conn.recv(65536)
        if not more:
            data = b""
        data += more
    if not data:
        close_all(fds)
        return None, []
    return json.loads(data), fds


def close_all(fds):
    for fd in fds:
        os.close(fd)


def call(path, request, fds=(), timeout=2 * AT_MOST):
    """One request to the agent at PATH: (answer, fds); raises OSError."""
    with socket.socket(socket.AF_UNIX) as conn:
        conn.settimeout(timeout)
        conn.connect(str(path))
        send(conn, request, fds)
        answer, got = receive(conn)
    if answer is None:
        raise ConnectionError("the lab's agent went away")
    if "error" in answer:
        raise OSError(answer["error"])
    return answer, got


def peer_pid(path):
    """The process that listens at PATH, as a pid of ours; None if nobody."""
    with socket.socket(socket.AF_UNIX) as conn:
        try:
            conn.connect(str(path))
        except OSError:
            return None
        cred = conn.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return struct.unpack("3i", cred)[0]


def socket_of(fd):
    """A socket object for a descriptor; it owns it from now on."""
    return socket.socket(fileno=fd)
