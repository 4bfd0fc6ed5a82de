# SPDX-License-Identifier: ISC
"""mailreeve rules update over HTTPS: mirrors that are dead, give half a file, or
send elsewhere."""

import os

import pytest
from cli import mailreeve
from rules.channels import (Mirror, endless, fails_with, half_of,
                            make_authority, needs_gpg, redirect_to)
from updating import MORE, RULES, refused
from updating import host, publisher    # noqa: F401 fixtures

pytestmark = needs_gpg


@pytest.fixture
def mirror(tmp_path, publisher):
    one = Mirror(tmp_path, publisher.folder)
    yield one
    one.stop()


def test_over_https_by_the_list_of_files(host, publisher, mirror):
    publisher.publish(99, a=MORE)
    publisher.publish(100, a=RULES)
    host.configure(channels=f"ours={mirror.url}/",
                   channel_ca=mirror.certificate)
    done = host.update()
    assert done.status == 0, done.err
    assert host.rules() == {"FIRST_RULE"}
    assert "/100.tar.gz.asc" in mirror.asked


def test_over_https_by_a_list_of_mirrors(host, publisher, mirror):
    publisher.publish(100, a=RULES)
    (publisher.folder / "VERSION").write_text("100\n")
    (publisher.folder / "MIRRORED.BY").write_text(
        "# mirrors\nhttp://localhost/plain weight=9\n"
        f"https://localhost:1/closed\n{mirror.url}/ weight=5\n")
    host.configure(channels=f"ours={mirror.url}/MIRRORED.BY",
                   channel_ca=mirror.certificate)
    done = host.update()
    assert done.status == 0, done.err
    assert host.rules() == {"FIRST_RULE"}


@pytest.fixture
def mirrors(tmp_path, publisher):
    """Two of the same folder; which one is asked first is open."""
    authority = make_authority(tmp_path)
    found = [Mirror(tmp_path / f"mirror{i}", publisher.folder,
                    authority=authority) for i in range(2)]
    yield found
    for one in found:
        one.stop()


def list_of(publisher, *urls):
    (publisher.folder / "MIRRORED.BY").write_text(
        "".join(f"{url}/ weight=1\n" for url in urls))


def by_list(host, publisher, mirrors):
    """The channel behind a list, which the second mirror has."""
    list_of(publisher, *(mirror.url for mirror in mirrors))
    host.configure(channels=f"ours={mirrors[1].url}/MIRRORED.BY",
                   channel_ca=mirrors[1].certificate)


def tries(host):
    """What it says where a mirror failed, whose turn comes sooner or later."""
    for _ in range(50):
        done = host.update("--check")
        assert done.status == 0, done.err
        assert "they would do" in done.out
        if "; another mirror is asked\n" in done.out:
            return done.out
    raise AssertionError("it is never asked first")


@pytest.mark.parametrize("path, break_it, reason", [
    ("/", fails_with(503), "503"),
    ("/100.tar.gz", "half", "closed"),
    ("/100.tar.gz", fails_with(500), "500"),
    ("/100.tar.gz.asc", fails_with(404), "it is not there"),
    ("/100.tar.gz.sha512", redirect_to("/100.tar.gz.asc"),
     "it is damaged, or half written"),
    ("/100.tar.gz.asc", endless, "it is larger than is taken"),
    ("/VERSION", endless, "it is larger than is taken"),
])
def test_what_a_mirror_gives_badly_the_next_has(host, publisher, mirrors, path,
                                                break_it, reason):
    publisher.publish(100, a=RULES)
    by_list(host, publisher, mirrors)
    if break_it == "half":
        break_it = half_of(publisher.folder / "100.tar.gz")
    mirrors[0].answers[path] = break_it
    said = tries(host)
    assert f"ours: {mirrors[0].url}/" in said and reason in said
    assert f"fetching version 100 from {mirrors[1].url}\n" in said
    assert host.update().status == 0
    assert host.rules() == {"FIRST_RULE"}
    assert host.is_clean()


def test_a_mirror_that_is_dead(host, publisher, mirrors):
    publisher.publish(100, a=RULES)
    by_list(host, publisher, mirrors)
    mirrors[0].stop()
    said = tries(host)
    assert f"ours: {mirrors[0].url}/VERSION: " in said
    assert host.update().status == 0
    assert host.rules() == {"FIRST_RULE"}


def test_all_mirrors_give_half_of_it(host, publisher, mirrors):
    publisher.publish(99, a=MORE)
    by_list(host, publisher, mirrors)
    assert host.update().status == 0
    publisher.publish(100, a=RULES)
    for mirror in mirrors:
        mirror.answers["/100.tar.gz"] = half_of(
            publisher.folder / "100.tar.gz")
    done = refused(host, "100.tar.gz")
    assert "another mirror is asked" in done.out
    assert host.rules() == {"SECOND_RULE"}


def test_a_redirect_is_followed(host, publisher, mirrors):
    publisher.publish(100, a=RULES)
    first, other = mirrors
    for name in ("100.tar.gz", "100.tar.gz.asc", "100.tar.gz.sha512"):
        first.answers[f"/{name}"] = redirect_to(f"{other.url}/{name}")
    host.configure(channels=f"ours={first.url}", channel_ca=first.certificate)
    done = host.update()
    assert done.status == 0, done.err
    assert host.rules() == {"FIRST_RULE"}
    assert "/100.tar.gz" in other.asked


@pytest.mark.parametrize("target, reason", [
    ("http://localhost:1/100.tar.gz", "http"),
    ("file:///etc/passwd", "file"),
    ("/100.tar.gz", "redirects")])
def test_a_redirect_that_is_not_followed(host, publisher, mirror, target,
                                         reason):
    publisher.publish(100, a=RULES)
    mirror.answers["/100.tar.gz"] = redirect_to(target)
    host.configure(channels=f"ours={mirror.url}",
                   channel_ca=mirror.certificate)
    refused(host, reason)


def test_a_server_of_another_name(host, publisher, tmp_path):
    publisher.publish(100, a=RULES)
    mirror = Mirror(tmp_path / "other", publisher.folder, "mirror.example")
    host.configure(channels=f"ours={mirror.url}",
                   channel_ca=mirror.certificate)
    try:
        refused(host, "localhost")
    finally:
        mirror.stop()


def test_a_server_that_is_not_known(host, publisher, mirror):
    publisher.publish(100, a=RULES)
    host.configure(channels=f"ours={mirror.url}")
    refused(host, "certificate")


def test_without_libcurl_the_message_says_what_to_install(host, mirror,
                                                          tmp_path):
    """Whatever else is done needs none."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    (folder / "libcurl.so.4").write_text("not a library\n")
    without = dict(os.environ, LD_LIBRARY_PATH=str(folder))
    host.configure(channels=f"ours={mirror.url}/",
                   channel_ca=mirror.certificate)
    done = mailreeve("rules", "update", "-c", host.conf, env=without)
    assert (done.status, done.out) == (1, "")
    assert done.err == ("mailreeve: cannot load libcurl; install the package "
                        "libcurl4; what is in use stays\n")
    assert host.is_clean()
    done = mailreeve("rules", "list", "-c", host.conf, env=without)
    assert (done.status, done.err) == (0, "")
