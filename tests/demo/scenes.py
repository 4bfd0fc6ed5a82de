# SPDX-License-Identifier: ISC
"""Messages of the demo: signatures, lies, and what Ann writes herself."""

from letters import LETTER, STRANGER, Scene, fields, message, results


def signed(stage):
    letter = message("Joan <joan@sender.test>", "ann@lab.test",
                     "The boat on Friday", LETTER)
    return stage.inbound("ann@lab.test", stage.sender.sign(letter))


def altered(stage):
    letter = message("Joan <joan@sender.test>", "ann@lab.test",
                     "The boat on Sunday", LETTER)
    evil = stage.sender.sign(letter).replace(b"Friday at six",
                                             b"Sunday at six")
    return stage.inbound("ann@lab.test", evil)


def forged(stage):
    lies = ("Authentication-Results: mx.lab.test; dkim=pass header.d=bank.test\n"
            "X-Mailreeve-Verdict: ham; score=-100\n"
            "X-Mailreeve-Id: 01ARZ3NDEKTSV4RRFFQ69G5FAV\n"
            "Authentication-Results: relay.other.test; spf=pass\n")
    letter = message("Your Bank <service@bank.test>", "bob@lab.test",
                     "Please confirm your account", LETTER, more=lies)
    return stage.inbound("bob@lab.test", letter, client=STRANGER,
                         mail_from="x@bank.test")


def several_authors(stage):
    letter = message("Boss <boss@lab.test>", "bob@lab.test", "Urgent payment",
                     LETTER, more="From: Joan <joan@sender.test>\n")
    return stage.inbound("bob@lab.test", stage.sender.sign(letter))


def submitted(stage):
    letter = message("Ann <ann@lab.test>", "joan@remote.test",
                     "Re: The boat on Friday", "Warm things are packed.\n\nAnn")
    return stage.outbound("ann@lab.test", "joan@remote.test", letter)


def silent_dns(stage):
    letter = message("Joan <joan@sender.test>", "carol@second.test",
                     "Can you hear me?", LETTER)
    stage.silence("quiet._domainkey.sender.test")
    return stage.inbound("carol@second.test",
                         stage.sender.sign(letter, selector=b"quiet"))


def no_lies_left(ending):
    return ("dkim=pass" not in results(ending)
            and "-100" not in str(fields(ending.message,
                                         "X-Mailreeve-Verdict"))
            and "relay.other.test; spf=pass" in fields(
                ending.message, "Authentication-Results")
            and fields(ending.message, "X-Mailreeve-Id")
            == [ending.event["id"]])


SCENES = [
    Scene("a signed letter", signed,
          "delivered, and its signature verified",
          lambda e: e.where.startswith("INBOX")
          and "dkim=pass" in results(e) and "iprev=pass" in results(e)),
    Scene("the same letter, changed on its way", altered,
          "delivered: its signature fails, SPF alone vouches for it",
          lambda e: e.where.startswith("INBOX")
          and "dkim=fail" in results(e)),
    Scene("a letter that brings its own good report", forged,
          "delivered without the lies, others' headers untouched",
          lambda e: e.where.startswith("INBOX") and no_lies_left(e)),
    Scene("two authors, so that somebody is deceived", several_authors,
          "refused in the SMTP session",
          lambda e: e.where.startswith("550 ") and not e.message),
    Scene("a letter that Ann submits", submitted,
          "signed twice; a stranger's verifier agrees",
          lambda e: e.remark == "python3-dkim says: rsa-sha256 pass, "
          "ed25519-sha256 pass"),
    Scene("a signature whose key does not answer", silent_dns,
          "delivered after two seconds, honestly marked",
          lambda e: e.where.startswith("INBOX")
          and "dkim=temperror" in results(e)),
]
