# SPDX-License-Identifier: ISC
"""authmail.py - messages of many domains that publish SPF, DKIM and DMARC.

One host (world.CLIENT) sends for all of them, as a provider's does: so one
session can play many.  A domain says so by SPF in one of five ways (KINDS),
and has a DMARC record: every other group of domains writes its From in a
subdomain, so that the record is the organizational domain's.  Three messages
of four are signed.  What fails is one kind's SPF; its unsigned messages fail
DMARC under p=none, so nothing is refused.
"""

from typing import NamedTuple

from world import CLIENT, zone

import corpora
import milterclient

SELECTOR = corpora.SELECTOR
SIGNING_KEYS = 8        # one for several domains: they are slow to make


class Kind(NamedTuple):
    """How a domain says who sends for it."""
    spf: str
    records: str            # more of them; zone text
    policy: str             # of DMARC
    chain: int              # questions of SPF that wait for one another


KINDS = {
    "ip4": Kind("v=spf1 ip4:{client} -all", "", "reject", 1),
    "include": Kind("v=spf1 include:_spf.{domain} -all",
                    "_spf.{domain}\tTXT\tv=spf1 ip4:{client} -all\n",
                    "reject", 2),
    "mx": Kind("v=spf1 mx -all",
               "{domain}\tMX\t10 mx.{domain}\nmx.{domain}\tA\t{client}\n",
               "reject", 3),
    "a": Kind("v=spf1 a:out.{domain} -all", "out.{domain}\tA\t{client}\n",
              "reject", 2),
    "softfail": Kind("v=spf1 ip4:192.0.2.0/24 ~all", "", "none", 1),
}

DOMAIN_RECORDS = """\
{domain}\tTXT\t{spf}
_dmarc.{domain}\tTXT\tv=DMARC1; p={policy}
{selector}._domainkey.{domain}\tTXT\t{key}
"""


class Domain(NamedTuple):
    name: str
    kind: str
    author: str         # domain of its From
    key: int            # number of its signing key

    @property
    def sender(self):
        return f"bounce@{self.name}"


class Letter(NamedTuple):
    raw: bytes
    domain: Domain


def _domain(number):
    name = f"c{number}.example"
    kinds = list(KINDS)
    is_own = number // len(kinds) % 2 == 0
    return Domain(name, kinds[number % len(kinds)],
                  name if is_own else f"news.{name}", number % SIGNING_KEYS)


def _records(domain, keys):
    kind = KINDS[domain.kind]
    names = dict(domain=domain.name, client=CLIENT)
    text = (DOMAIN_RECORDS + kind.records).format(
        spf=kind.spf.format(**names), policy=kind.policy,
        selector=SELECTOR, key=keys[domain.key][1], **names)
    return zone.parse(text)


def _without(text, *names):
    """TEXT (CRLF) without the header fields of these names."""
    headers, body = milterclient.split_message(text)
    return b"".join(name + b":" + value.replace(b"\n", b"\r\n") + b"\r\n"
                    for name, value in headers
                    if name.lower() not in names) + b"\r\n" + body


def _write(text, domain):
    """As if somebody of that domain had written it."""
    return (f"From: Somebody <somebody@{domain.author}>\r\n".encode()
            + _without(text, b"from", b"dkim-signature",
                       b"authentication-results"))


def make_keys(folder):
    """Signing keys: [(PEM, record)]."""
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.pem" for number in range(SIGNING_KEYS)]
    records = [corpora.make_key(path) for path in paths]
    return [(path.read_bytes(), record)
            for path, record in zip(paths, records)]


def make(keys, messages, count, domains, first):
    """COUNT of MESSAGES from as many DOMAINS, numbered from FIRST on:
    ([Letter], [zone.Record])."""
    import dkim     # python3-dkim; the run says so when it is missing
    senders = [_domain(first + number) for number in range(domains)]
    letters = []
    texts = (corpora.as_sent(raw) for _, raw in
             corpora.spread(messages, 2 * count))
    for text in filter(None, texts):
        number = len(letters)
        if number == count:
            break
        domain = senders[number % domains]
        text = _write(text, domain)
        if (number + number // domains) % 4 != 3:
            text = dkim.sign(text, SELECTOR.encode(), domain.name.encode(),
                             keys[domain.key][0],
                             canonicalize=(b"relaxed", b"relaxed")) + text
        letters.append(Letter(text, domain))
    return letters, [record for domain in senders
                     for record in _records(domain, keys)]


def envelopes(folder):
    """The file of who sends which message of FOLDER."""
    return folder.with_suffix(".tsv")


def write(folder, letters):
    """The messages below FOLDER, and beside it the envelopes of each."""
    corpora.write(folder, [("", letter.raw) for letter in letters])
    lines = [f"{number:06}.eml\t\t\t\t{letter.domain.sender}\n"
             for number, letter in enumerate(letters)]
    envelopes(folder).write_text("".join(lines))
    return folder
