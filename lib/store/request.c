/* SPDX-License-Identifier: ISC */
/* request.c - for the operations: a request and its answer, put together and
 * taken apart. */
#include "store/request.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/arena.h"
#include "store/call.h"
#include "store/key.h"

void
request_init(struct request *request, struct arena *arena)
{
	vec_init(&request->keys, arena, sizeof(struct str));
	vec_init(&request->args, arena, sizeof(struct str));
	request->error = NULL;
}

/* Blanks part the words of what is kept (id.lua). */
bool
request_is_name(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	return text.len != 0;
}

void
request_key(struct request *request, struct str key)
{
	request_check(request, request_is_name(key),
	    "the name of an entry is empty or holds a blank");
	*(struct str *)vec_push(&request->keys) = key;
}

void
request_text(struct request *request, struct str text)
{
	*(struct str *)vec_push(&request->args) = text;
}

void
request_number(struct request *request, int64_t number)
{
	answer_add_number(&request->args, number);
}

void
request_doubles(struct request *request, const int64_t *numbers,
    size_t count)
{
	uint64_t *bits = arena_alloc(request->args.arena,
	    count * sizeof(*bits) + 1);

	for (size_t i = 0; i < count; i++) {
		double number = (double)numbers[i];

		memcpy(&bits[i], &number, sizeof(bits[i]));
		bits[i] = htole64(bits[i]);
	}
	request_text(request, str_of((const char *)bits,
	    count * sizeof(*bits)));
}

void
request_check(struct request *request, bool holds, const char *error)
{
	if (!holds && request->error == NULL)
		request->error = error;
}

bool
request_is_number(int64_t number)
{
	return number >= 0 && number <= STORE_NUMBER_MAX;
}

bool
request_is_kept(int64_t number)
{
	return number >= 0 && number <= STORE_NEVER;
}

static void
check_tags(struct request *request)
{
	const struct str *keys = request->keys.items;

	for (size_t i = 1; i < request->keys.len; i++)
		request_check(request, str_eq(store_key_place(keys[0]),
		    store_key_place(keys[i])),
		    "the names of the entries have different tags");
}

struct store_call *
request_ask(struct request *request, const struct store_op *op,
    struct store *store, struct wait *wait)
{
	const struct store_request asked = {
		.op = op,
		.keys = request->keys.items,
		.key_count = request->keys.len,
		.args = request->args.items,
		.arg_count = request->args.len,
	};
	struct store_call *call;

	check_tags(request);
	if (request->error == NULL)
		return store_ask(store, &asked, wait);
	call = store_call_new(wait);
	store_call_fail(call, STORE_REFUSED, request->error);
	return call;
}

int
request_parse_number(struct str text, int64_t *number_r)
{
	bool is_negative = text.len != 0 && text.data[0] == '-';
	uint64_t value;

	if (str_to_u64(str_from_pos(text, is_negative ? 1 : 0),
	    (uint64_t)STORE_NEVER, &value) != 0)
		return -1;
	*number_r = is_negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

int
request_numbers(const struct store_request *request, size_t first,
    size_t count, int64_t *numbers_r)
{
	if (request->arg_count < first || request->arg_count - first < count)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (request_parse_number(request->args[first + i],
		    &numbers_r[i]) != 0 || !request_is_kept(numbers_r[i]))
			return -1;
	return 0;
}

static int
read_double(const char *data, int64_t *number_r)
{
	uint64_t bits;
	double number;

	memcpy(&bits, data, sizeof(bits));
	bits = le64toh(bits);
	memcpy(&number, &bits, sizeof(number));
	/* Whatever it is: what no int64_t holds is not converted to one. */
	if (!(number >= 0 && number <= (double)STORE_NEVER))
		return -1;
	*number_r = (int64_t)number;
	return (double)*number_r == number ? 0 : -1;
}

int
request_read_doubles(struct str text, size_t first, size_t count,
    int64_t *numbers_r)
{
	const size_t size = sizeof(uint64_t);

	if (text.len / size < first || text.len / size - first < count)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (read_double(text.data + (first + i) * size,
		    &numbers_r[i]) != 0)
			return -1;
	return 0;
}

void
answer_add_text(struct vec *values, struct str text)
{
	struct str copy = str_copy(values->arena, text);

	*(struct str *)vec_push(values) = copy;
}

void
answer_add_number(struct vec *values, int64_t number)
{
	struct buf text;

	buf_init(&text, values->arena);
	buf_add_int(&text, number);
	*(struct str *)vec_push(values) = buf_str(&text);
}

int
answer_number(const struct store_answer *answer, size_t i, int64_t *number_r,
    const char **error_r)
{
	assert(answer->status == STORE_DONE);
	if (i < answer->count &&
	    request_parse_number(answer->values[i], number_r) == 0)
		return 0;
	*error_r = "the store's answer lacks a number";
	return -1;
}

int
answer_word(const struct store_answer *answer, const char *const *words,
    const char **error_r)
{
	assert(answer->status == STORE_DONE);
	for (int i = 0; answer->count != 0 && words[i] != NULL; i++)
		if (str_is(answer->values[0], words[i]))
			return i;
	*error_r = "the store's answer makes no sense";
	return -1;
}
