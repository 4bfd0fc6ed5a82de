# SPDX-License-Identifier: ISC
"""Dovecot: LMTP in, IMAP out, logins for Postfix, junk sorted by Sieve."""

import os
import shutil
import subprocess

from .daemon import Daemon, listens
from .places import IMAP, VMAIL, password

# Blocks must stand on lines of their own: 2.3 does not parse "a { b = c }".
CONF = """\
base_dir = {home}/run
state_dir = {home}/state
instance_name = lab
log_path = {places.log}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
first_valid_uid = {vmail}
last_valid_uid = {vmail}
auth_mechanisms = plain login
auth_verbose = yes
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{places.tls}/cert.pem
ssl_key = <{places.tls}/key.pem
mail_location = maildir:~/Maildir
postmaster_address = postmaster@lab.test
recipient_delimiter = +
shutdown_clients = yes
namespace inbox {{
  inbox = yes
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {home}/users
}}
service anvil {{
  chroot =
  # No waiting after a wrong password.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  unix_listener {places.lmtp_socket} {{
    user = postfix
    group = postfix
    mode = 0600
  }}
}}
service auth {{
  unix_listener {places.auth_socket} {{
    user = postfix
    group = postfix
    mode = 0660
  }}
}}
protocol lmtp {{
  mail_plugins = $mail_plugins sieve
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_before = {home}/sieve/junk.sieve
}}
"""

JUNK = """\
require ["fileinto", "mailbox"];
if header :is "X-Spam-Flag" "YES" {
	fileinto :create "Junk";
	stop;
}
"""


def write_users(places, users):
    """The passwd-file: who may log in, and where their mail is."""
    lines = []
    for user in users:
        name, domain = user.split("@")
        home = places.mail / domain / name
        lines.append(f"{user}:{{PLAIN}}{password(user)}"
                     f":{VMAIL}:{VMAIL}::{home}::\n")
    path = places.dovecot / "users"
    path.write_text("".join(lines))
    shutil.chown(path, "root", "dovecot")
    path.chmod(0o640)


def write_sieve(places):
    """The script before everyone's own; compiled now, as uid 5000 may not."""
    sieve = places.dovecot / "sieve"
    sieve.mkdir()
    (sieve / "junk.sieve").write_text(JUNK)
    conf = places.dovecot / "etc" / "dovecot.conf"
    subprocess.run(["sievec", "-c", conf, sieve / "junk.sieve"], check=True)


def prepare(places, spec):
    home = places.dovecot
    for path in (home, home / "etc", places.mail):
        path.mkdir()
    os.chown(places.mail, VMAIL, VMAIL)
    (home / "etc" / "dovecot.conf").write_text(CONF.format(
        places=places, home=home, vmail=VMAIL, imap_port=IMAP[1]))
    write_users(places, spec["users"])
    write_sieve(places)
    # The lab's configuration is the system's in here: plain doveadm works.
    subprocess.run(["mount", "--bind", home / "etc", "/etc/dovecot"],
                   check=True)
    return [Daemon("dovecot", ["dovecot", "-F"],
                   lambda: listens(IMAP) and listens(places.lmtp_socket),
                   places.log / "dovecot.log")]
