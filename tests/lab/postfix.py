# SPDX-License-Identifier: ISC
"""Postfix as a host's only mail server would be, with its files in the lab.

The lab's etc directory is mounted over /etc/postfix inside the lab, so that
sendmail, postqueue and postconf work there for every user without arguments.
Maps are texthash and inline only: an ordinary user's lab cannot load others.
"""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from . import policyd
from .daemon import Daemon, listens
from .places import (DOMAINS, HOST, HOST6, PORT_MX, PORT_PLAIN,
                     PORT_SUBMISSION)

ETC = Path("/etc/postfix")
STOCK = ["postfix-files", "postfix-files.d", "dynamicmaps.cf",
         "dynamicmaps.cf.d", "post-install", "postfix-script"]

# No client of a test is slowed down or counted, and nobody relays unless a
# login or the test's own mynetworks says so.
MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {places.log}/mail.log
maillog_file_prefixes = {places.dir}
myhostname = mx.lab.test
mydomain = lab.test
myorigin = lab.test
mydestination =
inet_interfaces = {interfaces}
inet_protocols = {protocols}
smtp_bind_address = {host}
mynetworks = 127.0.0.100/32
biff = no
default_database_type = texthash
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local delivery in the lab
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:/etc/postfix/mailboxes
virtual_alias_maps = texthash:/etc/postfix/aliases
virtual_transport = lmtp:unix:{places.lmtp_socket}
recipient_delimiter = +
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated
  reject_unauth_destination
smtpd_helo_required = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {places.auth_socket}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {places.tls}/cert.pem
smtpd_tls_key_file = {places.tls}/key.pem
smtpd_client_connection_count_limit = 0
smtpd_client_event_limit_exceptions = static:all
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
enable_long_queue_ids = yes
queue_run_delay = 5s
minimal_backoff_time = 5s
maximal_backoff_time = 10s
"""

MILTER = """\
smtpd_milters = {{ unix:{places.milter_socket}, connect_timeout=60s,
  command_timeout=60s, content_timeout=120s, default_action=tempfail }}
non_smtpd_milters = $smtpd_milters
"""

INET = """\
# service type private unpriv chroot wakeup maxproc command
{mx} inet n - n - - smtpd
{submission} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o milter_macro_daemon_name=ORIGINATING
{policy}{plain} inet n - n - - smtpd
  -o syslog_name=postfix/plain
  -o smtpd_milters=
"""

# What any Postfix has inside.
INSIDE = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def write_main(places, spec):
    has_ipv6 = spec["ipv6"]
    v6 = f", [::1], [{HOST6}]" if has_ipv6 else ""
    text = MAIN.format(
        places=places, home=places.postfix, host=HOST,
        interfaces=f"127.0.0.1, {HOST}{v6}",
        protocols="all" if has_ipv6 else "ipv4",
        domains=", ".join(mail_domains(spec)))
    if spec["milter"]:
        text += MILTER.format(places=places)
    if spec["policyd"]:
        text += policyd.snippet(places)[0]
    for key, value in spec["postfix"].items():
        text = without(text, key) + f"{key} = {value}\n"
    (places.postfix / "etc" / "main.cf").write_text(text)


def without(text, key):
    """A parameter that is there twice is a warning of every process: with a few
    of them postlogd waits for room in its own socket, for ever."""
    return re.sub(rf"(?m)^{key} =.*\n([ \t].*\n)*", "", text)


def mail_domains(spec):
    return sorted(set(DOMAINS) | {u.split("@")[1] for u in spec["users"]})


def write_maps(places, spec):
    etc = places.postfix / "etc"
    (etc / "mailboxes").write_text(
        "".join(f"{user} ok\n" for user in spec["users"]))
    aliases = {f"postmaster@{d}": spec["users"][0] for d in mail_domains(spec)}
    aliases.update(spec["aliases"])
    (etc / "aliases").write_text(
        "".join(f"{name} {to}\n" for name, to in aliases.items()))


def make_spool(places):
    """The directories of the stock file list, as post-install makes them."""
    (places.postfix / "data").mkdir()
    shutil.chown(places.postfix / "data", "postfix")
    for line in (ETC / "postfix-files").read_text().splitlines():
        if not line.startswith("$queue_directory") or ":d:" not in line:
            continue
        name, _kind, owner, group, mode = line.split(":")[:5]
        path = Path(name.replace("$queue_directory",
                                 str(places.postfix / "spool")))
        path.mkdir()
        owner = owner.replace("$mail_owner", "postfix")
        group = group.replace("$setgid_group", "postdrop").replace("-", owner)
        shutil.chown(path, owner, group)
        path.chmod(int(mode, 8))


def backdate(etc):
    """Postfix waits, up to 2 s, until a file it reads is no longer young."""
    then = time.time() - 3600
    for path in etc.iterdir():
        os.utime(path, (then, then))


def prepare(places, spec):
    etc = places.postfix / "etc"
    etc.mkdir(parents=True)
    for name in STOCK:
        copy = shutil.copytree if (ETC / name).is_dir() else shutil.copy
        copy(ETC / name, etc / name)
    write_main(places, spec)
    write_maps(places, spec)
    (etc / "master.cf").write_text(INET.format(
        mx=PORT_MX, submission=PORT_SUBMISSION, plain=PORT_PLAIN,
        policy=policyd.snippet(places)[1] if spec["policyd"] else "") + INSIDE)
    backdate(etc)
    make_spool(places)
    subprocess.run(["mount", "--bind", etc, ETC], check=True)
    # -s: in the foreground, as "postfix start-fg" does it.  What is wrong with
    # main.cf it tells syslog only; postmap says it aloud.
    return [Daemon("postfix", ["/usr/lib/postfix/sbin/master", "-s"],
                   lambda: listens((HOST, PORT_MX)),
                   places.log / "postfix.log",
                   diagnose=["postmap", "-q", "x", "texthash:/dev/null"])]
