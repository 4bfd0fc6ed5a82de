# SPDX-License-Identifier: ISC
"""Messages of the demo's second act: more than somebody may send, and the
first from a stranger (limits, greylisting)."""

import re

from letters import LETTER, STRANGER, Ending, Scene, message
from stage import PATIENCE

SENDER, GUARDED = "bob@lab.test", "dora@second.test"

# What the milter refuses is given back only where policyd waits for its word.
RULES = f"""
rule throttle {{ milter_confirms yes; }}
throttle outbound {{ limit 3/1h 20/1d; }}
throttle pool {{ per domain; unit recipients; limit 100/1h; }}
rule greylist {{ delay 2s; }}
user {GUARDED} {{ greylist yes; }}
"""


def submit(stage, author, subject, more=""):
    letter = message(author, "joan@remote.test", subject, LETTER, more=more)
    return stage.submit(author, "joan@remote.test", letter)


def text_of(sent):
    return f"{sent.last.code} {sent.last.text}"


def reason_of(rule, ruling):
    return " ".join(finding["reason"] for finding in ruling["findings"]
                    if finding["check"] == rule)


def too_many(stage, author, subject, count):
    """COUNT letters of the author, of which the last is not taken."""
    sent = [submit(stage, author, f"{subject} {i + 1}") for i in range(count)]
    taken = [outcome for outcome in sent if outcome.accepted]
    stage.left(len(taken))
    said = text_of(sent[-1])
    return Ending(f"{len(taken)} reach remote.test, then {said}", b"",
                  stage.ruling_of(said))


def over_limit(stage):
    return too_many(stage, SENDER, "Postcard", 4)


def used(stage, login):
    """What a login has used of each of its limits."""
    told = stage.lab.policyd.ctl("limits", {"address": login})
    return [limit["used"] for limit in told["limits"]]


def given_back(stage):
    """What policyd counts at the end, the milter refuses a moment later."""
    login = "carol@second.test"
    said = text_of(submit(stage, login, "Who am I?",
                          more="From: Joan <joan@sender.test>\n"))
    ruling = stage.ruling_of(said, "END-OF-MESSAGE")
    counted = re.findall(r"\d+ of \d+ messages per hour",
                         reason_of("throttle", ruling))
    stage.lab.wait(lambda: not any(used(stage, login)), PATIENCE,
                   f"the limits of {login} to be given back")
    return Ending(said, b"", stage.event_of(said),
                  f"counted: {', '.join(counted)}; given back: "
                  f"{used(stage, login)[0]} used")


def knock(stage):
    letter = message("pat@soft.test", GUARDED, "From the road", LETTER)
    return stage.lab.send(client=STRANGER, mail_from="pat@soft.test",
                          rcpt=[GUARDED], data=letter)


def stranger(stage):
    said = text_of(knock(stage))
    return Ending(said, b"", stage.ruling_of(said))


def comes_back(stage):
    """As a queue does: again and again."""
    tries = [knock(stage)]
    stage.lab.wait(lambda: tries[-1].accepted or tries.append(knock(stage)),
                   PATIENCE, f"{GUARDED} to take a letter")
    event = stage.event_of(tries[-1].queue_id)
    ruling = stage.ruling_of(event["id"], "RCPT")
    return Ending(f"INBOX of {GUARDED}", stage.arrival(GUARDED, "INBOX"),
                  ruling, reason_of("greylist", ruling))


SCENES = [
    Scene("Bob's fourth letter in an hour, where three are allowed",
          over_limit, "told to come again, and when",
          lambda e: e.where.startswith("3 reach remote.test, then 450 4.7.1")
          and "3 messages per hour, 3 used; next possible at" in e.where),
    Scene("Carol's letter with two authors", given_back,
          "refused by the milter, and not counted",
          lambda e: e.where.startswith("550 5.6.0")
          and e.remark == "counted: 1 of 3 messages per hour; "
          "given back: 0 used"),
    Scene("a stranger's first letter to Dora, who is careful", stranger,
          "told to come again, as most spammers never do",
          lambda e: e.where.startswith("450 4.7.1")
          and "greylisted; next possible at" in e.where),
    Scene("the stranger comes again, after two seconds", comes_back,
          "delivered, and known from now on",
          lambda e: e.where.startswith("INBOX")
          and e.remark.startswith("has come back")),
]
