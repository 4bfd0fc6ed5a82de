# SPDX-License-Identifier: ISC
"""Made-up domains with SPF records, right ones and broken ones: as many as
there are numbers, each number always the same."""

import random
from dataclasses import dataclass

from auth.scan import Session
from auth.zone import Fault, Zone

CLIENTS = ["192.0.2.10", "192.0.2.77", "198.51.100.3", "2001:db8::10",
           "2001:db8:5::77", "::ffff:192.0.2.10"]
ADDRESSES = {"A": ["192.0.2.10", "192.0.2.11", "192.0.2.77", "192.0.3.10",
                   "203.0.113.9"],
             "AAAA": ["2001:db8::10", "2001:db8::11", "2001:db8:5::77",
                      "2001:db8:ff::1"]}

# Domains with records; senders are at the first ones, all may be led to.
DOMAINS = ["example.org", "sub.example.org", "EXAMPLE.net", "inc1.example.net",
           "inc2.example.net", "inc3.example.net", "a.b.c.example.com"]
# Names that have addresses, or have not.
HOSTS = ["mail.example.org", "mx1.example.net", "mx2.example.net",
         "host.sub.example.org", "client.example.org", "client.example.net",
         "alias.example.org", "alias2.example.org", "void.example.org",
         "void2.example.org", "silent.example.org", "fault.example.org"]
LOCALS = ["ann", "ann.smith", "o-brien+list", "strong-bad", "a=b", "A.B-C"]
TOO_LONG = "l" * 64


@dataclass
class World:
    number: int
    zone: Zone
    session: Session

    def __str__(self):
        return (f"world {self.number}: {self.session}\n{self.zone.text()}")


def world(number):
    return Maker(number).make()


class Maker:
    def __init__(self, number):
        self.number = number
        self.random = random.Random(number)
        self.zone = Zone()
        # Some worlds are without blemish, in others much is wrong.
        self.dirt = self.random.choice([0, 0, 0.02, 0.1])

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *things):
        return self.random.choice(things)

    def make(self):
        client = self.pick(*CLIENTS)
        self.make_hosts()
        self.make_reverse(client)
        for domain in DOMAINS:
            self.make_domain(domain)
        for i in range(3):
            self.zone.add(f"text{i}.example.org", "TXT", self.explanation())
        helo = self.pick("client.example.org", "example.org", "[192.0.2.10]",
                         "friend")
        # In lower case: so we have the domain of each sender.
        sender = f"{self.pick(*LOCALS)}@{self.pick(*DOMAINS[:3]).lower()}"
        if self.chance(0.05):
            sender = "<>"
            self.zone.add("friend", "TXT", b"v=spf1 -all")
        return World(self.number, self.zone, Session(client, helo, sender))

    # -- the DNS around ----------------------------------------------------

    def make_hosts(self):
        for name in HOSTS:
            if name.startswith("void") and self.chance(0.8):
                if self.chance(0.5):
                    self.zone.add(name, "TXT", b"no address")
            elif name.startswith("alias"):
                self.zone.add(name, "CNAME", self.pick(*HOSTS[:6], *DOMAINS))
            else:
                self.make_host(name)

    def make_host(self, name):
        for kind, addresses in ADDRESSES.items():
            if name.startswith("silent"):
                self.zone.add(name, kind, Fault("TIMEOUT"))
            elif name.startswith("fault"):
                self.zone.add(name, kind, Fault("SERVFAIL"))
            else:
                for address in self.some(addresses, 3):
                    self.zone.add(name, kind, address)
        if self.chance(0.7):
            self.make_exchangers(name)

    def make_exchangers(self, name):
        count = self.pick(1, 1, 2, 2, 3, 10, 11) if self.chance(0.3) else 1
        for i in range(count):
            host = self.pick(*HOSTS, "") if count < 4 else self.pick(*HOSTS)
            self.zone.add(name, "MX", (10 * i, host))

    def make_reverse(self, client):
        name = reverse_name(client)
        if self.chance(0.1):
            self.zone.add(name, "PTR", Fault(self.pick("TIMEOUT",
                                                       "SERVFAIL")))
        elif self.chance(0.9):
            if self.chance(0.05):   # more than are looked at
                for i in range(self.pick(6, 9, 10, 11)):
                    self.zone.add(name, "PTR", f"many{i}.example.org")
            for host in self.some(["client.example.org", "client.example.net",
                                   "mail.example.org", "host.sub.example.org",
                                   "void.example.org", "silent.example.org",
                                   "mx1.example.net"], 4):
                self.zone.add(name, "PTR", host)

    def some(self, things, most):
        return self.random.sample(things, self.random.randint(0, most))

    # -- records -------------------------------------------------------------

    def make_domain(self, domain):
        self.make_host(domain)
        if self.chance(self.dirt):
            fault = Fault(self.pick("TIMEOUT", "SERVFAIL"))
            self.zone.add(domain, "TXT", fault)
            return
        if self.chance(0.2):
            self.zone.add(domain, "TXT", b"some other text \xe4")
        for _ in range(2 if self.chance(self.dirt) else 1):
            if not self.chance(0.1):
                self.zone.add(domain, "TXT", self.record())

    def record(self):
        terms = [self.term() for _ in range(self.pick(0, 1, 2, 3, 3, 4, 5))]
        if self.chance(0.05):
            terms += [self.term() for _ in range(9)]
        if self.chance(0.03):   # beyond what libspf2 has room for
            terms[1:1] = [f"ip4:203.0.113.{i}" for i in range(80)]
        if self.chance(0.6):
            terms.append(self.qualifier() + "all")
        elif self.chance(0.5):
            terms.append("redirect=" + self.target())
        if self.chance(0.4):
            terms.insert(self.random.randint(0, len(terms)),
                         "exp=" + self.pick("text0", "text1", "text2",
                                            "nothing") + ".example.org")
        if self.chance(0.15):
            terms.insert(self.random.randint(0, len(terms)), self.modifier())
        text = self.pick("v=spf1", "v=spf1", "v=spf1", "V=SPF1")
        for term in terms:
            text += self.pick(" ", " ", " ", "  ")
            text += self.broken(term) if self.chance(self.dirt) else term
        return text.encode("latin-1")

    def qualifier(self):
        return self.pick("", "+", "-", "-", "~", "?")

    def modifier(self):
        return self.pick("x=y", "moo=%{d}", "a.b-c_d=%%", "x=", "op=auth",
                         "default=fail", "Exp=text1.example.org", "x=%{i}")

    def term(self):
        if self.chance(0.15):
            return self.qualifier() + self.network()
        name = self.pick("a", "a", "mx", "mx", "ptr", "include", "include",
                         "exists", "A", "Include")
        spec = ""
        if name in ("include", "Include"):
            spec = ":" + self.target()
        elif name == "exists" or self.chance(0.7):
            spec = ":" + self.domain_spec()
        return self.pick("", "", "", "-", "~", "?", "+") + name + spec + (
            self.prefix() if name in ("a", "mx", "A") else "")

    def prefix(self):
        four = self.pick("", "", "", "/24", "/32", "/0", "/31")
        six = self.pick("", "", "", "//64", "//128", "//0", "//33")
        return four + six

    def network(self):
        return self.pick(
            "ip4:192.0.2.10", "ip4:192.0.2.0/24", "ip4:192.0.2.76/31",
            "ip4:198.51.100.255/24", "ip4:0.0.0.0/0", "IP4:203.0.113.1",
            "ip6:2001:db8::10", "ip6:2001:db8::/32", "ip6:2001:DB8:5::/48",
            "ip6:::/0", "ip6:::ffff:192.0.2.10", "ip6:::ffff:192.0.2.0/120",
            "ip6:2001:db8::192.0.2.1/16")

    def target(self):
        if self.chance(0.9):
            return self.pick(*DOMAINS, *DOMAINS, "alias.example.org")
        return self.pick("%{d2}", "inc%{l1r-}.example.net", "nowhere.example",
                         "%{o}", "inc1.%{d2}", "%{h}", "void.example.org")

    def domain_spec(self):
        if self.chance(0.7):
            return self.pick(*HOSTS, *DOMAINS)
        if self.chance(0.1):
            return self.pick(f"{TOO_LONG}.example.org", "a..example.org",
                             "..example.org", ".example.org",
                             f"{'%{d}.' * 30}mail.example.org",
                             "mail.example.org.", "%{l}%{l}%{l}.%{d}")
        return self.pick("", "", "mail.", "mx1.", "%{l}.", "%{ir}.") + \
            self.pick(self.macro(), self.macro() + ".example.org",
                      f"{self.macro()}.{self.macro()}", "%{d}", "%{d2}",
                      "%{o2}", "%{p}", "client.%{d2}", "%{d1r}.example.org")

    def macro(self):
        letter = self.pick(*"slodiphvSLODIPHV")
        digits = self.pick("", "", "1", "2", "3", "128")
        delimiters = self.pick("", "", "", ".", "-", "+", ".-", "/,_=")
        return f"%{{{letter}{digits}{self.pick('', '', 'r')}{delimiters}}}"

    def explanation(self):
        words = ["see", "why.example.org", "100%%", "a%_b", "%{c}", "%{t}",
                 self.macro(), self.macro(), "http://e.example/?s=%{S}&i=%{i}"]
        if self.chance(self.dirt):
            words += self.pick(["%"], ["%x"], ["\xe4"], ["%{d"], ["%{x}"],
                               ["%{d0}"], ["w" * 300])
        self.random.shuffle(words)
        return " ".join(words[:self.random.randint(1, 6)]).encode("latin-1")

    def broken(self, term):
        """The term with something wrong in it, as people write it."""
        at = self.random.randint(0, len(term))
        return self.pick(
            term + self.pick(":", "/", "/33", "//129", "/08", "//", ".", ",",
                             "=", ":x", "/24/24", "%", "%{", "%{x}", "%{d0}",
                             "%{dR}", "%{d2x}", "%{r}", "%%.example", "/24",
                             ".123", ".a-"),
            term[:at] + term[at + 1:],
            term[:at] + self.pick(*"%{}:/.=-\t_\xe4,;a1R") + term[at:],
            term.swapcase(), term + " " + term,
            self.pick("all:x", "ptr:", "exists", "include:", "include",
                      "ip4", "ip4:1.2.3", "ip4:1.2.3.256", "ip6:1.2.3.4",
                      "ip4:192.0.2.10//32", "ip6:2001:db8::g",
                      "ip4:192.0.02.10", "a:localhost", "a:1.2.3.4",
                      "redirect=", "exp=", "moo", "+", "1x=y", "=x",
                      "redirect=%{x}", "ipv4:192.0.2.10", "mx:%(d)"))


def reverse_name(client):
    """Written out here, so that ours is not compared with itself."""
    if "." in client:
        numbers = client.rpartition(":")[2].split(".")
        return ".".join(reversed(numbers)) + ".in-addr.arpa"
    head, _, tail = client.partition("::")
    front, back = head.split(":"), tail.split(":")
    groups = front + ["0"] * (8 - len(front) - len(back)) + back
    digits = "".join(group.zfill(4) for group in groups)
    return ".".join(reversed(digits)) + ".ip6.arpa"
