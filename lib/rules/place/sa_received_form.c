/* SPDX-License-Identifier: ISC */
/* sa_received_form.c - the forms of Received lines that SpamAssassin knows, and
 * which of them a line has. */
#include <string.h>

#include "base/vec.h"
#include "mail/netlist.h"
#include "rules/place/sa_received_private.h"

#define LOOKED FORM_LOOKED_UP
#define NOTHING FORM_NOTHING

/* Nearest to what is common first, where the order decides as SpamAssassin has
 * it (Message/Metadata/Received.pm). */
static const struct form forms[] = {
	{ KIND_ANY, FRONT_FROM, "%*(proxying for %i) %*by %b with HTTP",
	    "Mail authenticated user ", 0 },
	{ KIND_ANY, FRONT_FROM, "%i %*by %b with HTTP",
	    "Mail authenticated user ", 0 },
	{ KIND_ANY, FRONT_FROM, "%i by %b (%I) with HTTP (WebMailUI)",
	    "aol.com", 0 },
	{ KIND_SMTPSVC, FRONT_FROM, "%H ([%i]%)) by %b with Microsoft SMTPSVC",
	    NULL, 0 },
	{ KIND_SMTPSVC, FRONT_FROM,
	    "mail pickup service by %b with Microsoft SMTPSVC%$", NULL,
	    NOTHING },
	{ KIND_MAPI, FRONT_FROM, "%h (%[%i%z%]) by %b ", NULL, 0 },
	{ KIND_XMAIL, FRONT_FROM, "%h (%[%i%]%p) by %b with [XMail", NULL, 0 },
	{ KIND_XMAIL, FRONT_FROM, "%h (%[%i%]%p) by %b (%s) with [XMail", NULL,
	    0 },
	{ KIND_ECELERITY, FRONT_FROM, "([%i%p] helo=%h) by %b ", NULL, 0 },
	{ KIND_ECELERITY, FRONT_FROM, "%s ([%i%p]) by %b ", NULL, 0 },
	{ KIND_EXIM, FRONT_FROM, "%*with local", " with local", NOTHING },
	{ KIND_EXIM, FRONT_FROM, "[%i] (%x) by %b ", NULL, 0 },
	{ KIND_EXIM, FRONT_FROM, "%r ([%i]%x) by %b ", NULL, FORM_SAME },
	{ KIND_EXIM, FRONT_FROM, "%r [%i]%p by %b ", NULL, FORM_SAME },
	{ KIND_EXIM, FRONT_FROM, "%r (%h) [%i%p] %*by %b ", NULL, 0 },
	{ KIND_EXIM, FRONT_FROM, "%r %*[%i%p] %*by %b ", NULL, 0 },
	{ KIND_POSTFIX, FRONT_FROM, "%h (%r [%i]) by %b ", NULL, LOOKED },
	{ KIND_POSTFIX, FRONT_FROM, "%h (%r[%i]) by %b ", NULL, LOOKED },
	{ KIND_SCALIX, FRONT_FROM, "%h (%i) by %b", NULL, 0 },
	{ KIND_SCALIX, FRONT_FROM, "%h ( %i) by %b", NULL, 0 },
	{ KIND_DOMINO, FRONT_FROM, "%h ([%i]) by %b (Lotus", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%i ([%I]) by %b", "with HTTP", 0 },
	{ KIND_ANY, FRONT_FROM, "%h (%r [%i]%*) by %b (", NULL,
	    LOOKED | FORM_NO_QMAIL | FORM_IDENT },
	{ KIND_ANY, FRONT_FROM, "%h (%r [%i]) by %b with %s (", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%r ([%i] helo=%h) by %b with ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%h (<unknown%S>[%i]) by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%h (%r[%i]) by %b ", NULL, LOOKED | FORM_DOT },
	{ KIND_ANY, FRONT_FROM, "%h (%N@[%i]%*) by %b (", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%i %*by %b ", ".hotmail.msn.com ", 0 },
	{ KIND_ANY, FRONT_FROM, "%r (%E %H) (%i) by %b (qpsmtpd/%s) with ",
	    NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%r (LHLO %H) (%i) by %b with LMTP", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%r (%E %H) [%i] by %b (%)) with ", "SMTP", 0 },
	{ KIND_ANY, FRONT_FROM, "%r (%E %j) (%N@%[%i%])%q by %b ", NULL,
	    FORM_QMAIL },
	{ KIND_ANY, FRONT_FROM, "%r (%E %j) (%[%i%])%q by %b ", NULL,
	    FORM_QMAIL },
	{ KIND_ANY, FRONT_FROM, "%r (%N@%[%i%])%q by %b ", NULL,
	    FORM_QMAIL | FORM_SAME },
	{ KIND_ANY, FRONT_FROM, "%r (%[%i%])%q by %b ", NULL,
	    FORM_QMAIL | FORM_SAME },
	{ KIND_ANY, FRONT_FROM, "[%i] by %b via HTTP%$", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%s ( [%i])%* by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "(%h [%i]) by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "[%i] by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "(%[%i%]) by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%h [%i] by %b [%I] with ", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%h [(%i)] by %b (%I) ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%h ([%i]) by %b (", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%h (%r [%i])%* by %b", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%h ([%i%p])%* by %b ", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%*", "with POP3", FORM_FETCHED },
	{ KIND_ANY, FRONT_FROM, "%*", "with IMAP", FORM_FETCHED },
	{ KIND_ANY, FRONT_FROM, "%r (%E %)) (%N@%[%i%])%* by %b ", NULL,
	    LOOKED },
	{ KIND_ANY, FRONT_FROM, "%r (%E %)) (%[%i%])%* by %b ", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%r (%N@%[%i%])%* by %b ", NULL,
	    LOOKED | FORM_SAME },
	{ KIND_ANY, FRONT_FROM, "%r (%[%i%])%* by %b ", NULL,
	    LOOKED | FORM_SAME },
	{ KIND_ANY, FRONT_FROM, "%r(%i) by %b via smap ", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%r(%i, %E %H) by %b via smap ", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%i by %b (SMTPL", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%i by %b (InterScan", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%s by %s with BSMTP", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%r (%E %H) (%n@%i%*) by %b with ", NULL,
	    LOOKED },
	{ KIND_ANY, FRONT_FROM, "%r (%E %H) (%i%*) by %b with ", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "[%i] (%E %H) by %b (", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "[%i] (account %s %E %H) by %b (", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%r ([%i] verified) by %b (",
	    " (CommuniGate Pro", LOOKED | FORM_SAME },
	{ KIND_ANY, FRONT_FROM, "%h (%i) by %b ", NULL, FORM_LETTER },
	{ KIND_ANY, FRONT_FROM, "%s (%s) by %s (Content Technologies ", NULL,
	    NOTHING },
	{ KIND_ANY, FRONT_FROM, "%h ([%i] [%s]) by %b with ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%i by %b with ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%h (%r[%i]) by %b ", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "[%i]%s (%E %H) by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%i (%E %H) by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%h [%i] by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%r(%i) by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%i (%)) by %b with ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "[%i] (%X) by %b ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%r (%s@%i) by %b with ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM, "%r (%i) by %b with ", NULL, 0 },
	{ KIND_ANY, FRONT_FROM,
	    "%r(%i), claiming to be \"%h\" via %s by %b,", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%r(%i) via %s by %b,", NULL, LOOKED },
	{ KIND_ANY, FRONT_FROM, "%h (%s@%i with login) by %b with SMTP",
	    ".yahoo.com", 0 },
	{ KIND_ANY, FRONT_FROM, "X-Originating-IP: %i%$", NULL, 0 },
	/* No handover, or one that tells of no address. */
	{ KIND_ANY, FRONT_FROM, "%s (%s@%L) by %s (", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s %s by %s with local-", "smtp ", NOTHING },
	{ KIND_ANY, FRONT_FROM, "127.0.0.1 (AVG SMTP ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s@%s by %s ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "Unknown/Local (", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%L (%L)", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%L (%L[", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%L (%s@%L)", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%L (%s@%L[", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s (%L) ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s (%s@%L) ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s (%s@%s [%L]) ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "(AUTH: %s) by %s with ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "localhost (localhost [[UNIX: localhost]]) by ",
	    NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s ([unix socket]) by %s (Cyrus v", NULL,
	    NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s by %s with ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s by %s via ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s by %s for ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s by %s (", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s with %s by ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s via %s by ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s for %s by ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s (unverified) by ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s (unknown) by %s (SG) with ", NULL,
	    NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s (%s [local]) by %s (OpenSMTPD) with ",
	    NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "%*", "(LSMTP for", NOTHING },
	{ KIND_ANY, FRONT_FROM, "([%L]) with MailEnable ", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM,
	    "facebook.com (%)) by facebook.com with Thrift id ", NULL,
	    NOTHING },
	{ KIND_ANY, FRONT_FROM,
	    "%s named %s by gmailapi.google.com with HTTPREST%$", NULL,
	    NOTHING },
	{ KIND_ANY, FRONT_FROM, "%s id %s%$", NULL, NOTHING },
	{ KIND_ANY, FRONT_FROM, "[<%* (Jetsend", NULL, NOTHING },
	{ KIND_ANY, FRONT_CAPITALS, "%h (%r [%i]) BY %b ID %s", NULL, LOOKED },
	{ KIND_ANY, FRONT_CAPITALS, "%h (%r [%i]) BY %b (%)) WITH SMTP ID ",
	    NULL, LOOKED },
	{ KIND_ANY, FRONT_PARENTHESIS, "%H [%i]) by %b (NAVGW %*) with ", NULL,
	    0 },
	{ KIND_ANY, FRONT_PARENTHESIS, "%s@localhost) by %s ", NULL, NOTHING },
	{ KIND_ANY, FRONT_PARENTHESIS, "%s@%)) by %s (jqueuemail) id ", NULL,
	    NOTHING },
};

size_t
form_ip_len(struct str text)
{
	size_t prefix = str_has_prefix_nocase(text, STR("ipv6:")) ? 5 : 0;
	size_t len = prefix;
	struct netaddr address;

	while (len < text.len && len < prefix + NETADDR_TEXT_SIZE &&
	    (char_hex_value(text.data[len]) >= 0 || text.data[len] == '.' ||
	    text.data[len] == ':'))
		len++;
	/* A port may follow an IPv4 address, a count behind a dot too. */
	for (; len > prefix + 2; len--)
		if (netaddr_parse(str_sub(text, prefix, len - prefix),
		    &address) == 0)
			return len;
	return 0;
}

/* --- one form ------------------------------------------------------------------- */

/* A place in the form and in the line. */
struct match {
	struct str line;
	struct form_words words;
	const struct form *form;
};

static bool match_from(struct match *match, const char *form, size_t at);

static struct str *
slot_of(struct match *match, char which)
{
	switch (which) {
	case 'h': case 'H': case 'j':
		return &match->words.helo;
	case 'r':
		return &match->words.rdns;
	case 'b':
		return &match->words.by;
	case 'n': case 'N':
		return &match->words.ident;
	case 'i':
		return &match->words.ip;
	default:
		return NULL;
	}
}

/* The longest first, as a word is greedy. */
static bool
match_word(struct match *match, const char *form, size_t at, char which)
{
	struct str line = match->line, *slot = slot_of(match, which);
	size_t least = which == 'H' || which == 'N' || which == 'S' ||
	    which == 'j' ? 0 : 1;
	size_t end = at;

	while (end < line.len && line.data[end] != ' ' &&
	    (which != 'j' || (line.data[end] != '(' && line.data[end] != ')')))
		end++;
	for (; end >= at + least; end--) {
		/* Only where what follows in the form can begin. */
		if ((form[0] == '%' || (end < line.len ?
		    line.data[end] == form[0] : form[0] == '\0') ||
		    form[0] == '\0') && match_from(match, form, end)) {
			if (slot != NULL)
				*slot = str_sub(line, at, end - at);
			return true;
		}
		if (end == 0)
			break;
	}
	return false;
}

static bool
match_ip(struct match *match, const char *form, size_t at, char which)
{
	size_t len = form_ip_len(str_from_pos(match->line, at));

	if (len == 0 || !match_from(match, form, at + len))
		return false;
	if (which == 'i')
		match->words.ip = str_sub(match->line, at, len);
	return true;
}

/* helo=WORD and ident=WORD out of text. */
static void
take_pairs(struct match *match, struct str text)
{
	struct str word;

	while (str_cut(&text, ' ', &word)) {
		if (str_has_prefix_nocase(word, STR("helo=")) && word.len > 5)
			match->words.helo = str_from_pos(word, 5);
		else if (str_has_prefix_nocase(word, STR("ident=")))
			match->words.ident = str_from_pos(word, 6);
	}
}

/* Any text, the shortest first. */
static bool
match_text(struct match *match, const char *form, size_t at, char which)
{
	for (size_t end = at;; end++) {
		if ((form[0] == '%' || form[0] == '\0' ||
		    (end < match->line.len &&
		    match->line.data[end] == form[0])) &&
		    match_from(match, form, end)) {
			if (which == 'x' || which == 'X')
				take_pairs(match,
				    str_sub(match->line, at, end - at));
			return true;
		}
		if (end >= match->line.len ||
		    ((which == ')' || which == 'X') &&
		    match->line.data[end] == ')'))
			return false;
	}
}

/* Where an optional piece ends. */
static size_t
skip_optional(struct str line, size_t at, char which)
{
	size_t end = at;

	if (which == '[' || which == ']')
		return at + (at < line.len && line.data[at] == which);
	if (which == 'z') {
		if (at < line.len && line.data[at] == '%')
			while (end < line.len && line.data[end] != ']' &&
			    line.data[end] != ')' && line.data[end] != ' ')
				end++;
		return end;
	}
	if (which == 'p') {
		if (at >= line.len || (line.data[at] != ':' &&
		    line.data[at] != '.'))
			return at;
		for (end = at + 1; end < line.len &&
		    char_is_digit(line.data[end]);)
			end++;
		return end > at + 1 ? end : at;
	}
	if (str_has_prefix_nocase(str_from_pos(line, at),
	    STR(" (envelope-sender <"))) {
		ptrdiff_t close = str_find(str_from_pos(line, at + 2), ')');

		return close < 0 ? at : at + 2 + (size_t)close + 1;
	}
	return at;
}

static bool
match_localhost(struct match *match, const char *form, size_t at)
{
	static const struct str names[] = { STR("localhost.localdomain"),
		STR("localhost"), STR("127.0.0.1"), STR("::1") };
	struct str rest = str_from_pos(match->line, at);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_has_prefix_nocase(rest, names[i]) &&
		    match_from(match, form, at + names[i].len))
			return true;
	return false;
}

/* The rest of the form against the rest of the line. It calls itself once for
 * each "%" of the form at most. */
static bool
match_from(struct match *match, const char *form, size_t at)
{
	struct str line = match->line;

	for (; *form != '\0' && *form != '%'; form++, at++)
		if (at >= line.len || line.data[at] != *form)
			return false;
	if (*form == '\0')
		return true;
	switch (form[1]) {
	case 'i': case 'I':
		return match_ip(match, form + 2, at, form[1]);
	case '*': case ')': case 'x': case 'X':
		return match_text(match, form + 2, at, form[1]);
	case '[': case ']': case 'p': case 'q': case 'z':
		return match_from(match, form + 2,
		    skip_optional(line, at, form[1]));
	case 'L':
		return match_localhost(match, form + 2, at);
	case 'E':
		return (str_has_prefix_nocase(str_from_pos(line, at),
		    STR("HELO")) || str_has_prefix_nocase(
		    str_from_pos(line, at), STR("EHLO"))) &&
		    match_from(match, form + 2, at + 4);
	case '$':
		return at == line.len;
	default:
		return match_word(match, form + 2, at, form[1]);
	}
}

/* --- all forms ------------------------------------------------------------------ */

/* Behind "by HOST" and remarks in parentheses, "with SMTP" or QMQP; but no id
 * behind that. */
static bool
is_qmail(struct str line)
{
	const char *by = memmem(line.data, line.len, " by ", 4), *with;
	struct str rest;
	size_t at = 0;

	if (by == NULL)
		return false;
	rest = str_from_pos(line, (size_t)(by - line.data) + 4);
	while (at < rest.len && rest.data[at] != ' ')
		at++;
	rest = str_from_pos(rest, at);
	with = memmem(rest.data, rest.len, " with ", 6);
	if (with == NULL || (with != rest.data && (rest.data[1] != '(' ||
	    with[-1] != ')')))
		return false;
	rest = str_from_pos(rest, (size_t)(with - rest.data) + 5);
	for (ptrdiff_t blank; (blank = str_find(rest, ' ')) >= 0;) {
		rest = str_from_pos(rest, (size_t)blank + 1);
		if (rest.len >= 4 && (memcmp(rest.data, "SMTP", 4) == 0 ||
		    memcmp(rest.data, "QMQP", 4) == 0) &&
		    !str_has_prefix_nocase(str_from_pos(rest, 4), STR(" id ")))
			return true;
	}
	return false;
}

/* "IDENT:user@name": the name is what follows. */
static void
cut_ident(struct form_words *words)
{
	ptrdiff_t at = str_find(words->rdns, '@');
	struct str user;

	if (at < 0)
		return;
	user = str_sub(words->rdns, 0, (size_t)at);
	if (str_has_prefix_nocase(user, STR("IDENT:")))
		user = str_from_pos(user, 6);
	words->ident = user;
	words->rdns = str_from_pos(words->rdns, (size_t)at + 1);
}

static bool
may_be(const struct form *form, struct str line, enum form_kind kind,
    enum form_front front)
{
	if (form->front != front ||
	    (form->kind != KIND_ANY && form->kind != kind))
		return false;
	return form->guard == NULL || memmem(line.data, line.len, form->guard,
	    strlen(form->guard)) != NULL;
}

static bool
fits(const struct form *form, const struct match *match)
{
	const struct form_words *words = &match->words;

	if ((form->flags & FORM_QMAIL) != 0 && !is_qmail(match->line))
		return false;
	if ((form->flags & FORM_NO_QMAIL) != 0 &&
	    memmem(match->line.data, match->line.len, " (qmail-", 8) != NULL)
		return false;
	if ((form->flags & FORM_DOT) != 0 && str_find(words->rdns, '.') < 0)
		return false;
	return (form->flags & FORM_LETTER) == 0 || words->helo.len == 0 ||
	    !char_is_digit(words->helo.data[0]);
}

const struct form *
form_find(struct str line, enum form_kind kind, enum form_front front,
    struct form_words *words)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct match match = { .line = line, .words = *words };
		const struct form *form = &forms[i];

		if (!may_be(form, line, kind, front) ||
		    !match_from(&match, form->text, 0) || !fits(form, &match))
			continue;
		if ((form->flags & FORM_SAME) != 0 && (kind != KIND_EXIM ||
		    memmem(line.data, line.len, "helo=", 5) == NULL))
			match.words.helo = match.words.rdns;
		if ((form->flags & FORM_IDENT) != 0)
			cut_ident(&match.words);
		*words = match.words;
		return form;
	}
	return NULL;
}
