# SPDX-License-Identifier: ISC
"""Domains that say what is to be done with mail in their name, a mailing list
and a forwarder: who signs, and the DNS of them all.

    world = World()
    lab = shared_lab_factory(zone=world.zone(), ...)
    lab.send(data=world.reject.sign(letter.data), ...)
"""

from flow.signer import Signer
from flow.story import SENDER, STRANGER, Letter, arrival, event_of, our_results

LIST = "198.51.100.50"          # mx.list.test
FORWARDER = "198.51.100.60"     # mx.forward.test
HOSTS = {"mx.list.test": LIST, "mx.forward.test": FORWARDER}

# Each sends from SENDER alone.
POLICIES = {
    "sender.test": None,
    "none.test": "p=none",
    "quarantine.test": "p=quarantine",
    "reject.test": "p=reject",
    "trial.test": "p=reject; t=y",
    "np.test": "p=none; np=reject",
}


def reverse(address):
    return ".".join(reversed(address.split("."))) + ".in-addr.arpa"


class World:
    """Its keys are made once; its zone may be asked for again and again."""

    def __init__(self):
        self.reject = Signer("reject.test")
        self.list = Signer("list.test")
        self.forwarder = Signer("forward.test")
        self.stranger = Signer("stranger.test")

    def zone(self, **more):
        records = {"list.test TXT": f"v=spf1 ip4:{LIST} -all",
                   "forward.test TXT": f"v=spf1 ip4:{FORWARDER} -all"}
        for domain, policy in POLICIES.items():
            records[f"{domain} TXT"] = f"v=spf1 ip4:{SENDER} -all"
            if policy:
                records[f"_dmarc.{domain} TXT"] = f"v=DMARC1; {policy}"
        for name, address in HOSTS.items():
            records[f"{name} A"] = address
            records[f"{reverse(address)} PTR"] = name
        for signer in (self.reject, self.list, self.forwarder, self.stranger):
            records.update(signer.zone())
        return {**records, **more}


def letter_of(domain, subject, **more):
    return Letter(author=f"Joan <joan@{domain}>", subject=subject, **more)


def as_list(data, host="list.test"):
    """What the software of a mailing list makes of a letter: it no longer is
    what the author signed."""
    head, body = data.split(b"\r\n\r\n", 1)
    head = head.replace(b"Subject: ", b"Subject: [boats] ")
    mine = (f"List-Id: Boats <boats.{host}>\r\n"
            f"List-Post: <mailto:boats@{host}>\r\n").encode()
    footer = f"-- \r\nthe list boats@{host}\r\n".encode()
    return mine + head + b"\r\n\r\n" + body + footer


def words(data):
    """The first result of each method: of SPF, that of MAIL FROM."""
    return {method: result
            for method, result, _rest in reversed(our_results(data))}


def dmarc_result(data):
    """(result, the rest) of DMARC in our Authentication-Results."""
    [found] = [(result, rest) for method, result, rest in our_results(data)
               if method == "dmarc"]
    return found


def refused(lab, sent):
    """The event of a message that DMARC refused in the proper words."""
    event = event_of(lab, sent)
    assert sent.end.code == 550, sent
    assert sent.end.text.startswith(f"5.7.1 [{event['id']}] refused: "), sent
    assert "(DMARC)" in sent.end.text, sent
    assert event["dmarc"]["result"] == "fail"
    assert (event["decision"], event["done"]) == ("refuse", "refuse")
    return event


def delivered(lab, sent, subject, mailbox="INBOX", user="ann@lab.test"):
    """(its octets, its event) of a message that is in this mailbox."""
    assert sent.accepted, sent
    return arrival(lab, user, subject, mailbox), event_of(lab, sent)


def spoof(lab, domain, subject, rcpt="ann@lab.test"):
    """A stranger writes in the name of DOMAIN."""
    return lab.send(client=STRANGER, helo="evil.test", rcpt=rcpt,
                    mail_from="bounce@evil.test",
                    data=letter_of(domain, subject).data)
