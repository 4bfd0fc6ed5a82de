/* SPDX-License-Identifier: ISC */
/* phrase_tree.c - edges in a table of open addressing, with a filter before it.
 *
 * Strangers' words are only looked up: what stands in the table is of the rules'
 * files, so nobody can make it degenerate, and a plain hash serves. At most half
 * of the slots is taken. */
#include "rules/phrase_tree.h"

#include <string.h>

#include "base/arena.h"
#include "rules/fold.h"

#define FIRST_BITS 8		/* of the number of slots */
#define FILTER_FACTOR 4		/* bits of the filter for each slot */

static void
make_slots(struct phrase_tree *tree, unsigned bits)
{
	size_t count = (size_t)1 << bits;

	tree->shift = 32 - bits;
	tree->edges = arena_zalloc(tree->arena,
	    count * sizeof(*tree->edges));
	tree->filter = arena_zalloc(tree->arena, count * FILTER_FACTOR / 8);
	tree->filter_mask = (uint32_t)(count * FILTER_FACTOR - 1);
}

void
phrase_tree_init(struct phrase_tree *tree, struct arena *arena)
{
	*tree = (struct phrase_tree){ .arena = arena };
	buf_init(&tree->text, arena);
	make_slots(tree, FIRST_BITS);
}

static uint32_t
key_of(uint32_t from, uint32_t hash)
{
	uint32_t key = (hash ^ from * UINT32_C(0x9e3779b1)) *
	    UINT32_C(0x85ebca77);

	return key ^ key >> 15;
}

static bool
may_have(const struct phrase_tree *tree, uint32_t key)
{
	uint32_t bit = key & tree->filter_mask;

	return (tree->filter[bit / 64] >> bit % 64 & 1) != 0;
}

/* The edge of this word, or the free slot for it. */
static struct phrase_edge *
slot_of(const struct phrase_tree *tree, uint32_t key, uint32_t from,
    struct str word)
{
	uint32_t mask = UINT32_MAX >> tree->shift;

	for (uint32_t slot = key >> tree->shift;; slot = (slot + 1) & mask) {
		struct phrase_edge *edge = &tree->edges[slot];

		if (edge->node == 0 || (edge->key == key &&
		    edge->from == from && edge->len == word.len &&
		    memcmp(tree->text.data + edge->at, word.data,
		    word.len) == 0))
			return edge;
	}
}

static struct phrase_edge *
put(struct phrase_tree *tree, const struct phrase_edge *edge)
{
	uint32_t bit = edge->key & tree->filter_mask;
	struct phrase_edge *slot = slot_of(tree, edge->key, edge->from,
	    str_of(tree->text.data + edge->at, edge->len));

	tree->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	*slot = *edge;
	return slot;
}

static void
grow(struct phrase_tree *tree)
{
	const struct phrase_edge *old = tree->edges;
	size_t count = (size_t)1 << (32 - tree->shift);

	make_slots(tree, 32 - tree->shift + 1);
	for (size_t i = 0; i < count; i++)
		if (old[i].node != 0)
			put(tree, &old[i]);
}

static struct phrase_edge *
add_edge(struct phrase_tree *tree, uint32_t key, uint32_t from,
    struct str word)
{
	struct phrase_edge edge = { .key = key, .from = from,
		.at = (uint32_t)tree->text.len, .len = (uint32_t)word.len };

	if (tree->node_count >= UINT32_MAX >> tree->shift >> 1)
		grow(tree);
	edge.node = ++tree->node_count;
	buf_add_str(&tree->text, word);
	return put(tree, &edge);
}

uint32_t *
phrase_tree_mark(struct phrase_tree *tree, const struct fold_words *words)
{
	struct phrase_edge *edge = NULL;
	uint32_t from = 0;

	for (size_t i = 0; i < words->items.len; i++) {
		const struct fold_word *item = vec_at(&words->items, i);
		struct str word = fold_slice(words, i, 1);
		uint32_t key = key_of(from, item->hash);

		edge = slot_of(tree, key, from, word);
		if (edge->node == 0)
			edge = add_edge(tree, key, from, word);
		from = edge->node;
	}
	return edge != NULL ? &edge->mark : NULL;
}

void
phrase_tree_find(const struct phrase_tree *tree,
    const struct fold_words *words, void (*found)(void *arg, uint32_t mark),
    void *arg)
{
	const struct fold_word *items = words->items.items;
	size_t count = words->items.len;

	for (size_t n = 0; n < count; n++) {
		uint32_t from = 0;

		for (size_t i = n; i < count; i++) {
			uint32_t key = key_of(from, items[i].hash);
			const struct phrase_edge *edge;

			if (!may_have(tree, key))
				break;
			edge = slot_of(tree, key, from, str_of(
			    words->text.data + items[i].at, items[i].len));
			if (edge->node == 0)
				break;
			from = edge->node;
			if (edge->mark != 0)
				found(arg, edge->mark);
		}
	}
}
