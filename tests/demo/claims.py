# SPDX-License-Identifier: ISC
"""Messages of the demo that claim an author: who may, who may not, and who
must be let through although nothing proves it (SPF, DMARC)."""

from letters import LETTER, STRANGER, Scene, message, results

LIST = "198.51.100.25"          # friends.list.test, a mailing list
ALUMNI = "198.51.100.40"        # alumni.test sends mail on unchanged

# sender.test asks to refuse what it does not authenticate; shop.test asks so
# for names that do not exist.
ZONE = {
    "sender.test TXT": "v=spf1 ip4:203.0.113.7 -all",
    "_dmarc.sender.test TXT": "v=DMARC1; p=reject",
    "soft.test TXT": "v=spf1 mx ~all",
    "hard.test TXT": "v=spf1 -all",
    "shop.test TXT": "v=spf1 ip4:203.0.113.7 -all",
    "_dmarc.shop.test TXT": "v=DMARC1; p=none; np=reject",
    "list.test TXT": f"v=spf1 ip4:{LIST} -all",
    "alumni.test TXT": f"v=spf1 ip4:{ALUMNI} -all",
}


def letter_of(author, subject, more=""):
    return message(author, "ann@lab.test", subject, LETTER, more=more)


def softfail(stage):
    return stage.inbound("ann@lab.test",
                         letter_of("pat@soft.test", "From the road"),
                         client=STRANGER, mail_from="pat@soft.test")


def hardfail(stage):
    return stage.inbound("ann@lab.test",
                         letter_of("kim@hard.test", "Not from home"),
                         client=STRANGER, mail_from="kim@hard.test")


def spoof(stage):
    return stage.inbound("ann@lab.test",
                         letter_of("Joan <joan@sender.test>", "Transfer now"),
                         client=STRANGER, mail_from="x@hard.test")


def mailing_list(stage):
    """The list added a footer and signed again; Joan's signature is broken."""
    posted = stage.sender.sign(letter_of("Joan <joan@sender.test>",
                                         "To all friends"))
    posted += b"-- \r\nfriends mailing list\r\n"
    data = stage.sender.sign(b"List-Id: Friends <friends.list.test>\r\n"
                             b"List-Post: <mailto:friends@list.test>\r\n"
                             + posted, domain=b"list.test")
    return stage.inbound("ann@lab.test", data, client=LIST,
                         mail_from="friends-bounces@list.test")


def no_such_name(stage):
    return stage.inbound("ann@lab.test",
                         letter_of("Billing <bills@pay.shop.test>",
                                   "Your invoice"),
                         client=STRANGER, mail_from="x@hard.test")


def forwarder(stage):
    data = stage.sender.sign(letter_of("Joan <joan@sender.test>",
                                       "To my old address"))
    return stage.inbound("ann@lab.test", data, client=ALUMNI,
                         mail_from="joan@sender.test")


def undecided(stage):
    """Only the signature could prove it, and its key does not answer."""
    stage.silence("mute._domainkey.sender.test")
    data = stage.sender.sign(letter_of("Joan <joan@sender.test>",
                                       "Wait for me"), selector=b"mute")
    return stage.inbound("ann@lab.test", data, client=ALUMNI,
                         mail_from="joan@sender.test")


SCENES = [
    Scene("a letter from the road (SPF ~all)", softfail,
          "delivered, with spf=softfail",
          lambda e: e.where.startswith("INBOX")
          and "spf=softfail" in results(e)),
    Scene("from a domain that sends no mail (SPF -all)", hardfail,
          "delivered, with spf=fail: it asks for no more",
          lambda e: e.where.startswith("INBOX") and "spf=fail" in results(e)),
    Scene("somebody else as Joan, whose domain says p=reject", spoof,
          "refused in the session, and told the reason",
          lambda e: e.where.startswith("550 5.7.1")
          and "sender.test" in e.where and e.event["id"] in e.where),
    Scene("Joan by way of a list, which changed the text",
          mailing_list, "delivered to Junk: the list vouches for itself",
          lambda e: e.where.startswith("Junk")
          and "dmarc=fail" in results(e)),
    Scene("a name that does not exist, below one that asks np=reject",
          no_such_name, "refused in the SMTP session",
          lambda e: e.where.startswith("550 5.7.1")
          and "shop.test" in e.where),
    Scene("Joan by way of a forwarder, nothing changed", forwarder,
          "delivered: SPF fails, her signature holds",
          lambda e: e.where.startswith("INBOX")
          and "spf=fail" in results(e) and "dmarc=pass" in results(e)),
    Scene("the same, but the key of the signature does not answer",
          undecided, "told to come again: it may well be Joan",
          lambda e: e.where.startswith("451 4.7")),
]
