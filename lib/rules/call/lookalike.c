/* SPDX-License-Identifier: ISC */
/* lookalike.c - a domain that looks like one of the recipients' but is another,
 * and a name that is ours in the mouth of a stranger. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/public_suffix.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"
#include "rules/call.h"
#include "rules/call_args.h"
#include "rules/fold.h"
#include "rules/folded.h"
#include "rules/view.h"

#define OURS_MAX 20		/* recipients' domains that are looked at */
#define SEEN_MAX 200		/* domains of a place */
#define LABEL_LEAST 5		/* shorter ones are near to too many */
#define LABEL_MAX 63

/* How a domain resembles ours. */
enum likeness {
	LIKE_NEAR,		/* one letter more, less, other, or two swapped */
	LIKE_LOOK,		/* by letters that look alike */
	LIKE_WORD,		/* ours and more words: "example-login" */
	LIKE_SUFFIX,		/* below another suffix: "example.xyz" */
};

static const char *const likenesses[] = { "near", "look", "word", "suffix",
	NULL };

struct lookalike {
	enum likeness likeness;
	struct place place;
};

/* A domain of a place. */
struct seen {
	struct str domain, registered, label;
	struct str look;	/* data NULL: nobody asked */
};

/* Of one of our domains, what is compared. */
struct own {
	struct str registered;
	struct str label;		/* before the public suffix */
	struct str look;
	struct str words;		/* registered, folded */
};

static struct str
label_of(struct str registered)
{
	ptrdiff_t dot = str_find(registered, '.');

	return dot < 0 ? registered : str_sub(registered, 0, (size_t)dot);
}

static struct str
look_of(struct view *view, struct str label)
{
	return fold_label(view->arena, domain_shown(view->arena, label));
}

static bool
knows(const struct vec *own, struct str registered)
{
	for (size_t i = 0; i < own->len; i++)
		if (str_eq(((struct own *)vec_at(own, i))->registered,
		    registered))
			return true;
	return false;
}

/* The registrable domains of the recipients, once for a message. */
static const struct vec *
own_domains(struct view *view)
{
	void **slot = &view->facts[VIEW_OWN_DOMAINS];
	const struct vec *rcpts = &view->txn->rcpts;
	struct vec *own;

	if (*slot != NULL)
		return *slot;
	own = *slot = arena_alloc(view->arena, sizeof(*own));
	vec_init(own, view->arena, sizeof(struct own));
	for (size_t i = 0; i < rcpts->len && own->len < OURS_MAX; i++) {
		const struct rcpt *rcpt = vec_at(rcpts, i);
		struct str registered = public_suffix_registrable(
		    rcpt->address.domain);

		if (registered.data == NULL || knows(own, registered))
			continue;
		*(struct own *)vec_push(own) = (struct own){ registered,
		    label_of(registered), look_of(view,
		    label_of(registered)), fold_text(view->arena,
		    registered) };
	}
	return own;
}

/* Is it one letter more, less or other, or are two neighbours swapped? */
static bool
is_near(struct str a, struct str b)
{
	size_t front = 0, back = 0, shorter = a.len < b.len ? a.len : b.len;
	size_t longer = a.len < b.len ? b.len : a.len;

	while (front < shorter && a.data[front] == b.data[front])
		front++;
	while (back < shorter - front &&
	    a.data[a.len - 1 - back] == b.data[b.len - 1 - back])
		back++;
	if (longer - shorter <= 1 && longer - front - back <= 1)
		return longer != front;
	return a.len == b.len && a.len - front - back == 2 &&
	    a.data[front] == b.data[front + 1] &&
	    a.data[front + 1] == b.data[front];
}

/* Does our label stand in it as a word between hyphens? */
static bool
has_word(struct str label, struct str word)
{
	struct str piece;
	size_t pieces = 0;
	bool found = false;

	while (str_cut(&label, '-', &piece)) {
		pieces++;
		found |= str_eq(piece, word);
	}
	return found && pieces > 1;
}

static bool
resembles(struct view *view, enum likeness likeness, const struct own *own,
    struct seen *seen)
{
	struct str label = seen->label;

	if (own->label.len < LABEL_LEAST || label.len > LABEL_MAX)
		return false;
	switch (likeness) {
	case LIKE_NEAR:
		return is_near(label, own->label);
	case LIKE_LOOK:
		if (seen->look.data == NULL)
			seen->look = look_of(view, label);
		return !str_eq(label, own->label) &&
		    str_eq(own->look, seen->look);
	case LIKE_WORD:
		return has_word(label, own->label);
	case LIKE_SUFFIX:
		return str_eq(label, own->label);
	}
	return false;
}

/* Those that somebody registered. Neighbours are often the same: links to one
 * host. */
static struct vec *
read_domains(struct view *view, const struct place *place)
{
	const struct vec *texts = view_texts(view, place);
	struct vec *domains = arena_alloc(view->arena, sizeof(*domains));
	struct seen seen = { .domain = STR("") };

	vec_init(domains, view->arena, sizeof(struct seen));
	for (size_t i = 0; i < texts->len && i < SEEN_MAX; i++) {
		struct str domain = *(struct str *)vec_at(texts, i);

		if (!str_eq(domain, seen.domain)) {
			seen.domain = domain;
			seen.registered = public_suffix_registrable(domain);
			seen.label = label_of(seen.registered);
		}
		if (seen.registered.data != NULL)
			*(struct seen *)vec_push(domains) = seen;
	}
	return domains;
}

/* Once for a message. */
static const struct vec *
domains_of(struct view *view, const struct place *place)
{
	void **made = view_made(view, place, VIEW_REGISTERED);

	if (*made == NULL)
		*made = read_domains(view, place);
	return *made;
}

static int
lookalike_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct lookalike *made = arena_zalloc(setup->arena, sizeof(*made));
	size_t kind = 0;

	*prepared_r = made;
	while (setup->args->len > 1 && likenesses[kind] != NULL && !str_is(
	    *(struct str *)vec_at(setup->args, 0), likenesses[kind]))
		kind++;
	if (setup->args->len < 2 || likenesses[kind] == NULL) {
		*error_r = "near, look, word or suffix must follow, and where "
		    "to look";
		return -1;
	}
	made->likeness = kind;
	return call_read_place(setup, 1, &made->place, error_r);
}

/* Most look like none, so whose it is is asked last. */
static bool
is_lookalike(struct view *view, enum likeness likeness,
    const struct vec *own, struct seen *seen)
{
	for (size_t i = 0; i < own->len; i++)
		if (resembles(view, likeness, vec_at(own, i), seen))
			return !knows(own, seen->registered) &&
			    !txn_has_domain(view->txn, seen->registered) &&
			    !txn_has_domain(view->txn, seen->domain);
	return false;
}

static double
lookalike_run(struct view *view, const void *prepared)
{
	const struct lookalike *lookalike = prepared;
	const struct vec *own = own_domains(view), *domains;
	size_t count = 0;

	if (own->len == 0)
		return 0;
	domains = domains_of(view, &lookalike->place);
	for (size_t i = 0; i < domains->len; i++)
		count += is_lookalike(view, lookalike->likeness, own,
		    vec_at(domains, i));
	return (double)count;
}

/* How many domains of a place look like one of the recipients' and are not. */
const struct call call_lookalike = {
	.name = "lookalike",
	.prepare = lookalike_prepare,
	.run = lookalike_run,
};

/* --- our names ---------------------------------------------------------------- */

/* Do the words stand in the text as whole words? */
static bool
has_words(struct str text, struct str words)
{
	const char *at = text.data, *end = text.data + text.len;

	while (words.len != 0 && (size_t)(end - at) >= words.len) {
		const char *hit = memmem(at, (size_t)(end - at), words.data,
		    words.len);

		if (hit == NULL)
			return false;
		if ((hit == text.data || hit[-1] == ' ') &&
		    (hit + words.len == end || hit[words.len] == ' '))
			return true;
		at = hit + 1;
	}
	return false;
}

static bool
author_is_ours(struct view *view)
{
	struct str domain = view_author(view);

	return domain.data != NULL && (txn_has_domain(view->txn, domain) ||
	    knows(own_domains(view), public_suffix_registrable(domain)));
}

static bool
names_own(const struct fold_words *words, const struct vec *own)
{
	for (size_t i = 0; i < own->len; i++)
		if (has_words(words->text,
		    ((struct own *)vec_at(own, i))->words))
			return true;
	return false;
}

static double
names_us_run(struct view *view, const void *prepared)
{
	const struct vec *own = own_domains(view), *texts;

	if (own->len == 0)
		return 0;
	texts = folded_words(view, prepared);
	for (size_t i = 0; i < texts->len && i < SEEN_MAX; i++)
		if (names_own(vec_at(texts, i), own))
			return !author_is_ours(view);
	return 0;
}

static int
names_us_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct place *place = arena_zalloc(setup->arena, sizeof(*place));

	*prepared_r = place;
	return call_read_place(setup, 0, place, error_r);
}

/* Does a text of the place name the recipients' own domain, though the author is
 * not of it? */
const struct call call_names_us = {
	.name = "names_us",
	.prepare = names_us_prepare,
	.run = names_us_run,
};
