# SPDX-License-Identifier: ISC
"""What `make install` puts in place is whole, fits together, and is tight."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lab.lab import CHECKOUT

BIN = Path(os.environ.get("MAILREEVE_BIN", CHECKOUT / "build" / "bin"))
EXPOSURE_MAX = 2.5
DAEMONS = ("milter", "policyd", "avscan")
# Those that Postfix connects to.
ASKED = ("milter", "policyd")
PROGRAMS = ("mailreeve", *(f"mailreeve-{daemon}" for daemon in DAEMONS))
HELPER = "usr/libexec/mailreeve/mailreeve-queue"
UNITS = "usr/lib/systemd/system"


def run(*argv, **options):
    return subprocess.run([str(arg) for arg in argv], capture_output=True,
                          text=True, check=False, **options)


def built():
    """For make: what it has built is new enough."""
    return [word for name in (*PROGRAMS, "mailreeve-queue")
            for word in ("-o", BIN / name)]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Where it was installed, with PREFIX=/usr."""
    target = tmp_path_factory.mktemp("root")
    # What was built is installed: nothing is compiled by a test.
    done = run("make", "-C", CHECKOUT, f"B={BIN.parent}", "PREFIX=/usr",
               f"DESTDIR={target}", *built(), "install")
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def need(program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed: run scripts/setup")


@pytest.fixture(params=DAEMONS, name="daemon")
def daemon_fixture(request):
    return request.param


@pytest.fixture
def unit(root, tmp_path, daemon):
    """The unit, naming the installed program where it lies now."""
    text = (root / f"usr/lib/systemd/system/mailreeve-{daemon}.service"
            ).read_text()
    assert "@" not in re.sub(r"(?m)^SystemCallFilter=.*$", "", text)
    assert f"ExecStart=/usr/bin/mailreeve-{daemon} " in text
    path = tmp_path / f"mailreeve-{daemon}.service"
    path.write_text(text.replace("=/usr/bin/", f"={root}/usr/bin/"))
    return path


def test_everything_lies_where_the_fhs_wants_it(root):
    files = {str(path.relative_to(root)): path.stat().st_mode & 0o777
             for path in root.rglob("*") if path.is_file()}
    programs = {HELPER, *(f"usr/bin/{name}" for name in PROGRAMS)}
    assert programs <= set(files)
    assert {"etc/mailreeve/mailreeve.conf",
            "usr/share/man/man1/mailreeve.1",
            "usr/share/man/man5/mailreeve.conf.5",
            "usr/share/man/man8/mailreeve-milter.8",
            "usr/share/man/man8/mailreeve-policyd.8",
            "usr/share/man/man8/mailreeve-avscan.8",
            "usr/share/man/man8/mailreeve-queue.8",
            "usr/share/bash-completion/completions/mailreeve",
            "usr/share/doc/mailreeve/mailreeve.conf.sample",
            "usr/share/doc/mailreeve/main.cf.mailreeve",
            "usr/share/doc/mailreeve/main.cf.managed",
            "usr/lib/systemd/system/mailreeve-milter.service",
            "usr/lib/systemd/system/mailreeve-policyd.service",
            "usr/lib/systemd/system/mailreeve-avscan.service",
            "usr/lib/systemd/system/mailreeve-queue.socket",
            "usr/lib/systemd/system/mailreeve-queue@.service",
            "usr/lib/systemd/system/mailreeve-rules-update.service",
            "usr/lib/systemd/system/mailreeve-rules-update.timer",
            "usr/lib/sysusers.d/mailreeve.conf",
            "usr/lib/tmpfiles.d/mailreeve.conf"} <= set(files)
    for name, mode in files.items():
        assert mode == (0o755 if name in programs else 0o644), name
        assert name.split("/")[0] in ("usr", "etc"), name


def test_the_installed_program_finds_its_stock_rules(root):
    """Beside itself, wherever it was put."""
    done = run(root / "usr/bin/mailreeve", "rules", "show", "--json", "GTUBE",
               "-c", CHECKOUT / "tests/data/no_rules.conf")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["file"] == str(root / "usr/share/mailreeve/rules.d"
                                / "gtube.rules")
    for name in ("rules.md", "spamassassin.md"):
        assert (root / "usr/share/doc/mailreeve" / name).is_file()
    assert (root / "etc/mailreeve/rules.d").is_dir()


def test_a_second_install_leaves_the_configuration_of_the_host(root):
    path = root / "etc/mailreeve/mailreeve.conf"
    own = path.read_text() + "# ours\n"
    path.write_text(own)
    done = run("make", "-C", CHECKOUT, f"B={BIN.parent}", "PREFIX=/usr",
               f"DESTDIR={root}", *built(), "install")
    assert done.returncode == 0, done.stderr
    assert path.read_text() == own


def faults_of(*units):
    """What systemd objects to; it looks at the host's own units too."""
    done = run("systemd-analyze", "verify", "--man=no", *units)
    found = [line for line in done.stderr.splitlines()
             if not re.match(r"(/usr)?/lib/systemd/system/(?!mailreeve)",
                             line)]
    return done.returncode, found


def test_systemd_finds_no_fault_with_the_unit(unit):
    need("systemd-analyze")
    assert faults_of(unit) == (0, [])


@pytest.fixture
def helper_units(root, tmp_path):
    """The socket of the helper, and what it starts for one connection."""
    socket = tmp_path / "mailreeve-queue.socket"
    socket.write_text((root / UNITS / socket.name).read_text())
    text = (root / UNITS / "mailreeve-queue@.service").read_text()
    assert f"ExecStart=/{HELPER}\n" in text
    for name in ("mailreeve-queue@.service", "mailreeve-queue@1.service"):
        (tmp_path / name).write_text(text.replace(f"/{HELPER}",
                                                  f"{root}/{HELPER}"))
    return socket, tmp_path / "mailreeve-queue@1.service"


def test_systemd_finds_no_fault_with_the_helper(helper_units):
    need("systemd-analyze")
    assert faults_of(*helper_units) == (0, [])


def test_systemd_finds_no_fault_with_updates_of_rules(root, tmp_path):
    need("systemd-analyze")
    for kind in ("service", "timer"):
        name = f"mailreeve-rules-update.{kind}"
        text = (root / UNITS / name).read_text()
        (tmp_path / name).write_text(text.replace("=/usr/bin/",
                                                  f"={root}/usr/bin/"))
    service = tmp_path / "mailreeve-rules-update.service"
    assert f"ExecStart={root}/usr/bin/mailreeve rules update" in (
        service.read_text())
    assert faults_of(service) == (0, [])
    assert faults_of(service.with_suffix(".timer")) == (0, [])


def test_only_members_of_the_group_reach_the_helper(helper_units):
    socket, service = [path.read_text() for path in helper_units]
    for line in ("SocketUser=root", "SocketGroup=mailreeve-admin",
                 "SocketMode=0660", "Accept=yes",
                 "ListenStream=/run/mailreeve/queue.ctl"):
        assert f"\n{line}\n" in socket
    # Three rights of root's, and no way to more.
    assert "\nCapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_SETUID " \
        "CAP_SETGID\n" in service
    assert "\nNoNewPrivileges=yes\n" in service


def test_the_helper_is_no_setuid_program(root):
    assert (root / HELPER).stat().st_mode & 0o7777 == 0o755


def test_the_sandbox_of_the_helper_is_tight(helper_units):
    need("systemd-analyze")
    assert run("systemd-analyze", "security", "--offline=true", "--no-pager",
               f"--threshold={int(EXPOSURE_MAX * 10)}",
               helper_units[1]).returncode == 0


def test_the_sandbox_is_tight(unit):
    need("systemd-analyze")
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager",
               unit)
    level = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    print(level[0])
    assert float(level[1]) < EXPOSURE_MAX
    # The unit itself says at which exposure this fails.
    limit = int(EXPOSURE_MAX * 10)
    assert run("systemd-analyze", "security", "--offline=true", "--no-pager",
               f"--threshold={limit}", unit).returncode == 0


def test_every_page_that_the_unit_names_is_installed(root, unit):
    [line] = re.findall(r"(?m)^Documentation=(.*)$", unit.read_text())
    for name, section in re.findall(r"man:([\w.-]+)\((\d)\)", line):
        assert (root / f"usr/share/man/man{section}/{name}.{section}"
                ).is_file()


def test_the_user_is_one_that_systemd_can_make(root):
    need("systemd-sysusers")
    done = run("systemd-sysusers", "--dry-run",
               root / "usr/lib/sysusers.d/mailreeve.conf")
    assert done.returncode == 0, done.stderr


def test_the_directories_are_ones_that_systemd_can_make(root, tmp_path):
    """Into a root of its own, with the users they name."""
    need("systemd-tmpfiles")
    if os.geteuid() != 0:
        pytest.skip("only root can give directories to others")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(
        "root:x:0:0::/:/bin/sh\nmailreeve:x:990:990::/:/bin/false\n")
    (tmp_path / "etc/group").write_text(
        "root:x:0:\nmailreeve:x:990:\npostfix:x:991:mailreeve\n")
    conf = root / "usr/lib/tmpfiles.d/mailreeve.conf"
    done = run("systemd-tmpfiles", f"--root={tmp_path}", "--create",
               "--prefix=/var", "--prefix=/etc", "--prefix=/run", conf)
    assert done.returncode == 0, done.stderr
    for line in conf.read_text().splitlines():
        if line.startswith("d "):
            _, path, mode, user, group, *_ = line.split()
            made = (tmp_path / path.lstrip("/")).stat()
            assert oct(made.st_mode & 0o7777) == oct(int(mode, 8)), path
            assert made.st_uid == (990 if user == "mailreeve" else 0), path


def test_the_unit_may_write_where_the_daemon_writes(root, unit, daemon):
    """In a sandbox where all else is read-only."""
    text = unit.read_text()
    assert "ProtectSystem=strict" in text
    allowed = " ".join(re.findall(r"(?m)^ReadWritePaths=(.*)$", text)).split()
    allowed = [path.lstrip("-+") for path in allowed]
    allowed += ["/run/" + name for name in
                re.findall(r"(?m)^RuntimeDirectory=(\S+)$", text)]
    shown = run(BIN / "mailreeve", "config", "show", "-c",
                root / "etc/mailreeve/mailreeve.conf", daemon)
    assert shown.returncode == 0, shown.stderr
    for key in (("listen", "event_spool") if daemon in ASKED
                else ("socket",)) + ("ctl_admin", "ctl_plugin"):
        found = re.search(rf"(?m)^\s*{key} +\"?(?:unix:)?(/[^\";]+)",
                          shown.stdout)
        assert found, f"{key}: {shown.stdout}"
        assert any(found[1] == place or found[1].startswith(place + "/")
                   for place in allowed), f"{key} {found[1]}: {allowed}"


@pytest.mark.parametrize("name", [
    "etc/mailreeve/mailreeve.conf",
    "usr/share/doc/mailreeve/mailreeve.conf.sample"])
def test_what_is_installed_as_configuration_is_valid(root, name):
    done = run(BIN / "mailreeve", "config", "check", "-c", root / name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lines_for_postfix_are_ones_that_postfix_takes(root, tmp_path):
    """And they name the sockets of the installed configuration."""
    need("postconf")
    lines = (root / "usr/share/doc/mailreeve/main.cf.mailreeve").read_text()
    (tmp_path / "main.cf").write_text("compatibility_level = 3.6\n" + lines)
    (tmp_path / "master.cf").write_text("")
    # Postfix waits until a file that it reads is two seconds old.
    os.utime(tmp_path / "main.cf", (1e9, 1e9))
    done = run("postconf", "-c", tmp_path, "-n")
    assert done.returncode == 0 and "warning" not in done.stderr
    conf = (root / "etc/mailreeve/mailreeve.conf").read_text()
    sockets = set(re.findall(r"unix:(\S+?),", lines))
    assert len(sockets) == len(ASKED)
    for socket in sockets:
        assert f"unix:/var/spool/postfix/{socket};" in conf
