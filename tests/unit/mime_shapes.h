/* SPDX-License-Identifier: ISC */
/* mime_shapes.h - for tests and benches: messages that are built to take long. */
#ifndef TESTS_MIME_SHAPES_H
#define TESTS_MIME_SHAPES_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "mime/limits.h"
#include "mime/oddity.h"

struct arena;

/* A header, some pieces before, others behind them, and an end. A '#' in a piece
 * is the number of the piece. */
struct mime_shape {
	const char *sentence, *header, *piece, *end;
	size_t count;		/* of pieces */
	const char *before;	/* the pieces before; NULL: none */
	size_t before_count;
	int64_t max_depth;	/* in place of the usual limit, when not 0 */
	mime_oddities oddities;	/* it has at least these */
};

extern const struct mime_shape mime_shapes[];
extern const size_t mime_shape_count;

/* The message, with so many pieces. */
struct str mime_shape_build(struct arena *arena,
    const struct mime_shape *shape, size_t count);
/* The limits with which it is read. */
struct mime_limits mime_shape_limits(const struct mime_shape *shape);
/* What reading a message of so many octets and parts may take, on a machine with
 * nothing else to do. */
int64_t mime_shape_bound_ns(size_t octets, size_t parts);

#endif
