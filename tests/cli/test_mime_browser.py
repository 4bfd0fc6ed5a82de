# SPDX-License-Identifier: ISC
"""test_mime_browser.py - what `mailreeve mime` sees of HTML mail is what a
browser shows: messages of the corpora, word by word."""

import base64
import email
import email.policy
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from cli import CHECKOUT, succeeds

pytestmark = pytest.mark.once
DATA = Path(os.environ.get("MAILREEVE_DATA")
            or CHECKOUT.parent / "shared" / "data")
PAGES = 200 if os.environ.get("MAILREEVE_LONG") else 80
# Of all words, and of those of one page; a page below that is looked at.
AGREED = 0.98
AGREED_ALONE = 0.90

# The script replaces images by the words that stand for them, for that is how
# we show them, and reads what is rendered. Frames run no scripts and load
# nothing: there is no network.
HARNESS = """<!DOCTYPE html><meta charset="utf-8"><body>%s<script>
onload = () => {
  const texts = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument;
    for (const image of page.querySelectorAll("img[alt]"))
      image.replaceWith(page.createTextNode(image.alt));
    return page.documentElement.innerText;
  });
  const bytes = new TextEncoder().encode(JSON.stringify(texts));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  document.body.textContent = "<<" + btoa(binary) + ">>";
};</script>"""
FRAME = '<iframe sandbox="allow-same-origin" width="800" srcdoc="%s"></iframe>'


def html_of(raw):
    """The page of a message that has just one, read by another reader."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    pages = [part for part in message.walk()
             if part.get_content_type() == "text/html"
             and not part.is_multipart()]
    if len(pages) != 1 or "attachment" in pages[0].get(
            "Content-Disposition", ""):
        return None
    octets = pages[0].get_payload(decode=True)
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("windows-1252", "replace")
    # Of what the charset decides nothing is to be compared here.
    return text if text.isascii() and len(text) > 500 else None


def candidates():
    for archive in sorted(DATA.glob("corpora/*/*.tar.gz")):
        with tarfile.open(archive) as files:
            for member in files:
                if member.isfile():
                    yield files.extractfile(member).read()


@pytest.fixture(scope="module", name="mail")
def mail_fixture(tmp_path_factory):
    """(file of the message, its page), spread over the corpora."""
    found = [(raw, page) for raw in candidates()
             if (page := html_of(raw)) is not None]
    if len(found) < PAGES:
        pytest.skip(f"no {PAGES} pages of HTML in {DATA}/corpora")
    folder = tmp_path_factory.mktemp("mail")
    chosen = []
    for i in range(PAGES):
        raw, page = found[i * len(found) // PAGES]
        file = folder / f"{i:03}.eml"
        file.write_bytes(raw)
        chosen.append((file, page))
    return chosen


@pytest.fixture(scope="module", name="shown")
def shown_fixture(mail, tmp_path_factory):
    """What the browser shows of each page."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium on this machine")
    folder = tmp_path_factory.mktemp("browser")
    frames = "".join(
        FRAME % page.replace("&", "&amp;").replace('"', "&quot;")
        for _, page in mail)
    harness = folder / "pages.html"
    harness.write_text(HARNESS % frames, encoding="utf-8")
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", browser,
         "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile",
         "--dump-dom", f"file://{harness}"],
        capture_output=True, check=False, timeout=600,
        env={**os.environ, "HOME": str(folder)})
    answer = re.search(rb"&lt;&lt;([A-Za-z0-9+/=]+)&gt;&gt;", done.stdout)
    assert answer is not None, done.stderr.decode()[-2000:]
    return json.loads(base64.b64decode(answer[1]))


def words(text):
    return Counter(re.findall(r"\w+", text.lower()))


# innerText has text that is there but cannot be seen; we tell it apart.
def seen_or_unseen(file):
    told = json.loads(succeeds("mime", "--json", file))
    part = next(part["number"] for part in told["parts"]
                if part["type"] == "text/html")
    text = next((text for text in told["texts"] if text["part"] == part),
                {"text": "", "hidden": []})
    return " ".join([text["text"]] + [
        piece["text"] for piece in text["hidden"]
        if piece["by"] not in ("not shown", "not visible")])


def test_the_words_are_those_of_a_browser(mail, shown):
    agreed = of_all = 0
    poor = []
    for (file, _), text in zip(mail, shown):
        ours, theirs = words(seen_or_unseen(file)), words(text)
        common = sum((ours & theirs).values())
        most = max(sum(ours.values()), sum(theirs.values()))
        agreed += common
        of_all += most
        if common < AGREED_ALONE * most:
            poor.append((file.name, common, most,
                         list((theirs - ours).items())[:8],
                         list((ours - theirs).items())[:8]))
    print(f"counted: {agreed} of {of_all} words of {len(mail)} pages")
    for one in poor:
        print(one)
    assert agreed >= AGREED * of_all
    assert poor == []
