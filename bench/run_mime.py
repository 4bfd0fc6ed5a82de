#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run_mime.py - messages taken apart by lib/mime and by GMime, one table.

Rounds are interleaved; printed is the median of the rounds.  "parse" is what
GMime does too (structure, all parts decoded), and texts as UTF-8, files hashed;
"whole" is HTML as text and all links besides.  A second table has the hostile
messages of the tests, which tests/unit/mime_shapes.c builds, with the time that
is allowed for each: 20 ns a byte and 50 µs a part.
"""

import base64
import json
import random
import statistics
import subprocess
import tempfile
from pathlib import Path

import corpora
import side_by_side

SAMPLE = 3000
SHAPE_SECONDS = "0.1"


def message(content_type, body, more=""):
    return (f"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n{more}\r\n"
            ).encode() + body


def prose(size):
    rng = random.Random(1)
    words, length = [], 0
    while length < size:
        words.append("".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))))
        length += len(words[-1]) + 1
    text = " ".join(words)
    return "\r\n".join(text[i:i + 72] for i in range(0, size, 72)).encode()


def page(size):
    row = ("<tr><td style='padding:4px;color:#333' class=\"c\"><a href=\""
           "http://www.example.org/offer?id=%d&amp;x=1\">Offer %d</a> and "
           "<b>more</b> of it &mdash; today</td></tr>\r\n")
    rows, length = [], 0
    while length < size:
        rows.append(row % (len(rows), len(rows)))
        length += len(rows[-1])
    return ("<html><head><style>.c{font-size:12px}</style></head><body><table>"
            + "".join(rows) + "</table></body></html>").encode()


def nested(depth):
    text = b""
    for i in range(depth):
        text += (b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n"
                 b"\r\n" % (i, i + 1))
    return message("multipart/mixed; boundary=b0", text)


def shapes():
    """[(what, bytes of one message)]."""
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    encoded = base64.encodebytes(
        random.Random(2).randbytes(7_500_000)).replace(b"\n", b"\r\n")
    return [
        ("10 KB text", message("text/plain", prose(10_000))),
        ("100 KB HTML", message("text/html; charset=utf-8", page(100_000))),
        ("10 MB attachment", message(
            "application/octet-stream; name=x.bin", encoded,
            "Content-Transfer-Encoding: base64\r\n")),
        ("50 MB of text", message("text/plain", prose(50_000_000))),
        ("20,000 nested multiparts", nested(20_000)),
        ("100,000 parts", message("multipart/mixed; boundary=b",
                                  part * 100_000 + b"--b--\r\n")),
        ("10 MB header of a part", message(
            "multipart/mixed; boundary=b",
            b"--b\r\n" + b"X-Y: " + b"z" * 70 + b"\r\n"
            + (b" " + b"z" * 70 + b"\r\n") * 140_000 + b"\r\nx\r\n--b--\r\n")),
        ("a line of 10 MB", message("text/plain", b"x" * 10_000_000)),
    ]


def as_lines_of_mail(raw):
    raw = raw.split(b"\n", 1)[1] if raw.startswith(b"From ") else raw
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def inputs(folder):
    """[(what, [files])]."""
    found = []
    for number, (what, raw) in enumerate(shapes()):
        path = folder / f"shape{number}.eml"
        path.write_bytes(raw)
        found.append((what, [path]))
    data = corpora.data_dir()
    if data is None:
        print("The corpora are absent, their row is left out.\n")
        return found
    mail = [(name, as_lines_of_mail(raw)) for name, raw in corpora.spread(
        corpora.read_public(data), SAMPLE)]
    where = corpora.write(folder / "mail", mail)
    found.insert(0, (f"{len(mail):,} messages of the corpora",
                     sorted(where.iterdir())))
    return found


def bench(options, *args):
    done = subprocess.run(
        [options.build.resolve() / "bin" / "bench-mime-speed", *args],
        check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def run(options, what, files):
    return bench(options, what, str(options.seconds), *files)


def measure(options, files):
    """Of each of the three: the median of the rounds' µs a message, and the
    last answer."""
    times = {"parse": [], "whole": [], "gmime": []}
    last = {}
    for _ in range(options.rounds):
        for what, found in times.items():
            last[what] = run(options, what, files)
            found.append(last[what]["seconds"] * 1e6 / last[what]["rounds"]
                         / last[what]["messages"])
    return {what: statistics.median(found)
            for what, found in times.items()}, last


def print_hostile(options):
    """The table of the tests' shapes; what is over its time is said."""
    print("\n### Hostile messages\n")
    print("All of it (whole); the best of the rounds.\n")
    print("| message | bytes | parts | whole µs | allowed µs | of it "
          "| peak MB |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    over = []
    for number, what in enumerate(bench(options, "shapes")):
        last = [bench(options, "whole", SHAPE_SECONDS, f"shape:{number}")
                for _ in range(options.rounds)]
        took = min(one["seconds"] * 1e6 / one["rounds"] for one in last)
        allowed = last[0]["bound_ns"] / 1000
        if took > allowed:
            over.append(what)
        print(f"| {what} | {last[0]['bytes']:,} | {last[0]['parts']:,} "
              f"| {took:,.0f} | {allowed:,.0f} | {took / allowed:.2f} "
              f"| {last[0]['peak_kb'] / 1024:.1f} |", flush=True)
    print("\nOver what is allowed: " + (", ".join(over) or "none") + ".")


def main():
    options = side_by_side.arguments(__doc__).parse_args()
    print("## Messages taken apart\n")
    print(f"Microseconds of CPU a message; median of {options.rounds} rounds "
          f"of {options.seconds:g} s.\n")
    print("| message | bytes | parts | parse µs | MB/s | ns a byte | × GMime "
          "| whole µs | ns a byte | peak MB | GMime µs | parts | peak MB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        for what, files in inputs(Path(name)):
            took, last = measure(options, files)
            size = last["parse"]["bytes"] / len(files)
            print(f"| {what} | {size:,.0f} "
                  f"| {last['parse']['parts'] / len(files):,.1f} "
                  f"| {took['parse']:,.1f} | {size / took['parse']:,.0f} "
                  f"| {took['parse'] * 1000 / size:.1f} "
                  f"| {took['parse'] / took['gmime']:.2f} "
                  f"| {took['whole']:,.1f} "
                  f"| {took['whole'] * 1000 / size:.1f} "
                  f"| {last['whole']['peak_kb'] / 1024:.1f} "
                  f"| {took['gmime']:,.1f} "
                  f"| {last['gmime']['parts'] / len(files):,.1f} "
                  f"| {last['gmime']['peak_kb'] / 1024:.1f} |", flush=True)
    print_hostile(options)


if __name__ == "__main__":
    main()
