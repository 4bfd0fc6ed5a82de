/* SPDX-License-Identifier: ISC */
/* read.h - reads JSON that came from outside. */
#ifndef JSON_READ_H
#define JSON_READ_H

#include "base/str.h"

struct arena;
struct node;

/* The text under key of the object in json; a number is given as its decimal
 * text. 0, or -1 with "bad-request …" where and what. Arena text. */
int json_read_text(struct arena *arena, struct str json, const char *key,
    struct str *text_r, const char **error_r);

/* Any JSON value as a tree (node.h). NULL with the reason: no JSON, a repeated
 * key, anything behind the value. Lives in arena. */
const struct node *json_read(struct arena *arena, struct str json,
    const char **error_r);

#endif
