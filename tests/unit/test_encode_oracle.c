/* SPDX-License-Identifier: ISC */
/* test_encode_oracle.c - what was encoded is what it was, as python's email
 * package reads it: generated messages, and real ones of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "mail/encode.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mail/spool.h"
#include "scratch.h"

/* At least so many of the generated messages can be encoded. */
#define ENCODED_MIN 200

struct stored {
	struct header_list headers;
	struct spool *body;
};

static struct str
read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "r");
	char piece[65536];
	struct buf bytes;
	size_t len;

	assert_non_null(file);
	buf_init(&bytes, arena);
	while ((len = fread(piece, 1, sizeof(piece), file)) != 0)
		buf_add(&bytes, piece, len);
	assert_int_equal(fclose(file), 0);
	return buf_str(&bytes);
}

static struct stored
read_stored(struct arena *arena, struct str bytes)
{
	struct stored stored = { .body = spool_new(NULL, 65536) };
	struct str name, value, piece;
	struct message message;

	header_list_init(&stored.headers, arena);
	message_begin(&message, arena, bytes);
	while (message_next_field(&message, &name, &value))
		header_list_add(&stored.headers, name, value);
	while (message_next_piece(&message, &piece))
		assert_int_equal(spool_add(stored.body, piece.data,
		    piece.len), 0);
	return stored;
}

static void
write_field(FILE *file, struct str name, struct str value)
{
	struct str line;

	fprintf(file, "%.*s:", STR_ARG(name));
	str_cut(&value, '\n', &line);
	fwrite(line.data, 1, line.len, file);
	while (str_cut(&value, '\n', &line)) {
		fprintf(file, "\r\n");
		fwrite(line.data, 1, line.len, file);
	}
	fprintf(file, "\r\n");
}

/* transfer: in place of the field that is there; NULL: as it is. */
static void
write_stored(const char *path, const struct header_list *headers,
    const char *transfer, struct spool *spool)
{
	struct str name = STR("Content-Transfer-Encoding"), body;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < headers->fields.len; i++) {
		const struct header *field = vec_at(&headers->fields, i);

		if (transfer == NULL || !str_eq_nocase(field->name, name))
			write_field(file, field->name, field->value);
	}
	if (transfer != NULL)
		fprintf(file, "Content-Transfer-Encoding: %s\r\n", transfer);
	fprintf(file, "\r\n");
	assert_int_equal(spool_data(spool, &body), 0);
	assert_int_equal(fwrite(body.data, 1, body.len, file), body.len);
	assert_int_equal(fclose(file), 0);
}

/* N.before and N.after of N.eml, where it changes. False: there is none. */
static bool
encode_stored(const char *folder, size_t number, size_t *encoded)
{
	struct arena *arena = arena_new(0);
	struct spool *out = spool_new(NULL, 65536);
	const char *path = arena_printf(arena, "%s/%zu", folder, number);
	const char *name = arena_printf(arena, "%s.eml", path), *reason;
	bool is_there = access(name, R_OK) == 0;
	struct stored stored = { .body = NULL };
	struct encoded result;
	struct str body;

	if (is_there) {
		stored = read_stored(arena, read_file(arena, name));
		assert_int_equal(spool_data(stored.body, &body), 0);
	}
	if (is_there && encode_body(arena, &stored.headers, body, out, &result,
	    &reason) == ENCODE_DONE &&
	    (result.has_new_body || result.transfer != NULL)) {
		++*encoded;
		write_stored(arena_printf(arena, "%s.before", path),
		    &stored.headers, NULL, stored.body);
		write_stored(arena_printf(arena, "%s.after", path),
		    &stored.headers, result.transfer, out);
	}
	spool_free(&stored.body);
	spool_free(&out);
	arena_free(&arena);
	return is_there;
}

static void
run(struct arena *arena, const char *words)
{
	if (system(arena_printf(arena, "/usr/bin/python3 "
	    "tests/unit/encode_oracle.py %s", words)) != 0)
		fail_msg("encode_oracle.py %s failed", words);
}

/* The last line that the oracle prints. */
static const char *
judge(struct arena *arena, const char *folder)
{
	FILE *oracle = popen(arena_printf(arena, "/usr/bin/python3 "
	    "tests/unit/encode_oracle.py check %s 2>&1", folder), "r");
	char line[512] = "";

	assert_non_null(oracle);
	while (fgets(line, sizeof(line), oracle) != NULL)
		print_message("%s", line);
	assert_int_equal(pclose(oracle), 0);
	return arena_strdup(arena, line);
}

static void
python_reads_the_same(void **state)
{
	char folder[SCRATCH_SIZE];
	const char *data = getenv("MAILREEVE_DATA");
	struct arena *arena = *state;
	size_t number = 0, encoded = 0;

	if (data == NULL)
		data = "../shared/data";
	scratch_folder(folder, "encode-oracle");
	if (access(data, R_OK) != 0) {
		print_message("messages of others are left out: they are read "
		    "from the folder in MAILREEVE_DATA\n");
		data = "";
	}
	run(arena, arena_printf(arena, "make %s %s", folder, data));
	while (encode_stored(folder, number, &encoded))
		number++;
	assert_true(encoded > ENCODED_MIN);
	assert_string_equal(judge(arena, folder), arena_printf(arena,
	    "%zu encoded, 0 differ\n", encoded));
	assert_int_equal(scratch_remove(folder), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(python_reads_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
