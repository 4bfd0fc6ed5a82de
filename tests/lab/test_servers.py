# SPDX-License-Identifier: ISC
"""The servers of a lab do what the test tells them: DNS, the milter, others."""

import socketserver
import threading

import pytest
from lab import Lab, LabError
from lab.milter import CtlError, ctl
from lab.patience import AT_MOST

MESSAGE = b"Subject: hello\r\n\r\nbody\r\n"


@pytest.fixture(scope="module")
def lab(shared_lab_factory, noop):
    return shared_lab_factory(milter_argv=noop)


# DNS.

def test_dns_says_what_the_zone_says(lab):
    lab.dns.set_zone({
        "t.test TXT": ['v=x; "quoted" \\ \t' + "k" * 300, "second"],
        "deep.below.test A": "192.0.2.77",
        "alias.test CNAME": "deep.below.test",
    })
    assert lab.dns.ask("mx.lab.test", "A").rdata == [b"\xc0\x00\x02\x19"]
    assert lab.dns.ask("alias.test", "A").rdata == [b"\xc0\x00\x02\x4d"]
    texts = lab.dns.ask("t.test", "TXT").rdata
    assert b"\x06second" in texts
    [long] = [text for text in texts if len(text) > 100]
    assert long[:256] == b"\xff" + (b'v=x; "quoted" \\ \t' + b"k" * 300)[:255]
    nodata = lab.dns.ask("t.test", "A")
    assert (nodata.rcode, nodata.rdata) == ("noerror", [])
    assert lab.dns.ask("below.test", "A").rcode == "noerror"
    assert lab.dns.ask("absent.test", "A").rcode == "nxdomain"
    assert lab.dns.ask("absent.example.com", "A").rcode == "nxdomain"


@pytest.mark.parametrize("kind", ["servfail", "refused", "nxdomain"])
def test_a_dns_fault_is_seen_and_mended(lab, kind):
    lab.dns.fault("mx.lab.test", kind)
    assert lab.dns.ask("MX.lab.test.", "A").rcode == kind
    lab.dns.fault("mx.lab.test", None)
    assert lab.dns.ask("mx.lab.test", "A").rcode == "noerror"


def test_a_silent_name_is_silent_for_its_type_alone(lab):
    lab.dns.fault("mx.lab.test", "timeout", rrtype="AAAA")
    assert lab.dns.ask("mx.lab.test", "AAAA", timeout=0.2) is None
    assert lab.dns.ask("mx.lab.test", "A").rcode == "noerror"
    lab.dns.fault("mx.lab.test", None, rrtype="AAAA")


def test_faults_stand_in_zone_text_too(lab):
    lab.dns.set_zone("x.test\tTXT\t!SERVFAIL\nx.test\tA\t192.0.2.9\n")
    assert lab.dns.ask("x.test", "TXT").rcode == "servfail"
    assert lab.dns.ask("x.test", "A").rdata == [b"\xc0\x00\x02\x09"]


def test_questions_are_counted(lab):
    lab.dns.forget_queries()
    lab.dns.ask("counted.test", "TXT")
    lab.dns.ask("counted.test", "A")
    assert lab.dns.queries("counted.test") \
        == [("counted.test", "TXT"), ("counted.test", "A")]


# Servers.

def test_a_dead_milter_defers_mail(lab):
    assert lab.milter.kill() == -9
    assert lab.send(data=MESSAGE).last.code == 451
    lab.milter.start()
    assert lab.send(data=MESSAGE).accepted


def test_a_server_that_dies_is_told_from_one_that_was_stopped(lab_factory):
    lab = lab_factory()
    lab.redis.kill()
    assert lab.redis.state() == "stopped"
    lab.run(["kill", "-SEGV", str(lab.unbound.pid())])
    lab.wait(lambda: lab.unbound.state() == "died, status -11",
             AT_MOST, "the end")
    lab.unbound.start()
    assert lab.dns.ask("mx.lab.test", "A").rcode == "noerror"


def test_postfix_takes_new_settings(lab):
    lab.postconf(smtpd_banner="lab.test ESMTP changed")
    with lab.smtp() as session:
        assert session.greeting.text == "lab.test ESMTP changed"


def test_what_a_test_wants_of_postfix_stands_there_once(lab_factory):
    """Each warning of a second line is one too many for postlogd's socket."""
    wanted = {"virtual_alias_maps": "inline:{ eve@lab.test=ann@lab.test }",
              "virtual_mailbox_domains": "lab.test",
              "smtpd_relay_restrictions": "reject_unauth_destination",
              "recipient_delimiter": "", "queue_run_delay": "7s",
              "smtpd_banner": "@DIR@ ESMTP"}
    lab = lab_factory(postfix=wanted)
    assert lab.send(rcpt="eve@lab.test", data=MESSAGE).accepted
    assert len(lab.fetch("ann@lab.test", count=1)) == 1
    assert "overriding earlier entry" not in lab.log("mail")
    told = lab.run(["postconf", "-h", *wanted]).stdout.decode().splitlines()
    assert told == [lab.expand(value) for value in wanted.values()]


def test_redis_answers(lab):
    answer = lab.run(["redis-cli", "-s", lab.places.redis_socket, "ping"])
    assert answer.stdout == b"PONG\n"


def test_files_environment_and_conf_reach_the_milter(lab_factory, noop):
    script = ['#!/bin/sh', 'cat "$0.txt" >&2', 'echo "$COLOUR" >&2',
              'exec "$@"']
    lab = lab_factory(
        files={"bin/wrap": "\n".join(script), "bin/wrap.txt": "in @DIR@\n"},
        env={"COLOUR": "green"},
        milter_argv=["/bin/sh", "@DIR@/bin/wrap", *noop])
    lab.wait_for_log(rf"in {lab.dir}\ngreen", "milter")


STAND_IN = """\
#!/bin/sh
cat "$2" >&2
echo "$3" >&2
exec {} "$(sed -n 's/listen //p' "$2")"
"""


def test_our_milter_gets_its_configuration(lab_factory, noop, tmp_path):
    program = tmp_path / "mailreeve-milter"
    program.write_text(STAND_IN.format(noop[0]))
    program.chmod(0o755)
    lab = lab_factory(bin=tmp_path, milter_conf="# one\nlisten unix:@DIR@/"
                      "sock/milter\n")
    lab.wait_for_log(rf"# one\nlisten unix:{lab.dir}/sock/milter\n"
                     r"--test-clock\n", "milter")
    assert lab.send(data=MESSAGE).accepted
    lab.milter.kill()
    lab.milter.restart("# two\nlisten unix:@DIR@/sock/milter\n")
    lab.wait_for_log("# two", "milter")
    lab.milter.pause()
    assert lab.milter.is_running()
    lab.milter.kill()


def test_a_ctl_socket_is_asked(tmp_path):
    answers = {b"ping\n": b"OK 0\n\n", b'clock {"now": 7}\n':
               b'OK 11\n{"now": 7}\n', b"metrics\n": b"OK 4\na 1\n",
               b"nonsense\n": b"ERR unknown-verb no such verb\n"}

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(answers[self.rfile.readline()])

    path = str(tmp_path / "ctl")
    with socketserver.UnixStreamServer(path, Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert ctl(path, "ping") == ""
            assert ctl(path, "clock", {"now": 7}) == {"now": 7}
            assert ctl(path, "metrics") == "a 1\n"
            with pytest.raises(CtlError, match="unknown-verb no such verb"):
                ctl(path, "nonsense")
        finally:
            server.shutdown()
            thread.join()


def test_a_server_that_does_not_start_says_why():
    with pytest.raises(LabError, match="inet_protocols"):
        with Lab(postfix={"inet_protocols": "nonsense"}):
            pass
