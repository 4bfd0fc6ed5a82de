/* SPDX-License-Identifier: ISC */
/* pattern_fold.c - long groups that stand in a pattern several times, written
 * once.
 *
 * SpamAssassin's rules against disguised words have a group for each letter, of
 * hundreds of octets: "[a4\xc3...]|...". A sentence in them is a pattern of a
 * quarter of a megabyte, and compiled longer than PCRE2's offsets reach. What
 * stands in it several times, or is repeated, becomes a call, (?7), and at the
 * end of the pattern stands (?(DEFINE)(...)), whose numbers follow those of the
 * groups that were there (pcre2pattern(3), "Groups as subroutines": they
 * backtrack as the group would). */
#include "rules/pattern_perl.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rules/pattern_perl_class.h"

/* Groups from here on are worth a call; no longer ones are looked at, so that
 * the work is in proportion to the pattern. */
#define SHORTEST 24
#define LONGEST ((size_t)8 << 10)
/* More open groups PCRE2 does not take (pcre2api(3),
 * pcre2_set_parens_nest_limit). */
#define DEPTH 250

struct group {
	size_t start, end;	/* of "(?:...)" */
	bool is_plain;		/* nothing inside has a number or a flag */
};

struct body {
	size_t count, number;
};

struct fold {
	struct arena *arena;
	struct str text;
	struct vec open;	/* size_t: places in groups */
	struct vec groups;	/* struct group, by their starts */
	struct map *bodies;	/* text to struct body */
	size_t captures;
};

static void
open_group(struct fold *fold, size_t at)
{
	struct str rest = str_from_pos(fold->text, at);
	bool is_special = rest.len > 1 &&
	    (rest.data[1] == '?' || rest.data[1] == '*');
	struct group *group = vec_push(&fold->groups);
	bool is_plain = is_special && rest.len > 2 && rest.data[2] == ':';
	bool is_named = is_special && rest.len > 3 && (rest.data[2] == 'P' ||
	    rest.data[2] == '\'' || (rest.data[2] == '<' &&
	    rest.data[3] != '=' && rest.data[3] != '!'));

	*group = (struct group){ at, 0, is_plain };
	*(size_t *)vec_push(&fold->open) = fold->groups.len - 1;
	fold->captures += !is_special || is_named;
	/* What is in here has a number, or changes flags, or looks around. */
	for (size_t i = 0; !is_plain && i < fold->open.len; i++) {
		size_t *outer = vec_at(&fold->open, i);

		((struct group *)vec_at(&fold->groups, *outer))->is_plain =
		    false;
	}
}

static void
close_group(struct fold *fold, size_t end)
{
	size_t *last;
	struct group *group;
	struct body *body;
	struct str key;

	if (fold->open.len == 0)
		return;
	last = vec_at(&fold->open, fold->open.len - 1);
	fold->open.len--;
	group = vec_at(&fold->groups, *last);
	group->end = end;
	group->is_plain &= end - group->start >= SHORTEST &&
	    end - group->start <= LONGEST;
	if (!group->is_plain)
		return;
	key = str_sub(fold->text, group->start, end - group->start);
	body = map_find(fold->bodies, key);
	if (body == NULL) {
		body = arena_zalloc(fold->arena, sizeof(*body));
		map_put(fold->bodies, key, body);
	}
	/* (?:...){5} is compiled five times. */
	body->count += end < fold->text.len && fold->text.data[end] == '{'
	    ? 2 : 1;
}

/* Sets and escapes hold no parentheses that count. */
static void
find_groups(struct fold *fold)
{
	struct perl_walk walk = { .arena = fold->arena, .text = fold->text };

	while (walk.at < fold->text.len && fold->open.len <= DEPTH) {
		char c = fold->text.data[walk.at];

		if (c == '[') {
			buf_init(&walk.out, fold->arena);
			(void)perl_walk_class(&walk);
		} else if (c == '\\') {
			(void)perl_walk_char(&walk);
		} else if (c == '(') {
			open_group(fold, walk.at++);
		} else if (c == ')') {
			close_group(fold, ++walk.at);
		} else {
			walk.at++;
		}
	}
}

static struct body *
body_of(const struct fold *fold, const struct group *group)
{
	struct body *body = !group->is_plain || group->end == 0 ? NULL :
	    map_find(fold->bodies, str_sub(fold->text, group->start,
	    group->end - group->start));

	return body != NULL && body->count > 1 ? body : NULL;
}

/* The outermost of those that come again; *defined gets each once. */
static void
write_calls(struct fold *fold, struct buf *out, struct buf *defined)
{
	size_t at = 0, number = fold->captures;

	for (size_t i = 0; i < fold->groups.len; i++) {
		struct group *group = vec_at(&fold->groups, i);
		struct body *body = group->start < at ? NULL :
		    body_of(fold, group);

		if (body == NULL)
			continue;
		buf_add_str(out, str_sub(fold->text, at, group->start - at));
		at = group->end;
		if (body->number == 0) {
			body->number = ++number;
			buf_add_char(defined, '(');
			buf_add_str(defined, str_sub(fold->text, group->start,
			    at - group->start));
			buf_add_char(defined, ')');
		}
		buf_printf(out, "(?%zu)", body->number);
	}
	buf_add_str(out, str_from_pos(fold->text, at));
}

bool
pattern_perl_fold(struct arena *arena, const struct pattern_source *source,
    struct str text, struct str *folded_r)
{
	struct fold fold = { .arena = arena, .text = text };
	struct buf out, defined;

	/* With these a group may not be what it looks like, or has another
	 * number. */
	if ((source->flags & (PATTERN_EXTENDED | PATTERN_NO_CAPTURE)) != 0 ||
	    memmem(text.data, text.len, "(?#", 3) != NULL ||
	    memmem(text.data, text.len, "(?|", 3) != NULL)
		return false;
	vec_init(&fold.open, arena, sizeof(size_t));
	vec_init(&fold.groups, arena, sizeof(struct group));
	fold.bodies = map_new(arena);
	find_groups(&fold);
	if (fold.open.len > DEPTH)
		return false;
	buf_init(&out, arena);
	buf_init(&defined, arena);
	write_calls(&fold, &out, &defined);
	if (defined.len == 0)
		return false;
	buf_add_text(&out, "(?(DEFINE)");
	buf_add_str(&out, buf_str(&defined));
	buf_add_char(&out, ')');
	*folded_r = buf_str(&out);
	return true;
}
