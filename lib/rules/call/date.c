/* SPDX-License-Identifier: ISC */
/* date.c - does a message say that it was written at another time than it came? */
#include "rules/call.h"

#include "base/arena.h"
#include "base/vec.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/txn.h"
#include "rules/call_args.h"
#include "rules/view.h"

static const char *const ways[] = { "ahead", "behind", "either", NULL };
enum { AHEAD, BEHIND, EITHER };

struct distance {
	int way;
	double seconds;
};

/* date_off [ahead|behind|either] HOURS */
static int
date_off_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct distance *distance = arena_zalloc(setup->arena,
	    sizeof(*distance));
	size_t count = setup->args->len;

	*prepared_r = distance;
	distance->way = EITHER;
	if (count == 0 || count > 2) {
		*error_r = "a number of hours must follow, with 'ahead' or "
		    "'behind' before it where only that counts";
		return -1;
	}
	if (count == 2)
		distance->way = call_read_word(setup, call_arg(setup, 0), ways,
		    "way that a date can be off", error_r);
	if (distance->way < 0 || call_read_number(setup,
	    call_arg(setup, count - 1), &distance->seconds, error_r) < 0)
		return -1;
	distance->seconds *= 3600;
	return 0;
}

static const struct header *
date_field(struct view *view)
{
	const struct vec *fields = view_fields(view, STR("date"));

	return fields->len > 0 ?
	    *(const struct header **)vec_at(fields, 0) : NULL;
}

/* What the message says; many rules ask. */
struct date {
	bool is_there;		/* a field */
	bool is_bad;		/* nobody can read it */
	int64_t seconds;
};

static const struct date *
date_of(struct view *view)
{
	void **slot = &view->facts[VIEW_DATE];
	const struct header *field;
	struct date *date;

	if (*slot != NULL)
		return *slot;
	date = *slot = arena_zalloc(view->arena, sizeof(*date));
	field = date_field(view);
	date->is_there = field != NULL;
	date->is_bad = field != NULL &&
	    date_parse(field->value, &date->seconds) < 0;
	return date;
}

static double
date_off_run(struct view *view, const void *prepared)
{
	const struct distance *distance = prepared;
	const struct date *date = date_of(view);
	double ahead;

	if (!date->is_there || date->is_bad)
		return 0;
	ahead = (double)date->seconds - (double)view->txn->now_ms / 1000;
	if (distance->way != BEHIND && ahead > distance->seconds)
		return 1;
	return distance->way != AHEAD && -ahead > distance->seconds;
}

/* There is one, and nobody can read it. */
static double
date_bad_run(struct view *view, const void *prepared)
{
	(void)prepared;
	return date_of(view)->is_bad;
}

const struct call call_date_off = {
	.name = "date_off",
	.prepare = date_off_prepare,
	.run = date_off_run,
};

const struct call call_date_bad = {
	.name = "date_bad",
	.run = date_bad_run,
};
