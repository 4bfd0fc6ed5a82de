# SPDX-License-Identifier: ISC
"""Messages of the demo's fourth act: what rules make of spam, of phishing and
of a newsletter that somebody ordered."""

from letters import STRANGER, Scene, fields, message

CROOK, PHISHER = "x@hard.test", "x@soft.test"

# The stock rules, and what this host knows better.
LOCAL = "rules.d/lab.rules"
FILES = {LOCAL: """\
rule NO_PILLS {
	describe "Nobody here orders medicine by mail";
	score 6;
	test pills text '/\\b(viagra|cialis)\\b/i';
	test cheap text '/\\bcheap\\b/i';
	when "pills and cheap";
}
"""}

RULES = """
rules {
	local "@DIR@/rules.d";
	cache "@DIR@/rules.cache";
}
"""

PILLS = """\
<html><body>
<p>Buy CHEAP viagra and cialis, no prescription! Click here, act now:</p>
<p><a href="http://198.51.100.9/buy">https://www.pharmacy.test/</a></p>
<p style="display:none">dear grandmother, the boat, a letter, weather</p>
<p>You have won 2,500,000 dollars. Send the fee by wire transfer.</p>
</body></html>"""

CONFIRM = """\
<html><body>
<p>Your account has been suspended. Confirm your password within 24 hours,
or it will be closed.</p>
<p><a href="http://login.soft.test/">https://www.mybank.test/login</a></p>
</body></html>"""

NEWS = """\
<html><body>
<h1>News from the harbour</h1>
<p>The boat leaves on Fridays at six, all through November.
<a href="https://sender.test/boats">All boats</a></p>
<p><a href="https://sender.test/off">No more letters, please</a></p>
</body></html>"""

WAY_OUT = ("List-Unsubscribe: <https://sender.test/off>\n"
           "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n")


def page(author, subject, body, more=""):
    return message(author, "ann@lab.test", subject, body, more).replace(
        b"text/plain", b"text/html")


def spam(stage):
    letter = page("Dr. Cure <offer@hard.test>", "LAST CHANCE, 80% OFF!!!",
                  PILLS)
    return stage.inbound("ann@lab.test", letter, client=STRANGER,
                         mail_from=CROOK)


def phishing_letter():
    return page("My Bank <service@soft.test>", "Your account", CONFIRM)


def phishing(stage):
    return stage.inbound("ann@lab.test", phishing_letter(), client=STRANGER,
                         mail_from=PHISHER)


def newsletter(stage):
    letter = page("The Boat Club <news@sender.test>",
                  "The harbour in November", NEWS, WAY_OUT)
    return stage.inbound("ann@lab.test", stage.sender.sign(letter))


SCENES = [
    Scene("spam, from nowhere", spam,
          "refused in the session, and told the reasons",
          lambda e: e.where.startswith("550 5.7.1") and "score" in e.where
          and "NO_PILLS" in e.where),
    Scene("phishing, by a bank that is none", phishing,
          "delivered to Junk, marked",
          lambda e: e.where.startswith("Junk")
          and fields(e.message, "X-Spam-Flag") == ["YES"]),
    Scene("a newsletter that Ann has ordered", newsletter,
          "delivered: whoever wants no more can say so",
          lambda e: e.where.startswith("INBOX")
          and not fields(e.message, "X-Spam-Flag")),
]
