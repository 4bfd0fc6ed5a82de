/* SPDX-License-Identifier: ISC */
/* dkim_tag.h - tag lists: "name=value; name=value" (RFC 6376 3.2). */
#ifndef AUTH_DKIM_TAG_H
#define AUTH_DKIM_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

struct dkim_tag {
	struct str name;
	struct str value;	/* trimmed; folds inside stand as they came */
	struct str packed;	/* without any white space; NUL-terminated */
	bool is_name_spaced;	/* white space before its '=' */
};

struct dkim_tags {
	struct vec list;	/* struct dkim_tag, in order */
};

/* Parse a whole list; name and value point into text. Folds are LF or CRLF with
 * white space behind. 0, or -1 with the reason: one bad tag, or one name
 * twice, makes the whole list invalid. */
int dkim_tags_parse(struct arena *arena, struct str text,
    struct dkim_tags *tags_r, const char **error_r);

/* The tag, or NULL. Names have case. */
const struct dkim_tag *dkim_tag_find(const struct dkim_tags *tags,
    const char *name);

/* Its value without any white space; "" when it is missing. */
struct str dkim_tag_packed(const struct dkim_tags *tags, const char *name);

/* Does a colon-separated value hold this word (RFC 6376 3.2: with its case)? */
bool dkim_tag_has_word(struct str packed, const char *word);

#endif
