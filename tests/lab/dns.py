# SPDX-License-Identifier: ISC
"""DNS of a lab: nsd holds the records, unbound resolves, a front breaks.

Everything asks 127.0.0.53 (dnsfront.py), which asks unbound, which asks nsd
for everything: nsd is the root of this small world.  Nothing is cached, so a
test may change the zone and see the change at once.
"""

import os
import signal
import socket
import time

from . import dnswire, zone
from .daemon import Daemon, DaemonError
from .dnsfront import ANY_TYPE, DnsFront
from .patience import AT_MOST
from .places import NSD, RESOLVER, UNBOUND

NSD_CONF = """\
server:
  ip-address: {nsd[0]}@{nsd[1]}
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{home}"
  pidfile: "{home}/nsd.pid"
  xfrdfile: "{home}/xfrd.state"
  xfrdir: "{home}"
  zonelistfile: "{home}/zone.list"
  server-count: 1
  rrl-ratelimit: 0
  xfrd-reload-timeout: 0
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
"""

# unbound answers for these by itself; here they are names like all others.
# (unblock-lan-zones does the same for the reverse zones of such addresses.)
BUILT_IN = ["test.", "invalid.", "onion.", "home.arpa.", "localhost.",
            "127.in-addr.arpa."]

UNBOUND_CONF = """\
server:
  directory: "{home}"
  chroot: ""
  username: ""
  pidfile: "{home}/unbound.pid"
  use-syslog: no
  verbosity: 1
  num-threads: 1
  interface: {unbound[0]}@{unbound[1]}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  module-config: "iterator"
  qname-minimisation: no
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  infra-host-ttl: 0
  unblock-lan-zones: yes
{nodefault}
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: {nsd[0]}@{nsd[1]}
"""


def ask(address, name, rrtype, timeout):
    """One question over UDP: a dnswire.Answer; None when all is silent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as conn:
        return ask_over(conn, address, name, rrtype, timeout)


def ask_over(conn, address, name, rrtype, timeout):
    conn.settimeout(timeout)
    try:
        conn.connect(address)
        conn.send(dnswire.query(os.getpid() & 0xFFFF, name, rrtype))
        return dnswire.parse_answer(conn.recv(65535), rrtype)
    except OSError:
        return None


def serves(address, name):
    answer = ask(address, name, "SOA", timeout=0.2)
    return answer is not None and answer.rcode == "noerror"


class Dns:
    """The agent's side: writes the zone, owns the front."""

    def __init__(self, places, spec):
        self.home = places.dns
        self.serial = 0
        self.home.mkdir()
        self.front = DnsFront((RESOLVER, 53), UNBOUND,
                              places.log / "dns.log")
        nodefault = "".join(
            f'  local-zone: "{name}" nodefault\n' for name in BUILT_IN)
        names = dict(home=self.home, nsd=NSD, unbound=UNBOUND,
                     nodefault=nodefault)
        (self.home / "nsd.conf").write_text(NSD_CONF.format(**names))
        (self.home / "unbound.conf").write_text(UNBOUND_CONF.format(**names))
        self.write_zone(spec["zone"])
        self.nsd = Daemon(
            "nsd", ["nsd", "-d", "-c", self.home / "nsd.conf"],
            lambda: serves(NSD, "."), places.log / "nsd.log")
        self.unbound = Daemon(
            "unbound", ["unbound", "-d", "-c", self.home / "unbound.conf"],
            lambda: serves(UNBOUND, "."), places.log / "unbound.log")
        self.front.start()

    def write_zone(self, text):
        records = zone.with_base(text)
        self.serial += 1
        path = self.home / "root.zone"
        path.write_text(zone.to_master_file(records, self.serial))
        # nsd rereads a file when its time stamp differs, and compares seconds.
        os.utime(path, (self.serial, self.serial))
        self.front.faults.clear()
        for record in records:
            if record.fault():
                self.front.set_fault(record.name, record.type, record.fault())

    def replace_zone(self, text):
        """Serve TEXT from now on; returns when nsd does.

        Its processes hand over to new ones, and for a moment both answer.
        """
        self.write_zone(text)
        usual = self.nsd.count_processes()
        self.nsd.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + AT_MOST
        while self.served_serial() != self.serial \
                or self.nsd.count_processes() != usual:
            if time.monotonic() > deadline:
                raise DaemonError(self.nsd.complaint("kept the old zone"))
            time.sleep(0.005)

    def served_serial(self):
        answer = ask(NSD, ".", "SOA", timeout=0.2)
        # SOA ends in five numbers of four octets (RFC 1035 3.3.13).
        if answer is None or not answer.rdata:
            return None
        return int.from_bytes(answer.rdata[0][-20:-16], "big")


class DnsClient:
    """The test's side: `lab.dns`."""

    def __init__(self, lab):
        self.lab = lab

    def set_zone(self, entries):
        """Replace the zone (text, or a dict as for Lab); faults are gone."""
        self.lab.call("zone", text=zone_text(entries))

    def fault(self, name, kind, rrtype=ANY_TYPE):
        """Break NAME itself, for one type or all; kind None mends it.

        Kinds: "timeout", "servfail", "refused", "nxdomain".
        """
        self.lab.call("fault", name=name, rrtype=rrtype, kind=kind)

    def delay(self, name, seconds):
        """Answer questions for NAME that much later; 0 ends it."""
        self.lab.call("delay", name=name, seconds=seconds)

    def hold(self, name):
        """Keep the answers to questions for NAME, until release()."""
        self.lab.call("hold", name=name, is_held=True)

    def release(self, name):
        self.lab.call("hold", name=name, is_held=False)

    def queries(self, name=None):
        """[(name, type), ...] asked so far, of all names or one."""
        asked = [tuple(pair) for pair in self.lab.call("queries")["queries"]]
        if name is None:
            return asked
        return [pair for pair in asked if pair[0] == dnswire.normal(name)]

    def forget_queries(self):
        self.lab.call("queries", forget=True)

    def ask(self, name, rrtype, timeout=AT_MOST):
        """What a client in the lab is told: dnswire.Answer, or None."""
        with self.lab.open_socket("udp") as conn:
            return ask_over(conn, (RESOLVER, 53), name, rrtype, timeout)


def zone_text(entries):
    return entries if isinstance(entries, str) else zone.from_dict(entries)
