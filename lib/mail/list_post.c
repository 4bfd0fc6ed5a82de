/* SPDX-License-Identifier: ISC */
/* list_post.c - what a message says of the mailing list it came through. */
#include "mail/list_post.h"

#include "base/arena.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/lexer.h"
#include "mail/public_suffix.h"

/* An id has at most 255 octets (RFC 2919), what is longer is none. */
#define LIST_ID_MAX 255
/* Of a mailto: only the address matters, which is no longer than a line. */
#define MAILTO_MAX 998

static bool
is_text(char c)
{
	return c != '<' && c != '"' && c != '(';
}

static bool
is_bracketed(char c)
{
	return c != '>';
}

/* The content of the next <...> that is not inside of a comment or a quoted
 * phrase, without blanks at its ends. False: there is none. */
static bool
next_bracketed(struct lexer *lexer, struct str *content_r)
{
	for (;;) {
		lexer_run(lexer, is_text);
		if (lexer_take(lexer, '<'))
			break;
		if (lexer_peek(lexer) < 0 ||
		    (lexer_peek(lexer) == '"' && lexer_quoted(lexer, NULL) < 0)
		    || lexer_skip_cfws(lexer, NULL) < 0)
			return false;
	}
	*content_r = str_trim(lexer_run(lexer, is_bracketed));
	return lexer_take(lexer, '>');
}

static void
add(struct arena *arena, struct vec *domains, struct str domain)
{
	struct str copy;

	for (size_t i = 0; i < domains->len; i++)
		if (str_eq(*(struct str *)vec_at(domains, i), domain))
			return;
	copy = str_copy(arena, domain);
	*(struct str *)vec_push(domains) = copy;
}

/* A name of at least two labels. */
static bool
is_domain(struct arena *arena, struct str text, struct str *domain_r)
{
	return domain_canonical(arena, text, domain_r) == 0 &&
	    str_find(*domain_r, '.') > 0;
}

/* The first labels name the list and may have any atext ("c++.example.net");
 * they go until the rest is a domain. */
static void
add_list_id(struct arena *arena, struct vec *domains, struct str id)
{
	struct str domain, label;

	if (id.len > LIST_ID_MAX)
		return;
	while (!is_domain(arena, id, &domain))
		if (!str_cut(&id, '.', &label) || id.len == 0)
			return;
	add(arena, domains, domain);
}

/* "mailto:list@example.net?subject=x" (RFC 6068 2) and its host. */
static void
add_list_post(struct arena *arena, struct vec *domains, struct str url)
{
	struct str address, domain;
	ptrdiff_t at;

	if (url.len > MAILTO_MAX ||
	    !str_has_prefix_nocase(url, STR("mailto:")))
		return;
	url = str_from_pos(url, sizeof("mailto:") - 1);
	if (!str_cut(&url, '?', &address))
		return;
	at = str_find_last(address, '@');
	if (at < 0 || !is_domain(arena,
	    str_from_pos(address, (size_t)at + 1), &domain))
		return;
	add(arena, domains, domain);
}

/* Every <...> of every field of this name, until there are enough. */
static void
collect(struct arena *arena, const struct header_list *headers,
    const char *name, void (*add_one)(struct arena *, struct vec *, struct str),
    struct vec *domains)
{
	const struct header *header;
	struct lexer lexer;
	struct str content;
	size_t at = 0;

	while ((header = header_next(headers, name, &at)) != NULL) {
		if (header->is_ours)
			continue;
		lexer_init(&lexer, header->value);
		while (domains->len < LIST_POST_DOMAINS_MAX &&
		    next_bracketed(&lexer, &content))
			add_one(arena, domains, content);
	}
}

struct vec
list_post_domains(struct arena *arena, const struct header_list *headers)
{
	struct vec domains;

	vec_init(&domains, arena, sizeof(struct str));
	collect(arena, headers, "List-Id", add_list_id, &domains);
	collect(arena, headers, "List-Post", add_list_post, &domains);
	return domains;
}

bool
list_post_is_of(struct str list, struct str signer)
{
	struct str registrable;

	if (domain_is_within(list, signer))
		return str_find(signer, '.') > 0;
	registrable = public_suffix_registrable(list);
	return registrable.data != NULL &&
	    str_eq(registrable, public_suffix_registrable(signer));
}
