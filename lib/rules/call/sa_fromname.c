/* SPDX-License-Identifier: ISC */
/* sa_fromname.c - eval: tests of an address within the author's name
 * (Plugin/FromNameSpoof.pm): "ceo@example.org" <joe@elsewhere.example>. */
#include "rules/call/sa_eval.h"

#include <stdlib.h>

#include "auth/dkim.h"
#include "base/arena.h"
#include "mail/txn.h"
#include "rules/draft.h"
#include "rules/place/sa_uri.h"

/* fns_extrachars and fns_check, where nobody set them. */
#define EXTRA_USUAL 50
#define CHECK_USUAL 1

/* Who has addresses like that, by fns_add_addrlist. */
struct owner {
	struct str name, pattern;	/* lower case */
};

struct settings {
	struct sa_args *args;
	unsigned check;
	double extra;
	struct vec owners;		/* struct owner */
	struct vec signers;		/* struct str: fns_ignore_dkim */
	struct vec fields;		/* struct str: fns_ignore_headers */
};

/* What a message tells. */
struct facts {
	bool has_address;	/* in the name, of a domain that may be */
	bool address_differs, domain_differs, owner_differs;
	bool equals_reply, equals_rcpt;
};

/* --- settings ------------------------------------------------------------------------- */

static void
read_words(const struct call_setup *setup, const char *option,
    struct vec *words)
{
	const struct vec *lines = draft_lines(setup->draft, option);
	struct str rest, word;

	vec_init(words, setup->arena, sizeof(struct str));
	for (size_t i = 0; i < lines->len; i++) {
		rest = *(struct str *)vec_at(lines, i);
		while (str_cut(&rest, ' ', &word))
			if (str_trim(word).len != 0)
				*(struct str *)vec_push(words) = str_lower(
				    setup->arena, str_trim(word));
	}
}

/* "(gmail) *@googlemail.com" */
static void
read_owners(const struct call_setup *setup, struct vec *owners)
{
	const struct vec *lines = draft_lines(setup->draft,
	    "fns_add_addrlist");

	vec_init(owners, setup->arena, sizeof(struct owner));
	for (size_t i = 0; i < lines->len; i++) {
		struct str rest = str_lower(setup->arena,
		    *(struct str *)vec_at(lines, i)), word, name;
		ptrdiff_t end = str_find(rest, ')');

		name = str_sub(rest, 1, (size_t)end - 1);
		rest = str_from_pos(rest, (size_t)end + 1);
		while (str_cut(&rest, ' ', &word))
			if (str_trim(word).len != 0)
				*(struct owner *)vec_push(owners) =
				    (struct owner){ name, str_trim(word) };
	}
}

static int
prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct settings *settings = arena_zalloc(setup->arena,
	    sizeof(*settings));
	double check = draft_number(setup->draft, "fns_check", CHECK_USUAL);
	void *args;

	if (sa_prepare_args(setup, &args, error_r) != 0)
		return -1;
	if (check != 0 && check != 1 && check != 2) {
		*error_r = "fns_check is 0, 1 or 2";
		return -1;
	}
	settings->args = args;
	settings->check = (unsigned)check;
	settings->extra = draft_number(setup->draft, "fns_extrachars",
	    EXTRA_USUAL);
	read_owners(setup, &settings->owners);
	read_words(setup, "fns_ignore_dkim", &settings->signers);
	read_words(setup, "fns_ignore_headers", &settings->fields);
	*prepared_r = settings;
	return 0;
}

/* --- the address in the name ------------------------------------------------------------- */

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_';
}

static bool
is_local(char c)
{
	return is_word(c) ||
	    (c != '\0' && strchr(".!#$%&'*+/=?^`{|}~-", c) != NULL);
}

/* The host behind "@" at `at`; 0: there is none. Its first label, a dot, and what
 * follows, which ends in a letter. */
static size_t
host_end(struct str text, size_t at)
{
	size_t end = at + 1, dot;

	if (end >= text.len || !is_word(text.data[end]))
		return 0;
	while (end < text.len && (is_word(text.data[end]) ||
	    text.data[end] == '-'))
		end++;
	dot = end++;
	if (end >= text.len || text.data[dot] != '.' ||
	    !is_word(text.data[end]))
		return 0;
	while (end < text.len && (is_word(text.data[end]) ||
	    text.data[end] == '-' || text.data[end] == '.'))
		end++;
	return end - dot > 2 && is_word(text.data[end - 1]) ? end : 0;
}

/* The first address in a name; data NULL: there is none. */
static struct str
address_within(struct str name)
{
	for (size_t at = 0, from = 0; at < name.len; at++) {
		size_t end, start = from;

		if (!is_local(name.data[at])) {
			from = at + 1;
			if (name.data[at] != '@')
				continue;
			/* It begins at the edge of a word. */
			while (start < at && is_word(name.data[start]) ==
			    (start != 0 && is_word(name.data[start - 1])))
				start++;
			end = host_end(name, at);
			if (start < at && end != 0)
				return str_sub(name, start, end - start);
		}
	}
	return str_of(NULL, 0);
}

static size_t
count_others(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += !char_is_digit(text.data[i]) &&
		    !(text.data[i] >= 'a' && text.data[i] <= 'z');
	return count;
}

/* What stands around the address, its signs counted twice. */
static double
distance(struct str name, struct str address)
{
	return (double)name.len + (double)count_others(name) -
	    (double)count_others(address) - (double)address.len;
}

static bool
domain_of(struct view *view, struct str address, struct str *domain_r)
{
	struct str host;

	return sa_uri_host(view, str_from(arena_printf(view->arena,
	    "mailto:%.*s", STR_ARG(address))), &host, domain_r);
}

/* --- whose it is ----------------------------------------------------------------------------- */

static struct str
listed_owner(const struct settings *settings, struct str address)
{
	for (size_t i = 0; i < settings->owners.len; i++) {
		const struct owner *owner = vec_at(&settings->owners, i);

		if (sa_is_like(address, owner->pattern, false))
			return owner->name;
	}
	return str_of(NULL, 0);
}

/* By the lists, also as if it were of the domain itself; else the domain's first
 * label. */
static struct str
owner_of(struct view *view, const struct settings *settings,
    struct str address, struct str domain)
{
	struct str owner = listed_owner(settings, address);
	ptrdiff_t at = str_find(address, '@'), dot = str_find(domain, '.');

	if (owner.data == NULL && at > 0 &&
	    !str_eq(str_from_pos(address, (size_t)at + 1), domain))
		owner = listed_owner(settings, str_from(arena_printf(
		    view->arena, "%.*s@%.*s", (int)at, address.data,
		    STR_ARG(domain))));
	if (owner.data != NULL)
		return owner;
	return dot > 0 ? str_sub(domain, 0, (size_t)dot) : domain;
}

static bool
is_ignored(struct view *view, const struct settings *settings)
{
	const struct dkim_verdicts *dkim = view->txn->auth.dkim;

	for (size_t i = 0; dkim != NULL && i < dkim->count; i++)
		for (size_t j = 0; j < settings->signers.len; j++)
			if (dkim->verdicts[i].result == RESULT_PASS &&
			    str_eq_nocase(str_from(dkim->verdicts[i].domain),
			    *(struct str *)vec_at(&settings->signers, j)))
				return true;
	for (size_t i = 0; i < settings->fields.len; i++)
		if (sa_get_text(view, str_dup(view->arena,
		    *(struct str *)vec_at(&settings->fields, i))).len != 0)
			return true;
	return false;
}

static void
compare(struct view *view, const struct settings *settings,
    struct facts *facts)
{
	struct str from = str_lower(view->arena, sa_address_of(view, "from"));
	struct str name = str_lower(view->arena,
	    sa_get_text(view, "from:name")), address, domain, other;
	const struct vec *rcpts;

	if (is_ignored(view, settings) || !domain_of(view, from, &domain))
		return;
	address = address_within(name);
	if (address.data == NULL || !domain_of(view, address, &other))
		return;
	facts->has_address = true;
	if (distance(name, address) > settings->extra)
		return;
	facts->address_differs = !str_eq(address, from);
	facts->domain_differs = !str_eq(other, domain);
	facts->owner_differs = !str_eq(
	    owner_of(view, settings, address, other),
	    owner_of(view, settings, from, domain));
	facts->equals_reply = str_eq_nocase(address,
	    sa_address_of(view, "reply-to"));
	rcpts = sa_recipients(view);
	for (size_t i = 0; i < rcpts->len; i++)
		facts->equals_rcpt |= str_eq(address,
		    *(struct str *)vec_at(rcpts, i));
}

static const struct facts *
facts_of(struct view *view, const struct settings *settings)
{
	void **kept = view_kept(view, "sa_fromname");

	if (*kept == NULL) {
		*kept = arena_zalloc(view->arena, sizeof(struct facts));
		compare(view, settings, *kept);
	}
	return *kept;
}

/* --- tests ------------------------------------------------------------------------------------- */

static double
run_spoof(struct view *view, const void *prepared)
{
	const struct settings *settings = prepared;
	const struct facts *facts = facts_of(view, settings);
	struct str level = settings->args->texts[0];
	unsigned check = settings->check;

	if (level.len == 1 && level.data[0] >= '0' && level.data[0] <= '2')
		check = (unsigned)(level.data[0] - '0');
	return facts->address_differs && (check == 0 ||
	    (check == 1 ? facts->owner_differs : facts->domain_differs));
}

static double
run_different(struct view *view, const void *prepared)
{
	return facts_of(view, prepared)->address_differs;
}

static double
run_domain(struct view *view, const void *prepared)
{
	return facts_of(view, prepared)->domain_differs;
}

static double
run_owner(struct view *view, const void *prepared)
{
	return facts_of(view, prepared)->owner_differs;
}

static double
run_address(struct view *view, const void *prepared)
{
	return facts_of(view, prepared)->has_address;
}

static double
run_rcpt(struct view *view, const void *prepared)
{
	return facts_of(view, prepared)->equals_rcpt;
}

static double
run_reply(struct view *view, const void *prepared)
{
	return facts_of(view, prepared)->equals_reply;
}

const struct call call_check_fromname_spoof = { "check_fromname_spoof", NULL,
	prepare, run_spoof };
const struct call call_check_fromname_different = {
	"check_fromname_different", NULL, prepare, run_different };
const struct call call_check_fromname_domain_differ = {
	"check_fromname_domain_differ", NULL, prepare, run_domain };
const struct call call_check_fromname_owners_differ = {
	"check_fromname_owners_differ", NULL, prepare, run_owner };
const struct call call_check_fromname_contains_email = {
	"check_fromname_contains_email", NULL, prepare, run_address };
const struct call call_check_fromname_equals_to = {
	"check_fromname_equals_to", NULL, prepare, run_rcpt };
const struct call call_check_fromname_equals_replyto = {
	"check_fromname_equals_replyto", NULL, prepare, run_reply };
