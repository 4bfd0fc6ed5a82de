/* SPDX-License-Identifier: ISC */
/* directory_asked.h - for tests: a directory with people in it, asked as daemons
 * ask. */
#ifndef TESTS_DIRECTORY_ASKED_H
#define TESTS_DIRECTORY_ASKED_H

#include "directories.h"
#include "directory/inquiry.h"
#include "directory/policies.h"

struct directory_asked {
	struct directory_lab *lab;
	struct inquiry *inquiry;
	struct policies *policies;
};

/* *state is that of a directory_test; world: what stands in the directory, as
 * directories_do() has it. Extensions begin with '+'. The rest is that of
 * policies_new(). */
struct directory_asked directory_asked_begin(void **state, const char *world,
    size_t most_count, int64_t stale_ms);
void directory_asked_end(struct directory_asked *asked);

/* The database goes, and that has been noticed. directories_give_back() brings
 * it back. */
void directory_asked_take_away(struct directory_asked *asked);

/* The object, "none", or why it is not known. lab's arena. */
const char *directory_asked_for(struct directory_lab *lab,
    struct inquiry *inquiry, const char *kind, const char *first,
    const char *second);
/* Until the user ann@example.org reads so. */
void directory_asked_await(struct directory_lab *lab, struct inquiry *inquiry,
    const char *text);

#endif
