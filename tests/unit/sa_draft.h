/* SPDX-License-Identifier: ISC */
/* sa_draft.h - for tests: lines of SpamAssassin's language, read and told. */
#ifndef TESTS_SA_DRAFT_H
#define TESTS_SA_DRAFT_H

#include <stddef.h>

struct arena;
struct buf;
struct draft;

/* A folder of the program's own, for its files: setup and teardown of a group
 * of tests. */
int sa_draft_begin(void **state);
int sa_draft_end(void **state);

/* A file in it, and its path. */
void sa_draft_write(const char *name, const char *text, size_t len);
const char *sa_draft_path(struct arena *arena, const char *name);

/* A file of this text, read to its end; that fails no test. */
struct draft *sa_draft_read(struct arena *arena, const char *text, size_t len);

/* "NAME: its test, scores and flags" for each rule; "LINE kind NAME: reason" for
 * each note. Nothing is added where there is none. */
void sa_draft_rules(struct buf *out, const struct draft *draft);
void sa_draft_notes(struct buf *out, const struct draft *draft);

#endif
