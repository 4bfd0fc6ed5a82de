/* SPDX-License-Identifier: ISC */
/* fuzz_conf.c - configuration files; what is read prints as what reads alike. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/setting.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/vec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A setting of each kind, in sections of each kind. */
struct all {
	const char *name;
	bool flag;
	int64_t number, size, time;
	double real;
	const char *text;
	int word;
	struct setting_list list;
};

static const char *const words[] = { "observe", "enforce", NULL };

static const struct setting rows[] = {
	SETTING_BOOL_ROW("flag", struct all, flag, "yes", "."),
	SETTING_INT_ROW("number", struct all, number, "5", -10, 100, "."),
	SETTING_SIZE_ROW("size", struct all, size, NULL, 0, 0, "."),
	SETTING_DURATION_ROW("time", struct all, time, "2s", 0, 30000, "."),
	SETTING_REAL_ROW("real", struct all, real, "0.5", 0, 0, "."),
	SETTING_TEXT_ROW("text", struct all, text, NULL, "."),
	SETTING_WORD_ROW("word", struct all, word, words, "enforce", "."),
	SETTING_LIST_ROW("list", struct all, list, "a b", "."),
};

#define ALL .size = sizeof(struct all), .rows = rows, \
	.row_count = ARRAY_LEN(rows), .help = "."

static const struct section single = { .name = "dns", ALL };
static const struct section labelled = { .name = "check", .label = "dkim",
	ALL };
static const struct section key = { .name = "key", .is_named = true, ALL };
static const struct section *const inner[] = { &key, NULL };
static const struct section named = { .name = "domain", .is_named = true,
	.inner = inner, ALL };
static const struct section other = { .name = "rule", .help = "." };
static const struct section *const sections[] = { &single, &labelled, &named,
	NULL };
static const struct section *const others[] = { &other, NULL };

static void
add_block(struct buf *out, const struct conf *conf,
    const struct section *section, const void *values)
{
	const void *const *items;
	size_t count = 0;

	buf_add_text(out, section->name);
	buf_add_char(out, ' ');
	if (section->is_named)
		setting_quote(out, *(const char *const *)values);
	else if (section->label != NULL)
		buf_add_text(out, section->label);
	buf_add_text(out, " {\n");
	for (size_t i = 0; i < section->row_count; i++) {
		const char *text = setting_print(&rows[i], values, out->arena);

		if (*text != '\0')
			buf_printf(out, "\t%s %s;\n", rows[i].key, text);
	}
	if (section->inner != NULL)
		count = conf_list(conf, &key, values, &items);
	for (size_t i = 0; i < count; i++)
		add_block(out, conf, &key, items[i]);
	buf_add_text(out, "}\n");
}

static char *
print(const struct conf *conf, struct arena *arena)
{
	const void *const *items;
	struct buf out;
	size_t count;

	buf_init(&out, arena);
	add_block(&out, conf, &single, conf_get(conf, &single));
	add_block(&out, conf, &labelled, conf_get(conf, &labelled));
	count = conf_list(conf, &named, NULL, &items);
	for (size_t i = 0; i < count; i++)
		add_block(&out, conf, &named, items[i]);
	return out.data;
}

static void
must(bool is_true, const char *what, const char *detail)
{
	if (is_true)
		return;
	fprintf(stderr, "%s: %s\n", what, detail);
	abort();
}

/* An error is one line of UTF-8, with a place. (An included file's may stand
 * anywhere in the file system.) */
static void
check_error(const char *error)
{
	struct str rest = str_from(error);

	must(strchr(error, ':') != NULL, "no place", error);
	must(rest.len < 1200, "a long error", error);
	while (rest.len != 0) {
		size_t len = utf8_char_len(rest);

		must(len != 0 && (unsigned char)rest.data[0] >= 0x20,
		    "no line of text", error);
		rest = str_from_pos(rest, len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	const char *error = NULL, *printed, *again;
	struct conf *conf;
	char path[64];
	int fd;

	/* A pattern of many folders is slow, but nobody's attack. */
	if (memmem(data, size, "include", 7) != NULL &&
	    memchr(data, '*', size) != NULL) {
		arena_free(&arena);
		return 0;
	}
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	conf = conf_load(path, sections, others, arena, &error);
	close(fd);
	if (conf != NULL) {
		printed = print(conf, arena);
		conf_unref(&conf);
		conf = conf_parse("printed", printed, sections, NULL, arena,
		    &error);
		must(conf != NULL, "does not read again", error);
		again = print(conf, arena);
		must(strcmp(printed, again) == 0, "reads as another", again);
		conf_unref(&conf);
	} else {
		check_error(error);
	}
	arena_free(&arena);
	return 0;
}
