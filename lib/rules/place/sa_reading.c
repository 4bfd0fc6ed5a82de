/* SPDX-License-Identifier: ISC */
/* sa_reading.c - what files of SpamAssassin's language say of how messages are
 * read. */
#include "rules/place/sa_reading.h"

#include "base/arena.h"
#include "rules/draft.h"
#include "rules/pattern.h"
#include "rules/place/sa_boundaries.h"
#include "rules/place/sa_networks.h"
#include "rules/sa_read_private.h"
#include "rules/view.h"

/* A message may have thousands of addresses, so each pattern may take few steps
 * on one. */
#define STEPS_MAX 10000u

/* The reader has tried whether it is one. */
static void
add_redirector(struct draft *draft, struct str line,
    struct sa_reading *reading)
{
	struct pattern_source source;
	const struct pattern *pattern = NULL;
	const char *error;

	if (pattern_read_whole(draft->arena, line, &source, &error) == 0)
		pattern = pattern_compile(draft->arena, &source, &error);
	if (pattern != NULL)
		*(const struct pattern **)vec_push(&reading->redirectors) =
		    pattern;
	else
		draft_note(draft, DRAFT_ERROR, (struct draft_origin){ 0 },
		    STR("redirector_pattern"), "%s: %.*s", error,
		    STR_ARG(line));
}

const struct sa_reading *
sa_reading_new(struct draft *draft)
{
	const struct vec *lines = draft_lines(draft, "redirector_pattern");
	struct sa_reading *reading = arena_zalloc(draft->arena,
	    sizeof(*reading));

	vec_init(&reading->redirectors, draft->arena,
	    sizeof(struct pattern *));
	vec_init(&reading->origin_fields, draft->arena, sizeof(struct str));
	for (size_t i = 0; i < lines->len; i++)
		add_redirector(draft, *(struct str *)vec_at(lines, i),
		    reading);
	reading->boundaries = sa_boundaries_new(draft);
	reading->has_origin_fields = draft_has_option(draft,
	    "originating_ip_headers");
	lines = draft_lines(draft, "originating_ip_headers");
	for (size_t i = 0; i < lines->len; i++) {
		struct str line = *(struct str *)vec_at(lines, i), word;

		while ((word = sa_cut_word(&line)).len != 0)
			*(struct str *)vec_push(&reading->origin_fields) =
			    word;
	}
	sa_options_read(draft, &reading->options);
	reading->networks = sa_networks_new(draft);
	return reading;
}

struct str
sa_redirected(struct view *view, struct str uri)
{
	const struct vec *all = view->sa_reading == NULL ? NULL :
	    &view->sa_reading->redirectors;
	struct str target;

	for (size_t i = 0; all != NULL && i < all->len; i++) {
		struct pattern_scratch *scratch = view_scratch(view, STEPS_MAX);

		if (pattern_match(*(const struct pattern **)vec_at(all, i),
		    scratch, uri, NULL, NULL) != PATTERN_YES)
			continue;
		target = pattern_caught(scratch, 1);
		if (target.data != NULL && str_find(target, '.') >= 0)
			return target;
	}
	return (struct str){ NULL, 0 };
}
