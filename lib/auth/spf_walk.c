/* SPDX-License-Identifier: ISC */
/* spf_walk.c - SPF: one run through the records, on the answers present. */
#include <assert.h>

#include "auth/libspf2.h"
#include "auth/spf_private.h"
#include "base/arena.h"

/*
 * libspf2 walks, we answer for the terms that it comes to. A run that meets a
 * missing answer is ended and thrown away; answers do not change within an
 * evaluation (dns.h), so that the next run comes to the same place again, and
 * further. Counters begin anew with each run.
 */

static_assert(SPF_STEPS_MAX <= LIBSPF2_TERMS_MAX, "a page fits in a record");

/* A record on the way: the same page may be met more than once. */
struct place {
	struct spf_page *page;
	const struct place *parent;	/* NULL: the root */
	const struct spf_term *include;	/* of its parent, which leads here;
					 * NULL: a redirect does */
	struct libspf2_record record;
};

/* The root, and one for each term that leads on. */
#define PLACES_MAX (1 + SPF_TERMS_MAX)

struct walk {
	struct spf *spf;
	struct place places[PLACES_MAX];
	size_t place_count;
	unsigned terms, voids;		/* RFC 7208 4.6.4 */
	const struct place *matched;	/* where a term matched last, */
	const struct spf_step *match;	/* and which */
	/* What ended the walk, if anything did: a missing answer, or an error
	 * with its reason. */
	enum spf_fact end;
	bool is_over;
	const char *reason;
};

/* --- words ---------------------------------------------------------------- */

/* As much of a term, and of the way to it, as people need to find it. */
#define TERM_SHOWN 80
#define PARENTS_SHOWN 3

static const char *
step_text(struct walk *walk, const struct spf_step *step)
{
	struct str text = step->term != NULL ? step->term->text
	    : step->domain_spec;
	struct str shown = str_sub(text, 0, TERM_SHOWN);

	return arena_printf(walk->spf->arena, "%s%.*s%s",
	    step->term == NULL ? "redirect=" : "", STR_ARG(shown),
	    shown.len < text.len ? "..." : "");
}

/* "included by example.org": what passes here, passes there. Where it fails
 * there, the qualifier says so: "included with '-' by example.org". */
static void
add_way(struct buf *buf, const struct place *place)
{
	struct str parent = place->parent->page->name;

	if (place->include == NULL)
		buf_printf(buf, ", to which %.*s redirects", STR_ARG(parent));
	else if (place->include->result == RESULT_PASS)
		buf_printf(buf, ", included by %.*s", STR_ARG(parent));
	else
		buf_printf(buf, ", included with '%c' by %.*s",
		    place->include->text.data[0], STR_ARG(parent));
}

/* "example.net, included by example.org" */
static const char *
place_text(struct walk *walk, const struct place *place)
{
	struct buf buf;

	buf_init(&buf, walk->spf->arena);
	buf_add_str(&buf, place->page->name);
	for (unsigned i = 0; place->parent != NULL; place = place->parent) {
		if (i++ == PARENTS_SHOWN) {
			buf_add_text(&buf, ", and so on");
			break;
		}
		add_way(&buf, place);
	}
	return buf.data;
}

/* --- the end of a walk ---------------------------------------------------- */

static void
end(struct walk *walk, enum spf_fact fact, const char *reason)
{
	walk->is_over = true;
	walk->end = fact;
	walk->reason = reason;
}

/* A term at which it cannot go on. */
static void
end_at(struct walk *walk, const struct place *place,
    const struct spf_step *step, enum spf_fact fact, const char *reason)
{
	end(walk, fact, arena_printf(walk->spf->arena, "%s (%s of %s)", reason,
	    step_text(walk, step), place_text(walk, place)));
}

/* The limits of the whole evaluation (RFC 7208 4.6.4). */
static bool
count_term(struct walk *walk, const struct place *place,
    const struct spf_step *step)
{
	if (++walk->terms > SPF_TERMS_MAX)
		end_at(walk, place, step, SPF_BROKEN, arena_printf(
		    walk->spf->arena, "more than %d terms ask the DNS",
		    SPF_TERMS_MAX));
	return !walk->is_over;
}

static void
count_void(struct walk *walk, const struct place *place,
    const struct spf_step *step)
{
	if (++walk->voids > SPF_VOIDS_MAX)
		end_at(walk, place, step, SPF_BROKEN, arena_printf(
		    walk->spf->arena,
		    "more than %d terms ask for what the DNS does not have",
		    SPF_VOIDS_MAX));
}

/* --- what the library asks ------------------------------------------------ */

static unsigned
step_id(const struct walk *walk, const struct place *place, size_t step)
{
	return (unsigned)((size_t)(place - walk->places) * SPF_STEPS_MAX +
	    step);
}

static struct place *
find_step(struct walk *walk, unsigned id, struct spf_step **step_r)
{
	struct place *place = &walk->places[id / SPF_STEPS_MAX];

	assert(id / SPF_STEPS_MAX < walk->place_count);
	assert(id % SPF_STEPS_MAX < place->page->step_count);
	*step_r = &place->page->steps[id % SPF_STEPS_MAX];
	return place;
}

static struct place *
add_place(struct walk *walk, struct spf_page *page, const struct place *parent,
    const struct spf_term *include)
{
	struct place *place = &walk->places[walk->place_count++];

	assert(walk->place_count <= PLACES_MAX);
	*place = (struct place){ .page = page, .parent = parent,
		.include = include };
	for (size_t i = 0; i < page->step_count; i++) {
		const struct spf_step *step = &page->steps[i];
		struct libspf2_term *term = &place->record.terms[i];

		term->id = step_id(walk, place, i);
		term->result = step->term != NULL ? step->term->result
		    : RESULT_PASS;
		term->kind = step->term == NULL ? LIBSPF2_REDIRECT
		    : spf_step_leads(step) ? LIBSPF2_INCLUDE : LIBSPF2_EXISTS;
	}
	place->record.count = page->step_count;
	return place;
}

static void
judge_step(struct walk *walk, const struct place *place, struct spf_step *step)
{
	struct spf_match match = spf_step_match(walk->spf, place->page, step);

	switch (match.fact) {
	case SPF_YES:
		walk->matched = place;
		walk->match = step;
		break;
	case SPF_NO:
		if (match.is_void)
			count_void(walk, place, step);
		walk->match = NULL;
		break;
	case SPF_UNKNOWN:
		end(walk, SPF_UNKNOWN, NULL);
		break;
	case SPF_FAULT:
	case SPF_BROKEN:
		end_at(walk, place, step, match.fact,
		    spf_match_reason(walk->spf, &match));
		break;
	}
}

static enum libspf2_answer
guide_match(void *arg, unsigned id)
{
	struct walk *walk = arg;
	struct spf_step *step;
	struct place *place = find_step(walk, id, &step);

	if (walk->is_over)
		return LIBSPF2_END;
	if (!step->is_sure && !count_term(walk, place, step))
		return LIBSPF2_END;
	step->is_asked = true;
	judge_step(walk, place, step);
	return walk->is_over ? LIBSPF2_END
	    : walk->match == step ? LIBSPF2_YES : LIBSPF2_NO;
}

/* Errors of a record that is led to are those of the whole (RFC 7208 5.2,
 * 6.1); to lead to none is one. */
static const struct libspf2_record *
guide_record(void *arg, unsigned id)
{
	struct walk *walk = arg;
	struct spf_step *step;
	struct place *place = find_step(walk, id, &step);
	struct spf_page *page;
	enum spf_fact fact;

	if (walk->is_over || !count_term(walk, place, step))
		return NULL;
	step->is_asked = true;
	page = spf_step_target(walk->spf, place->page, step);
	fact = page == NULL ? SPF_UNKNOWN : spf_page_read(walk->spf, page);
	if (fact == SPF_YES)
		return &add_place(walk, page, place, step->term)->record;
	if (fact == SPF_UNKNOWN)
		end(walk, fact, NULL);
	else
		end_at(walk, place, step, fact, page->reason);
	return NULL;
}

/* --- the verdict ---------------------------------------------------------- */

/* Whose record decided at the top: not one that was included, whose exp= is not
 * used (RFC 7208 6.2). */
static const struct place *
top_place(const struct place *place)
{
	const struct place *top = place;

	for (; place->parent != NULL; place = place->parent)
		if (place->include != NULL)
			top = place->parent;
	return top;
}

/* Where a walk that ran off the end of all records came to its end (4.7). */
static const struct place *
last_place(const struct walk *walk)
{
	const struct place *last = walk->places;

	for (size_t i = 1; i < walk->place_count; i++)
		if (walk->places[i].parent == last &&
		    walk->places[i].include == NULL)
			last = &walk->places[i];
	return last;
}

static const char *
decision_reason(struct walk *walk, const struct place *place, bool is_default)
{
	return arena_printf(walk->spf->arena, "%s of %s", is_default
	    ? "no term" : step_text(walk, walk->match),
	    place_text(walk, place));
}

bool
spf_walk(struct spf *spf)
{
	struct spf_verdict *verdict = &spf->verdict;
	struct walk walk = { .spf = spf };
	struct libspf2_guide guide = { guide_match, guide_record, &walk };
	const struct place *place;
	bool is_default;

	place = add_place(&walk, spf->root, NULL, NULL);
	verdict->result = libspf2_walk(&place->record, &guide, &is_default);
	if (walk.is_over) {
		/* SPF_NO: a way that leads to no record. */
		verdict->result = walk.end == SPF_FAULT ? RESULT_TEMPERROR
		    : RESULT_PERMERROR;
		verdict->reason = walk.reason;
		return walk.end != SPF_UNKNOWN;
	}
	place = is_default ? last_place(&walk) : walk.matched;
	verdict->reason = decision_reason(&walk, place, is_default);
	spf->decider = top_place(place)->page;
	return true;
}
