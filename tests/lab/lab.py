# SPDX-License-Identifier: ISC
"""A throw-away mail host: real Postfix, Dovecot, Redis, nsd and unbound.

	with Lab() as lab:
	    sent = lab.send(rcpt=["ann@lab.test"], data=b"Subject: hi\\r\\n\\r\\n")
	    assert sent.accepted
	    [message] = lab.fetch("ann@lab.test", count=1)

Everything runs in namespaces of its own below one directory: no port, file,
or process of the host is touched, several labs may run at once, and as an
ordinary user too.  Inside, agent.py starts the servers; this file is what a
test sees.  See places.py for addresses and users, zone.py for what DNS says.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import imap, smtp, wire
from .dns import DnsClient, zone_text
from .milter import DaemonClient, MilterClient, ctl
from .patience import AT_MOST
from .places import (HOST, HOST6, IMAP, LONGEST_DIR, PORT_MX, USERS, Places,
                     password)
from .policyd import PolicydClient
from .sink import SinkClient

CHECKOUT = Path(__file__).resolve().parents[2]
DAEMONS = ["postfix", "dovecot", "redis", "nsd", "unbound"]

# The servers live in sbin, which is not in an ordinary user's PATH.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class LabError(Exception):
    """The lab could not do it: the message says what and why."""


def unshare():
    """The command that makes the namespaces, up to what runs in them."""
    argv = ["unshare", "--mount", "--net", "--pid", "--uts", "--fork",
            "--kill-child", "--mount-proc", "--propagation", "private"]
    return argv + user_mapping()


def user_mapping():
    """An ordinary user is root in the lab, with ids of /etc/subuid."""
    if os.geteuid() == 0:
        return []
    return ["--user", "--map-root-user", "--map-auto"]


def why_impossible():
    """Why no lab can run here, with the remedy; None if it can."""
    programs = ["postfix", "dovecot", "sievec", "redis-server", "nsd",
                "unbound", "ip", "openssl"]
    if os.geteuid() != 0:
        programs.append("newuidmap")
    for program in programs:
        if not shutil.which(program, path=PATH):
            return f"{program} is not installed: run scripts/setup"
    trial = subprocess.run([*unshare(), "true"], capture_output=True,
                           text=True, check=False)
    if trial.returncode == 0:
        return None
    reason = f"namespaces are not available: {trial.stderr.strip()}"
    if os.geteuid() != 0:
        reason += "; /etc/subuid and /etc/subgid need a line like " \
                  "NAME:100000:65536, and user namespaces must be allowed"
    return reason


def remove(paths):
    """Remove trees; an ordinary user needs the lab's ids to do that."""
    paths = list(paths)
    if os.geteuid() != 0 and paths:
        subprocess.run(["unshare", *user_mapping(), "rm", "-rf", *paths],
                       check=True)
    for path in paths:
        shutil.rmtree(path, ignore_errors=os.geteuid() != 0)


class Lab:
    """One lab.  Arguments, all optional:

    milter_conf  text of the milter's configuration, best made by
                 lab.milter_conf(); @DIR@ stands for the lab's directory.  It
                 must listen on unix:@DIR@/sock/milter and have its admin ctl
                 socket at @DIR@/sock/milter.ctl.  Without it Postfix runs
                 without a milter.
    policyd_conf text of policyd's configuration, best made by
                 lab.policyd_conf(): as above, on unix:@DIR@/sock/policyd and
                 @DIR@/sock/policyd.ctl.  Without it Postfix asks nobody.
    milter_argv  another filter instead; @DIR@ as above
    bin          where our executables are: a directory, or the milter itself
                 (default $MAILREEVE_BIN, or build/bin of this checkout)
    env          more environment for the milter
    files        {"path below the lab": str or bytes}, written before start
    zone         more DNS: text (zone.py), or {"name TYPE": rdata or [rdata]}
    postfix      {"main.cf parameter": value}; @DIR@ as above
    users        mailboxes; their domains are ours
    aliases      {"alias@lab.test": "ann@lab.test"}
    dir          where; a new directory below $TMPDIR, or /tmp, if not given
    keep         leave the directory when it ends
    """

    def __init__(self, milter_conf=None, milter_argv=None, bin=None, env=None,
                 files=None, zone="", postfix=None, users=None, aliases=None,
                 dir=None, keep=False, policyd_conf=None):
        self.is_kept = keep or dir is not None
        self.dir = Path(dir or tempfile.mkdtemp(prefix="mr-"))
        self.dir = self.dir.resolve()
        self.places = Places(self.dir)
        self.process = None
        self.seconds = None
        self.files = files or {}
        self.milter_conf = milter_conf
        self.policyd_conf = policyd_conf
        self.spec = {
            "milter": self.milter_command(milter_conf, milter_argv, bin),
            "milter_env": env or {},
            "policyd": self.policyd_command(policyd_conf, bin),
            "zone": zone_text(zone),
            "postfix": {name: self.expand(str(value))
                        for name, value in (postfix or {}).items()},
            "users": list(users or USERS),
            "aliases": aliases or {},
            "ipv6": os.path.exists("/proc/net/if_inet6"),
        }
        self._connect_clients()

    def _connect_clients(self):
        self.dns = DnsClient(self)
        self.sink = SinkClient(self)
        self.milter = MilterClient(self, "milter")
        self.policyd = PolicydClient(self, "policyd")
        for name in DAEMONS:
            setattr(self, name, DaemonClient(self, name))

    @classmethod
    def attach(cls, dir):
        """A lab that `lab start DIR` left running."""
        lab = cls(dir=dir)
        lab.call("ping")
        return lab

    def milter_command(self, conf, argv, bin):
        if argv:
            return [self.expand(str(arg)) for arg in argv]
        if conf is None:
            return None
        path = self.program(bin, "mailreeve-milter")
        return [str(path), "-c", str(self.places.milter_conf), "--test-clock"]

    def policyd_command(self, conf, bin):
        if conf is None:
            return None
        path = self.program(bin, "mailreeve-policyd")
        return [str(path), "-c", str(self.places.policyd_conf),
                "--test-clock"]

    @staticmethod
    def program(bin, name):
        path = Path(bin or os.environ.get("MAILREEVE_BIN")
                    or CHECKOUT / "build" / "bin").resolve()
        return path / name if path.is_dir() else path

    def expand(self, text):
        return text.replace("@DIR@", str(self.dir))

    # Start and stop.

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exc):
        self.stop()

    def start(self, detached=False):
        """Up and serving when it returns; raises LabError.

        A lab that is not detached ends with the process that started it.
        """
        if len(str(self.dir)) > LONGEST_DIR or self.dir.is_relative_to("/run"):
            raise LabError(f"{self.dir}: a lab's directory must have at most "
                           f"{LONGEST_DIR} characters, and not be in /run")
        self.dir.mkdir(parents=True, exist_ok=True)
        with open(self.places.lock, "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LabError(f"{self.dir}: a lab runs there") from None
            self._write_files(detached)
            self._spawn(lock.fileno(), detached)
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def _wait_until_ready(self):
        with self.process.stdout as stream:
            line = stream.readline().decode().strip()
        if not line.startswith("ready"):
            raise LabError(f"the lab did not start: {line}\n"
                           f"{self.log('agent')}")
        self.seconds = float(line.split()[1])

    def _write_files(self, detached):
        remove(path for path in self.places.made() if path.exists())
        self.places.make()
        self.places.spec.write_text(
            json.dumps(dict(self.spec, detached=detached)))
        if self.milter_conf is not None:
            self.milter.configure(self.milter_conf)
        if self.policyd_conf is not None:
            self.policyd.configure(self.policyd_conf)
        for name, content in self.files.items():
            self.write(name, content)

    def _spawn(self, lock_fd, detached):
        """The lock's descriptor stays open in the lab as long as it lives."""
        env = dict(os.environ, PATH=PATH, LC_ALL="C.UTF-8",
                   PYTHONPATH=str(Path(__file__).resolve().parents[1]),
                   PYTHONDONTWRITEBYTECODE="1")
        with open(self.places.log / "agent.log", "ab") as log:
            self.process = subprocess.Popen(
                [*unshare(), "/usr/bin/python3", "-m", "lab.agent", self.dir],
                stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, env=env, cwd="/",
                pass_fds=[lock_fd], start_new_session=True)

    def stop(self):
        """End everything at once, and remove the directory."""
        pid = wire.peer_pid(self.places.agent_socket)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process:
            if self.process.stdin:
                self.process.stdin.close()
            self.process.wait()
        self._wait_for_lock()
        if not self.is_kept:
            remove([self.dir])

    def _wait_for_lock(self, timeout=AT_MOST):
        """Who holds the lock: the last of the lab's processes."""
        with open(self.places.lock, "w") as lock:
            deadline = time.monotonic() + timeout
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise LabError(f"{self.dir}: does not end") from None
                time.sleep(0.005)

    # What the agent does for us.

    def call(self, verb, **fields):
        """One request to the agent: its answer."""
        answer, fds = wire.call(self.places.agent_socket,
                                dict(fields, verb=verb))
        wire.close_all(fds)
        return answer

    def open_socket(self, kind="tcp", source=None, ipv6=False):
        """A socket in the lab's network, not connected yet."""
        request = {"verb": "socket", "kind": kind, "source": source,
                   "ipv6": ipv6}
        _answer, [fd] = wire.call(self.places.agent_socket, request)
        return wire.socket_of(fd)

    def connect(self, host, port, source=None, timeout=2 * AT_MOST):
        """A TCP connection inside the lab, from SOURCE if given."""
        conn = self.open_socket(source=source, ipv6=":" in host)
        conn.settimeout(timeout)
        conn.connect((host, port))
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return conn

    def run(self, argv, input=b"", user=None, timeout=AT_MOST, check=True):
        """Run a command inside: a subprocess.CompletedProcess of bytes."""
        argv = [str(arg) for arg in argv]
        with tempfile.TemporaryFile() as stdin, \
                tempfile.TemporaryFile() as out, \
                tempfile.TemporaryFile() as err:
            stdin.write(input)
            stdin.seek(0)
            status = self.run_on([stdin, out, err], argv, user, timeout)
            out.seek(0)
            err.seek(0)
            done = subprocess.CompletedProcess(argv, status, out.read(),
                                               err.read())
        if check and status != 0:
            raise LabError(f"{' '.join(argv)}: status {status}\n"
                           f"{done.stderr.decode(errors='replace')}")
        return done

    def run_on(self, files, argv, user=None, timeout=None):
        """Run a command on three open files of ours: its exit status."""
        request = {"verb": "run", "argv": argv, "user": user,
                   "timeout": timeout}
        answer, _fds = wire.call(
            self.places.agent_socket, request,
            [file.fileno() for file in files],
            timeout=timeout and timeout + AT_MOST)
        return answer["status"]

    # Mail.

    def smtp(self, client="203.0.113.7", port=PORT_MX):
        """An open SMTP session from that address, its greeting read."""
        host = HOST6 if ":" in client else HOST
        return smtp.SmtpSession(self.connect(host, port, source=client))

    def send(self, client="203.0.113.7", helo="mail.sender.test",
             mail_from="a@sender.test", rcpt=("ann@lab.test",), data=b"",
             auth=None, port=PORT_MX, mail_args="", rcpt_args="",
             pipelining=False):
        """Send one message in a session of its own: a smtp.Outcome.

        AUTH is (user, password), or True for the sender's own.
        """
        if auth is True:
            auth = (mail_from, password(mail_from))
        return smtp.send(self.smtp(client, port), helo, mail_from,
                         [rcpt] if isinstance(rcpt, str) else rcpt, data,
                         auth, mail_args, rcpt_args, pipelining)

    def sendmail(self, *args, data, user=None):
        """Local submission: /usr/sbin/sendmail ARGS, the message as input."""
        return self.run(["/usr/sbin/sendmail", *args], input=data, user=user)

    def fetch(self, user, mailbox="INBOX", count=0, timeout=AT_MOST):
        """The messages of a mailbox as octets, once there are COUNT."""
        box = imap.Mailbox(self.connect(*IMAP), user, password(user), mailbox)
        try:
            self.wait(lambda: len(box.messages()) >= count, timeout,
                      f"{count} message(s) in {mailbox} of {user}")
            return box.messages()
        finally:
            box.close()

    def queue(self):
        """Postfix's queue: a dict per message, as `postqueue -j` has it."""
        lines = self.run(["postqueue", "-j"]).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def postconf(self, **settings):
        """Change main.cf parameters, and restart Postfix with them."""
        pairs = [f"{key}={value}" for key, value in settings.items()]
        self.postfix.term()
        self.run(["postconf", "-e", *pairs])
        # Postfix waits until a file that it reads is two seconds old.
        self.run(["touch", "-d", "1 hour ago", "/etc/postfix/main.cf"])
        self.postfix.start()

    # The daemon under test, and everyone's logs.

    def ctl(self, verb, argument=None):
        """A request to the milter's admin ctl socket: its answer."""
        return ctl(self.places.ctl_socket, verb, argument)

    def clock(self, now):
        """Set the milter's clock: Unix seconds, or RFC 3339 text."""
        return self.ctl("clock", {"now": now})

    def write(self, name, content):
        """Write a file below the lab's directory: its path."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes)
                         else self.expand(content).encode())
        return path

    def log(self, name):
        """All of one log: mail, milter, dovecot, dns, agent, redis, ..."""
        path = self.places.log / f"{name}.log"
        if not path.exists():
            return ""
        return path.read_text(errors="replace")

    def logs(self):
        """{name: text} of the logs that have any."""
        paths = sorted(self.places.log.glob("*.log"))
        texts = {path.stem: self.log(path.stem) for path in paths}
        return {name: text for name, text in texts.items() if text}

    def wait_for_log(self, pattern, name="mail", timeout=AT_MOST):
        """The first match of a regular expression in a log."""
        regex = re.compile(pattern, re.MULTILINE)
        self.wait(lambda: regex.search(self.log(name)), timeout,
                  f"'{pattern}' in the {name} log")
        return regex.search(self.log(name))

    def wait(self, condition, timeout, what):
        """Until CONDITION() is true; raises LabError naming WHAT."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise LabError(f"waited {timeout} s for {what} in vain")
            time.sleep(0.01)
