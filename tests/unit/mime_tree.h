/* SPDX-License-Identifier: ISC */
/* mime_tree.h - for tests: a message read, and its parts as lines. */
#ifndef TESTS_MIME_TREE_H
#define TESTS_MIME_TREE_H

#include <stddef.h>

#include "base/str.h"

struct arena;
struct mime_limits;
struct mime_message;

/* Read a whole message (header, empty line, body as it stands), its body in
 * chunks of so many octets (0: all at once) behind a first one of first octets.
 * Contents of files are kept in memory. */
const struct mime_message *mime_tree_read(struct arena *arena,
    const struct mime_limits *limits, struct str message, size_t first,
    size_t chunk);

/* One line for each part: two blanks for each level, TYPE/SUBTYPE SIZE, then
 * what there is of: "name", <where from>, |text| with LF as "/" or, of a file,
 * {content}, and at the end its oddities. */
struct str mime_tree_text(struct arena *arena,
    const struct mime_message *message);

#endif
