# SPDX-License-Identifier: ISC
"""What the stories share: letters, their fields, what the milter said of them.

    letter = Letter(subject="hello")
    told = event_of(lab, lab.send(data=letter.data))
    assert told["decision"] == "ham"
"""

import json
import re
from typing import NamedTuple

from lab.host import SHADOW_KB
from lab.milter import CtlError
from lab.patience import AT_MOST

SENDER = "203.0.113.7"          # mail.sender.test, its name leads back
STRANGER = "198.51.100.9"       # an address without a name

ULID = r"[0-9A-HJKMNP-TV-Z]{26}"


class Letter(NamedTuple):
    """A message as one would write it; MORE stands above its own fields."""
    author: str = "Joan <joan@sender.test>"
    to: str = "ann@lab.test"
    subject: str = "hello"
    body: str = "Dear Ann,\n\nthe boat leaves on Friday.\n"
    more: str = ""

    @property
    def data(self):
        text = (f"{self.more}From: {self.author}\nTo: {self.to}\n"
                f"Subject: {self.subject}\n"
                f"Date: Fri, 20 Nov 2026 10:00:00 +0000\n"
                f"Message-ID: <{abs(hash(self))}@sender.test>\n"
                f"\n{self.body}")
        return text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def head_of(data):
    return data.partition(b"\r\n\r\n")[0] + b"\r\n"


def body_of(data):
    return data.partition(b"\r\n\r\n")[2]


def raw_fields(data):
    """[(name, value octets up to and without the last CRLF)], top first."""
    found = re.findall(rb"(?ms)^([!-9;-~]+)[ \t]*:(.*?)\r\n(?![ \t])",
                       head_of(data))
    return [(name.decode(), value) for name, value in found]


def fields(data, name):
    """The unfolded values of a field, top first."""
    return [re.sub(r"\r\n(?=[ \t])", "", value.decode("utf-8", "replace"))
            .replace("\t", " ").strip()
            for found, value in raw_fields(data)
            if found.lower() == name.lower()]


def field(data, name):
    """The value of a field that must stand there once."""
    [value] = fields(data, name)
    return value


def our_results(data, host="mx.lab.test"):
    """Our Authentication-Results as [(method, result, the rest)]."""
    [value] = [value for value in fields(data, "Authentication-Results")
               if value.split(";")[0].strip() == host]
    clauses = [re.sub(r"\s+", " ", clause).strip()
               for clause in value.split(";")[1:]]
    if clauses == ["none"]:
        return []
    return [re.fullmatch(r"(\w+)=(\w+) ?(.*)", clause).groups()
            for clause in clauses]


def events(lab, directory="spool"):
    """All events that lie in the spool, oldest first."""
    directory = lab.dir / directory
    full = sorted(directory.glob("milter-*.jsonl"))
    texts = [path.read_text() for path in [*full, directory / "milter.jsonl"]]
    # A line that is being written is none yet.
    return [json.loads(line) for line in "".join(texts).split("\n")[:-1]]


def event_of(lab, sent):
    """The one event of a message: by its queue id, or the id in the reply."""
    text = sent.last.text
    named = re.search(ULID, text)
    [event] = [event for event in events(lab)
               if event["queue_id"] == (sent.queue_id or "?")
               or (named and event["id"] == named[0])]
    return event


def finding(event, check):
    """The finding of a check that has one."""
    [found] = [f for f in event["findings"] if f["check"] == check]
    return found


def action(event, name):
    """What an action reported; None when it did nothing."""
    found = [a for a in event["actions"] if a["action"] == name]
    return found[0] if found else None


def status(lab):
    return lab.ctl("status")


def arrival(lab, user, subject, mailbox="INBOX"):
    """The message with this subject in a mailbox, as octets."""
    def found():
        return [data for data in lab.fetch(user, mailbox)
                if fields(data, "Subject") == [subject]]

    lab.wait(found, AT_MOST, f"'{subject}' in {mailbox} of {user}")
    [data] = found()
    return data


def departed(lab, subject):
    """The message with this subject that left for the world."""
    def found():
        return [message for message in lab.sink.messages()
                if fields(message.data, "Subject") == [subject]]

    lab.wait(found, AT_MOST, f"'{subject}' in the sink")
    [message] = found()
    return message.data


def wait_until_idle(lab):
    """Until the daemon serves no session any more."""
    lab.wait(lambda: status(lab)["sessions"] == 0, AT_MOST,
             "the end of all sessions")


def memory_kb(lab, name):
    """What the kernel says of the daemon's memory."""
    text = lab.run(["cat", f"/proc/{lab.milter.pid()}/status"]).stdout
    return int(re.search(rf"{name}:\s+(\d+)", text.decode())[1])


def rss_kb(lab):
    """What the daemon has in memory."""
    return memory_kb(lab, "VmRSS")


def stops_growing(figure, work, kb, rounds=5):
    """Whether there is a round of work that leaves less than KB: who leaks,
    leaks in each; who had more at once than before, has room for it now."""
    for _ in range(rounds):
        before = figure()
        work()
        if figure() - before < kb:
            return True
    return False


def cpu_seconds(lab):
    """What the daemon has used of a processor: no other's load is in it."""
    [ticks] = lab.run(["getconf", "CLK_TCK"]).stdout.split()
    text = lab.run(["cat", f"/proc/{lab.milter.pid()}/stat"]).stdout
    used = text.rpartition(b")")[2].split()[11:13]
    return sum(map(int, used)) / int(ticks)


def has_sanitizer(lab):
    """AddressSanitizer keeps what was freed for a while: figures of memory
    then say nothing, and leaks are its own to find."""
    return memory_kb(lab, "VmSize") > SHADOW_KB


def refusal(lab, verb, argument=None):
    """What the control socket answers to a request that must fail."""
    try:
        lab.ctl(verb, argument)
    except CtlError as error:
        return str(error)
    raise AssertionError(f"{verb} was answered OK")
