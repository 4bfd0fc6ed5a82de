# SPDX-License-Identifier: ISC
"""What our people send: signed, and judged by another on what really left."""

import pytest
from flow.ours import BOTH, USERS, conf, signatures
from flow.story import (Letter, action, arrival, departed, event_of, fields,
                        our_results, status)

NETWORK = "192.0.2.77"


@pytest.fixture(scope="module")
def lab(shared_lab_factory, ours):
    return shared_lab_factory(
        milter_conf=conf(f"host {{ signing_networks {NETWORK}/32; }}\n"),
        files=ours.files, zone=ours.zone(), users=USERS,
        aliases={"out@lab.test": "joan@remote.test"},
        postfix={"mynetworks": f"{NETWORK}/32"})


def submit(lab, letter, login="ann@lab.test", rcpt="joan@remote.test",
           **options):
    return lab.send(port=587, auth=True, mail_from=login, rcpt=rcpt,
                    data=letter.data, **options)


def own(subject, author="Ann <ann@lab.test>", **more):
    return Letter(author=author, to="joan@remote.test", subject=subject,
                  **more)


def signing(event):
    told = action(event, "dkim_sign")
    return told and told["detail"]


def test_a_submission_leaves_with_two_signatures_that_hold(lab, ours):
    sent = submit(lab, own("two"))
    event = event_of(lab, sent)
    left = departed(lab, "two")
    assert ours.verdicts(left) == BOTH
    assert event["direction"] == "outbound"
    assert event["login"] == "ann@lab.test"
    assert "s=rsa1 (rsa-sha256)" in signing(event)
    assert "s=ed1 (ed25519-sha256)" in signing(event)


def test_the_signatures_are_relaxed_complete_and_oversigned(lab):
    submit(lab, own("tags"))
    left = departed(lab, "tags")
    assert [sig["a"] for sig in signatures(left)] == [
        "rsa-sha256", "ed25519-sha256"]     # RFC 8463 5
    for sig in signatures(left):
        names = sig["h"].lower().split(":")
        assert sig["d"] == "lab.test" and sig["c"] == "relaxed/relaxed"
        assert "l" not in sig
        for name in ("from", "to", "subject", "date", "message-id"):
            assert name in names
        assert names.count("from") == 2     # one more would be noticed


def test_our_own_mail_carries_its_id_but_no_score_and_no_results(lab):
    event = event_of(lab, submit(lab, own("bare")))
    left = departed(lab, "bare")
    assert fields(left, "X-Mailreeve-Id") == [event["id"]]
    for name in ("X-Mailreeve-Verdict", "X-Spam-Score", "X-Spam-Flag",
                 "Authentication-Results"):
        assert fields(left, name) == []


def test_list_unsubscribe_is_covered(lab, ours):
    """RFC 8058 4: both fields must be signed to count."""
    more = ("List-Unsubscribe: <https://lab.test/u?x=1>\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n")
    submit(lab, own("list", more=more))
    left = departed(lab, "list")
    assert ours.verdicts(left) == BOTH
    for sig in signatures(left):
        names = sig["h"].lower().split(":")
        assert "list-unsubscribe" in names
        assert "list-unsubscribe-post" in names


def test_what_postfix_adds_to_a_poor_message_is_covered_too(lab, ours):
    sent = lab.send(port=587, auth=True, mail_from="ann@lab.test",
                    rcpt="joan@remote.test",
                    data=b"From: ann@lab.test\r\nSubject: poor\r\n\r\nhi\r\n")
    assert sent.accepted
    left = departed(lab, "poor")
    assert ours.verdicts(left) == BOTH


def test_odd_fields_survive_the_way_out(lab, ours):
    """Folds, tabs, blanks, 8 bits, long lines in fields: Postfix folds none."""
    more = ("To:\t folded\n\t\tman  <bob@lab.test>,\n <carol@second.test> \n"
            "X-8bit: \u00e4\u00f6\u00fc\nX-Empty:\nCc: a@b.test  \n"
            "Sender:ann@lab.test\nReferences: " + "<x@y.test> " * 80 + "\n")
    submit(lab, own("odd", more=more))
    assert ours.verdicts(departed(lab, "odd")) == BOTH


def test_mail_to_the_world_and_to_us_is_the_same_mail(lab, ours):
    sent = submit(lab, own("both"), rcpt=["joan@remote.test",
                                          "bob@lab.test"])
    assert event_of(lab, sent)["direction"] == "outbound"
    assert ours.verdicts(departed(lab, "both")) == BOTH
    arrived = arrival(lab, "bob@lab.test", "both")
    assert ours.verdicts(arrived) == BOTH


def test_internal_mail_is_signed_and_marked_as_judged(lab, ours):
    sent = submit(lab, own("internal"), rcpt="bob@lab.test")
    event = event_of(lab, sent)
    arrived = arrival(lab, "bob@lab.test", "internal")
    assert event["direction"] == "internal"
    assert ours.verdicts(arrived) == BOTH
    assert fields(arrived, "X-Mailreeve-Verdict") == ["ham; score=0.0"]
    assert fields(arrived, "Authentication-Results") == []


def test_our_own_verifier_agrees_when_it_comes_in_again(lab, ours):
    submit(lab, own("again"))
    left = departed(lab, "again")
    lab.send(rcpt="bob@lab.test", data=left)
    said = our_results(arrival(lab, "bob@lab.test", "again"))
    assert [result for method, result, _ in said if method == "dkim"] \
        == ["pass", "pass"]


# Who may have it signed.

def test_a_login_that_does_not_own_the_from_gets_no_signature(lab):
    sent = submit(lab, own("not hers", author="carol@second.test"))
    assert sent.accepted
    assert fields(departed(lab, "not hers"), "DKIM-Signature") == []
    assert signing(event_of(lab, sent)) == (
        "not signed: login ann@lab.test does not own carol@second.test")


def test_another_domains_login_cannot_have_our_key(lab):
    sent = submit(lab, own("stolen"), login="carol@second.test")
    assert fields(departed(lab, "stolen"), "DKIM-Signature") == []
    assert "does not own ann@lab.test" in signing(event_of(lab, sent))


def test_a_domain_without_a_key_says_so(lab):
    sent = submit(lab, own("no key", author="carol@second.test"),
                  login="carol@second.test")
    assert signing(event_of(lab, sent)) == "not signed: second.test has no key"
    assert fields(departed(lab, "no key"), "DKIM-Signature") == []


def test_without_a_map_a_login_owns_all_of_its_domain(lab, ours):
    submit(lab, own("colleague", author="bob@lab.test"))
    assert ours.verdicts(departed(lab, "colleague")) == BOTH


def test_a_login_map_alone_decides(lab, ours):
    lab.write("logins", "shared@lab.test ann@lab.test, bob@lab.test\n"
                        "@second.test carol@second.test\n")
    # Keys are missing, so a reload would be refused.
    lab.milter.restart(conf('host { login_map "@DIR@/logins"; }\n'))
    try:
        submit(lab, own("shared", author="shared@lab.test"))
        assert ours.verdicts(departed(lab, "shared")) == BOTH
        sent = submit(lab, own("not in the map"))
        assert "does not own" in signing(event_of(lab, sent))
        assert fields(departed(lab, "not in the map"),
                      "DKIM-Signature") == []
    finally:
        lab.milter.restart(conf(
            f"host {{ signing_networks {NETWORK}/32; }}\n"))


def test_a_client_of_a_signing_network_needs_no_login(lab, ours):
    sent = lab.send(client=NETWORK, mail_from="ann@lab.test",
                    rcpt="joan@remote.test", data=own("printer").data)
    assert event_of(lab, sent)["direction"] == "outbound"
    assert ours.verdicts(departed(lab, "printer")) == BOTH


def test_a_name_below_the_domain_has_the_key_of_its_wildcard(lab, ours):
    lab.send(client=NETWORK, mail_from="x@news.lab.test",
             rcpt="joan@remote.test",
             data=own("news", author="x@news.lab.test").data)
    assert ours.verdicts(departed(lab, "news")) == {
        "rsa-sha256 news.lab.test": True}


@pytest.mark.parametrize("mark", ["Received: from evil by relay; now\n",
                                  "DKIM-Signature: v=1; d=x.test\n",
                                  "X-Mailreeve-Id: 01ARZ3NDEKTSV4RRFFQ69G5FAV"
                                  "\n"])
def test_mail_that_a_signing_network_only_passes_on_is_not_signed(lab, mark):
    subject = f"passed on {mark[:4]}"
    sent = lab.send(client=NETWORK, mail_from="ann@lab.test",
                    rcpt="joan@remote.test",
                    data=own(subject, more=mark).data)
    assert event_of(lab, sent)["direction"] == "inbound"
    assert signing(event_of(lab, sent)) is None
    assert len(fields(departed(lab, subject), "DKIM-Signature")) == (
        mark.startswith("DKIM"))


def test_a_stranger_has_nothing_signed(lab):
    sent = lab.send(data=own("forged From").data, rcpt="bob@lab.test")
    assert event_of(lab, sent)["direction"] == "inbound"
    assert fields(arrival(lab, "bob@lab.test", "forged From"),
                  "DKIM-Signature") == []


def test_what_sendmail_submits_on_this_host_is_signed(lab, ours):
    lab.sendmail("-f", "ann@lab.test", "joan@remote.test",
                 data=own("cron").data.replace(b"\r\n", b"\n"))
    assert ours.verdicts(departed(lab, "cron")) == BOTH
    [event] = [e for e in lab.ctl("why", {"id": fields(
        departed(lab, "cron"), "X-Mailreeve-Id")[0]})]
    assert event["client"]["is_local"] and event["direction"] == "outbound"


# Forwarded mail is never signed as its From.

def test_mail_to_an_alias_elsewhere_leaves_unsigned(lab):
    lab.send(rcpt="out@lab.test", data=own("alias").data)
    assert fields(departed(lab, "alias"), "DKIM-Signature") == []


@pytest.mark.parametrize("author", ["joan@sender.test", "ann@lab.test"])
def test_mail_that_sieve_redirects_leaves_unsigned(lab, author):
    """Even when a stranger wrote our name into From."""
    home = lab.places.mail / "lab.test/bob"
    lab.run(["install", "-d", "-o", "5000", "-g", "5000", home.parent, home])
    lab.run(["tee", home / ".dovecot.sieve"],
            input=b'redirect "joan@remote.test";\n')
    lab.run(["chown", "5000:5000", home / ".dovecot.sieve"])
    subject = f"redirected {author}"
    try:
        lab.send(rcpt="bob@lab.test", data=own(subject, author).data)
        left = departed(lab, subject)
    finally:
        lab.run(["rm", home / ".dovecot.sieve"])
    assert fields(left, "DKIM-Signature") == []
    [event] = lab.ctl("why", {"id": fields(left, "X-Mailreeve-Id")[0]})
    assert event["direction"] == "forwarded"
    assert signing(event) is None


def test_a_second_message_of_a_local_client_is_no_sendmail(lab):
    """The queue id tells sendmail from SMTP; it must not stay from before."""
    with lab.smtp(client="127.0.0.1") as session:
        session.ehlo()
        for n in (1, 2):
            session.mail("joan@sender.test")
            session.rcpt("ann@lab.test")
            reply = session.data(Letter(subject=f"turn {n}").data)
            [event] = lab.ctl("why", {"id": reply.text.split()[-1]})
            assert not event["client"]["is_local"]
        session.quit()


# Keys that are not there.

def test_a_missing_key_degrades_its_domain_alone(lab, ours):
    said = status(lab)["degraded"]
    assert len(said) == 2 and "gone.test" in said[0] and "lax" in said[1]
    submit(lab, own("others"))
    assert ours.verdicts(departed(lab, "others")) == BOTH


def test_without_its_key_mail_is_deferred_by_default(lab):
    sent = submit(lab, own("deferred", author="dora@gone.test"),
                  login="dora@gone.test")
    event = event_of(lab, sent)
    assert sent.end.code == 451 and f"[{event['id']}]" in sent.end.text
    assert "cannot be used" in event["sentence"]


def test_or_it_leaves_unsigned_when_the_policy_says_so(lab):
    sent = submit(lab, own("lax", author="eve@lax.test"),
                  login="eve@lax.test")
    assert sent.accepted
    assert fields(departed(lab, "lax"), "DKIM-Signature") == []
    assert "cannot be used" in signing(event_of(lab, sent))
