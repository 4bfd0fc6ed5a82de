# SPDX-License-Identifier: ISC
"""The running lab of the demo, and what its scenes do with it."""

import json
import re
import subprocess

import dkim
from letters import ORIGIN, Ending
from lab import LabError
from lab.patience import AT_MOST as PATIENCE


class Stage:
    """The running lab, and what the scenes do with it."""

    def __init__(self, lab, sender, keys, mailreeve):
        self.lab = lab
        self.sender = sender
        self.keys = keys
        self.mailreeve = mailreeve      # a command, shown with its answer
        self.arrived = {}
        self.has_left = 0

    def event_of(self, marker):
        """The milter's event whose queue id or SMTP reply has the marker."""
        text = (self.lab.dir / "spool/milter.jsonl").read_text()
        found = [event for event in map(json.loads, text.splitlines())
                 if event["id"] in marker or (event["queue_id"] or "?")
                 in marker]
        if not found:
            raise LabError(f"the milter has not judged it: {marker}")
        return found[-1]

    def ruling_of(self, marker, stage=None):
        """policyd's last event of it, as above, or that of one stage."""
        path = self.lab.dir / "spool/policyd.jsonl"

        def found():
            # A line that is being written is none yet.
            return [event for event
                    in map(json.loads, path.read_text().split("\n")[:-1])
                    if (event["id"] in marker or (event["queue_id"] or "?")
                        in marker) and stage in (None, event["stage"])]

        self.lab.wait(found, PATIENCE, f"policyd's event of {marker}")
        return found()[-1]

    def arrival(self, user, box):
        """The next message in a mailbox of the user."""
        count = self.arrived.get((user, box), 0) + 1
        self.arrived[user, box] = count
        return self.lab.fetch(user, box, count, PATIENCE)[-1]

    def inbound(self, rcpt, data, client=ORIGIN, mail_from="joan@sender.test",
                readers=None):
        """One message from outside; READERS get it where RCPT is an alias."""
        sent = self.lab.send(client=client, mail_from=mail_from, rcpt=[rcpt],
                             data=data)
        if not sent.accepted:
            reply = f"{sent.last.code} {sent.last.text}"
            return Ending(reply, b"", self.event_of(reply))
        event = self.event_of(sent.queue_id)
        box = "Junk" if event["decision"] == "junk" else "INBOX"
        readers = readers or [rcpt]
        copies = [self.arrival(reader, box) for reader in readers]
        return Ending(f"{box} of {' and of '.join(readers)}", copies[0], event)

    def submit(self, sender, rcpt, data):
        return self.lab.send(port=587, auth=True, mail_from=sender,
                             rcpt=[rcpt], data=data)

    def left(self, count):
        """The last of the COUNT next messages that leave this host."""
        self.has_left += count
        return self.lab.sink.wait(self.has_left, PATIENCE)[-1]

    def outbound(self, sender, rcpt, data):
        sent = self.submit(sender, rcpt, data)
        left = self.left(1)
        return Ending(f"SMTP to {rcpt.split('@')[1]}", left.data,
                      self.event_of(sent.queue_id),
                      self.verify(left.data))

    def verify(self, data):
        """What python3-dkim, which is not ours, says of our signatures."""
        head = data.split(b"\r\n\r\n")[0].lower()
        count = (b"\r\n" + head).count(b"\r\ndkim-signature:")
        verdicts = []
        for i in range(count):
            judge = dkim.DKIM(data)
            good = judge.verify(idx=i, dnsfunc=self.keys.lookup)
            algorithm = judge.signature_fields[b"a"].decode()
            verdicts.append(f"{algorithm} {'pass' if good else 'FAIL'}")
        return "python3-dkim says: " + ", ".join(sorted(verdicts,
                                                        reverse=True))

    def silence(self, name):
        self.lab.dns.fault(name, "timeout")


class Keys:
    """Our own keys, made as a postmaster makes them."""

    def __init__(self, program, directory):
        self.directory = directory
        self.records = {}
        self.make(program, "rsa1")
        self.make(program, "ed1", "--ed25519")

    def make(self, program, selector, *options):
        out = subprocess.run(
            [program, "dkim", "keygen", "--selector", selector,
             "--directory", self.directory, *options, "lab.test"],
            check=True, capture_output=True, text=True).stdout
        name, strings = re.search(r"^(\S+)\. IN TXT \((.*)\)$", out,
                                  re.MULTILINE).groups()
        self.records[name] = "".join(re.findall(r'"(.*?)"', strings))

    def lookup(self, name, timeout=5):
        """For python3-dkim."""
        return self.records.get(name.decode().rstrip(".")).encode()

    def zone(self):
        return {f"{name} TXT": text for name, text in self.records.items()}
