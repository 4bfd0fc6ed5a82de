/* SPDX-License-Identifier: ISC */
/* request.h - for the operations: a request and its answer, put together and
 * taken apart. */
#ifndef STORE_REQUEST_H
#define STORE_REQUEST_H

#include "base/vec.h"
#include "store/store.h"

/* No amount, time or duration is larger: Lua counts in doubles, and sums of
 * such stay exact. */
#define STORE_NUMBER_MAX (INT64_C(1) << 50)
/* Later than any time; the largest whole number that is exact in Lua. */
#define STORE_NEVER (INT64_C(1) << 53)

struct request {
	struct vec keys, args;		/* struct str */
	const char *error;		/* NULL; the first of request_check() */
};

void request_init(struct request *request, struct arena *arena);
void request_key(struct request *request, struct str key);
void request_text(struct request *request, struct str text);
void request_number(struct request *request, int64_t number);
/* Numbers in one text, as Lua's struct.unpack reads '<d': an operation with many
 * is quicker so. They must be request_is_kept(). */
void request_doubles(struct request *request, const int64_t *numbers,
    size_t count);

/* What must hold, or else the answer is STORE_REFUSED with this reason. */
void request_check(struct request *request, bool holds, const char *error);
/* Is it within 0 and STORE_NUMBER_MAX? */
bool request_is_number(int64_t number);
/* Is it within 0 and STORE_NEVER, as all that is kept? */
bool request_is_kept(int64_t number);
/* Is it not empty, and printable without blanks, as store_key() makes it? */
bool request_is_name(struct str text);
/* Ask. All keys must be of one tag, and without blanks. */
struct store_call *request_ask(struct request *request,
    const struct store_op *op, struct store *store, struct wait *wait);

/* A decimal number with or without a minus sign, of at most STORE_NEVER. -1: it
 * is none. */
int request_parse_number(struct str text, int64_t *number_r);
/* The numbers from args[first] on, all request_is_kept(). -1: there are not so
 * many, or one is none. */
int request_numbers(const struct store_request *request, size_t first,
    size_t count, int64_t *numbers_r);

/* So many of a text of request_doubles(), from the first on, all
 * request_is_kept(). -1: there are not so many, or one is none. */
int request_read_doubles(struct str text, size_t first, size_t count,
    int64_t *numbers_r);

/* Add to the values of an answer, in the arena of the vec. */
void answer_add_text(struct vec *values, struct str text);
void answer_add_number(struct vec *values, int64_t number);
/* The same when it is read: -1 with the reason. */
int answer_number(const struct store_answer *answer, size_t i,
    int64_t *number_r, const char **error_r);
/* Which of the words (the last is NULL) value 0 is. -1 with the reason. */
int answer_word(const struct store_answer *answer, const char *const *words,
    const char **error_r);

#endif
