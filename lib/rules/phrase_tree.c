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

/* Of words and one more behind them. It does not need their edge, so that it is
 * known before the table is looked at. */
static uint32_t
key_of(uint32_t before, uint32_t hash)
{
	uint32_t key = (hash ^ before * UINT32_C(0x9e3779b1)) *
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
add_start(struct phrase_tree *tree, uint32_t key)
{
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
find_edge(const struct phrase_tree *tree, uint32_t key, uint32_t from,
    const struct fold_reader *reader, const struct fold_next *word)
{
	uint32_t mask = UINT32_MAX >> tree->shift;

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
	uint32_t from = 0, key = 0, start = 0;

	for (size_t i = 0; i < words->items.len; i++) {
		const struct fold_word *item = vec_at(&words->items, i);
		struct str word = fold_slice(words, i, 1);

		key = key_of(key, item->hash);
		start = i < 2 ? key : start;
		edge = slot_of(tree, key, from, word);
		if (edge->node == 0)
			edge = add_edge(tree, key, from, word);
		from = edge->node;
	}
	if (edge == NULL)
		return NULL;
	if (edge->mark == 0)
		add_start(tree, start);
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

/* All phrases that begin with word n of many, or where that has no more, with the
 * one that is read next. */
static void
follow(struct search *search, const struct fold_many *many, size_t n)
{
	const unsigned char *resume = search->reader.at;
	const struct phrase_edge *edge;
	struct fold_next word;
	uint32_t from = 0, key = 0;

	while (fold_many_word(&search->reader, many, n++, &word) ||
	    fold_read(&search->reader, &word)) {
		key = key_of(key, word.hash);
		edge = find_edge(search->tree, key, from, &search->reader,
		    &word);
		if (edge == NULL)
			break;
		if (edge->mark != 0)
			search->found(search->arg, edge->mark);
		from = edge->node;
	}
	search->reader.at = resume;
}

/* All that begin with the word there. */
static void
follow_at(struct search *search, const unsigned char *at)
{
	static const struct fold_many none = { .count = 0 };
	const unsigned char *resume = search->reader.at;

	search->reader.at = at;
	follow(search, &none, 0);
	search->reader.at = resume;
}

/* What this word and the one before may begin. */
static void
look(struct search *search, uint32_t hash, const unsigned char *at)
{
	uint32_t key = key_of(0, hash);

	if (search->last != NULL &&
	    may_start(search->tree, key_of(search->key, hash)))
		follow_at(search, search->last);
	search->key = key;
	search->last = at;
	if (may_start(search->tree, key)) {
		follow_at(search, at);
		search->last = NULL;
	}
}

/* Of a word here and of the one before it. */
#define STARTS_MOST (2 * (FOLD_STRETCH / 2 + 1))

/* Where phrases may begin, in order: 0 is the word before these, 1 the first of
 * them. Which words do cannot be foreseen, so nothing branches by that. */
static size_t
find_starts(struct search *search, const struct fold_many *many,
    uint16_t *starts)
{
	bool is_found = search->last == NULL;
	uint32_t before = search->key;
	size_t count = 0;

	for (size_t n = 0; n < many->count; n++) {
		uint32_t hash = fold_hash_end(many->hashes[n]);
		uint32_t key = key_of(0, hash);

		starts[count] = (uint16_t)n;
		count += !is_found & may_start(search->tree,
		    key_of(before, hash));
		is_found = may_start(search->tree, key);
		starts[count] = (uint16_t)(n + 1);
		count += is_found;
		before = key;
	}
	return count;
}

/* Edges are seldom in the processor's cache: those of the first two words come
 * while others are looked at. */
static void
fetch_edges(const struct phrase_tree *tree, const struct fold_many *many,
    size_t n)
{
	uint32_t key = key_of(0, fold_hash_end(many->hashes[n]));

	__builtin_prefetch(&tree->edges[key >> tree->shift]);
	if (n + 1 == many->count)
		return;
	key = key_of(key, fold_hash_end(many->hashes[n + 1]));
	__builtin_prefetch(&tree->edges[key >> tree->shift]);
}

/* What all these words and the one before may begin; most begin nothing. */
static void
look_at_many(struct search *search, const struct fold_many *many)
{
	uint16_t starts[STARTS_MOST];
	size_t count = find_starts(search, many, starts), last = many->count;

	for (size_t i = 0; i < count; i++)
		if (starts[i] != 0)
			fetch_edges(search->tree, many, starts[i] - 1u);
	for (size_t i = 0; i < count; i++)
		if (starts[i] != 0)
			follow(search, many, starts[i] - 1u);
		else
			follow_at(search, search->last);
	search->key = key_of(0, fold_hash_end(many->hashes[last - 1]));
	search->last = count != 0 && starts[count - 1] == last ? NULL :
	    fold_many_begin(&search->reader, many, last - 1);
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
