/* SPDX-License-Identifier: ISC */
/* test_mime_gmime.c - GMime reads the same parts, or a named reason says why not:
 * torture tests of others, and real mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef HAVE_GMIME
#include <ftw.h>
#include <gmime/gmime.h>

#include "base/arena.h"
#include "fixture.h"
#include "mail/message.h"
#include "mime/part.h"
#include "mime/reader.h"
#include "mime_oracle.h"
#include "mime_tree.h"
#include "scratch.h"

#define CORPUS_MESSAGES 3000

/* --- what GMime sees -------------------------------------------------------------- */

static struct str
gmime_content(struct arena *arena, GMimePart *part)
{
	GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
	GMimeStream *stream;
	GByteArray *bytes;
	struct str content;

	if (wrapper == NULL)
		return STR("");
	stream = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(wrapper, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	content = str_copy(arena, str_of((const char *)bytes->data,
	    bytes->len));
	g_object_unref(stream);
	return content;
}

/* NULL where GMime cannot convert it. */
static struct str
gmime_text(struct arena *arena, GMimeObject *object)
{
	char *text = !GMIME_IS_TEXT_PART(object) ? NULL
	    : g_mime_text_part_get_text(GMIME_TEXT_PART(object));
	struct str copy = str_of(NULL, 0);

	if (text != NULL)
		copy = str_copy(arena, str_from(text));
	g_free(text);
	return copy;
}

static struct oracle_row *
add_row(struct arena *arena, struct vec *rows, const char *path,
    GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	struct oracle_row *row = vec_push(rows);

	row->path = str_from(arena_strdup(arena, path));
	row->type = str_from(arena_printf(arena, "%s/%s",
	    g_mime_content_type_get_media_type(type),
	    g_mime_content_type_get_media_subtype(type)));
	row->name = STR("");
	return row;
}

/* GMime's own depth is bounded. */
static void
add_object(struct arena *arena, struct vec *rows, const char *path,
    GMimeObject *object)
{
	struct oracle_row *row = add_row(arena, rows, path, object);
	struct str content;
	int count;

	if (GMIME_IS_MULTIPART(object)) {
		count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
		for (int i = 0; i < count; i++)
			add_object(arena, rows, arena_printf(arena, "%s.%d",
			    path, i + 1), g_mime_multipart_get_part(
			    GMIME_MULTIPART(object), i));
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *inner = g_mime_message_part_get_message(
		    GMIME_MESSAGE_PART(object));

		if (inner != NULL && g_mime_message_get_mime_part(inner) !=
		    NULL)
			add_object(arena, rows, arena_printf(arena, "%s.1",
			    path), g_mime_message_get_mime_part(inner));
	} else if (GMIME_IS_PART(object)) {
		content = gmime_content(arena, GMIME_PART(object));
		row = vec_at(rows, rows->len - 1);
		row->is_leaf = row->has_hash = true;
		row->size = content.len;
		row->text = gmime_text(arena, object);
		oracle_hash(arena, content, row->hash);
	}
}

static void
gmime_read(struct arena *arena, struct str bytes, struct vec *rows)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.data,
	    bytes.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	vec_init(rows, arena, sizeof(struct oracle_row));
	if (message != NULL && g_mime_message_get_mime_part(message) != NULL)
		add_object(arena, rows, "1",
		    g_mime_message_get_mime_part(message));
	if (message != NULL)
		g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
}

/* --- beside ours -------------------------------------------------------------------- */

static struct oracle_counts counts;
static size_t left, bare;

/* Texts, and how many read differently for each reason. */
static size_t texts, strange;
static struct {
	const char *words;
	size_t count;
} text_counts[16];

static void
count_text(const char *words)
{
	size_t i = 0;

	while (text_counts[i].words != NULL &&
	    strcmp(text_counts[i].words, words) != 0)
		i++;
	assert_true(i < ARRAY_LEN(text_counts) - 1);
	text_counts[i].words = words;
	text_counts[i].count++;
}

/* The parts are equal: are their texts? */
static void
compare_texts(struct arena *arena, const struct vec *ours,
    const struct vec *theirs, const char *path)
{
	for (size_t i = 0; i < ours->len; i++) {
		const struct oracle_row *mine = vec_at(ours, i);
		const struct oracle_row *other = vec_at(theirs, i);
		const char *reason = oracle_text_reason(arena, mine, other);

		texts += other->text.data != NULL;
		if (reason == NULL)
			continue;
		count_text(reason);
		if (*reason != '\0')
			continue;
		strange++;
		print_error("%s: the text of %.*s\n|%.*s|\n|%.*s|\n", path,
		    STR_ARG(mine->path), STR_ARG(str_sub(mine->part->text, 0,
		    400)), STR_ARG(str_sub(other->text, 0, 400)));
	}
}

/* A line of an mbox in front is no part of the message. */
static struct str
without_from(struct str bytes)
{
	while (str_has_prefix_nocase(bytes, STR("From ")) ||
	    str_has_prefix_nocase(bytes, STR(">From ")))
		bytes = str_from_pos(bytes, (size_t)str_find(bytes, '\n') + 1);
	return bytes;
}

static bool
compare(struct arena *arena, struct str bytes, const char *path)
{
	const struct mime_message *message;
	struct message stored;
	struct str name, value;
	struct vec ours, theirs;
	bool is_fine;

	bytes = without_from(bytes);
	message = mime_tree_read(arena, &mime_default_limits, bytes, 0, 4096);
	message_begin(&stored, arena, bytes);
	while (message_next_field(&stored, &name, &value))
		continue;
	/* What is no message as a mail server takes one is none here. */
	oracle_ours(arena, message, stored.rest, &ours);
	gmime_read(arena, bytes, &theirs);
	if (stored.has_bare_lines && oracle_compare(&ours, &theirs, false) >=
	    0) {
		bare++;
		return true;
	}
	if (oracle_compare(&ours, &theirs, false) < 0)
		compare_texts(arena, &ours, &theirs, path);
	is_fine = oracle_count(&counts, message, &ours, &theirs, false);
	if (!is_fine)
		print_error("%s\n ours:\n%.*s GMime:\n%.*s", path,
		    STR_ARG(oracle_text(arena, &ours)),
		    STR_ARG(oracle_text(arena, &theirs)));
	return is_fine;
}

static int
visit(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
	struct arena *arena;
	struct str bytes;

	(void)stat;
	if (kind != FTW_F || left == 0 || strncmp(path + ftw->base, "ORACLE",
	    6) == 0)
		return 0;
	left--;
	arena = arena_new(0);
	bytes = oracle_file(arena, path);
	if (bytes.len != 0)
		compare(arena, bytes, path);
	arena_free(&arena);
	return 0;
}

static void
compare_folder(const char *folder, size_t max, const char *of_what)
{
	counts = (struct oracle_counts){ .messages = 0 };
	left = max;
	bare = texts = strange = 0;
	memset(text_counts, 0, sizeof(text_counts));
	assert_int_equal(nftw(folder, visit, 16, FTW_PHYS), 0);
	oracle_print(&counts, of_what);
	print_message("  %5zu differ and are no messages: bare lines end the "
	    "header\n", bare);
	print_message("  %5zu texts\n", texts);
	for (size_t i = 0; text_counts[i].words != NULL; i++)
		print_message("  %5zu %s\n", text_counts[i].count,
		    text_counts[i].words);
	assert_int_equal(counts.unexplained, 0);
	assert_int_equal(strange, 0);
	assert_true(counts.messages != 0);
}

static const char *
data_folder(void)
{
	const char *data = getenv("MAILREEVE_DATA");

	return data != NULL ? data : "../shared/data";
}

static bool
has_data(const char *path)
{
	FILE *file = fopen(path, "r");

	if (file == NULL) {
		print_message("skipped: no messages of others, they come from "
		    "the folder in MAILREEVE_DATA\n");
		return false;
	}
	fclose(file);
	return true;
}

static void
test_torture(void **state)
{
	char *folder = arena_printf(*state, "%s/mime", data_folder());

	if (!has_data(arena_printf(*state, "%s/cpython/README.md", folder)))
		skip();
	compare_folder(folder, SIZE_MAX, "torture tests");
	compare_folder(arena_printf(*state, "%s/attacks", data_folder()),
	    SIZE_MAX, "attacks");
	compare_folder(arena_printf(*state, "%s/antivirus", data_folder()),
	    SIZE_MAX, "antivirus");
}

static const char *const corpora[] = {
	"csdmc2010/csdmc2010-training.tar.gz",
	"spamassassin-publiccorpus/spamassassin-2003.tar.gz",
	"nazario-phishing-2005/nazario.tar.gz",
};

static void
compare_corpus(struct arena *arena, const char *name)
{
	char *archive = arena_printf(arena, "%s/corpora/%s", data_folder(),
	    name);
	char folder[SCRATCH_SIZE];

	scratch_folder(folder, "gmime");
	assert_int_equal(system(arena_printf(arena, "tar -xzf '%s' -C %s",
	    archive, folder)), 0);
	compare_folder(folder, CORPUS_MESSAGES / ARRAY_LEN(corpora), name);
	assert_int_equal(scratch_remove(folder), 0);
}

static void
test_real_mail(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(corpora); i++) {
		if (!has_data(arena_printf(*state, "%s/corpora/%s",
		    data_folder(), corpora[i])))
			skip();
		compare_corpus(*state, corpora[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_torture),
		ARENA_TEST(test_real_mail),
	};

	g_mime_init();
	return cmocka_run_group_tests_name("mime_gmime", tests, NULL, NULL);
}

#else

int
main(void)
{
	printf("skipped: GMime's headers are not installed\n");
	return 0;
}
#endif
