/* SPDX-License-Identifier: ISC */
/* sa_boundaries.c - where registries end and registered domains begin, as
 * SpamAssassin's rules tell it (RegistryBoundaries.pm). */
#include "rules/place/sa_boundaries.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/public_suffix.h"
#include "rules/draft.h"
#include "rules/place/sa_reading.h"
#include "rules/sa_read_private.h"
#include "rules/view.h"

#define LEVELS 3

static const char *const options[LEVELS] = { "util_rb_tld", "util_rb_2tld",
	"util_rb_3tld" };

struct sa_boundaries {
	struct map *names[LEVELS];	/* by their labels less one */
};

/* --- what the rules say ------------------------------------------------------- */

/* The reader has tried whether they are names (sa_keep_names). */
static void
add_names(struct arena *arena, struct str line, struct map *names)
{
	struct str word, name;

	while ((word = sa_cut_word(&line)).len != 0)
		if (domain_canonical(arena, word, &name) == 0)
			map_put(names, name, names);
}

const struct sa_boundaries *
sa_boundaries_new(struct draft *draft)
{
	struct sa_boundaries *boundaries = arena_zalloc(draft->arena,
	    sizeof(*boundaries));

	for (size_t level = 0; level < LEVELS; level++) {
		const struct vec *lines = draft_lines(draft, options[level]);

		boundaries->names[level] = map_new(draft->arena);
		for (size_t i = 0; i < lines->len; i++)
			add_names(draft->arena, *(struct str *)
			    vec_at(lines, i), boundaries->names[level]);
	}
	return boundaries;
}

const struct sa_boundaries *
sa_boundaries_of(const struct view *view)
{
	return view->sa_reading != NULL ? view->sa_reading->boundaries : NULL;
}

/* --- what is asked ------------------------------------------------------------ */

static bool
knows_ends(const struct sa_boundaries *boundaries)
{
	return boundaries != NULL && map_len(boundaries->names[0]) != 0;
}

static bool
has(const struct sa_boundaries *boundaries, size_t level, struct str name)
{
	return boundaries != NULL &&
	    map_find(boundaries->names[level], name) != NULL;
}

bool
sa_has_known_end(const struct sa_boundaries *boundaries, struct str name)
{
	if (!knows_ends(boundaries))
		return public_suffix_is_known(name);
	return has(boundaries, 0, str_from_pos(name,
	    (size_t)(str_find_last(name, '.') + 1)));
}

/* RFC 1480: under us there are states, and in them places and schools. */
static bool
is_state(struct str label)
{
	static const char states[] = " ak al ar az ca co ct dc de fl ga gu hi ia "
	    "id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh "
	    "ok or pa pr ri sc sd tn tx ut va vi vt wa wi wv wy ";
	char wanted[] = " ?? ";

	if (label.len != 2)
		return false;
	memcpy(wanted + 1, label.data, 2);
	return strstr(states, wanted) != NULL;
}

static bool
is_place_of_state(const struct str labels[4])
{
	return is_state(labels[2]) && (str_is(labels[0], "ci") ||
	    str_is(labels[0], "co") ||
	    (str_is(labels[0], "pvt") && str_is(labels[1], "k12")));
}

/* Do others register under this name of two to four labels? */
static bool
is_registry(const struct sa_boundaries *boundaries, struct str name,
    size_t count)
{
	struct str labels[4], rest = name;
	bool is_us;

	for (size_t i = 0; i < count; i++)
		str_cut(&rest, '.', &labels[i]);
	is_us = str_is(labels[count - 1], "us");
	if (count == 2)
		return has(boundaries, 1, name);
	if (count == 3)
		return is_us ? is_state(labels[1]) : has(boundaries, 2, name);
	return is_us && is_place_of_state(labels);
}

/* Without its first label. */
static struct str
above(struct str name)
{
	return str_from_pos(name, (size_t)(str_find(name, '.') + 1));
}

struct str
sa_registered(struct arena *arena, const struct sa_boundaries *boundaries,
    struct str host)
{
	struct str whole, name, below, found;

	if (domain_canonical(arena, host, &whole) != 0)
		return str_lower(arena, host);
	name = below = whole;
	for (size_t count = domain_labels(whole); count > 1; count--) {
		if (count <= 4 && is_registry(boundaries, name, count))
			return below;
		below = name;
		name = above(name);
	}
	if (knows_ends(boundaries))
		return below;
	found = public_suffix_registrable(whole);
	return found.data != NULL ? found : whole;
}
