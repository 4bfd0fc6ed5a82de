/* SPDX-License-Identifier: ISC */
/* sa_freemail.c - eval: tests of addresses at providers where everybody can have
 * one (Plugin/FreeMail.pm). */
#include "rules/call/sa_eval.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "rules/draft.h"
#include "rules/place/sa_boundaries.h"
#include "rules/place/sa_html.h"
#include "rules/place/sa_uri.h"

/* More addresses of a text are not looked at; a text with so many of them, or of
 * providers, is a list: freemail_max_body_emails and freemail_max_body_freemails,
 * where nobody set them. */
#define BODY_LOOKED_AT 40
#define BODY_MAX 5
#define BODY_FREE_MAX 3

/* Addresses that are no person's, and senders that lists use. */
#define NOBODY "^(?:abuse|support|sales|info|helpdesk|contact|kontakt|" \
    "(?:post|host|domain)master|undisclosed.*|request-[a-f0-9]{16}|" \
    "bounced?-|[a-f0-9]{8}(?:\\.[a-f0-9]{8}|(?:-[a-f0-9]{4}){3}-" \
    "[a-f0-9]{12})|.+=.+=.+)@"
#define BULK "(?:^(?:post|host|domain)master|^double-bounce|" \
    "^(?:sentto|owner|return|(?:gr)?bounced?)-.+|" \
    "-(?:request|bounces?|admin|owner)|" \
    "\\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies)|.+=.+)@"

struct freemail {
	struct sa_args *args;
	struct str *domains;	/* sorted */
	size_t count;
	struct vec wild;	/* struct str: domains with wildcards */
	struct vec exempt;	/* struct str: addresses and domains */
	struct vec proven;	/* struct str: the same with wildcards, of lists of
				 * people who are welcome where they prove it */
	const struct pattern *nobody, *bulk;	/* bulk NULL: nobody's is */
	double body_max, body_free_max;	/* 0: there is no bound */
};

static int
compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int order = memcmp(x->data, y->data,
	    x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* All words of the lines of an option, lower case. */
static void
read_words(const struct call_setup *setup, const char *option,
    struct vec *words)
{
	const struct vec *lines = draft_lines(setup->draft, option);

	vec_init(words, setup->arena, sizeof(struct str));
	for (size_t i = 0; i < lines->len; i++) {
		struct str rest = *(struct str *)vec_at(lines, i), word;

		while (str_cut(&rest, ' ', &word)) {
			word = str_trim(word);
			if (word.len != 0)
				*(struct str *)vec_push(words) =
				    str_lower(setup->arena, word);
		}
	}
}

static void
read_domains(const struct call_setup *setup, struct freemail *freemail)
{
	struct vec words;

	read_words(setup, "freemail_domains", &words);
	vec_init(&freemail->wild, setup->arena, sizeof(struct str));
	freemail->domains = arena_alloc(setup->arena,
	    (words.len + 1) * sizeof(struct str));
	for (size_t i = 0; i < words.len; i++) {
		struct str word = *(struct str *)vec_at(&words, i);

		if (str_find(word, '*') >= 0 || str_find(word, '?') >= 0)
			*(struct str *)vec_push(&freemail->wild) = word;
		else
			freemail->domains[freemail->count++] = word;
	}
	qsort(freemail->domains, freemail->count, sizeof(struct str), compare);
}

static void
read_proven(const struct call_setup *setup, struct vec *proven)
{
	static const struct {
		const char *option, *list;
	} lists[] = {
		{ "freemail_import_welcomelist_auth", "welcomelist_auth" },
		{ "freemail_import_def_welcomelist_auth",
		    "def_welcomelist_auth" },
	};
	struct vec words;

	vec_init(proven, setup->arena, sizeof(struct str));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (draft_number(setup->draft, lists[i].option, 0) == 0)
			continue;
		read_words(setup, lists[i].list, &words);
		for (size_t j = 0; j < words.len; j++)
			*(struct str *)vec_push(proven) =
			    *(struct str *)vec_at(&words, j);
	}
}

/* How many make a list. */
static void
read_bounds(const struct call_setup *setup, struct freemail *freemail)
{
	if (draft_number(setup->draft, "freemail_skip_when_over_max", 1) == 0)
		return;
	freemail->body_max = draft_number(setup->draft,
	    "freemail_max_body_emails", BODY_MAX);
	freemail->body_free_max = draft_number(setup->draft,
	    "freemail_max_body_freemails", BODY_FREE_MAX);
}

/* pattern_at: which argument is a regular expression. */
static int
prepare(const struct call_setup *setup, size_t pattern_at, void **prepared_r,
    const char **error_r)
{
	struct freemail *freemail = arena_zalloc(setup->arena,
	    sizeof(*freemail));
	void *args;

	if (sa_prepare_pattern(setup, pattern_at, &args, error_r) != 0)
		return -1;
	freemail->args = args;
	read_domains(setup, freemail);
	read_words(setup, "freemail_welcomelist", &freemail->exempt);
	freemail->nobody = sa_pattern(setup, NOBODY, PATTERN_CASELESS,
	    error_r);
	read_proven(setup, &freemail->proven);
	read_bounds(setup, freemail);
	*prepared_r = freemail;
	if (freemail->nobody == NULL)
		return -1;
	if (draft_number(setup->draft, "freemail_skip_bulk_envfrom", 1) == 0)
		return 0;
	freemail->bulk = sa_pattern(setup, BULK, PATTERN_CASELESS, error_r);
	return freemail->bulk != NULL ? 0 : -1;
}

static int
prepare_header(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return prepare(setup, 1, prepared_r, error_r);
}

static int
prepare_from(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return prepare(setup, 0, prepared_r, error_r);
}

static int
prepare_replyto(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return prepare(setup, SA_ARGS_MAX, prepared_r, error_r);
}

static bool
is_exempt(const struct freemail *freemail, struct str address,
    struct str domain)
{
	for (size_t i = 0; i < freemail->exempt.len; i++) {
		struct str word = *(struct str *)vec_at(&freemail->exempt, i);

		if (str_eq(word, address) || str_eq(word, domain))
			return true;
	}
	for (size_t i = 0; i < freemail->proven.len; i++)
		if (sa_is_like(address,
		    *(struct str *)vec_at(&freemail->proven, i), false))
			return true;
	return false;
}

static bool
is_provider(const struct freemail *freemail, struct str domain)
{
	if (bsearch(&domain, freemail->domains, freemail->count,
	    sizeof(struct str), compare) != NULL)
		return true;
	for (size_t i = 0; i < freemail->wild.len; i++)
		if (sa_is_like(domain,
		    *(struct str *)vec_at(&freemail->wild, i), true))
			return true;
	return false;
}

/* Lower case. */
static bool
is_free(struct view *view, const struct freemail *freemail,
    struct str address)
{
	struct str domain = sa_domain_of(view->arena, address);

	return domain.len != 0 && is_provider(freemail, domain) &&
	    !is_exempt(freemail, address, domain) &&
	    !sa_matches(view, freemail->nobody, address);
}

/* One of them that the expression knows, where there is one. */
static bool
any_free(struct view *view, const struct freemail *freemail,
    const struct vec *addresses)
{
	for (size_t i = 0; i < addresses->len; i++) {
		struct str address = str_lower(view->arena,
		    *(struct str *)vec_at(addresses, i));

		if (is_free(view, freemail, address) &&
		    (freemail->args->pattern == NULL ||
		    sa_matches(view, freemail->args->pattern, address)))
			return true;
	}
	return false;
}

static double
run_header(struct view *view, const void *prepared)
{
	const struct freemail *freemail = prepared;
	struct str name = str_lower(view->arena, freemail->args->texts[0]);

	return any_free(view, freemail, sa_get_all(view, arena_printf(
	    view->arena, "%.*s%s", STR_ARG(name),
	    sa_has(name, ":addr") ? "" : ":addr")));
}

static double
run_from(struct view *view, const void *prepared)
{
	return any_free(view, prepared, sa_senders(view));
}

/* --- addresses in the text ------------------------------------------------------------ */

static bool
is_local_char(char c)
{
	return char_is_alnum(c) || (c != '\0' &&
	    strchr("!#$%&'*+/=?^_`{|}~-.", c) != NULL);
}

static bool
is_host_char(char c)
{
	return char_is_alnum(c) || c == '.' || c == '-';
}

/* The address around the "@" at `at`; data NULL: it is none. */
static struct str
address_around(const struct view *view, struct str text, size_t at)
{
	size_t from = at, to = at + 1;
	struct str address;

	while (from > 0 && at - from < 64 && is_local_char(text.data[from - 1]))
		from--;
	while (from < at && text.data[from] == '.')
		from++;
	while (to < text.len && is_host_char(text.data[to]))
		to++;
	while (to > at + 1 && !char_is_alnum(text.data[to - 1]))
		to--;
	address = str_lower(view->arena, str_sub(text, from, to - from));
	if (from == at || text.data[at - 1] == '.' ||
	    str_find(str_from_pos(address, at - from), '.') < 2 ||
	    !sa_has_known_end(sa_boundaries_of(view),
	    str_from_pos(address, at - from + 1)))
		return str_of(NULL, 0);
	return address;
}

/* Is it part of a link, or does "<...>" or the head of a quoted message make it
 * somebody's own address? */
static bool
is_other(struct str text, size_t at)
{
	size_t end = at, from = at;

	while (from > 0 && !char_is_space(text.data[from - 1]))
		from--;
	if (sa_has(str_sub(text, from, at - from), "://"))
		return true;
	while (end < text.len && (is_local_char(text.data[end]) ||
	    text.data[end] == '@'))
		end++;
	return end < text.len && text.data[end] == '>';
}

static void
add_once(struct vec *addresses, struct str address)
{
	for (size_t i = 0; i < addresses->len; i++)
		if (str_eq(*(struct str *)vec_at(addresses, i), address))
			return;
	if (addresses->len < BODY_LOOKED_AT)
		*(struct str *)vec_push(addresses) = address;
}

static void
add_of_links(struct view *view, struct vec *addresses)
{
	const struct sa_uri_list *list = sa_uris(view);

	for (size_t i = 0; i < list->uris.len; i++) {
		const struct sa_uri *uri = vec_at(&list->uris, i);
		ptrdiff_t at = str_find(uri->uri, '@');
		struct str address;

		if ((uri->uses & SA_IN_A) == 0 ||
		    (uri->uses & SA_IN_TEXT) != 0 || at < 0 ||
		    !str_has_prefix_nocase(uri->uri, STR("mailto:")))
			continue;
		address = address_around(view, str_from_pos(uri->uri, 7),
		    (size_t)at - 7);
		if (address.data != NULL)
			add_once(addresses, address);
	}
}

static void
add_of_text(struct view *view, struct vec *addresses)
{
	const struct vec *body = sa_body(view);

	for (size_t i = 0; i < body->len; i++) {
		struct str text = *(struct str *)vec_at(body, i), address;

		for (size_t at = 0; at < text.len &&
		    addresses->len < BODY_LOOKED_AT; at++) {
			if (text.data[at] != '@' || at == 0 ||
			    is_other(text, at))
				continue;
			address = address_around(view, text, at);
			if (address.data != NULL)
				add_once(addresses, address);
		}
	}
}

static bool
is_list(double bound, size_t count)
{
	return bound != 0 && (double)count >= bound;
}

/* Those of providers; none where it is a list of addresses. */
static const struct vec *
body_addresses(struct view *view, const struct freemail *freemail)
{
	void **kept = view_kept(view, "sa_freemail");
	struct vec *found, all;

	if (*kept != NULL)
		return *kept;
	*kept = found = arena_zalloc(view->arena, sizeof(*found));
	vec_init(found, view->arena, sizeof(struct str));
	vec_init(&all, view->arena, sizeof(struct str));
	add_of_links(view, &all);
	add_of_text(view, &all);
	if (is_list(freemail->body_max, all.len))
		return found;
	for (size_t i = 0; i < all.len; i++) {
		struct str address = *(struct str *)vec_at(&all, i);

		if (is_free(view, freemail, address))
			*(struct str *)vec_push(found) = address;
	}
	if (is_list(freemail->body_free_max, found->len))
		found->len = 0;
	return found;
}

/* --- answers go elsewhere --------------------------------------------------------------- */

static bool
has_address(const struct vec *addresses, struct str wanted)
{
	for (size_t i = 0; i < addresses->len; i++)
		if (str_eq_nocase(*(struct str *)vec_at(addresses, i), wanted))
			return true;
	return false;
}

static bool
has_free(struct view *view, const struct freemail *freemail,
    const struct vec *addresses)
{
	for (size_t i = 0; i < addresses->len; i++)
		if (is_free(view, freemail, str_lower(view->arena,
		    *(struct str *)vec_at(addresses, i))))
			return true;
	return false;
}

static bool
share_none(const struct vec *a, const struct vec *b)
{
	for (size_t i = 0; i < a->len; i++)
		if (has_address(b, *(struct str *)vec_at(a, i)))
			return false;
	return true;
}

/* Is another address of a provider in the text than those? */
static bool
has_another(struct view *view, const struct freemail *freemail,
    const struct vec *addresses)
{
	const struct vec *body = body_addresses(view, freemail);

	for (size_t i = 0; i < body->len; i++)
		for (size_t j = 0; j < addresses->len; j++)
			if (!str_eq_nocase(*(struct str *)vec_at(body, i),
			    *(struct str *)vec_at(addresses, j)))
				return true;
	return false;
}

static double
run_replyto(struct view *view, const void *prepared)
{
	const struct freemail *freemail = prepared;
	const struct vec *from = sa_get_all(view, "from:addr");
	const struct vec *reply = sa_get_all(view, "reply-to:addr");
	bool wants_reply = str_is(freemail->args->texts[0], "reply");
	struct str sender = sa_get_text(view, "envelopefrom");
	bool is_from_free, is_reply_free;

	if (freemail->bulk != NULL && sender.data != NULL &&
	    sa_matches(view, freemail->bulk, sender))
		return 0;
	is_from_free = has_free(view, freemail, from);
	is_reply_free = has_free(view, freemail, reply);
	if (is_from_free && is_reply_free && share_none(from, reply))
		return 1;
	if (wants_reply ? (reply->len != 0 && !is_reply_free) ||
	    !is_from_free : !is_reply_free)
		return 0;
	return has_another(view, freemail,
	    !wants_reply || is_reply_free ? reply : from);
}

static double
run_body(struct view *view, const void *prepared)
{
	const struct freemail *freemail = prepared;
	const struct vec *body = body_addresses(view, freemail);

	for (size_t i = 0; i < body->len; i++)
		if (freemail->args->pattern == NULL || sa_matches(view,
		    freemail->args->pattern, *(struct str *)vec_at(body, i)))
			return 1;
	return 0;
}

const struct call call_check_freemail_body = { "check_freemail_body",
	"addresses in the text are found a little differently", prepare_from,
	run_body };
const struct call call_check_freemail_header = { "check_freemail_header",
	NULL, prepare_header, run_header };
const struct call call_check_freemail_from = { "check_freemail_from", NULL,
	prepare_from, run_from };
const struct call call_check_freemail_replyto = { "check_freemail_replyto",
	"addresses in the text are found a little differently", prepare_replyto,
	run_replyto };
