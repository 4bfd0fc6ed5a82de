/* SPDX-License-Identifier: ISC */
/* sa_address.c - addresses in header fields, as loosely as SpamAssassin reads
 * them: what a program shows as a name is a name, valid or not. */
#include "base/arena.h"
#include "rules/place/sa_private.h"

/* More addresses of one field nobody asks about. */
#define ADDRESSES_MAX 1000
/* Ends of "<...>" that are tried where several could be meant. */
#define ENDS_MAX 8

static bool
is_space(char c)
{
	return char_is_space(c) || c == '\f' || c == '\v';
}

static size_t
skip_space(struct str text, size_t at)
{
	while (at < text.len && is_space(text.data[at]))
		at++;
	return at;
}

/* Behind the quoted string that begins at `at`; `at`: it has no end. */
static size_t
skip_quoted(struct str text, size_t at)
{
	for (size_t end = at + 1; end < text.len; end++) {
		if (text.data[end] == '\\')
			end++;
		else if (text.data[end] == '"')
			return end + 1;
	}
	return at;
}

static size_t
skip_until(struct str text, size_t at, const char *stops)
{
	while (at < text.len && (text.data[at] == '\0' ||
	    strchr(stops, text.data[at]) == NULL) && !is_space(text.data[at]))
		at++;
	return at;
}

/* Behind local@domain that begins at `at`; `at`: there is none. */
static size_t
skip_mail(struct str text, size_t at)
{
	size_t local = at, domain;

	if (at < text.len && text.data[at] == '"')
		local = skip_quoted(text, at);
	else
		local = skip_until(text, at, "@<>()[],:;");
	if (local == at || local >= text.len || text.data[local] != '@')
		return at;
	domain = ++local;
	if (domain < text.len && text.data[domain] == '[') {
		for (domain++; domain < text.len && (text.data[domain] == ':' ||
		    text.data[domain] == '.' ||
		    char_is_digit(text.data[domain]));)
			domain++;
		return domain < text.len && text.data[domain] == ']' &&
		    domain > local + 1 ? domain + 1 : at;
	}
	domain = skip_until(text, domain, "\"<>()[],:;");
	return domain > local ? domain : at;
}

/* Behind words and quoted strings up to "," ";" or "<"; `at`: none. */
static size_t
skip_phrase(struct str text, size_t at)
{
	for (size_t end;; at = end) {
		end = at;
		if (end < text.len && text.data[end] == '"')
			end = skip_quoted(text, end);
		else
			while (end < text.len && text.data[end] != '"' &&
			    text.data[end] != ',' && text.data[end] != ';' &&
			    text.data[end] != '<')
				end++;
		if (end == at)
			return at;
	}
}

/* What may stand behind an address: a comment, then "," or ";" or the end.
 * Behind that; -1: something else stands there. */
static ptrdiff_t
skip_tail(struct str text, size_t at, struct str *comment_r)
{
	size_t behind = skip_space(text, at), end;

	*comment_r = str_of(NULL, 0);
	if (behind < text.len && text.data[behind] == '(') {
		for (end = behind + 1; end < text.len &&
		    text.data[end] != '(' && text.data[end] != ')'; end++)
			if (text.data[end] == '\\')
				end++;
		if (end >= text.len || text.data[end] != ')')
			return -1;
		*comment_r = str_sub(text, behind + 1, end - behind - 1);
		behind = skip_space(text, end + 1);
	}
	if (behind >= text.len)
		return (ptrdiff_t)text.len;
	return text.data[behind] == ',' || text.data[behind] == ';' ?
	    (ptrdiff_t)behind + 1 : -1;
}

/* Further "<...>" behind the first, as some write. */
static size_t
skip_more_angles(struct str text, size_t at)
{
	size_t open = skip_space(text, at);
	ptrdiff_t end;

	while (open < text.len && text.data[open] == '<') {
		end = str_find(str_from_pos(text, open), '>');
		if (end < 0)
			break;
		at = open + (size_t)end + 1;
		open = skip_space(text, at);
	}
	return at;
}

/* One of a list while it is read. */
struct entry {
	struct str phrase, inner, mail, comment;	/* data NULL: none */
};

/* "<...>" at `at`. Behind all of the entry, or -1. */
static ptrdiff_t
read_angle(struct str text, size_t at, struct entry *entry)
{
	size_t from = skip_space(text, at + 1), run = from, tries = 0;
	ptrdiff_t behind;

	while (run < text.len && text.data[run] != '@' &&
	    text.data[run] != '>')
		run++;
	while (run < text.len && !is_space(text.data[run]))
		run++;
	if (skip_space(text, run) < text.len &&
	    text.data[skip_space(text, run)] == '>')
		run = skip_space(text, run) + 1;
	for (size_t end = run; end-- > from && tries < ENDS_MAX;) {
		if (text.data[end] != '>')
			continue;
		tries++;
		behind = skip_tail(text, skip_more_angles(text, end + 1),
		    &entry->comment);
		if (behind < 0)
			continue;
		entry->inner = str_trim(str_sub(text, from, end - from));
		return behind;
	}
	return -1;
}

/* The entry that begins at `at`. Behind it; -1: it is none. */
static ptrdiff_t
read_entry(struct str text, size_t at, struct entry *entry)
{
	size_t end;
	ptrdiff_t behind;

	*entry = (struct entry){ { NULL, 0 }, { NULL, 0 }, { NULL, 0 },
		{ NULL, 0 } };
	at = skip_space(text, at);
	end = skip_phrase(text, at);
	if (end < text.len && text.data[end] == '<') {
		behind = read_angle(text, end, entry);
		if (behind >= 0) {
			if (end > at)
				entry->phrase = str_sub(text, at, end - at);
			return behind;
		}
	}
	end = skip_mail(text, at);
	if (end > at && (behind = skip_tail(text, end, &entry->comment)) >= 0) {
		entry->mail = str_sub(text, at, end - at);
		return behind;
	}
	end = skip_phrase(text, at);
	if (end == at ||
	    (behind = skip_tail(text, end, &entry->comment)) < 0)
		return -1;
	entry->phrase = str_sub(text, at, end - at);
	return behind;
}

/* --- what an entry means -------------------------------------------------------- */

/* text without comments in parentheses. */
static void
add_without_comments(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		size_t end = i;

		if (text.data[i] == '(') {
			for (end = i + 1; end < text.len &&
			    text.data[end] != '(' && text.data[end] != ')';)
				end += text.data[end] == '\\' ? 2 : 1;
		}
		if (end > i && end < text.len && text.data[end] == ')')
			i = end;
		else
			buf_add_char(out, text.data[i]);
	}
}

static struct str
plain_phrase(struct arena *arena, struct str phrase)
{
	struct buf out;
	size_t at = 0, end;

	buf_init(&out, arena);
	while (at < phrase.len) {
		if (phrase.data[at] != '"') {
			for (end = at; end < phrase.len &&
			    phrase.data[end] != '"';)
				end++;
			add_without_comments(&out,
			    str_sub(phrase, at, end - at));
			at = end;
			continue;
		}
		end = skip_quoted(phrase, at);
		for (size_t i = at + 1; i + 1 < end; i++)
			if (phrase.data[i] != '\\')
				buf_add_char(&out, phrase.data[i]);
		at = end > at ? end : at + 1;
	}
	return buf_str(&out);
}

/* Is all of text an address, and one that somebody could have? */
static bool
is_mail(struct str text)
{
	size_t quotes = 0;

	if (text.data == NULL || text.len == 0 ||
	    skip_mail(text, 0) != text.len)
		return false;
	for (size_t i = 0; i < text.len; i++)
		quotes += text.data[i] == '"';
	return quotes != 1 && !(text.len > 3 && memcmp(text.data, "\"\"@", 3) ==
	    0);
}

/* Has it a domain with two labels at least? */
static bool
has_domain(struct str mail)
{
	ptrdiff_t at = str_find(mail, '@');
	struct str domain = str_from_pos(mail, (size_t)(at + 1));

	return at >= 0 && str_find(domain, '.') > 0 &&
	    str_find(domain, '@') < 0 && domain.data[domain.len - 1] != '.';
}

/* Up to a second "@". */
static struct str
cut_address(struct str mail)
{
	ptrdiff_t at = str_find(mail, '@');
	ptrdiff_t second = str_find(str_from_pos(mail, (size_t)(at + 1)), '@');

	if (second >= 0)
		mail.len = (size_t)(at + 1 + second);
	return mail;
}

static void
add_entry(struct arena *arena, const struct entry *entry,
    struct vec *addresses)
{
	struct sa_address *address = vec_push(addresses);
	struct str mail = entry->mail, phrase = entry->phrase;
	struct buf inner;

	if (entry->inner.data != NULL) {
		buf_init(&inner, arena);
		buf_reserve(&inner, 1);
		add_without_comments(&inner, entry->inner);
		mail = buf_str(&inner);
	}
	if (!is_mail(mail))
		mail = str_of(NULL, 0);
	if (phrase.data != NULL) {
		phrase = plain_phrase(arena, phrase);
		if (mail.data == NULL && is_mail(phrase) && has_domain(phrase))
			mail = phrase;
		if (phrase.len == 0 || str_eq(phrase, mail))
			phrase = str_of(NULL, 0);
	}
	if (phrase.data == NULL)
		phrase = entry->comment;
	address->address = mail.data == NULL ? mail : cut_address(mail);
	address->phrase = phrase;
}

/* --- the field ------------------------------------------------------------------ */

/* Pairs of backslashes out, blanks at the end and a group's name in front. */
static struct str
prepare(struct arena *arena, struct str value)
{
	struct buf out;
	size_t colon = 0;
	struct str text;

	while (value.len != 0 && is_space(value.data[value.len - 1]))
		value.len--;
	buf_init(&out, arena);
	buf_reserve(&out, value.len + 1);
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '\\' && i + 1 < value.len &&
		    value.data[i + 1] == '\\')
			i++;
		else
			buf_add_char(&out, value.data[i]);
	}
	text = buf_str(&out);
	for (size_t i = 0; i < text.len && strchr("\"()<>", text.data[i]) ==
	    NULL; i++)
		if (text.data[i] == ':' && i != 0)
			colon = i + 1;
	if (colon == 0)
		return text;
	colon = skip_space(text, colon);
	return colon < text.len && text.data[colon] == ';' ? STR("") :
	    str_from_pos(text, colon);
}

/* What could not be read, but has addresses in it. */
static void
add_leftovers(struct str text, struct vec *addresses)
{
	for (size_t at = 0; at < text.len && addresses->len < ADDRESSES_MAX;
	    at++) {
		size_t end;

		if (text.data[at] != '<')
			continue;
		end = skip_mail(text, at + 1);
		if (end > at + 1 && end < text.len && text.data[end] == '>') {
			struct sa_address *address = vec_push(addresses);

			address->address = cut_address(str_sub(text, at + 1,
			    end - at - 1));
			at = end;
		}
	}
}

void
sa_addresses_read(struct arena *arena, struct str value, struct vec *addresses)
{
	struct str text = prepare(arena, value);
	struct entry entry;
	ptrdiff_t behind;

	while (skip_space(text, 0) < text.len &&
	    addresses->len < ADDRESSES_MAX) {
		behind = read_entry(text, 0, &entry);
		if (behind < 0)
			break;
		add_entry(arena, &entry, addresses);
		text = str_from_pos(text, (size_t)behind);
	}
	add_leftovers(text, addresses);
}
