/* SPDX-License-Identifier: ISC */
/* mime_speed.c - reading messages: ours beside GMime; prints JSON. */
/*
 * usage: bench-mime-speed parse|whole|gmime SECONDS FILE...
 *        bench-mime-speed parse|whole|gmime SECONDS shape:NUMBER
 *        bench-mime-speed shapes
 *
 * A shape is one of the hostile messages of the tests, by its number in their
 * list, which the last form prints. All files are read into memory; then they are taken apart again and again for
 * SECONDS, each with an arena or a GMime message of its own. "parse": structure,
 * texts as UTF-8, files decoded and hashed, in chunks of 64 KB as libmilter
 * gives them. "whole": HTML as text and all links too. "gmime": structure and
 * every part decoded. Peak memory is that of the process over what the files
 * take; "bound_ns" is what the tests allow for a message of that size.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gmime/gmime.h>

#include "base/arena.h"
#include "base/str.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mail/spool.h"
#include "mime/content.h"
#include "mime/part.h"
#include "mime/reader.h"
#include "tests/unit/mime_shapes.h"

/* What the milter takes of a header, where nobody configures it. */
enum { CHUNK = 65536, HEADERS_MAX = 10000 };

struct message_file {
	const char *data;
	size_t size;
	struct mime_limits limits;
};

struct run {
	struct message_file *files;
	size_t count;
	uint64_t parts, bytes;	/* of all that was read */
};

static void
fail(const char *what)
{
	fprintf(stderr, "bench-mime-speed: %s\n", what);
	exit(1);
}

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The most that the process had; getrusage() would give that of who started
 * it. */
static long
peak_kb(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	long peak = 0;

	while (status != NULL && fgets(line, sizeof(line), status) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			peak = atol(line + 6);
	if (status != NULL)
		fclose(status);
	return peak;
}

static struct message_file
load(const char *path)
{
	struct message_file file = { .limits = mime_default_limits };
	FILE *stream = fopen(path, "rb");
	char *data;
	long size;

	if (stream == NULL || fseek(stream, 0, SEEK_END) != 0 ||
	    (size = ftell(stream)) < 0)
		fail(path);
	rewind(stream);
	file.size = (size_t)size;
	data = malloc(file.size + 1);
	if (data == NULL || fread(data, 1, file.size, stream) != file.size)
		fail(path);
	fclose(stream);
	file.data = data;
	return file;
}

/* The shape of that number; its bytes stay to the end. */
static struct message_file
make_shape(const char *number)
{
	const struct mime_shape *shape;
	struct str bytes;
	uint64_t at;

	if (str_to_u64(str_from(number), mime_shape_count - 1, &at) < 0)
		fail(number);
	shape = &mime_shapes[at];
	bytes = mime_shape_build(arena_new(0), shape, shape->count);
	return (struct message_file){ bytes.data, bytes.len,
		mime_shape_limits(shape) };
}

static struct message_file
open_message(const char *name)
{
	static const char shape[] = "shape:";

	return strncmp(name, shape, sizeof(shape) - 1) == 0
	    ? make_shape(name + sizeof(shape) - 1) : load(name);
}

static void
print_shapes(void)
{
	for (size_t i = 0; i < mime_shape_count; i++)
		printf("%s\"%s\"", i == 0 ? "[" : ", ",
		    mime_shapes[i].sentence);
	puts("]");
}

/* --- ours -------------------------------------------------------------------- */

static void
feed_body(struct mime_reader *reader, struct str body)
{
	while (body.len > 0) {
		mime_reader_feed(reader, str_sub(body, 0, CHUNK));
		body = str_from_pos(body, body.len < CHUNK ? body.len : CHUNK);
	}
}

/* The file has CRLF, as the milter sees it. */
static void
read_ours(struct run *run, const struct message_file *file, bool is_whole)
{
	struct arena *arena = arena_new(0);
	struct header_list headers;
	struct mime_reader *reader = mime_reader_new(arena, &file->limits,
	    NULL);
	const struct mime_message *message;
	struct content content;
	struct message fields;
	struct str name, value;

	header_list_init(&headers, arena);
	message_begin(&fields, arena, str_of(file->data, file->size));
	while (message_next_field(&fields, &name, &value)) {
		if (headers.fields.len == HEADERS_MAX)
			continue;
		header_list_add(&headers, name, value);
		mime_reader_field(reader, name, value);
	}
	feed_body(reader, fields.rest);
	message = mime_reader_end(reader);
	run->parts += message->part_count;
	if (is_whole)
		content_read(arena, &headers, message, &file->limits.content,
		    &content);
	arena_free(&arena);
}

/* --- GMime ------------------------------------------------------------------- */

static void
decode_part(GMimeObject *parent, GMimeObject *part, gpointer arg)
{
	struct run *run = arg;
	GMimeDataWrapper *content;
	GMimeStream *sink;

	(void)parent;
	run->parts++;
	if (!GMIME_IS_PART(part))
		return;
	content = g_mime_part_get_content(GMIME_PART(part));
	if (content == NULL)
		return;
	sink = g_mime_stream_null_new();
	g_mime_data_wrapper_write_to_stream(content, sink);
	g_object_unref(sink);
}

static void
read_gmime(struct run *run, const struct message_file *file)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(file->data,
	    file->size);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	if (message != NULL) {
		g_mime_message_foreach(message, decode_part, run);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
}

/* --- one run ------------------------------------------------------------------- */

static void
read_all(struct run *run, const char *what)
{
	for (size_t i = 0; i < run->count; i++) {
		if (strcmp(what, "gmime") == 0)
			read_gmime(run, &run->files[i]);
		else
			read_ours(run, &run->files[i],
			    strcmp(what, "whole") == 0);
		run->bytes += run->files[i].size;
	}
}

int
main(int argc, char **argv)
{
	struct run run = { 0 };
	double seconds, begin, used;
	uint64_t rounds = 0;
	long before_kb;

	if (argc == 2 && strcmp(argv[1], "shapes") == 0) {
		print_shapes();
		return 0;
	}
	if (argc < 4)
		fail("usage: parse|whole|gmime SECONDS FILE...");
	seconds = atof(argv[2]);
	run.count = (size_t)argc - 3;
	run.files = calloc(run.count, sizeof(run.files[0]));
	for (size_t i = 0; i < run.count; i++)
		run.files[i] = open_message(argv[3 + i]);
	g_mime_init();
	before_kb = peak_kb();
	begin = cpu_seconds();
	do {
		read_all(&run, argv[1]);
		rounds++;
		used = cpu_seconds() - begin;
	} while (used < seconds);
	printf("{\"seconds\": %.9f, \"rounds\": %" PRIu64 ", \"messages\": %zu, "
	    "\"parts\": %" PRIu64 ", \"bytes\": %" PRIu64
	    ", \"peak_kb\": %ld, \"bound_ns\": %" PRId64 "}\n", used, rounds,
	    run.count, run.parts / rounds, run.bytes / rounds,
	    peak_kb() - before_kb, mime_shape_bound_ns(run.bytes / rounds,
	    run.parts / rounds));
	return 0;
}
