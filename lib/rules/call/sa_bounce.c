/* SPDX-License-Identifier: ISC */
/* sa_bounce.c - eval: tests of bounces: does the message that came back name a relay
 * of ours (Plugin/VBounce.pm)? */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "rules/draft.h"

/* The names of our relays, with wildcards: struct str. */
static int
prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	const struct vec *lines = draft_lines(setup->draft,
	    "welcomelist_bounce_relays");
	struct vec *names = arena_zalloc(setup->arena, sizeof(*names));

	(void)error_r;
	vec_init(names, setup->arena, sizeof(struct str));
	for (size_t i = 0; i < lines->len; i++) {
		struct str rest = *(struct str *)vec_at(lines, i), word;

		while (str_cut(&rest, ' ', &word))
			if (str_trim(word).len != 0)
				*(struct str *)vec_push(names) = str_lower(
				    setup->arena, str_trim(word));
	}
	*prepared_r = names;
	return 0;
}

static double
run_have(struct view *view, const void *prepared)
{
	(void)view;
	return ((const struct vec *)prepared)->len != 0;
}

static bool
names_one(struct view *view, struct str line, const struct vec *names)
{
	struct str word;

	while (str_cut(&line, ' ', &word)) {
		if (str_find(word, '.') <= 0)
			continue;
		word = str_lower(view->arena, str_trim(word));
		for (size_t i = 0; i < names->len; i++)
			if (sa_is_like(word, *(struct str *)vec_at(names, i),
			    false))
				return true;
	}
	return false;
}

/* "Received:", also behind marks of quotation. */
static bool
is_received(struct str line)
{
	while (line.len != 0 && (line.data[0] == '>' || line.data[0] == ' '))
		line = str_from_pos(line, 1);
	return str_has_prefix_nocase(line, STR("Received:"));
}

/* Lines of a text: a Received and those that continue it. */
static bool
text_names_one(struct view *view, struct str text, const struct vec *names)
{
	bool is_within = false;
	struct str line;

	while (str_cut(&text, '\n', &line)) {
		is_within = is_received(line) || (is_within && line.len != 0 &&
		    char_is_space(line.data[0]));
		if (is_within && names_one(view, line, names))
			return true;
	}
	return false;
}

static double
run_welcome(struct view *view, const void *prepared)
{
	const struct vec *names = prepared, *parts, *body;

	if (names->len == 0)
		return 0;
	body = sa_body(view);
	for (size_t i = 0; i < body->len; i++)
		if (text_names_one(view, *(struct str *)vec_at(body, i), names))
			return 1;
	parts = sa_parts(view);
	for (size_t i = 0; i < parts->len; i++)
		if (text_names_one(view, sa_part_raw(view, vec_at(parts, i)),
		    names))
			return 1;
	return 0;
}

const struct call call_have_any_bounce_relays = { "have_any_bounce_relays",
	NULL, prepare, run_have };
const struct call call_check_welcomelist_bounce_relays = {
	"check_welcomelist_bounce_relays",
	"the header of a message within the message is not read", prepare,
	run_welcome };
const struct call call_check_whitelist_bounce_relays = {
	"check_whitelist_bounce_relays",
	"the header of a message within the message is not read", prepare,
	run_welcome };
