# SPDX-License-Identifier: ISC
"""A backup MX: a second Postfix in the lab, which passes mail on to ours.

    relay = Relay(lab).start()
    relay.send(client="203.0.113.7", data=letter.data)
    arrived, event = relay.deliver(letter)
"""

from flow.authors import reverse
from flow.story import arrival, events, field
from lab import SmtpSession
from lab.places import HOST
from lab.postfix import INSIDE, STOCK
from lab.smtp import send

ADDRESS = "198.51.100.30"       # mx2.lab.test

RECORDS = {"mx2.lab.test A": ADDRESS,
           f"{reverse(ADDRESS)} PTR": "mx2.lab.test"}

MAIN = f"""\
compatibility_level = 3.6
queue_directory = @DIR@/relay/spool
data_directory = @DIR@/relay/data
maillog_file = @DIR@/log/relay.log
maillog_file_prefixes = @DIR@
myhostname = mx2.lab.test
mydestination =
inet_interfaces = {ADDRESS}
inet_protocols = ipv4
smtp_bind_address = {ADDRESS}
mynetworks = 127.0.0.100/32
alias_maps =
alias_database =
local_recipient_maps =
relay_domains = lab.test
relayhost = [{HOST}]:25
smtpd_relay_restrictions = reject_unauth_destination
smtp_destination_concurrency_limit = 1
enable_long_queue_ids = yes
"""

MASTER = f"{ADDRESS}:25 inet n - n - - smtpd\n{INSIDE}"

# Postfix wants its address to be one of the host's, and waits until the files
# that it reads are two seconds old.
START = f"""\
set -e
ip addr add {ADDRESS}/32 dev lo
cd "$1/relay"
for name in {' '.join(STOCK)}
do
	cp -r "/etc/postfix/$name" etc
done
mkdir spool data
chown postfix data
find etc -exec touch -d "1 hour ago" {{}} +
exec postfix -c "$1/relay/etc" start
"""


class Relay:
    """Runs until its lab ends."""

    def __init__(self, lab):
        self.lab = lab

    def start(self):
        self.lab.write("relay/etc/main.cf", MAIN)
        self.lab.write("relay/etc/master.cf", MASTER)
        self.lab.run(["sh", "-c", START, "sh", self.lab.dir])
        return self

    def send(self, client="203.0.113.7", helo="mail.sender.test",
             mail_from="a@sender.test", rcpt="ann@lab.test", data=b""):
        """To the relay, which then passes it on."""
        conn = self.lab.connect(ADDRESS, 25, source=client)
        sent = send(SmtpSession(conn), helo, mail_from, [rcpt], data)
        assert sent.accepted, sent
        return sent

    def deliver(self, letter, mailbox="INBOX", **how):
        """Send it, with DATA if that is given: what ann has, its event."""
        self.send(**{"data": letter.data, **how})
        arrived = arrival(self.lab, "ann@lab.test", letter.subject, mailbox)
        [event] = [event for event in events(self.lab)
                   if event["id"] == field(arrived, "X-Mailreeve-Id")]
        return arrived, event
