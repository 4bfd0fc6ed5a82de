# SPDX-License-Identifier: ISC
"""config check, show, explain and sample, as an administrator uses them."""

import re

import pytest
from cli import mailreeve, refuses, succeeds

TWO_DOMAINS = """\
milter { mode enforce; }
include "domains/*.conf";
dns {
	timeout 1500ms;
}
"""
DOMAIN = """\
domain example.org {
	dkim_sign no;
	dkim_key mail1 { file "/absent/a b.key"; }
}
"""


@pytest.fixture(name="conf")
def conf_fixture(tmp_path):
    """A configuration in two files."""
    path = tmp_path / "main.conf"
    path.write_text(TWO_DOMAINS)
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains" / "example.org.conf").write_text(DOMAIN)
    return path


@pytest.fixture(name="empty")
def empty_fixture(tmp_path):
    path = tmp_path / "empty.conf"
    path.write_text("")
    return path


def values_of(shown):
    """config show without its comments."""
    return [re.sub(r"\s*# .*", "", line).split()
            for line in shown.splitlines() if not re.match(r"\s*#", line)]


def test_an_empty_file_is_right(empty):
    assert succeeds("config", "check", "-c", empty) == "ok\n"


def test_an_error_names_place_and_remedy(tmp_path):
    path = tmp_path / "a.conf"
    path.write_text("dns {\n\ttimeuot 2s;\n}\n")
    for command in ("check", "show"):
        assert refuses("config", command, "-c", path) == (
            f"mailreeve: {path}:2:2: unknown option 'timeuot' in 'dns', "
            "did you mean 'timeout'?\n")


def test_what_only_shows_when_it_is_used_is_checked_too(tmp_path):
    path = tmp_path / "a.conf"
    path.write_text("host { trusted_relays 192.0.2.300; }\n")
    assert "192.0.2.300" in refuses("config", "check", "-c", path)
    path.write_text("domain example.org { }\n"
                    "user a@example.org { class nobody; }\n")
    assert "nobody" in refuses("config", "check", "-c", path)


def test_what_is_odd_is_a_warning(conf):
    conf.write_text(TWO_DOMAINS + 'include "none/*";\n'
                    "check never { enabled no; }\n")
    ended = mailreeve("config", "check", "-c", conf)
    assert ended.status == 0
    assert f"warning: {conf}:6:9: no file matches" in ended.out
    assert f"warning: {conf}:7:1: 'check never' is not known" in ended.out
    assert re.search(r"^ok, with \d+ warnings\n", ended.out, re.MULTILINE)


def test_a_missing_file_says_what_to_do(tmp_path):
    ended = mailreeve("config", "check", "-c", tmp_path / "none")
    assert ended.status == 2
    assert ended.err == (f"mailreeve: {tmp_path}/none: "
                         "No such file or directory\n")


def test_show_tells_where_every_value_comes_from(conf):
    shown = succeeds("config", "show", "-c", conf)
    assert re.search(rf"^\ttimeout +1500ms; +# {conf}:4$", shown, re.M)
    assert re.search(r"^\tdeadline +8s; +# default$", shown, re.M)
    assert re.search(rf"^\tdkim_sign +no; +# {conf.parent}/domains/"
                     r"example\.org\.conf:2$", shown, re.M)
    assert re.search(r"^\t#junk +-; +# inherited$", shown, re.M)
    assert re.search(r"^\t#zone_file +-; +# not set$", shown, re.M)
    assert '\t\tfile "/absent/a b.key"; # ' in shown


def test_what_is_shown_is_a_configuration_that_means_the_same(conf, tmp_path):
    shown = succeeds("config", "show", "-c", conf)
    again = tmp_path / "again.conf"
    again.write_text(shown)
    assert values_of(succeeds("config", "show", "-c", again)) == \
        values_of(shown)


def test_show_changed_leaves_defaults_out(conf, empty):
    shown = succeeds("config", "show", "--changed", "-c", conf)
    assert values_of(shown) == [line.split() for line in (
        "milter {", "mode enforce;", "}",
        "dns {", "timeout 1500ms;", "}",
        "domain example.org {", "dkim_sign no;", "dkim_key mail1 {",
        'file "/absent/a b.key";', "}", "}")]
    assert succeeds("config", "show", "--changed", "-c", empty) == ""


@pytest.mark.parametrize("words, head", [
    (["dns"], "dns {"),
    (["check", "iprev"], "check iprev {"),
    (["check iprev"], "check iprev {"),
    (["check.iprev"], "check iprev {"),
    (["domain", "EXAMPLE.org"], "domain example.org {"),
    (["domain.example.org"], "domain example.org {"),
])
def test_show_of_one_section(conf, words, head):
    shown = succeeds("config", "show", "-c", conf, *words)
    assert shown.splitlines()[0] == head
    assert re.findall(r"^\S.*\{$", shown, re.MULTILINE) == [head]


def test_show_of_what_is_not_there(conf):
    assert refuses("config", "show", "-c", conf, "dsn") == (
        "mailreeve: no section 'dsn', did you mean 'dns'?\n")
    ended = mailreeve("config", "show", "-c", conf, "domain", "none.example")
    assert (ended.status, ended.err) == (
        1, "mailreeve: no section 'domain none.example'\n")


def test_explain_says_kind_range_default_and_when_it_holds():
    assert re.fullmatch(
        r"timeout  in dns \{ \}\n    .+\n"
        r"    value    a duration from \S+ to \S+\n"
        r"    default  2s\n    change   holds after a (reload|restart)\n",
        succeeds("config", "explain", "dns.timeout"))


def test_explain_finds_a_key_in_every_section():
    text = succeeds("config", "explain", "enabled")
    assert "enabled  in check iprev { }" in text
    assert "enabled  in action hold { }" in text
    assert "in check iprev { }" in \
        succeeds("config", "explain", "check iprev.enabled") == \
        succeeds("config", "explain", "check", "iprev", "enabled")
    assert "in dkim_key NAME { }" in \
        succeeds("config", "explain", "domain.dkim_key.file")


def test_explain_of_a_section_lists_its_settings():
    text = succeeds("config", "explain", "dns")
    assert text.startswith("dns { }\n")
    assert re.search(r"^  timeout +\S", text, re.MULTILINE)


def test_explain_of_what_is_not_there():
    ended = mailreeve("config", "explain", "timeuot")
    assert (ended.status, ended.out) == (1, "")
    assert "did you mean 'timeout'?" in ended.err


def test_the_sample_means_the_same_as_an_empty_file(empty, tmp_path):
    sample = tmp_path / "sample.conf"
    sample.write_text(succeeds("config", "sample"))
    assert succeeds("config", "check", "-c", sample) == "ok\n"
    assert values_of(succeeds("config", "show", "-c", sample)) == \
        values_of(succeeds("config", "show", "-c", empty))


def test_the_sample_switched_on_means_the_same_too(empty, tmp_path):
    """Sections with names of the administrator's are examples: left out."""
    text = re.sub(r"^#\w+ NAME \{\n.*?^#\}\n", "", succeeds("config", "sample"),
                  flags=re.MULTILINE | re.DOTALL)
    text, count = re.subn(r"^\t#(\w+ .*;)$(?<!VALUE;)", r"\t\1", text,
                          flags=re.MULTILINE)
    assert count > 30
    sample = tmp_path / "sample.conf"
    sample.write_text(text)
    assert succeeds("config", "check", "-c", sample) == "ok\n"
    assert values_of(succeeds("config", "show", "-c", sample)) == \
        values_of(succeeds("config", "show", "-c", empty))
