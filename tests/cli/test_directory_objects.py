# SPDX-License-Identifier: ISC
"""The commands that every kind of objects brings: add, show, list, set, del,
rename, suspend, resume; what they print, and what they refuse."""

import json
import re

import pytest
from cli import mailreeve, refuses, succeeds

# What must be there first, and for each kind: a name, its values, another
# value, another name, and what JSON shows of it.
GROUND = [
    ("class", "add", "base"),
    ("domain", "add", "example.org"),
    ("user", "add", "ann@example.org", "name=Ann"),
]
KINDS = {
    "class": (["staff"], ["junk=no"], "description=Those who work here",
              ["workers"], {"name": "staff", "policy": {"junk": False}}),
    "domain": (["example.net"], ["class=base", "quota=10g"], "max_users=5",
               ["example.com"], {"class": "base", "quota": 10 << 30}),
    "user": (["bob@example.org"], ["quota=2g", "pop3=no"], "class=base",
             ["robert@example.org"], {"pop3": False, "quota": 2 << 30}),
    "identity": (["ann@example.org", "sales@example.org"],
                 ["description=for spring"], "description=",
                 ["ann@example.org", "@example.org"],
                 {"login": "ann@example.org",
                  "address": "sales@example.org"}),
    "alias": (["info@example.org"],
              ["to=ann@example.org", "to=x@example.net"],
              "expires=2027-01-31T00:00:00Z", ["hello@example.org"],
              {"to": ["ann@example.org", "x@example.net"],
               "extension": True}),
    "access": (["spammers"], ["sender=@example.net", "action=deny"],
               "final=yes", ["strangers"],
               {"sender": ["@example.net"], "final": False}),
    "throttle": (["hourly"], ["limit=100/1h", "limit=1000/1d"], "soft=80",
                 ["outgoing"], {"limit": ["100/1h", "1000/1d"]}),
    "dkim-key": (["example.org", "mail1"], ["file=/dev/null"],
                 "state=retired", ["example.org", "mail2"],
                 {"selector": "mail1", "state": "active"}),
    "disclaimer": (["legal"], ["text=Nobody knows", "for=@example.org"],
                   "html=<p>Nobody knows", ["small-print"],
                   {"for": ["@example.org"], "html": None}),
    "header-rule": (["mark"], ["field=X-Mark", "value=yes"],
                    "action=replace", ["stamp"],
                    {"field": "X-Mark", "action": "add"}),
    "admin": (["postmaster"], ["domains=example.org"], "role=support",
              ["chief"], {"domains": ["example.org"], "role": "domain"}),
}
WITH_STATUS = {"domain", "user", "alias", "admin"}


@pytest.fixture(name="ground")
def ground_fixture(directory):
    directory.prepare(*GROUND)
    return directory


@pytest.fixture(scope="module", name="shared_ground")
def shared_ground_fixture(shared):
    shared.prepare(*GROUND)
    return shared


def test_no_kind_is_missing_here():
    listing = succeeds("help").split("Objects of the directory")[1]
    kinds = re.findall(r"^  ([a-z-]+)  ", listing, re.MULTILINE)
    assert set(kinds) == set(KINDS) | {"setting"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_life(ground, kind):
    """Added, shown, listed, changed, renamed, deleted: one row of the audit
    for each change, with the state before and after."""
    name, values, other, new_name, shown = KINDS[kind]
    start = len(ground.audit())

    title = f"{kind} {' '.join(name)}"
    assert ground.run(kind, "add", *name, *values) == f"add {title}\n"
    assert shown.items() <= ground.show(kind, *name).items()
    assert ground.run(kind, "show", *name).startswith(f"{title}\n")
    assert {key: value for key, value in ground.show(kind, *name).items()
            if key not in ("named_by", "count")} in ground.lines(kind, "list")
    listed = ground.run(kind, "list")
    assert all(word in listed for word in name)

    changed = ground.run(kind, "set", *name, other)
    assert changed.startswith(f"set {title}\n  {other.split('=')[0]}  ")
    assert ground.run(kind, "set", *name, other) == (
        "nothing changes: it is so already\n")

    assert ground.run(kind, "rename", *name, *new_name).startswith(
        f"rename {title} -> {' '.join(new_name)}\n")
    assert "there is no" in ground.refuses(kind, "show", *name)
    renamed = ground.show(kind, *new_name)

    assert f"delete {kind} {' '.join(new_name)}\n" == ground.run(
        kind, "del", *new_name, "--yes")
    assert "there is no" in ground.refuses(kind, "del", *new_name, "--yes")

    rows = ground.audit()[start:]
    assert [row["action"] for row in rows] == ["add", "set", "rename",
                                               "delete"]
    assert rows[0]["before"] is None and rows[-1]["after"] is None
    for earlier, later in zip(rows, rows[1:]):
        assert earlier["after"] == later["before"]
        assert earlier["after"] != later["after"]
    assert {row["kind"] for row in rows} == {kind}
    assert renamed["kind"] == kind


@pytest.mark.parametrize("kind", KINDS)
def test_suspended_and_resumed(ground, kind):
    name, values = KINDS[kind][:2]
    ground.run(kind, "add", *name, *values)
    if kind not in WITH_STATUS:
        ended = mailreeve(kind, "suspend", *name)
        assert ended.status == 2 and "unknown command" in ended.err
        return
    title = f"set {kind} {name[0]}\n  status  "
    assert ground.run(kind, "suspend", *name) == (
        title + "active -> suspended\n")
    assert ground.show(kind, *name)["status"] == "suspended"
    assert " suspended" in ground.run(kind, "list")
    assert ground.run(kind, "resume", *name) == (
        title + "suspended -> active\n")
    if kind != "admin":
        assert ground.run(kind, "suspend", "--sending", *name) == (
            title + "active -> sending-suspended\n")


def test_what_holds_for_all_is_the_setting(directory):
    assert "nothing is set" in directory.run("setting", "show")
    directory.run("setting", "set", "junk=no", "greylist=yes")
    assert directory.show("setting")["policy"] == {
        "junk": False, "greylist": True}
    directory.run("setting", "set", "junk=")
    assert directory.show("setting")["policy"] == {"greylist": True}
    assert directory.run("setting", "del", "-y") == \
        "delete setting\n  greylist  yes\n"
    assert directory.show("setting")["policy"] == {}
    assert [row["action"] for row in directory.lines("audit", "setting")] == [
        "delete", "set", "add"]


# --- values ------------------------------------------------------------------

def test_lists_are_given_whole_added_to_and_taken_out_of(ground):
    def targets():
        return ground.show("alias", "info@example.org")["to"]

    ground.run("alias", "add", "info@example.org", "to=b@x.example",
               "to=a@x.example")
    assert targets() == ["b@x.example", "a@x.example"]
    ground.run("alias", "set", "info@example.org", "to+=c@x.example",
               "to-=B@X.example")
    assert targets() == ["a@x.example", "c@x.example"]
    ground.run("alias", "set", "info@example.org", "to=d@x.example")
    assert targets() == ["d@x.example"]


def test_a_value_is_taken_away(ground):
    ground.run("user", "set", "ann@example.org", "class=base", "quota=1g",
               "junk=no", "limits=out=5/1h", "limits=in=6/1h")
    assert ground.run("user", "set", "ann@example.org", "class=", "quota=",
                      "junk=", "limits=", "name=") == (
        "set user ann@example.org\n"
        "  name    Ann -> (none)\n"
        "  class   base -> (none)\n"
        "  quota   1g -> 0\n"
        "  junk    no -> (inherited)\n"
        "  limits  out=5/1h in=6/1h -> (inherited)\n")
    shown = ground.show("user", "ann@example.org")
    assert (shown["class"], shown["quota"], shown["policy"]) == (None, 0, {})


@pytest.mark.parametrize("text", [
    "Ann \"the\" Reeve", "it's", " blanks  between ", "a;b{c}#d\\e",
    "Käthe Müller 日本語", "--json", "$(id) `id` %s", "key=value", "x" * 65536],
    ids=range(9))
def test_every_text_comes_back_as_it_was(shared_ground, text):
    shared_ground.run("user", "set", "ann@example.org", f"name={text}")
    assert shared_ground.show("user", "ann@example.org")["name"] == text
    shared_ground.run("user", "show", "ann@example.org")
    shared_ground.run("user", "list")


LONG = "l" * 64 + "@" + ".".join(["d" * 60] * 3 + ["e" * 6])


@pytest.mark.parametrize("name", [
    "käthe@example.org", "日本@example.org", "o'neil@example.org",
    "a=b@example.org", "joe+x@example.org", '"a b"@example.org',
    "%s$x@example.org"])
def test_names_of_all_sorts(shared_ground, name):
    ground = shared_ground
    ground.run("user", "add", name)
    shown = ground.show("user", name)["address"]
    assert ground.show("user", shown)["address"] == shown
    ground.run("user", "suspend", shown)
    ground.run("user", "rename", shown, "plain@example.org")
    ground.run("user", "del", "-y", "plain@example.org")
    assert len(ground.lines("audit", "user", shown)) == 3


def test_a_name_that_looks_like_an_option(ground):
    words = ["-c", ground.conf, "--", "-x@example.org"]
    assert succeeds("user", "add", *words) == "add user -x@example.org\n"
    assert succeeds("user", "del", "-y", *words) == (
        "delete user -x@example.org\n")


def test_a_name_of_254_octets_and_none_of_255(ground):
    assert len(LONG) == 254
    ground.run("domain", "add", LONG.partition("@")[2])
    ground.run("user", "add", LONG)
    assert ground.show("user", LONG)["address"] == LONG
    ground.run("user", "set", "ann@example.org", "quota=1g")
    listed = ground.run("user", "list").splitlines()
    assert f"  {LONG}" in listed
    assert "  ann@example.org  name=Ann quota=1g" in listed
    assert LONG in ground.run("audit", "user", LONG)
    assert "254 octets" in ground.refuses("class", "add", "c" * 255)
    ground.run("class", "add", "c" * 254)


def test_wide_characters_keep_the_columns(ground):
    ground.run("user", "add", "日本@example.org", "quota=1g")
    ground.run("user", "add", "ka\u0308the@example.org", "quota=1g")
    widths = {"日": 2, "本": 2, "\u0308": 0}
    columns = {sum(widths.get(char, 1) for char in line[:line.index("=")])
               for line in ground.run("user", "list").splitlines()
               if "quota" in line}
    assert len(columns) == 1


# --- show and list -------------------------------------------------------------

def test_every_value_that_holds_and_where_it_comes_from(ground):
    ground.run("setting", "set", "greylist=yes", "limits=out=9/1h")
    ground.run("class", "set", "base", "on_missing_key=unsigned",
               "limits=out=5/1h", "limits=in=7/1d")
    ground.run("domain", "set", "example.org", "class=base", "greylist=no")
    ground.run("user", "set", "ann@example.org", "junk=no")
    ground.run("alias", "add", "info@example.org", "to=ann@example.org")
    ground.run("identity", "add", "ann@example.org", "x@example.net")

    shown = ground.lines("user", "show", "ann@example.org",
                         "--effective")[0]
    effective = shown["effective"]
    assert (effective["class"], effective["status"]) == ("base", "active")
    assert effective["values"] == {
        "junk": {"value": False, "origin": "user"},
        "junk_score": {"value": 5, "origin": "default"},
        "refuse_score": {"value": 15, "origin": "default"},
        "score_submitted": {"value": False, "origin": "default"},
        "dkim_sign": {"value": True, "origin": "default"},
        "greylist": {"value": False, "origin": "domain example.org"},
        "on_missing_key": {"value": "unsigned", "origin": "class base"},
        "dmarc_on_reject": {"value": "refuse-unless-indirect",
                            "origin": "default"},
        "dmarc_on_quarantine": {"value": "junk", "origin": "default"},
        "greylist_delay": {"value": "3m", "origin": "default"},
        "on_suspended": {"value": "refuse", "origin": "default"},
        "max_recipients": {"value": 0, "origin": "default"},
    }
    assert effective["limits"] == {
        "out": {"value": "5/1h", "origin": "class base"},
        "in": {"value": "7/1d", "origin": "class base"}}
    assert {(one["kind"], one["name"]) for one in shown["named_by"]} == {
        ("alias", "info@example.org"),
        ("identity", "ann@example.org x@example.net")}

    text = ground.run("user", "show", "ann@example.org", "--effective")
    for line in (r"class +base +domain example\.org", r"junk +no +user",
                 r"greylist +no +domain example\.org",
                 r"limit out +5/1h +class base", r"status +active",
                 r"alias +info@example\.org +by its 'to'"):
        assert re.search(f"^  {line}$", text, re.MULTILINE), text


def test_what_the_directory_says_nowhere_the_configuration_says(ground):
    with ground.conf.open("a") as conf:
        conf.write("policy { junk no; }\n"
                   "check dmarc { on_reject refuse; }\n"
                   "rule recipient { suspended defer; }\n")
    ground.run("domain", "set", "example.org", "on_suspended=keep")
    values = ground.lines("user", "show", "ann@example.org",
                          "--effective")[0]["effective"]["values"]
    assert values["junk"] == {"value": False, "origin": "global"}
    assert values["dmarc_on_reject"] == {"value": "refuse",
                                         "origin": "check dmarc"}
    assert values["on_suspended"] == {"value": "keep",
                                      "origin": "domain example.org"}
    text = ground.run("user", "show", "ann@example.org", "--effective")
    assert re.search(r"(?m)^  dmarc_on_reject +refuse +check dmarc$", text)


def test_the_status_that_holds_may_be_that_of_the_domain(ground):
    def status():
        text = ground.run("user", "show", "ann@example.org", "--effective")
        return re.search(r"^what.*?^  status +(.*?)$", text,
                         re.MULTILINE | re.DOTALL)[1].split()

    assert status() == ["active", "user"]
    ground.run("user", "suspend", "ann@example.org", "--sending")
    assert status() == ["sending-suspended", "user"]
    ground.run("domain", "suspend", "example.org")
    assert status() == ["suspended", "domain", "example.org"]


def test_where_each_policy_value_stands(ground):
    assert "no policy value is set" in ground.run("setting", "list")
    ground.run("setting", "set", "greylist=yes")
    ground.run("class", "set", "base", "junk=no")
    ground.run("user", "set", "ann@example.org", "junk=yes", "limits=a=1/1h",
               "limits=b=2/1h")
    assert ground.run("setting", "list") == (
        "setting: greylist yes\n"
        "class base: junk no\n"
        "user ann@example.org: junk yes\n"
        "user ann@example.org: limits a=1/1h b=2/1h\n")
    assert ground.lines("setting", "list", "junk") == [
        {"kind": "class", "name": "base", "key": "junk", "value": False},
        {"kind": "user", "name": "ann@example.org", "key": "junk",
         "value": True}]
    assert "there is no policy value 'jnuk'" in ground.refuses(
        "setting", "list", "jnuk", status=2)


def test_a_domain_counts_what_is_in_it(ground):
    ground.run("user", "add", "bob@example.org")
    shown = ground.show("domain", "example.org")
    assert shown["count"] == {"user": 2, "alias": 0, "dkim-key": 0}
    assert shown["named_by"] == []
    assert re.search(r"^  users  2$", ground.run(
        "domain", "show", "example.org"), re.MULTILINE)


def test_one_that_is_meant_is_found_among_many(directory, tmp_path):
    everything = tmp_path / "all.conf"
    everything.write_text("class workers { }\n" + "".join(
        f"class c{number} {{ }}\n" for number in range(1100)))
    directory.run("apply", everything)
    assert "did you mean 'workers'?" in directory.refuses(
        "class", "show", "wrokers")


def test_lists_are_ordered_cut_and_counted(ground):
    ground.run("domain", "add", "example.net")
    for name in ("bob@example.org", "abe@example.net", "bea@example.net"):
        ground.run("user", "add", name)

    def listed(*words):
        return [one["address"] for one in ground.lines("user", "list",
                                                       *words)]

    everybody = ["abe@example.net", "ann@example.org", "bea@example.net",
                 "bob@example.org"]
    assert listed() == everybody
    assert listed("--domain", "Example.ORG") == [
        "ann@example.org", "bob@example.org"]
    assert listed("--prefix", "B") == ["bea@example.net", "bob@example.org"]
    assert listed("--limit", "3") == everybody[:3]
    assert listed("--domain", "example.net", "--prefix", "b") == [
        "bea@example.net"]
    last = [ground.run("user", "list", *words).splitlines()[-1] for words in
            ([], ["--limit", "3"], ["--domain", "example.net"],
             ["--domain", "example.org", "--limit", "1"])]
    assert last == ["4 users", "3 of 4 users", "2 users", "1 of 2 users"]
    assert ground.run("class", "list").splitlines()[-1] == "1 class"
    assert "--limit takes a number" in ground.refuses(
        "user", "list", "--limit", "x", status=2)


def test_more_than_a_page_is_listed_whole(directory, tmp_path):
    names = [f"class{number:04}" for number in range(2100)]
    everything = tmp_path / "all.conf"
    everything.write_text("".join(f"class {name} {{ }}\n" for name in names))
    directory.run("apply", everything)
    assert [one["name"] for one in directory.lines("class", "list")] == names
    text = directory.run("class", "list").splitlines()
    assert (len(text), text[-1]) == (2101, "2100 classes")
    assert [one["name"] for one in directory.lines(
        "class", "list", "--limit", "1500")] == names[:1500]


# --- refusals ------------------------------------------------------------------

@pytest.mark.parametrize("words, status, complaint", [
    (["user", "add", "bob@example.org", "clas=x"], 2,
     "user add: unknown key 'clas', did you mean 'class'?"),
    (["user", "add", "bob@example.org", "zzzz=x"], 2,
     "unknown key 'zzzz'; 'mailreeve user add --help' lists them"),
    (["user", "add", "bob@example.org", "class"], 2,
     "'class' is not KEY=VALUE"),
    (["user", "add", "bob@example.org", "=x"], 2, "'=x' is not KEY=VALUE"),
    (["user", "add", "bob@example.org", "quota=much"], 2,
     "quota: 'much' is not a size"),
    (["user", "add", "bob@example.org", "status=suspend"], 2,
     "did you mean 'suspended'?"),
    (["user", "add", "bob@example.org", "quota=1g", "quota=2g"], 2,
     "'quota' is given twice"),
    (["user", "add", "bob@example.org", "quota+=1g"], 2,
     "'quota' is no list: quota=VALUE sets it"),
    (["user", "add", "bob@example.org", "domain=example.org"], 2,
     "'domain' follows from 'address'"),
    (["user", "set", "ann@example.org", "address=b@example.org"], 2,
     "'address' is the name: 'mailreeve user rename' changes it"),
    (["alias", "add", "x@example.org", "junk=no"], 2,
     "'junk' is a policy value: these have such: setting, class, domain, "
     "user"),
    (["user", "set", "ann@example.org"], 2, "an argument is missing"),
    (["user", "add", "bob@example.org", "class=stuff"], 1,
     "user add: class: there is no class stuff; 'mailreeve class add stuff' "
     "makes it"),
    (["user", "add", "bob@example.com"], 1,
     "domain: there is no domain example.com"),
    (["user", "add", "bob"], 1, "address: 'bob' is no address"),
    (["user", "add", "ANN@Example.ORG"], 1,
     "user ann@example.org is there already"),
    (["alias", "add", "ann@example.org", "to=x@example.net"], 1,
     "there is user ann@example.org already"),
    (["alias", "add", "x@example.org"], 1, "to: it must be set"),
    (["alias", "add", "x@example.org", "to=a@x.example,b@x.example"], 1,
     "; several are several words: to=A to=B"),
    (["alias", "add", "x@example.org", "to=x@example.org"], 1,
     "the alias leads back to itself"),
    (["alias", "add", "x@example.org", "to-=y@example.org"], 2,
     "'y@example.org' does not stand in 'to'"),
    (["user", "show", "anm@example.org"], 1, "user show: there is no user "
     "anm@example.org, did you mean 'ann@example.org'?"),
    (["user", "show", "zacharias@example.org"], 1,
     "'mailreeve user list' has them all"),
    (["user", "rename", "ann@example.org", "ann@example.com"], 1,
     "domain: there is no domain example.com"),
    (["class", "add", "a\nb"], 1, "control characters stand in it"),
    (["class", "add", "x", "description=a\x1bb"], 1,
     "description: control characters stand in it"),
    (["user", "list", "--domain", "a b"], 1, "'a b'"),
    (["header-rule", "list", "--domain", "example.org"], 2,
     "unknown option '--domain'"),
    (["class", "suspend", "base"], 2, "unknown command 'class suspend'"),
    (["user", "shwo", "x"], 2, "did you mean 'user show'?"),
])
def test_refusals_name_the_key_and_the_remedy(shared_ground, words, status,
                                              complaint):
    assert complaint in shared_ground.refuses(*words, status=status)


def test_what_is_in_use_stays(ground):
    ground.run("user", "set", "ann@example.org", "class=base")
    assert "class base is in use by user ann@example.org: change these " \
        "first" in ground.refuses("class", "del", "base", "--yes")


def test_a_directory_that_is_not_ready_says_what_to_run(tmp_path):
    conf = tmp_path / "main.conf"
    conf.write_text(f"directory {{ where sqlite:{tmp_path}/people.db; }}\n")
    for words in (["user", "list"], ["user", "add", "a@example.org"],
                  ["audit"]):
        ended = mailreeve(*words, "-c", conf)
        assert (ended.status, ended.out) == (1, "")
        assert "'mailreeve directory upgrade'" in ended.err
    conf.write_text("")
    assert "directory { where" in refuses("user", "list", "-c", conf)


# --- help ----------------------------------------------------------------------

def test_every_command_of_a_kind_explains_itself():
    for kind in (*KINDS, "setting"):
        for command in re.findall(rf"^  ({kind} [a-z]+)  ",
                                  succeeds(kind, "--help"), re.MULTILINE):
            text = succeeds(*command.split(), "--help")
            assert text.startswith(f"Usage: mailreeve {command}")
            assert max(map(len, text.splitlines()[1:])) <= 80
            assert ("\nKeys:\n" in text) == (
                command.split()[1] in ("add", "set") and kind != "setting")


def test_json_is_one_line(ground):
    for words in (["user", "show", "ann@example.org"], ["user", "list"],
                  ["user", "set", "ann@example.org", "name=x"]):
        text = ground.run(*words, "--json")
        assert text.count("\n") == 1 and json.loads(text)
