# SPDX-License-Identifier: ISC
"""The demo's third act: two domains whose people and classes of service stand
in the directory, and what a change there does to the next letter."""

import re
import subprocess
import time
from pathlib import Path

from letters import LETTER, Ending, Scene, message
from policy import submit, text_of, too_many
from stage import PATIENCE
from lab.lab import CHECKOUT
from lab.places import USERS, password

ANN, BEN, FAY = "ann@school.test", "ben@school.test", "fay@mill.test"
OFFICE, NOBODY = "office@school.test", "nobody@school.test"
PEOPLE = [ANN, BEN, FAY]

FILE = f"""\
class pupils   {{ limits outbound=2/1h; }}
class teachers {{ limits outbound=100/1h; description "Those who teach"; }}
class trade    {{ limits outbound=unlimited; }}

domain school.test {{ class pupils; }}
domain mill.test   {{ class trade; }}

user {ANN} {{ name Ann; class teachers; }}
user {BEN} {{ name Ben; }}
user {FAY} {{ name Fay; }}
alias {OFFICE} {{ to {ANN} {FAY}; }}
"""

SNIPPET = CHECKOUT / "deploy" / "postfix" / "main.cf.managed"
# Dovecot is where the lab has it.
ELSEWHERE = "virtual_transport"


def directory(scratch):
    return f'directory {{ where "sqlite:{scratch}/directory.db"; }}\n'


def prepare(program, scratch):
    """The directory is there before a daemon asks it, and empty."""
    conf = Path(scratch, "directory.conf")
    conf.write_text(directory(scratch))
    subprocess.run([program, "directory", "upgrade", "-c", conf], check=True,
                   capture_output=True, text=True)


def configuration(scratch):
    """What mailreeve.conf says beside the rules."""
    return f"""
host {{ recipient_delimiter +; }}
{directory(scratch)}
socketmap {{ listen "unix:@DIR@/sock/maps"; listen_group postfix; }}
"""


def postfix(guests):
    """main.cf of a host that is about to move: what stands in the directory is
    looked up there, by the lines of our snippet; the domains of the first two
    acts, and their GUESTS beside the lab's users, are Postfix's own."""
    text = SNIPPET.read_text().replace("unix:mailreeve/maps.sock",
                                       "unix:@DIR@/sock/maps")
    lines = dict(re.findall(r"(?m)^(\w+) = ?(.*)$", text))
    del lines[ELSEWHERE]
    own = [*USERS, *guests]
    for name, more in (
            ("virtual_mailbox_domains",
             " ".join({user.split("@")[1]: "" for user in own})),
            ("virtual_mailbox_maps",
             "inline:{ " + " ".join(f"{user}=ok" for user in own) + " }"),
            ("virtual_alias_maps", "texthash:/etc/postfix/aliases")):
        lines[name] += ", " + more
    return lines


def to_alias(stage):
    letter = message("Joan <joan@sender.test>", OFFICE, "A class trip",
                     LETTER)
    stage.mailreeve("map", "query", "--running", "aliases", OFFICE)
    return stage.inbound(OFFICE, stage.sender.sign(letter),
                         readers=[ANN, FAY])


def to_nobody(stage):
    """Postfix's own refusal: it asks the map before it asks for a ruling."""
    letter = message("Joan <joan@sender.test>", NOBODY, "Hello?", LETTER)
    sent = stage.lab.send(mail_from="joan@sender.test", rcpt=[NOBODY],
                          data=letter)
    return Ending(text_of(sent), b"", {"findings": []},
                  "in none of the maps that policyd serves to Postfix")


def as_another(stage):
    letter = message(f"Ann <{ANN}>", "joan@remote.test", "From the school",
                     LETTER)
    said = text_of(stage.lab.send(
        port=587, auth=(FAY, password(FAY)), mail_from=ANN,
        rcpt=["joan@remote.test"], data=letter))
    return Ending(said, b"", stage.ruling_of(said))


def third_letter(stage):
    return too_many(stage, BEN, "Homework", 3)


def limit_of(login, stage):
    """The first of the limits that hold, as `mailreeve limits` has it."""
    limit = stage.lab.policyd.ctl("limits", {"address": login})["limits"][0]
    return f"{limit['used']} of {limit['limit']} per {limit['window']}, by " \
        + limit["origin"]


class Since:
    """How long ago a command had done its work."""

    def __init__(self):
        self.start = time.monotonic()

    def __str__(self):
        return f"in force {time.monotonic() - self.start:.1f} s later"


def promoted(stage):
    """As his mail program does: again, until it goes."""
    stage.mailreeve("user", "set", BEN, "class=teachers")
    since = Since()
    tries = [submit(stage, BEN, "Homework 3")]
    stage.lab.wait(lambda: tries[-1].accepted or tries.append(
        submit(stage, BEN, "Homework 3")), PATIENCE, f"{BEN} to be promoted")
    remark = f"{since}: {limit_of(BEN, stage)}"
    stage.left(1)
    return Ending("SMTP to remote.test", b"",
                  stage.ruling_of(tries[-1].queue_id, "END-OF-MESSAGE"),
                  remark)


def suspended(stage):
    """In one session: a letter goes, the command is given, no other goes."""
    letter = message(f"Fay <{FAY}>", "joan@remote.test", "Flour", LETTER)
    with stage.lab.smtp(port=587) as session:
        session.ehlo()
        session.auth_plain(FAY, password(FAY))
        sent = [begin(session), session.data(letter)]
        stage.left(1)
        stage.mailreeve("user", "suspend", FAY, "--sending")
        since = Since()
        stage.lab.wait(lambda: not sent[-1] or sent.append(begin(session)),
                       PATIENCE, f"{FAY} to be suspended")
        remark = str(since)
    said = f"{sent[-1].code} {sent[-1].text}"
    ruling = stage.ruling_of(said)
    return Ending(f"{sent[1].code}, then {said}", b"", ruling,
                  f"{remark}: {ruling['sentence']}")


def begin(session):
    """Up to the recipient, of a new message: the reply that decides."""
    session.command("RSET")
    session.mail(FAY)
    return session.rcpt("joan@remote.test")


def still_read(stage):
    letter = message("Joan <joan@sender.test>", FAY, "Where is the flour?",
                     LETTER)
    return stage.inbound(FAY, stage.sender.sign(letter))


SCENES = [
    Scene("a letter to the school's office, an alias", to_alias,
          "delivered to both who are behind it",
          lambda e: e.where == f"INBOX of {ANN} and of {FAY}"),
    Scene("a letter to a name that nobody has", to_nobody,
          "refused: the directory does not know it",
          lambda e: e.where.startswith("550 5.1.1")
          and "virtual mailbox table" in e.where),
    Scene("Fay of the mill, with Ann's address as the sender", as_another,
          "refused: it is not hers",
          lambda e: e.where.startswith("553 5.7.1")
          and f"your login may not send as <{ANN}>" in e.where),
    Scene("Ben's third letter in an hour; pupils may send two", third_letter,
          "told to come again, and when",
          lambda e: e.where.startswith("2 reach remote.test, then 450 4.7.1")
          and "2 messages per hour, 2 used" in e.where),
    Scene("Ben becomes a teacher", promoted,
          "the same letter goes",
          lambda e: e.where.startswith("SMTP to")
          and e.remark.endswith(": 3 of 100 per hour, by class teachers")),
    Scene("Fay is suspended between two letters of one session", suspended,
          "the first goes, the second is refused",
          lambda e: e.where.startswith("250, then 550 5.7.13")
          and "sending is suspended" in e.where),
    Scene("a letter to Fay", still_read,
          "delivered: it is only her sending that is suspended",
          lambda e: e.where == f"INBOX of {FAY}"),
]
