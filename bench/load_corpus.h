/* SPDX-License-Identifier: ISC */
/* load_corpus.h - the messages to play, read whole before the run. */
#ifndef BENCH_LOAD_CORPUS_H
#define BENCH_LOAD_CORPUS_H

#include <stddef.h>

struct load_envelope;
struct load_message;

struct load_corpus {
	struct load_message *messages;
	size_t count;
	size_t bytes;			/* of all messages as they are sent */
	char **envelope_lines;		/* what the envelopes point into */
	size_t envelope_count;
};

/*
 * Reads every file below the directory PATH, or every file named by a line
 * of the list file PATH (relative names: to the list's own directory).  At
 * most LIMIT messages, by name; 0 is all.  0, or -1 with the reason on
 * stderr.
 */
int load_corpus_read(const char *path, size_t limit,
    struct load_corpus *corpus_r);

/* One made message with 15 headers and a text body of BODY_LEN bytes. */
void load_corpus_make(size_t body_len, struct load_corpus *corpus_r);

/*
 * Gives messages their own envelopes.  Lines of the TSV: file (relative to
 * the corpus), client_addr, client_name, helo, sender, recipient, login; an
 * empty or absent field is the default, "<>" as sender the null sender, #
 * begins a comment.  Returns how many messages it named, or -1 with the
 * reason on stderr.
 */
long load_corpus_envelopes(struct load_corpus *corpus, const char *path);

/* Fills every member of every envelope that is still NULL. */
void load_corpus_defaults(struct load_corpus *corpus,
    const struct load_envelope *fallback);

void load_corpus_done(struct load_corpus *corpus);

#endif
