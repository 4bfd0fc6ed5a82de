/* SPDX-License-Identifier: ISC */
/* brand.c - a text that names a brand, in mail that is not the brand's.
 *
 * Brands stand in rule files: their names, the labels of domains that deceive
 * with them, and the domains that are theirs (native_read_brand.c). */
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/address.h"
#include "rules/call.h"
#include "rules/call_args.h"
#include "rules/draft.h"
#include "rules/fold.h"
#include "rules/native_read.h"
#include "rules/phrases.h"
#include "rules/view.h"

#define HOSTS_MAX 200		/* of a place */
#define PIECES_MAX 40		/* of one host */

/* Whose domains these are. */
struct owner {
	const struct vec *domains;	/* struct str */
};

struct brands {
	struct phrase_list *names;
	struct vec owners;		/* const struct owner *, by the number
					 * of a name less 1 */
	struct map *labels;		/* folded, to struct owner * */
	uint64_t lengths[256];		/* of those that begin with an octet,
					 * bits: nearly all words have another */
	struct place place;
	const struct phrase_places *places;
};

static int
add_names(const struct call_setup *setup, struct brands *brands,
    struct str brand, struct owner *owner, const char **error_r)
{
	const struct vec *names = draft_lines(setup->draft,
	    native_brand_option(setup->arena, "name", brand));

	for (size_t i = 0; i < names->len; i++) {
		size_t number = phrase_list_add(brands->names,
		    *(struct str *)vec_at(names, i), error_r);

		if (number == 0)
			return -1;
		if (number > brands->owners.len)
			*(const struct owner **)vec_push(&brands->owners) =
			    owner;
	}
	return 0;
}

static uint64_t
length_bit(struct str label)
{
	return UINT64_C(1) << (label.len < 64 ? label.len : 0);
}

static size_t
first_of(struct str label)
{
	return label.len > 0 ? (unsigned char)label.data[0] : 0;
}

static void
add_label(struct brands *brands, struct str label, struct owner *owner)
{
	map_put(brands->labels, label, owner);
	brands->lengths[first_of(label)] |= length_bit(label);
}

static const struct owner *
find_owner(const struct brands *brands, struct str label)
{
	return (brands->lengths[first_of(label)] & length_bit(label)) != 0 ?
	    map_find(brands->labels, label) : NULL;
}

static int
add_brands(const struct call_setup *setup, struct brands *brands,
    const char **error_r)
{
	const struct vec *all = draft_lines(setup->draft, NATIVE_BRANDS);

	for (size_t i = 0; i < all->len; i++) {
		struct str brand = *(struct str *)vec_at(all, i);
		struct owner *owner = arena_alloc(setup->arena,
		    sizeof(*owner));
		const struct vec *labels = draft_lines(setup->draft,
		    native_brand_option(setup->arena, "label", brand));

		owner->domains = draft_lines(setup->draft,
		    native_brand_option(setup->arena, "domain", brand));
		if (add_names(setup, brands, brand, owner, error_r) < 0)
			return -1;
		for (size_t l = 0; l < labels->len; l++)
			add_label(brands, fold_label(setup->arena,
			    *(struct str *)vec_at(labels, l)), owner);
	}
	return 0;
}

static int
brand_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct brands *brands = arena_zalloc(setup->arena, sizeof(*brands));
	struct phrase_book *book = call_book(setup);
	struct vec places;

	*prepared_r = brands;
	if (call_read_place(setup, 0, &brands->place, error_r) < 0)
		return -1;
	vec_init(&places, setup->arena, sizeof(struct place));
	*(struct place *)vec_push(&places) = brands->place;
	/* No list of words has a name with a blank. */
	brands->names = phrase_list(book, STR("names of brands"), false);
	brands->places = phrase_places(book, &places, false);
	brands->labels = map_new(setup->arena);
	vec_init(&brands->owners, setup->arena, sizeof(struct owner *));
	return add_brands(setup, brands, error_r);
}

static bool
owns(const struct owner *owner, struct str domain)
{
	for (size_t i = 0; i < owner->domains->len; i++)
		if (domain_is_within(domain, *(struct str *)vec_at(
		    owner->domains, i)))
			return true;
	return false;
}

/* --- names in a text ---------------------------------------------------------- */

struct search {
	const struct brands *brands;
	struct str author;	/* domain of From */
	size_t count;
};

static void
on_name(void *arg, size_t number)
{
	struct search *search = arg;

	search->count += !owns(*(const struct owner **)vec_at(
	    &search->brands->owners, number - 1), search->author);
}

static double
brand_run(struct view *view, const void *prepared)
{
	const struct brands *brands = prepared;
	struct search search = { .brands = brands };

	if (phrases_count(view, brands->names, brands->places) == 0)
		return 0;
	search.author = view_author(view);
	if (search.author.data != NULL)
		phrases_each(view, brands->names, brands->places, on_name,
		    &search);
	return (double)search.count;
}

/* How often a text of the place names a brand that the author is not of. */
const struct call call_brand = {
	.name = "brand",
	.prepare = brand_prepare,
	.run = brand_run,
};

/* --- labels in a host --------------------------------------------------------- */

/* Does a piece of the host, between dots and hyphens, look like the label of a
 * brand that the host is not of? */
static bool
deceives(struct view *view, const struct brands *brands, struct str host)
{
	struct str rest = domain_shown(view->arena, host), label, piece;
	size_t pieces = 0;

	while (str_cut(&rest, '.', &label))
		while (str_cut(&label, '-', &piece)) {
			const struct owner *owner = find_owner(brands,
			    fold_label(view->arena, piece));

			if (owner != NULL && !owns(owner, host))
				return true;
			if (++pieces == PIECES_MAX)
				return false;
		}
	return false;
}

static double
brand_host_run(struct view *view, const void *prepared)
{
	const struct brands *brands = prepared;
	const struct vec *hosts = view_texts(view, &brands->place);
	struct str last = STR("");
	bool is_deceit = false;
	size_t count = 0;

	/* Neighbours are often the same. */
	for (size_t i = 0; i < hosts->len && i < HOSTS_MAX; i++) {
		struct str host = *(struct str *)vec_at(hosts, i);

		if (!str_eq(host, last))
			is_deceit = deceives(view, brands, host);
		last = host;
		count += is_deceit;
	}
	return (double)count;
}

/* How many hosts of a place deceive with the name of a brand. */
const struct call call_brand_host = {
	.name = "brand_host",
	.prepare = brand_prepare,
	.run = brand_host_run,
};
