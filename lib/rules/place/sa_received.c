/* SPDX-License-Identifier: ISC */
/* sa_received.c - a Received field as SpamAssassin understands it.
 *
 * lib/mail/received reads what can be trusted; rules over X-Spam-Relays-... want
 * what SpamAssassin would have read, also where that is a guess. So the forms
 * stand here as rows in its order, in a small language of their own (form_match):
 * the first that fits tells which word is what. Each word ends at a blank, so a
 * row costs no more than the line is long. */
#include <string.h>

#include "base/arena.h"
#include "mail/netlist.h"
#include "rules/place/sa_received_private.h"

/* Lines beyond that tell nothing more. */
#define LINE_MAX ((size_t)4096)

/* The forms that only one kind of program writes; a line is of the first kind
 * whose sign it has, and then of no other. */
static const struct received_kind {
	enum form_kind kind;
	const char *sign;
} kinds[] = {
	{ KIND_SMTPSVC, " SMTPSVC" },
	{ KIND_MAPI, " with mapi id " },
	{ KIND_XMAIL, "[XMail " },
	{ KIND_ECELERITY, "(ecelerity" },
	{ KIND_EXIM, "Exim" },
	{ KIND_POSTFIX, " (Postfix) with" },
	{ KIND_SCALIX, "(Scalix SMTP Relay" },
	{ KIND_DOMINO, " (Lotus Domino " },
};

static bool
has(struct str line, const char *text)
{
	return memmem(line.data, line.len, text, strlen(text)) != NULL;
}

/* --- the line ------------------------------------------------------------------- */

/* White space as one blank, none at the ends, no semicolons at the end. */
static struct str
squeeze(struct arena *arena, struct str value)
{
	struct buf out;

	value = str_trim(str_sub(value, 0, LINE_MAX));
	buf_init(&out, arena);
	buf_reserve(&out, value.len + 2);
	for (size_t i = 0; i < value.len; i++) {
		if (!char_is_space(value.data[i]))
			buf_add_char(&out, value.data[i]);
		else if (!char_is_space(value.data[i + 1]))
			buf_add_char(&out, ' ');
		if (value.data[i] == ')' && i + 3 < value.len &&
		    memcmp(value.data + i + 1, "by ", 3) == 0)
			buf_add_char(&out, ' ');
	}
	while (out.len != 0 && out.data[out.len - 1] == ';') {
		out.len--;
		if (out.len != 0 && out.data[out.len - 1] == ' ')
			out.len--;
	}
	return buf_str(&out);
}

/* Is text "Tue, 23 May 2006 13:06:35 -0400", and nothing more? */
static bool
is_date(struct str text)
{
	struct str word, words[6];
	size_t count = 0;

	while (count < ARRAY_LEN(words) && str_cut(&text, ' ', &word))
		if (word.len != 0)
			words[count++] = word;
	if (text.len != 0 || count < 5)
		return false;
	return count == 5 ? char_is_digit(words[0].data[0]) :
	    words[0].data[words[0].len - 1] == ',' &&
	    char_is_digit(words[1].data[0]);
}

static struct str
cut_date(struct str line)
{
	ptrdiff_t at = str_find_last(line, ';');

	if (at < 0 || !is_date(str_from_pos(line, (size_t)at + 1)))
		return line;
	line.len = (size_t)at;
	while (line.len != 0 && (line.data[line.len - 1] == ' ' ||
	    line.data[line.len - 1] == ';'))
		line.len--;
	return line;
}

/* "from HOST by HOST ; DATE" tells of no address. */
static bool
is_bare(struct str line)
{
	struct str rest = str_from_pos(line, 5), from, by;
	size_t end = 0;

	if (!str_cut(&rest, ' ', &from) || !str_has_prefix_nocase(rest,
	    STR("by ")))
		return false;
	by = str_from_pos(rest, 3);
	while (end < by.len && by.data[end] != ' ' && by.data[end] != ';')
		end++;
	if (end < by.len && by.data[end] == ' ')
		end++;
	if (end == 0 || end >= by.len || by.data[end] != ';')
		return false;
	if (from.len < 3 || from.data[0] != '[' ||
	    from.data[from.len - 1] != ']')
		return true;
	for (size_t i = 1; i + 1 < from.len; i++)
		if (!char_is_digit(from.data[i]) && from.data[i] != '.')
			return true;
	return false;
}

/* The word behind mark, up to a blank; data NULL: mark is not there. */
static struct str
word_behind(struct str line, const char *mark)
{
	const char *at = memmem(line.data, line.len, mark, strlen(mark));
	struct str rest;
	size_t len = 0;

	if (at == NULL)
		return str_of(NULL, 0);
	rest = str_from_pos(line, (size_t)(at - line.data) + strlen(mark));
	while (len < rest.len && rest.data[len] != ' ')
		len++;
	return str_sub(rest, 0, len);
}

static struct str
id_of(struct str line)
{
	struct str id = word_behind(line, " id ");
	size_t len = 0;

	if (id.len != 0 && id.data[0] == '<')
		id = str_from_pos(id, 1);
	while (len < id.len && strchr("<>;", id.data[len]) == NULL)
		len++;
	return len >= 3 ? str_sub(id, 0, len) : STR("");
}

static bool
is_helo_char(char c)
{
	return char_is_alnum(c) || (c != '\0' &&
	    strchr("-.^+_&:=?!@%*$\\/", c) != NULL);
}

static struct str
helo_of(struct str line)
{
	static const char *const marks[] = { "helo=", "HELO ", "EHLO " };
	struct str helo;
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		helo = word_behind(line, marks[i]);
		if (helo.len != 0 && is_helo_char(helo.data[0]))
			break;
		helo = STR("");
	}
	while (len < helo.len && is_helo_char(helo.data[len]))
		len++;
	return str_sub(helo, 0, len);
}

/* Who handed it over says who the sender is. */
static void
read_envfrom(struct str line, struct sa_relay *relay)
{
	static const char *const marks[] = { "envelope-from ",
		"envelope-from=", "envelope-sender ", "envelope-sender=",
		"return-path: ", "return-path " };
	struct str found = STR("");
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(marks) && found.len == 0; i++)
		found = word_behind(line, marks[i]);
	for (len = found.len; len != 0 &&
	    !char_is_alnum(found.data[len - 1]) && found.data[len - 1] != '_';)
		len--;
	if (len == 0)
		return;
	relay->has_envfrom = true;
	relay->envfrom = str_sub(found, 0, len);
	while (relay->envfrom.len != 0 && relay->envfrom.data[0] == '<')
		relay->envfrom = str_from_pos(relay->envfrom, 1);
}

/* --- who logged in ---------------------------------------------------------------- */

/* "with ESMTPSA" (RFC 3848), and webmail. */
static struct str
auth_by_protocol(struct str line)
{
	static const char *const names[] = { "ESMTPA", "ESMTPSA", "LMTPA",
		"LMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "UTF8LMTPA", "UTF8LMTPSA",
		"ASMTP", "HTTP", "HTTPS", "HTTPU" };
	struct str rest = line, word;
	const char *at;

	while ((at = memmem(rest.data, rest.len, " with ", 6)) != NULL) {
		rest = str_from_pos(rest, (size_t)(at - rest.data) + 6);
		word = rest;
		if (str_find(word, ' ') >= 0)
			word.len = (size_t)str_find(word, ' ');
		if (str_find(word, ';') >= 0)
			word.len = (size_t)str_find(word, ';');
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (str_is_nocase(word, names[i]))
				return word;
	}
	return STR("");
}

/* Gmail tells of a login by the form of its ids: "ab12sm345def.1.2010.05.03." */
static struct str
auth_of_gmail(struct arena *arena, struct str line)
{
	struct str id = word_behind(line, " by mx.google.com with ESMTPS id ");
	struct str version = word_behind(line, "(version=");
	struct str cipher = word_behind(line, " cipher=");
	const char *mark = id.data == NULL ? NULL :
	    memmem(id.data, id.len, "sm", 2);
	size_t dots = 0;

	for (size_t i = 0; i < id.len; i++)
		dots += id.data[i] == '.';
	if (mark == NULL || mark == id.data || mark - id.data > 4 ||
	    !char_is_digit(mark[2]) || dots < 7 || version.data == NULL ||
	    cipher.data == NULL || str_find(cipher, ')') < 0)
		return STR("");
	cipher.len = (size_t)str_find(cipher, ')');
	return str_from(arena_printf(arena,
	    "GMail - transport=%.*s cipher=%.*s", STR_ARG(version),
	    STR_ARG(cipher)));
}

static struct str
auth_of(struct arena *arena, struct str line)
{
	struct str auth = STR("");

	if (has(line, " by "))
		auth = auth_by_protocol(line);
	if (auth.len == 0)
		auth = auth_of_gmail(arena, line);
	if (auth.len != 0)
		return auth;
	if (has(line, ") (Authenticated sender: ") &&
	    has(line, ") by ") && has(line, ") with "))
		return has(line, " (Postfix) with ") ? STR("Postfix") :
		    STR("Postfix (other)");
	if (has(line, "(AUTH: ") && has(line, ") by "))
		return STR("LOGIN");
	if (has(line, "(authenticated") && has(line, "]"))
		return STR("Sendmail");
	if (has(line, "CommuniGate Pro ") && has(line, " (account "))
		return STR("Communigate");
	if (has(line, " with Microsoft Exchange Server HTTP-DAV"))
		return STR("HTTP-DAV");
	if (has(line, " by ") && has(line, " (via HTTP)"))
		return STR("HTTP");
	return STR("");
}

/* --- what the forms found --------------------------------------------------------- */

/* What would break the text of a relay is shown as "!". */
static struct str
clean(struct arena *arena, struct str text)
{
	char *copy;

	if (text.len == 0)
		return STR("");
	copy = arena_alloc(arena, text.len);
	for (size_t i = 0; i < text.len; i++)
		copy[i] = text.data[i] == '\0' || char_is_space(text.data[i]) ||
		    strchr("#[]()<>|", text.data[i]) != NULL ? '!' :
		    text.data[i];
	return str_of(copy, text.len);
}

/* No prefix, brackets or zone; IPv4 as such. */
static struct str
plain_ip(struct arena *arena, struct str ip)
{
	char text[NETADDR_TEXT_SIZE];
	struct netaddr address;

	if (str_has_prefix_nocase(ip, STR("ipv6:")))
		ip = str_from_pos(ip, 5);
	if (ip.len != 0 && ip.data[0] == '[')
		ip = str_from_pos(ip, 1);
	if (ip.len != 0 && ip.data[ip.len - 1] == ']')
		ip.len--;
	if (str_find(ip, '%') >= 0)
		ip.len = (size_t)str_find(ip, '%');
	if (str_find(ip, ':') >= 0 && netaddr_parse(ip, &address) == 0 &&
	    address.len == 4)
		return str_from(arena_strdup(arena,
		    netaddr_format(&address, text)));
	return ip;
}

bool
sa_ip_is_private(struct str ip)
{
	struct netaddr address;
	const uint8_t *b = address.bytes;

	if (netaddr_parse(ip, &address) != 0)
		return false;
	if (address.len == 4)
		return b[0] == 10 || b[0] == 127 || (b[0] == 169 && b[1] == 254)
		    || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
		    (b[0] == 192 && b[1] == 168) ||
		    (b[0] == 100 && (b[1] & 0xc0) == 64);
	return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
	    || netaddr_is_loopback(&address);
}

static void
finish(struct arena *arena, struct sa_relay *relay, bool looked_up)
{
	while (relay->rdns.len != 0 &&
	    relay->rdns.data[relay->rdns.len - 1] == '.')
		relay->rdns.len--;
	if (str_is_nocase(relay->rdns, "unknown") ||
	    (relay->rdns.len != 0 && relay->rdns.data[0] == '['))
		relay->rdns = STR("");
	if (relay->by.len != 0 && relay->by.data[relay->by.len - 1] == ';')
		relay->by.len--;
	relay->ip = clean(arena, plain_ip(arena, relay->ip));
	relay->rdns = clean(arena, relay->rdns);
	relay->helo = clean(arena, relay->helo);
	relay->by = clean(arena, relay->by);
	relay->ident = clean(arena, relay->ident);
	relay->envfrom = clean(arena, relay->envfrom);
	relay->is_private = sa_ip_is_private(relay->ip);
	relay->no_rdns = relay->rdns.len == 0 && looked_up;
}

/* Nothing fits: an address in brackets and who wrote it are enough. */
static enum sa_received
guess(struct arena *arena, struct str rest, struct sa_relay *relay)
{
	struct str tail = rest;
	ptrdiff_t open;

	while (relay->ip.len == 0 && (open = str_find(tail, '[')) >= 0) {
		size_t len;

		tail = str_from_pos(tail, (size_t)open + 1);
		len = form_ip_len(tail);
		if (len != 0 && len < tail.len && tail.data[len] == ']')
			relay->ip = str_sub(tail, 0, len);
	}
	if (relay->ip.len == 0 || relay->by.len == 0)
		return SA_RECEIVED_UNKNOWN;
	if (relay->helo.len == 0 && str_find(rest, ' ') > 0)
		relay->helo = str_sub(rest, 0, (size_t)str_find(rest, ' '));
	finish(arena, relay, false);
	return SA_RECEIVED_RELAY;
}

static enum form_kind
kind_of(struct str line)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (has(line, kinds[i].sign))
			return kinds[i].kind;
	return KIND_ANY;
}

/* The forms that begin behind "from ". */
static enum sa_received
read_forms(struct arena *arena, struct str rest, enum form_front front,
    struct sa_relay *relay)
{
	struct form_words words = { .helo = relay->helo, .by = relay->by,
		.rdns = STR(""), .ip = STR(""), .ident = STR("") };
	const struct form *form = form_find(rest, kind_of(rest), front, &words);

	if (form == NULL)
		return guess(arena, rest, relay);
	if ((form->flags & FORM_NOTHING) != 0)
		return SA_RECEIVED_NOTHING;
	if ((form->flags & FORM_FETCHED) != 0)
		return SA_RECEIVED_FETCHED;
	relay->ip = words.ip;
	relay->rdns = words.rdns;
	relay->helo = words.helo;
	relay->by = words.by;
	relay->ident = words.ident;
	if (form->kind == KIND_MAPI)
		relay->id = STR("");
	finish(arena, relay, (form->flags & FORM_LOOKED_UP) != 0 &&
	    !str_is_nocase(words.rdns, "softdnserr"));
	return SA_RECEIVED_RELAY;
}

enum sa_received
sa_received_read(struct arena *arena, struct str value, struct sa_relay *relay_r)
{
	struct str line = squeeze(arena, value);
	enum form_front front = FRONT_FROM;
	struct sa_relay relay = { .ip = STR(""), .rdns = STR(""),
		.ident = STR(""), .envfrom = STR("") };
	enum sa_received result;
	struct str by;

	if (str_has_prefix_nocase(line, STR("(from ")))
		front = FRONT_PARENTHESIS;
	else if (!str_has_prefix_nocase(line, STR("from ")))
		return SA_RECEIVED_NOTHING;
	else if (line.data[0] == 'F')
		front = FRONT_CAPITALS;
	if (has(line, " with local for ") ||
	    (front != FRONT_PARENTHESIS && is_bare(line)))
		return SA_RECEIVED_NOTHING;
	line = cut_date(line);
	relay.id = id_of(line);
	relay.helo = helo_of(line);
	by = word_behind(line, " by ");
	relay.by = by.data != NULL ? by : STR("");
	relay.auth = auth_of(arena, line);
	read_envfrom(line, &relay);
	result = read_forms(arena, str_from_pos(line,
	    front == FRONT_PARENTHESIS ? 6 : 5), front, &relay);
	*relay_r = relay;
	return result;
}
