/* SPDX-License-Identifier: ISC */
/* phrase_tree.h - phrases as a tree of words: for phrases.c. */
#ifndef RULES_PHRASE_TREE_H
#define RULES_PHRASE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;
struct fold_words;

/* A word behind those that lead to a node; the root's number is 0. */
struct phrase_edge {
	uint32_t key;		/* of all words up to it, mixed */
	uint32_t from, node;	/* node 0: a free slot */
	uint32_t at, len;	/* the word, in text */
	uint32_t mark;		/* of the phrase that ends here; 0: none does */
};

struct phrase_tree {
	struct arena *arena;
	struct buf text;
	struct phrase_edge *edges;
	unsigned shift;		/* from a key to its slot */
	uint32_t node_count;
	struct vec starts;	/* uint32_t: keys of how phrases begin */
	uint64_t *filter;	/* bits by them */
	uint32_t filter_mask;	/* of its words */
};

void phrase_tree_init(struct phrase_tree *tree, struct arena *arena);

/* The mark of the phrase of all these words, 0 at first. Holds until the next
 * one is added. */
uint32_t *phrase_tree_mark(struct phrase_tree *tree,
    const struct fold_words *words);

/* found(arg, mark) for each phrase that has one, each time that its words stand in
 * text (as fold_words() takes them). Time in proportion to the text, which is read
 * again at most as often as a phrase has words. arena: for words that are not of
 * ASCII. */
void phrase_tree_find(const struct phrase_tree *tree, struct arena *arena,
    struct str text, bool is_exact, void (*found)(void *arg, uint32_t mark),
    void *arg);

#endif
