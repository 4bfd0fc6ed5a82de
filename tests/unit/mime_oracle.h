/* SPDX-License-Identifier: ISC */
/* mime_oracle.h - for tests: our parts beside those that another reader sees. */
#ifndef TESTS_MIME_ORACLE_H
#define TESTS_MIME_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;
struct mime_message;
struct mime_part;

/* One part: "1.2.1", "text/html". Contents are compared by size and the first
 * eight octets of their SHA-256, where there is one. */
struct oracle_row {
	struct str path;
	struct str type;
	struct str name;
	bool is_leaf;
	bool has_hash;
	uint64_t size;
	unsigned char hash[8];
	struct str text;	/* of theirs, UTF-8; data NULL: not known */
	const struct mime_part *part;	/* of ours */
};

/* Ours, as struct oracle_row, without what was found within contents. body: what
 * was read. */
void oracle_ours(struct arena *arena, const struct mime_message *message,
    struct str body, struct vec *rows);
/* The decoded octets of a part that has none below it; body: what was read, by
 * the raw place of a text. */
struct str oracle_content(struct arena *arena, const struct mime_part *part,
    struct str body);
void oracle_hash(struct arena *arena, struct str content,
    unsigned char hash_r[8]);
/* The first row in which they differ, or -1. Names of leaves are compared when
 * with_names. */
ptrdiff_t oracle_compare(const struct vec *ours, const struct vec *theirs,
    bool with_names);
/* Is every content that they see among ours? */
bool oracle_has_all(const struct vec *ours, const struct vec *theirs);
/* Why the text of a part reads differently; NULL: it does not. "": for no reason
 * that is known. */
const char *oracle_text_reason(struct arena *arena,
    const struct oracle_row *ours, const struct oracle_row *theirs);
/* Rows for people. */
struct str oracle_text(struct arena *arena, const struct vec *rows);

/* Why readers differ about a message: the first reason that the message has. */
struct oracle_counts {
	size_t messages, equal, unexplained;
	size_t reasons[64];
};

/* Count the message; false when it differs and nothing explains that. */
bool oracle_count(struct oracle_counts *counts,
    const struct mime_message *message, const struct vec *ours,
    const struct vec *theirs, bool with_names);
void oracle_print(const struct oracle_counts *counts, const char *of_what);

/* A file's bytes. */
struct str oracle_file(struct arena *arena, const char *path);

#endif
