/* SPDX-License-Identifier: ISC */
/* phrase_tree.c - edges in a table of open addressing, with a filter before it.
 *
 * Many phrases begin with words that stand everywhere ("your"), so the filter
 * knows how they begin by two words where they have two: what it lets pass is
 * mostly there.
 *
 * Strangers' words are only looked up: what stands in the table is of the rules'
 * files, so nobody can make it degenerate, and a plain hash serves. At most half
 * of the slots is taken. */
#include "rules/phrase_tree.h"

#include <string.h>

#include "base/arena.h"
#include "rules/fold.h"

#define FIRST_BITS 8		/* of the number of slots */
#define FILTER_FIRST 64		/* words of the filter, a power of two */
#define FILTER_FULL 4		/* phrases for each of them at most */

static void
make_slots(struct phrase_tree *tree, unsigned bits)
{
	tree->shift = 32 - bits;
	tree->edges = arena_zalloc(tree->arena,
	    ((size_t)1 << bits) * sizeof(*tree->edges));
}

static void
make_filter(struct phrase_tree *tree, uint32_t count)
{
	tree->filter = arena_zalloc(tree->arena,
	    count * sizeof(*tree->filter));
	tree->filter_mask = count - 1;
}

void
phrase_tree_init(struct phrase_tree *tree, struct arena *arena)
{
	*tree = (struct phrase_tree){ .arena = arena };
	buf_init(&tree->text, arena);
	vec_init(&tree->starts, arena, sizeof(uint32_t));
	make_slots(tree, FIRST_BITS);
	make_filter(tree, FILTER_FIRST);
}

static uint32_t
key_of(uint32_t from, uint32_t hash)
{
	uint32_t key = (hash ^ from * UINT32_C(0x9e3779b1)) *
	    UINT32_C(0x85ebca77);

	return key ^ key >> 15;
}

/* --- how phrases begin -------------------------------------------------------- */

/* Three bits in one word: one in 200 that it should not lets it pass. */
static uint64_t
bits_of(uint32_t key)
{
	return UINT64_C(1) << key % 64 | UINT64_C(1) << key / 64 % 64 |
	    UINT64_C(1) << key / 4096 % 64;
}

/* Chosen by other bits of the key. */
static uint64_t *
word_of(const struct phrase_tree *tree, uint32_t key)
{
	return &tree->filter[key * UINT32_C(0x9e3779b1) >> 8 &
	    tree->filter_mask];
}

static bool
may_start(const struct phrase_tree *tree, uint32_t key)
{
	return (~*word_of(tree, key) & bits_of(key)) == 0;
}

/* By its only word, or the first two. */
static void
add_start(struct phrase_tree *tree, const struct fold_words *words)
{
	const struct fold_word *items = words->items.items;
	uint32_t key = key_of(0, items[0].hash);

	if (words->items.len > 1)
		key = key_of(key, items[1].hash);
	*(uint32_t *)vec_push(&tree->starts) = key;
	*word_of(tree, key) |= bits_of(key);
	if (tree->starts.len / FILTER_FULL <= tree->filter_mask)
		return;
	make_filter(tree, (tree->filter_mask + 1) * 2);
	for (size_t i = 0; i < tree->starts.len; i++) {
		key = *(uint32_t *)vec_at(&tree->starts, i);
		*word_of(tree, key) |= bits_of(key);
	}
}

/* May one begin with the first of these words? */
static bool
may_begin(const struct phrase_tree *tree, const struct fold_word *items,
    size_t count)
{
	uint32_t key = key_of(0, items[0].hash);

	return may_start(tree, key) ||
	    (count > 1 && may_start(tree, key_of(key, items[1].hash)));
}

/* --- edges -------------------------------------------------------------------- */

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
	struct phrase_edge *slot = slot_of(tree, edge->key, edge->from,
	    str_of(tree->text.data + edge->at, edge->len));

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

/* --- phrases ------------------------------------------------------------------ */

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
	if (edge == NULL)
		return NULL;
	if (edge->mark == 0)
		add_start(tree, words);
	return &edge->mark;
}

/* All phrases that begin with word n. */
static void
follow(const struct phrase_tree *tree, const struct fold_words *words,
    size_t n, void (*found)(void *arg, uint32_t mark), void *arg)
{
	const struct fold_word *items = words->items.items;
	uint32_t from = 0;

	for (; n < words->items.len; n++) {
		const struct phrase_edge *edge = slot_of(tree,
		    key_of(from, items[n].hash), from,
		    str_of(words->text.data + items[n].at, items[n].len));

		if (edge->node == 0)
			return;
		if (edge->mark != 0)
			found(arg, edge->mark);
		from = edge->node;
	}
}

void
phrase_tree_find(const struct phrase_tree *tree,
    const struct fold_words *words, void (*found)(void *arg, uint32_t mark),
    void *arg)
{
	const struct fold_word *items = words->items.items;
	size_t count = words->items.len;

	for (size_t n = 0; n < count; n++)
		if (may_begin(tree, items + n, count - n))
			follow(tree, words, n, found, arg);
}
