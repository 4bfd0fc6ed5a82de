/* SPDX-License-Identifier: ISC */
/* params_private.h - parameters as they stand in a field, before their pieces
 * are put together. */
#ifndef MIME_PARAMS_PRIVATE_H
#define MIME_PARAMS_PRIVATE_H

#include <stdbool.h>

#include "base/str.h"
#include "base/vec.h"
#include "mime/oddity.h"

/* One "name=value", of which "filename*1*=x" is the second piece. */
struct params_piece {
	struct str name;	/* lower case, without what '*' says */
	int section;		/* -1: it is no piece (RFC 2231 3) */
	bool is_extended;	/* percent-encoded, perhaps with a charset
				 * (RFC 2231 4) */
	struct str value;	/* unquoted */
};

/* The name as it stands: its parts to piece. */
void params_name(struct arena *arena, struct str written,
    struct params_piece *piece);
/* Pieces, at most 64, as struct mime_param. */
void params_join(struct arena *arena, const struct vec *pieces,
    struct vec *params, mime_oddities *oddities);

#endif
