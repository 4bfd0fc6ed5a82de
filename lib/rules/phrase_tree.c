/* SPDX-License-Identifier: ISC */
/* phrase_tree.c - edges in a table of open addressing, with a filter before it.
 *
 * Many phrases begin with words that stand everywhere ("your"), so the filter
 * knows how they begin by two words where they have two: what it lets pass is
 * mostly there. Only then the text is read again from there on and compared;
 * nothing is kept of all other words.
 *
 * Strangers' words are only looked up: what stands in the table is of the rules'
 * files, so nobody can make it degenerate, and a plain hash serves. At most half
 * of the slots is taken. */
#include "rules/phrase_tree.h"

#include <string.h>

#include "base/arena.h"
#include "rules/fold.h"
#include "rules/fold_read.h"

#define FIRST_BITS 8		/* of the number of slots */
#define FILTER_FIRST 64		/* words of the filter, a power of two */
#define FILTER_FULL 2		/* phrases for each of them at most */

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

/* Chosen by all bits of the key, for the low ones choose those in the word. */
static uint64_t *
word_of(const struct phrase_tree *tree, uint32_t key)
{
	return &tree->filter[key * UINT64_C(0x9e3779b97f4a7c15) >> 40 &
	    tree->filter_mask];
}

/* Three bits in one word: of what begins no phrase it lets one in 1000 pass. To
 * follow one in vain takes as long as to read a line. */
static bool
may_start(const struct phrase_tree *tree, uint32_t key)
{
	uint64_t word = *word_of(tree, key);

	return (word >> key % 64 & word >> key / 64 % 64 &
	    word >> key / 4096 % 64 & 1) != 0;
}

static void
put_start(struct phrase_tree *tree, uint32_t key)
{
	*word_of(tree, key) |= UINT64_C(1) << key % 64 |
	    UINT64_C(1) << key / 64 % 64 | UINT64_C(1) << key / 4096 % 64;
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
	put_start(tree, key);
	if (tree->starts.len / FILTER_FULL <= tree->filter_mask)
		return;
	make_filter(tree, (tree->filter_mask + 1) * 2);
	for (size_t i = 0; i < tree->starts.len; i++)
		put_start(tree, *(uint32_t *)vec_at(&tree->starts, i));
}

/* --- edges -------------------------------------------------------------------- */

static struct str
word_at(const struct phrase_tree *tree, const struct phrase_edge *edge)
{
	return str_of(tree->text.data + edge->at, edge->len);
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
		    edge->from == from && str_eq(word_at(tree, edge), word)))
			return edge;
	}
}

/* The edge of a word that was read; NULL: there is none. */
static const struct phrase_edge *
find_edge(const struct phrase_tree *tree, uint32_t from,
    const struct fold_reader *reader, const struct fold_next *word)
{
	uint32_t mask = UINT32_MAX >> tree->shift;
	uint32_t key = key_of(from, word->hash);

	for (uint32_t slot = key >> tree->shift;; slot = (slot + 1) & mask) {
		const struct phrase_edge *edge = &tree->edges[slot];

		if (edge->node == 0)
			return NULL;
		if (edge->key == key && edge->from == from &&
		    fold_next_is(reader, word, word_at(tree, edge)))
			return edge;
	}
}

static struct phrase_edge *
put(struct phrase_tree *tree, const struct phrase_edge *edge)
{
	struct phrase_edge *slot = slot_of(tree, edge->key, edge->from,
	    word_at(tree, edge));

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

struct search {
	const struct phrase_tree *tree;
	struct fold_reader reader;
	void (*found)(void *arg, uint32_t mark);
	void *arg;
	uint32_t key;			/* of the last word */
	const unsigned char *last;	/* where it begins; NULL: what begins
					 * with it is found already */
};

/* All phrases that begin with the word there. */
static void
follow(struct search *search, const unsigned char *at)
{
	const unsigned char *resume = search->reader.at;
	const struct phrase_edge *edge;
	struct fold_next word;
	uint32_t from = 0;

	search->reader.at = at;
	while (fold_read(&search->reader, &word)) {
		edge = find_edge(search->tree, from, &search->reader, &word);
		if (edge == NULL)
			break;
		if (edge->mark != 0)
			search->found(search->arg, edge->mark);
		from = edge->node;
	}
	search->reader.at = resume;
}

/* What this word and the one before may begin. */
static void
look(struct search *search, uint32_t hash, const unsigned char *at)
{
	uint32_t key = key_of(0, hash);

	if (search->last != NULL &&
	    may_start(search->tree, key_of(search->key, hash)))
		follow(search, search->last);
	search->key = key;
	search->last = at;
	if (may_start(search->tree, key)) {
		follow(search, at);
		search->last = NULL;
	}
}

/* The same of all these, of which most begin nothing. */
static void
look_at_many(struct search *search, const struct fold_many *many)
{
	const struct phrase_tree *tree = search->tree;
	uint32_t before = search->key, hash, key = 0;

	for (size_t n = 0; n < many->count; n++, before = key) {
		hash = fold_hash_end(many->hashes[n]);
		key = key_of(0, hash);
		if (!(may_start(tree, key_of(before, hash)) |
		    may_start(tree, key)))
			continue;
		if (n > 0 && !may_start(tree, before)) {
			search->last = fold_begin_of(&search->reader, many,
			    n - 1);
			search->key = before;
		}
		look(search, hash, fold_begin_of(&search->reader, many, n));
	}
	search->key = key;
	search->last = may_start(tree, key) ? NULL :
	    fold_begin_of(&search->reader, many, many->count - 1);
}

void
phrase_tree_find(const struct phrase_tree *tree, struct arena *arena,
    struct str text, bool is_exact, void (*found)(void *arg, uint32_t mark),
    void *arg)
{
	struct search search = { .tree = tree, .found = found, .arg = arg };
	struct fold_many many;
	struct fold_next word;

	if (tree->node_count == 0)
		return;
	fold_read_begin(&search.reader, arena, text, is_exact);
	for (;;) {
		if (fold_read_many(&search.reader, &many))
			look_at_many(&search, &many);
		else if (fold_read(&search.reader, &word))
			look(&search, word.hash, word.at);
		else
			break;
	}
}
