# SPDX-License-Identifier: ISC
"""Redis on a UNIX socket, keeping nothing on disk."""

from .daemon import Daemon, listens

CONF = """\
port 0
unixsocket {places.redis_socket}
unixsocketperm 666
dir {places.redis}
daemonize no
save ""
appendonly no
"""


def prepare(places, spec):
    places.redis.mkdir()
    conf = places.redis / "redis.conf"
    conf.write_text(CONF.format(places=places))
    return [Daemon("redis", ["redis-server", conf],
                   lambda: listens(places.redis_socket),
                   places.log / "redis.log")]
