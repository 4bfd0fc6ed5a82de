# SPDX-License-Identifier: ISC
"""What a user's Sieve script redirects to elsewhere: passed on as it came,
neither judged against our own host nor signed by us."""

import pytest
from flow.authors import letter_of, spoof
from flow.ours import conf, signatures
from flow.signer import Judge
from flow.story import STRANGER, Letter, departed, event_of, events, fields
from lab.patience import AT_MOST
from lab.places import HOST, HOST6

# Bob reads his mail elsewhere.
SCRIPT = 'redirect "joan@remote.test";\n'
# The policy of our own domain: what its hosts do not sign, others refuse.
OURS = {"lab.test TXT": "v=spf1 ip4:192.0.2.25 -all",
        "_dmarc.lab.test TXT": "v=DMARC1; p=reject"}


# None: by sendmail.
WAYS = [None, "127.0.0.1", HOST, f"[{HOST6}]"]


@pytest.fixture(scope="module", params=WAYS, ids=str)
def lab(request, shared_lab_factory, world, ours):
    """Dovecot hands over what it redirects in the one or the other way."""
    lab = shared_lab_factory(milter_conf=conf(), files=ours.files,
                             zone={**ours.zone(), **world.zone(**OURS)},
                             postfix={"mynetworks":
                                      f"127.0.0.1/32 {HOST}/32 "
                                      f"[{HOST6}]/128"})
    if request.param:
        with open(lab.places.dovecot / "etc/dovecot.conf", "a",
                  encoding="ascii") as settings:
            settings.write(f"submission_host = {request.param}:25\n")
        lab.dovecot.term()
        lab.dovecot.start()
    home = lab.places.mail / "lab.test/bob"
    lab.run(["install", "-d", "-o", "5000", "-g", "5000", home.parent, home])
    lab.run(["tee", home / ".dovecot.sieve"], input=SCRIPT.encode())
    lab.run(["chown", "5000:5000", home / ".dovecot.sieve"])
    return lab


def redirected(lab, sent, subject):
    """(what left, the event of its arrival, the event of its departure)."""
    left = departed(lab, subject)
    coming = event_of(lab, sent)
    ids = fields(left, "X-Mailreeve-Id")
    [going] = [event for event in events(lab)
               if event["id"] in ids and event["id"] != coming["id"]]
    return left, coming, going


def check_untouched(going):
    """Neither judged, nor signed, nor refused."""
    assert going["direction"] == "forwarded"
    assert going["spf"] is None and going["dmarc"] is None
    assert (going["decision"], going["done"]) == ("ham", "ham")
    assert "dkim_sign" not in {a["action"] for a in going["actions"]}


def test_dovecot_takes_the_way_that_it_is_told(lab, request):
    sent = lab.send(mail_from="joan@sender.test", rcpt="bob@lab.test",
                    data=letter_of("sender.test", "way").data)
    _left, _coming, going = redirected(lab, sent, "way")
    way = request.node.callspec.params["lab"]
    assert going["client"]["is_local"] == (way is None)
    assert going["client"]["address"] == (way or "127.0.0.1").strip("[]")


@pytest.mark.parametrize("domain", ["sender.test", "quarantine.test",
                                    "reject.test"])
def test_whoever_wrote_it_what_leaves_is_not_ours(lab, domain):
    """SPF passed when it came; from our host it would not."""
    subject = f"redirect {domain}"
    sent = lab.send(mail_from=f"joan@{domain}", rcpt="bob@lab.test",
                    data=letter_of(domain, subject).data)
    left, coming, going = redirected(lab, sent, subject)
    assert coming["spf"]["result"] == "pass"
    assert signatures(left) == []
    check_untouched(going)


def test_a_signature_of_the_author_stays_good(lab, world):
    """Judged by a stranger's verifier where it arrives."""
    data = world.reject.sign(letter_of("reject.test", "signed").data)
    sent = lab.send(client=STRANGER, mail_from="a@sender.test",
                    rcpt="bob@lab.test", data=data)
    left, coming, going = redirected(lab, sent, "signed")
    assert coming["dmarc"]["result"] == "pass"
    judge = Judge({"s1._domainkey.reject.test": world.reject.rsa_record})
    assert judge.verdicts(left) == {"rsa-sha256 reject.test": True}
    check_untouched(going)


@pytest.mark.parametrize("domain", ["none.test", "np.test", "sender.test"])
def test_a_spoof_that_we_deliver_does_not_leave_as_a_truth(lab, domain):
    subject = f"spoof {domain}"
    sent = spoof(lab, domain, subject, "bob@lab.test")
    left, coming, going = redirected(lab, sent, subject)
    assert coming["spf"]["result"] != "pass"
    assert signatures(left) == []
    check_untouched(going)


def test_a_spoof_that_we_refuse_does_not_leave(lab):
    sent = spoof(lab, "reject.test", "refused spoof", "bob@lab.test")
    assert sent.last.code == 550
    assert event_of(lab, sent)["done"] == "refuse"


@pytest.mark.parametrize("mail_from", ["a@evil.test", "ann@lab.test"])
def test_a_spoof_of_our_own_name_is_refused_as_any_other(lab, mail_from):
    sent = lab.send(client=STRANGER, rcpt="bob@lab.test", mail_from=mail_from,
                    data=Letter(author="Ann <ann@lab.test>").data)
    assert sent.last.code == 550
    assert event_of(lab, sent)["dmarc"]["domain"] == "lab.test"


def test_what_a_stranger_wrote_in_our_name_leaves_unsigned(lab):
    """Where our domain asks for nothing, its forgery is delivered: and is
    passed on without our signature below it."""
    lab.dns.fault("_dmarc.lab.test", "nxdomain")
    try:
        sent = lab.send(client=STRANGER, rcpt="bob@lab.test",
                        mail_from="a@evil.test", data=Letter(
                            author="Ann <ann@carol.lab.test>",
                            subject="in our name").data)
        left, _coming, going = redirected(lab, sent, "in our name")
    finally:
        lab.dns.fault("_dmarc.lab.test", None)
    assert signatures(left) == []
    check_untouched(going)


def test_junk_is_not_redirected(lab):
    """Sorted away before the user's own script runs."""
    sent = spoof(lab, "quarantine.test", "junk", "bob@lab.test")
    assert sent.accepted
    lab.wait(lambda: lab.fetch("bob@lab.test", "Junk"), AT_MOST,
             "it in Junk")
    assert not any(fields(message.data, "Subject") == ["junk"]
                   for message in lab.sink.messages())


def test_a_bounce_is_passed_on_as_a_bounce(lab):
    sent = lab.send(mail_from="", rcpt="bob@lab.test",
                    data=letter_of("sender.test", "bounce").data)
    left, _coming, going = redirected(lab, sent, "bounce")
    [message] = [message for message in lab.sink.messages()
                 if message.data == left]
    assert message.mail.startswith("<>")
    check_untouched(going)


def test_what_ann_writes_to_bob_is_signed_once_and_stays_good(lab, ours):
    """Internal mail is signed when it is submitted, not when it leaves."""
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="bob@lab.test", data=Letter(
                        author="Ann <ann@lab.test>", subject="inner").data)
    left, coming, going = redirected(lab, sent, "inner")
    assert coming["direction"] == "internal"
    assert set(ours.verdicts(left).values()) == {True}
    assert len(signatures(left)) == 2
    check_untouched(going)


def test_what_we_found_at_its_arrival_does_not_leave(lab):
    """Our Authentication-Results and our verdict are for our own users."""
    sent = lab.send(mail_from="joan@sender.test", rcpt="bob@lab.test",
                    data=letter_of("sender.test", "results").data)
    left, _coming, going = redirected(lab, sent, "results")
    for name in ("Authentication-Results", "X-Mailreeve-Verdict",
                 "X-Spam-Score"):
        assert fields(left, name) == []
    assert fields(left, "X-Mailreeve-Id") == [going["id"]]
