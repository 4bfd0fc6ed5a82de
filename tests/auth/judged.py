# SPDX-License-Identifier: ISC
"""One message to the milter, with any DNS and any octets: the event of it.

    event = judged(tmp_path, Zone.of("example.org TXT v=spf1 -all"))
    assert event["spf"]["result"] == "fail"
"""

import json

from alone import Alone

CLIENT = "192.0.2.7"            # has no name
REJECT = "_dmarc.example.org TXT v=DMARC1; p=reject"
SENDS = f"example.org TXT v=spf1 ip4:{CLIENT} -all"
# What any message asks: PTR of the client, A of HELO, its SPF record, that of
# the sender, the policies of the author and of org.
USUAL = 6
# Its key is asked for at s._domainkey.
UNFOUNDED = ("DKIM-Signature: v=1; a=rsa-sha256; d={}; s=s; h=from;\n bh=47DEQ"
             "pj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\n")


def letter(author="Joan <joan@example.org>", more=""):
    """In octets; what is no Unicode stands as a surrogate."""
    text = (f"{more}From: {author}\nTo: ann@lab.test\nSubject: hello\n"
            "Date: Fri, 20 Nov 2026 10:00:00 +0000\n"
            "Message-ID: <1@example.org>\n\nDear Ann\n")
    return text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def judged_all(home, messages, zone=None, client=CLIENT,
               helo="mx.example.org", **options):
    """The events of (sender, octets), each in its turn, with the values of
    Authentication-Results that were written; OPTIONS as of Alone."""
    home.mkdir(exist_ok=True)
    written = []
    milter = Alone(home, **options)
    if zone is not None:
        zone.write(home / "zone")
    with milter:
        with milter.client(greet=False) as mta:
            mta.connect("unknown", client)
            mta.helo(helo)
            for sender, data in messages:
                result = mta.play(data, sender, ["ann@lab.test"])
                assert result.reply.kind in ("accept", "reply"), result
                written.append(result.added("Authentication-Results"))
                mta.abort()
            mta.quit()
        milter.wait_idle()
        lines = (home / "spool/milter.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(messages)
    return [{**json.loads(line), "written": each}
            for line, each in zip(lines, written, strict=True)]


def judged(home, zone=None, data=None, sender="joan@example.org", **options):
    """The event of one message."""
    [event] = judged_all(home, [(sender, data or letter())], zone, **options)
    return event


def findings(event, check):
    """[(result, reason)] of a check."""
    return [(found["result"], found["reason"]) for found in event["findings"]
            if found["check"] == check]


def results(event):
    """(of SPF, of DMARC)."""
    return event["spf"] and event["spf"]["result"], event["dmarc"]["result"]
