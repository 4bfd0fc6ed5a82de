/* SPDX-License-Identifier: ISC */
/* map_walk.c - where mail to an address ends up, however many aliases lead there.
 *
 * Postfix would follow aliases by itself, one look-up each. Followed here, they
 * cannot lead in a circle (an alias and a catch-all may, together), what
 * one message becomes has a bound, and an alias that leads to nobody is refused
 * when the mail comes instead of being returned later.
 *
 * Who is suspended gets nothing that comes by an alias of several, while others
 * get it: nobody could be told about a part. If there is nobody else, it leads
 * to who is suspended (map_recipients.c), for he is there.
 *
 * An extension goes on to users, where it means something; other hosts may have
 * another delimiter, or none.
 */
#include "directory/map_search.h"

#include "base/arena.h"
#include "base/map.h"

static int
add(struct map_walk *walk, const struct address *address)
{
	struct map_search *search = walk->search;
	struct str spelling = address_canonical(search->arena, address, '\0');

	if (map_find(walk->seen, spelling) != NULL)
		return 0;
	if (map_len(walk->seen) > MAP_VALUES_MAX)
		return directory_refuse(search->arena, search->error_r,
		    "it leads to more than %d addresses", MAP_VALUES_MAX);
	map_put(walk->seen, spelling, walk);
	*(struct address *)vec_push(&walk->todo) = *address;
	return 0;
}

static void
end(struct vec *ends, struct str address)
{
	*(struct str *)vec_push(ends) = address;
}

/* An extension that is there already stays alone: those of two aliases would
 * name a folder that nobody meant. */
static int
add_text(struct map_walk *walk, const char *text, struct str extension)
{
	struct map_search *search = walk->search;
	struct address address;
	struct map_place place;
	struct buf local;

	if (!map_parse_address(search, str_from(text), &address))
		return 0;
	if (extension.len == 0 || str_find(address.local,
	    search->site.delimiter) >= 0)
		return add(walk, &address);
	if (map_place(search, &address, &place) < 0)
		return -1;
	if (place.user != NULL || (place.alias != NULL &&
	    place.alias->has_extensions)) {
		buf_init(&local, search->arena);
		buf_add_str(&local, address.local);
		buf_add_str(&local, extension);
		address.local = buf_str(&local);
	}
	return add(walk, &address);
}

static int
follow_alias(struct map_walk *walk, const struct map_place *place)
{
	const struct setting_list *to = &place->alias->to;

	for (size_t i = 0; i < to->count; i++)
		if (add_text(walk, to->texts[i], place->extension) < 0)
			return -1;
	return 0;
}

/* postmaster@ (RFC 5321 4.5.1) and abuse@ (RFC 2142 4) of every domain are
 * somebody's. */
static const char *
who_has_none(const struct map_search *search, const struct map_place *place)
{
	const struct directory_domain *domain = place->domain;
	bool is_office = str_is_nocase(place->address.local, "postmaster") ||
	    str_is_nocase(place->address.local, "abuse");

	if (is_office && domain->postmaster != NULL)
		return domain->postmaster;
	if (domain->catch_all != NULL)
		return domain->catch_all;
	return is_office ? search->site.postmaster : NULL;
}

static int
step(struct map_walk *walk, const struct address *address)
{
	struct map_place place;
	const char *other;

	if (map_place(walk->search, address, &place) < 0)
		return -1;
	if (place.status == STATUS_SUSPENDED)
		return 0;
	if (place.user != NULL) {
		end(place.user->status == STATUS_SUSPENDED ?
		    &walk->suspended : &walk->ends, place.spelling);
		return 0;
	}
	if (place.alias != NULL)
		return follow_alias(walk, &place);
	if (place.domain == NULL || place.domain->role == DOMAIN_RELAY) {
		end(&walk->ends, place.spelling);
		return 0;
	}
	other = who_has_none(walk->search, &place);
	return other != NULL ? add_text(walk, other, str_from(NULL)) : 0;
}

int
map_walk(struct map_walk *walk, struct map_search *search,
    const struct address *from)
{
	*walk = (struct map_walk){ .search = search,
	    .seen = map_new(search->arena) };
	vec_init(&walk->todo, search->arena, sizeof(struct address));
	vec_init(&walk->ends, search->arena, sizeof(struct str));
	vec_init(&walk->suspended, search->arena, sizeof(struct str));
	if (add(walk, from) < 0)
		return -1;
	for (size_t i = 0; i < walk->todo.len; i++) {
		/* The vec may move. */
		struct address next = *(struct address *)vec_at(&walk->todo,
		    i);

		if (step(walk, &next) < 0)
			return -1;
	}
	if (walk->ends.len == 0)
		walk->ends = walk->suspended;
	return 0;
}

void
map_list_add(struct buf *list, struct str value)
{
	if (list->len != 0)
		buf_add_text(list, ", ");
	buf_add_str(list, value);
}
