# SPDX-License-Identifier: ISC
"""python3-spf as a second opinion, with the DNS of a Zone, and remedies for
what it does otherwise than RFC 7208: each is a class of differences."""

import re

import spf
from auth.scan import NOW, Judgement
from auth.zone import Fault

RECEIVER = "mx.example.org"
CNAMES_MAX = 16


def lookup(zone, name, kind):
    """The values at the end of the aliases, as its resolver gives them."""
    name = name.lower().rstrip(".")
    for _ in range(CNAMES_MAX):
        alias = zone.records.get((name, "CNAME"))
        if alias is None or kind == "CNAME":
            break
        name = alias[0].lower().rstrip(".")
    values = zone.records.get((name, kind), [])
    if any(isinstance(value, Fault) for value in values):
        raise spf.TempError(f"DNS {values[0]}")
    return [[value] if kind == "TXT" else value for value in values]


def judge(zone, session, remedies=()):
    """What pyspf says, repaired by these; and what it complained of."""
    def answer(name, kind, _strict, _timeout):
        return [((name, kind), value) for value in lookup(zone, name, kind)]

    kind = type("Query", (*remedies, spf.query), {})
    sender = "" if session.mail_from == "<>" else session.mail_from
    saved, spf.DNSLookup = spf.DNSLookup, answer
    try:
        query = kind(session.client, sender, session.helo, receiver=RECEIVER,
                     strict=True)
        query.t = str(NOW)
        result, _, text = query.check()
    except (AssertionError, AttributeError, IndexError, TypeError,
            ValueError) as error:
        return Judgement("crash", repr(error))
    finally:
        spf.DNSLookup = saved
    is_own = result == "fail" and text != spf.EXPLANATIONS["fail"]
    return Judgement(result, text if is_own else None)


# -- remedies: what RFC 7208 says instead ----------------------------------


class VoidsByTerm(spf.query):
    """4.6.4, 11.1: the limit is on terms whose question the DNS has nothing
    for; pyspf counts each question: the hosts of one mx, the names of one ptr,
    those of %{p}, and the record of the sender's domain itself."""

    is_inside = False

    def dns(self, name, qtype, cnames=None, ignore_void=False):
        return super().dns(name, qtype, cnames, ignore_void=True)

    def count_void(self, name, answer):
        if self.is_inside or answer or not is_name(name):
            return
        self.void_lookups += 1
        if self.void_lookups > spf.MAX_VOID_LOOKUPS:
            raise spf.PermError("Void lookup limit exceeded")

    def within(self, ask, *args):
        before, self.is_inside = self.is_inside, True
        try:
            return ask(*args)
        finally:
            self.is_inside = before

    def dns_a(self, name, A="A"):
        answer = super().dns_a(name, A)
        self.count_void(name, answer)
        return answer

    def dns_mx(self, name):
        self.count_void(name, self.dns(name, "MX"))
        return self.within(super().dns_mx, name)

    def getp(self):
        return self.within(super().getp)

    def validated_ptrs(self):
        try:
            self.count_void(self.i, spf.query.dns_ptr(self, self.i))
        except spf.TempError:       # is no void lookup
            pass
        return self.within(super().validated_ptrs)


class FaultsOfNames(spf.query):
    """5.5, 7.3: where the DNS fails for the PTR, ptr does not match and %{p} is
    "unknown"; a name whose addresses it fails for is passed over."""

    def dns_ptr(self, i):
        try:
            return super().dns_ptr(i)
        except spf.TempError:
            return []

    def validated_ptrs(self):
        def has_client(name):
            try:
                return self.cidrmatch(self.dns_a(name, self.A), self.cidrmax)
            except spf.TempError:
                return False
        return [name for name in self.dns_ptr(self.i)[:spf.MAX_PTR]
                if has_client(name)]


class OneHostIsEnough(spf.query):
    """5.4: an mx matches by any host; pyspf asks for all first, and a fault of
    one host spoils the match of another."""

    def dns_mx(self, domainname):
        try:
            return super().dns_mx(domainname)
        except spf.TempError:
            hosts = self.dns(domainname, "MX")      # its own fault goes on
            return Hopeful(list(self.dns_each(hosts)))

    def dns_each(self, hosts):
        for _, host in hosts:
            try:
                yield from self.dns_a(host, self.A)
            except spf.TempError as error:
                yield error

    def cidrmatch(self, ipaddrs, n):
        if not isinstance(ipaddrs, Hopeful):
            return super().cidrmatch(ipaddrs, n)
        answers = list(ipaddrs)
        faults = [a for a in answers if isinstance(a, spf.TempError)]
        if super().cidrmatch([a for a in answers if a not in faults], n):
            return True
        raise faults[0]


class Hopeful(list):
    """Addresses, with the faults among them."""


class MacrosByGrammar(spf.query):
    """7.1: a macro is a letter, digits (not zero), r in any case, delimiters of
    the seven, and "}"; pyspf takes any tail, a "{" that stays open, and "R" for
    nothing, and does not take "%%" at the end."""

    MACRO = re.compile(r"%(?:[%_-]|\{[slodiphcrtv](?!0+[^0-9])[0-9]*r?"
                       r"[-.+,/_=]*\})", re.IGNORECASE)
    REVERSE = re.compile(r"(%\{[a-z][0-9]*)R", re.IGNORECASE)

    def expand(self, s, stripdot=True):
        if "%" in self.MACRO.sub("", s):
            raise spf.PermError("invalid macro", s)
        return unchecked(super().expand, self.REVERSE.sub(r"\1r", s), stripdot)


class JoinedByDots(spf.query):
    """7.3: what was split at delimiters is joined with dots; pyspf does so for
    %{l} and %{s} alone."""

    def expand(self, s, stripdot=True):
        saved, spf.JOINERS = spf.JOINERS, dict.fromkeys("slodiphcrtv", ".")
        try:
            return super().expand(s, stripdot)
        finally:
            spf.JOINERS = saved


class NamesCutToFit(spf.query):
    """7.3: labels are cut off a name until it has 253 bytes, and nothing is cut
    off a text; pyspf cuts one label, off texts too."""

    PIECES = re.compile(r"%(?:[%_-]|\{[^}]*\})|.", re.DOTALL)

    def expand(self, s, stripdot=True):
        super().expand(s, stripdot)     # for what it objects to
        # No piece is long, so that none is cut.
        whole = "".join(unchecked(super(NamesCutToFit, self).expand, piece,
                                  False) for piece in self.PIECES.findall(s))
        if not stripdot:
            return whole
        whole = whole.removesuffix(".")
        while len(whole) > 253 and "." in whole:
            whole = whole.partition(".")[2]
        return whole


def unchecked(expand, *args):
    """expand(*args), without a look at the grammar."""
    saved, spf.RE_INVALID_MACRO = spf.RE_INVALID_MACRO, re.compile(r"(?!)")
    try:
        return expand(*args)
    finally:
        spf.RE_INVALID_MACRO = saved


class VisibleBytes(spf.query):
    """4.6.1, 12: a record is made of visible ASCII and blanks; pyspf takes what
    it likes behind exp= and other modifiers."""

    def check0(self, spf_text, recursion):
        if re.search(r"[^ -~]", spf_text or ""):
            raise spf.PermError("a byte that cannot stand in a record")
        return super().check0(spf_text, recursion)


class ModifiersOnce(spf.query):
    """6: only redirect= and exp= may stand but once, in any case of their
    letters; others may stand as often as they like, are nothing but macro
    strings, and have no meaning, "op" and "default" too."""

    def check0(self, spf_text, recursion):
        terms = []
        for number, term in enumerate((spf_text or "").split(" ")):
            name, equals, value = term.partition("=")
            if number and equals and re.fullmatch(r"[a-z][a-z0-9_.-]*", name,
                                                  re.IGNORECASE):
                known = name.lower() in ("redirect", "exp")
                name = name.lower() if known else f"x{number}"
            terms.append(name + equals + value)
        return super().check0(" ".join(terms), recursion)


class RedirectWhenFollowed(spf.query):
    """4.6.4, 6.1: a redirect= counts, and its macros are expanded, when no
    mechanism matched; pyspf does it while it reads the record."""

    is_reading = False
    has_counted = False

    def check0(self, spf_text, recursion):
        self.is_reading = " redirect=" in (spf_text or "").lower()
        return super().check0(spf_text, recursion)

    def check_lookups(self):
        if self.is_reading:
            self.is_reading = False
            return
        super().check_lookups()
        self.has_counted = True

    def dns_a(self, *args):
        self.has_counted = False
        return super().dns_a(*args)

    def dns_mx(self, *args):
        self.has_counted = False
        return super().dns_mx(*args)

    def validated_ptrs(self):
        self.has_counted = False
        return super().validated_ptrs()

    def dns_spf(self, domain):
        if not self.has_counted and self.mechanism_begun:
            super().check_lookups()
        self.has_counted = False
        self.mechanism_begun = True
        return super().dns_spf(domain)

    mechanism_begun = False


class IncludeOfItself(spf.query):
    """4.6.4: a record that includes itself comes to its end at the limit, if
    the include is met at all; pyspf refuses it while it reads the record."""

    def validate_mechanism(self, mech):
        try:
            return super().validate_mechanism(mech)
        except spf.PermError as error:
            if "trivial recursion" not in str(error):
                raise
            qualifier = mech[0] if mech[0] in "+-~?" else "+"
            return mech, "include", self.d, self.cidrmax, \
                spf.RESULTS[qualifier]


class NothingBelowNoName(spf.query):
    """4.8: what cannot be a name matches nothing; pyspf asks for the names of
    the client, to compare them with it."""

    def validate_mechanism(self, mech):
        mech, kind, name, prefix, result = super().validate_mechanism(mech)
        if kind == "ptr" and not is_name(name):
            kind = "a"      # which asks for no such name
        return mech, kind, name, prefix, result


class NameOfEachDomain(spf.query):
    """7.3: %{p} prefers names in the current domain; pyspf keeps the choice
    that it made for the first."""

    def getp(self):
        self.p = None
        return super().getp()


class OneLabelIsNone(spf.query):
    """4.3: a domain of one label has the result none."""

    def dns_spf(self, domain):
        return super().dns_spf(domain) if "." in domain else None


REMEDIES = [VoidsByTerm, FaultsOfNames, OneHostIsEnough, MacrosByGrammar,
            JoinedByDots, NamesCutToFit, VisibleBytes, ModifiersOnce,
            RedirectWhenFollowed, IncludeOfItself, NothingBelowNoName,
            NameOfEachDomain, OneLabelIsNone]


def is_name(name):
    """Can it stand in the DNS?"""
    labels = str(name).removesuffix(".").split(".")
    return all(0 < len(label) < 64 for label in labels) and \
        len(str(name)) <= 253
