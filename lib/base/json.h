/* SPDX-License-Identifier: ISC */
/* json.h - writes JSON (RFC 8259) on one line into a buf. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define JSON_DEPTH_MAX 32

/* A value that is being written. What is written is always valid JSON and valid
 * UTF-8, whatever bytes the texts hold; calls that do not fit each other (a
 * member without key, an end without begin) are bugs: assert. Reading JSON is
 * lib/json; the names here keep clear of jansson's. */
struct json_writer {
	struct buf *out;
	unsigned depth;		/* objects and arrays open now */
	struct {
		bool is_object;
		bool has_items;
	} levels[JSON_DEPTH_MAX + 1];	/* level 0: around the one value */
};

/* Begin behind what out holds already; nothing is added around the value. */
void json_begin(struct json_writer *json, struct buf *out);
/* The value is complete: everything that was begun must have ended. */
void json_end(const struct json_writer *json);

/* In all that follow, key is the member's name inside an object, and NULL
 * inside an array and for the outermost value. */
void json_begin_object(struct json_writer *json, const char *key);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json, const char *key);
void json_end_array(struct json_writer *json);

/* A text; NULL becomes null. A byte that is not UTF-8 becomes U+FFFD. */
void json_put_text(struct json_writer *json, const char *key, const char *text);
void json_put_str(struct json_writer *json, const char *key, struct str s);
void json_put_int(struct json_writer *json, const char *key, int64_t value);
/* As few digits as give the same number again; null when it is not finite. */
void json_put_real(struct json_writer *json, const char *key, double value);
void json_put_bool(struct json_writer *json, const char *key, bool value);
void json_put_null(struct json_writer *json, const char *key);

#endif
