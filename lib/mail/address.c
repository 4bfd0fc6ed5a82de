/* SPDX-License-Identifier: ISC */
/* address.c - one mail address: read from the envelope, printed, compared. */
#include "mail/address.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "mail/address_private.h"
#include "mail/lexer.h"

const char *
address_local_fault(struct str local)
{
	while (local.len != 0) {
		bool is_ascii = (unsigned char)local.data[0] < 0x80;
		size_t len = is_ascii ? 1 : utf8_char_len(local);

		if (len == 0)
			return "the local part is not UTF-8";
		if (lexer_is_control(local.data[0]))
			return "a control character in the local part";
		local = str_from_pos(local, len);
	}
	return NULL;
}

/* RFC 5321 4.1.3: the inside is dtext (33 to 126 without brackets and
 * backslash); whether it is the address of a host is not asked here. */
static bool
is_literal(struct str text)
{
	if (text.len < 3 || text.data[0] != '[' ||
	    text.data[text.len - 1] != ']')
		return false;
	for (size_t i = 1; i < text.len - 1; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~' ||
		    strchr("[\\]", text.data[i]) != NULL)
			return false;
	return true;
}

int
address_domain(struct arena *arena, struct str text, struct str *domain_r)
{
	if (!is_literal(text))
		return domain_canonical(arena, text, domain_r);
	*domain_r = str_lower(arena, text);
	return 0;
}

/* "@a,@b:" in front of the mailbox is read and ignored (RFC 5321 4.1.1.3,
 * appendix C). The colons inside of address literals do not end it. */
static int
skip_route(struct lexer *lexer)
{
	bool is_literal_open = false;

	if (lexer_peek(lexer) != '@')
		return 0;
	for (; lexer_peek(lexer) >= 0; lexer->at++) {
		int c = lexer_peek(lexer);

		if (c == '[' || c == ']')
			is_literal_open = c == '[';
		else if (c == '"' || c == '\\')
			return -1;
		else if (!is_literal_open && lexer_take(lexer, ':'))
			return 0;
	}
	return -1;
}

/* Neither control characters nor the specials of RFC 5322 3.2.3, but dots
 * anywhere: "a..b@" and "a.@" exist and are delivered. */
static bool
is_local_char(char c)
{
	return lexer_is_atext(c) || c == '.';
}

static const char *
parse_local(struct lexer *lexer, struct arena *arena, struct str *local_r)
{
	struct buf local;

	buf_init(&local, arena);
	if (lexer_peek(lexer) == '"') {
		if (lexer_quoted(lexer, &local) < 0)
			return "a quoted local part does not end";
	} else {
		buf_add_str(&local, lexer_run(lexer, is_local_char));
		/* RFC 821 wrote "a\,b@": Postfix still takes it. */
		while (lexer_peek(lexer) == '\\' &&
		    lexer->at + 1 < lexer->text.len) {
			lexer->at++;
			buf_add_char(&local, lexer->text.data[lexer->at++]);
			buf_add_str(&local, lexer_run(lexer, is_local_char));
		}
		if (local.len == 0)
			return "no local part";
	}
	*local_r = buf_str(&local);
	return address_local_fault(*local_r);
}

static const char *
parse_mailbox(struct arena *arena, struct str text, struct address *address)
{
	struct lexer lexer;
	const char *fault;

	lexer_init(&lexer, text);
	if (skip_route(&lexer) < 0)
		return "a source route without address";
	address->has_route = lexer.at != 0;
	fault = parse_local(&lexer, arena, &address->local);
	if (fault != NULL || lexer_peek(&lexer) < 0)
		return fault;
	if (!lexer_take(&lexer, '@'))
		return "a character that must be quoted in the local part";
	if (address_domain(arena, str_from_pos(text, lexer.at),
	    &address->domain) < 0)
		return "what stands behind the @ is no domain name";
	return NULL;
}

int
address_parse_path(struct arena *arena, struct str path,
    struct address *address_r, const char **error_r)
{
	const char *fault = NULL;

	*address_r = (struct address){ STR(""), STR(""), STR(""), false,
	    false };
	path = str_trim(path);
	if (path.len != 0 && path.data[0] == '<') {
		if (path.len < 2 || path.data[path.len - 1] != '>') {
			*error_r = "\"<\" without \">\"";
			return -1;
		}
		path = str_sub(path, 1, path.len - 2);
	}
	if (path.len != 0)
		fault = parse_mailbox(arena, path, address_r);
	if (fault == NULL)
		return 0;
	*address_r = (struct address){ STR(""), STR(""), STR(""), false,
	    false };
	*error_r = fault;
	return -1;
}

static void
add_quoted(struct buf *buf, struct str local)
{
	buf_add_char(buf, '"');
	for (size_t i = 0; i < local.len; i++) {
		char c = local.data[i];

		if (c == '"' || c == '\\')
			buf_add_char(buf, '\\');
		buf_add_char(buf, lexer_is_control(c) ? '?' : c);
	}
	buf_add_char(buf, '"');
}

/* RFC 2047 5 forbids it, so a reader who decodes it sees what he likes. */
static bool
has_encoded_word(struct str local)
{
	return local.len > 4 && str_has_prefix_nocase(local, STR("=?")) &&
	    str_has_suffix_nocase(local, STR("?="));
}

const char *
address_oddity(const struct address *address)
{
	if (address->has_route)
		return "a source route";
	if (address->has_gap)
		return "blanks or comments inside of it";
	if (str_find(address->local, '@') >= 0)
		return "an \"@\" in its local part";
	return has_encoded_word(address->local)
	    ? "an encoded word in its local part" : NULL;
}

struct str
address_print(struct arena *arena, const struct address *address)
{
	struct buf text;

	buf_init(&text, arena);
	if (lexer_is_dot_atom(address->local))
		buf_add_str(&text, address->local);
	else if (address->local.len != 0 || address->domain.len != 0)
		add_quoted(&text, address->local);
	if (address->domain.len != 0) {
		buf_add_char(&text, '@');
		buf_add_str(&text, address->domain);
	}
	return buf_str(&text);
}

/* The names that Postfix keeps whole even where '-' is the delimiter (its
 * split_addr()): list software answers at owner-* and *-request. */
static bool
is_kept_whole(struct str local, char delimiter)
{
	return delimiter == '-' && (str_is_nocase(local, "mailer-daemon") ||
	    str_is_nocase(local, "double-bounce") ||
	    str_has_prefix_nocase(local, STR("owner-")) ||
	    str_has_suffix_nocase(local, STR("-request")));
}

struct str
address_canonical(struct arena *arena, const struct address *address,
    char delimiter)
{
	struct address canonical = *address;
	ptrdiff_t end = -1;

	if (delimiter != '\0' && !is_kept_whole(address->local, delimiter))
		end = str_find(address->local, delimiter);
	if (end > 0)
		canonical.local = str_sub(address->local, 0, (size_t)end);
	canonical.local = str_lower(arena, canonical.local);
	canonical.domain = str_lower(arena, canonical.domain);
	return address_print(arena, &canonical);
}
