/* SPDX-License-Identifier: ISC */
/* test_avscan_costs.c - four times the file costs four times the work, in every
 * construct of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "avscan/look.h"
#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "growth.h"

/* Bytes of the smaller file, so that its work can be measured: with a sanitizer it
 * takes several times as long. */
#if defined(__SANITIZE_ADDRESS__)
#define SIZE ((size_t)475 * 1000)
#else
#define SIZE ((size_t)1900 * 1000)
#endif

extern const struct parser parser_ooxml;

static const struct file_limits limits = { .size = UINT64_MAX,
	.unpacked = UINT64_MAX / 2, .ratio = 1000, .entries = 60000,
	.depth = 8, .text = 1 << 20 };

/* The file: head once, then text again and again; or as an entry of an archive
 * by that name. */
static const struct {
	const char *sentence, *head, *text, *entry;
} traps[] = {
	{ "rtf: braces that only open", "{\\rtf1", "{", NULL },
	{ "rtf: objects that begin and never end", "{\\rtf1",
	    "{\\*\\objdata 01050000", NULL },
	{ "rtf: objects one after another", "{\\rtf1",
	    "{\\objdata d0cf11e0a1b11ae1}", NULL },
	{ "rtf: one object of digits", "{\\rtf1{\\objdata ", "d0", NULL },
	{ "rtf: words without end", "{\\rtf1\\", "objdata", NULL },
	{ "rtf: backslashes", "{\\rtf1", "\\", NULL },
	{ "relations: tags that do not end", "", "<Relationship ", ".rels" },
	{ "relations: names without values", "<Relationship",
	    " TargetMode Type Target", ".rels" },
	{ "relations: values that do not end", "<Relationship",
	    " TargetMode=\"", ".rels" },
	{ "relations: values of blanks", "<Relationship TargetMode=",
	    "                ", ".rels" },
	{ "relations: whole ones", "", "<Relationship Type='x/frame' "
	    "TargetMode='External' Target='http://a/&amp;'/>", ".rels" },
	{ "relations: UTF-16 that is none", "\xff\xfe\0", "<a\1\2", ".rels" },
	{ "compound file: a table that names itself",
	    "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\x3e\0\3\0\xfe\xff\x09\0\6", "\0\0\0\0", NULL },
	{ "compound file: numbers of all sectors",
	    "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\x3e\0\3\0\xfe\xff\x09\0\6", "\1\0\0\0", NULL },
};

/* Strings in the table hold NUL: their lengths are those of the literals. */
static struct str
head_of(size_t i)
{
	size_t len = strlen(traps[i].head);

	if (traps[i].head[0] == '\xd0')
		len = 33;
	else if (traps[i].head[0] == '\xff')
		len = 3;
	return str_of(traps[i].head, len);
}

static struct str
make_file(struct arena *arena, size_t i, size_t size)
{
	size_t len = traps[i].head[0] == '\xd0' ? 4 : strlen(traps[i].text);
	struct buf file;

	buf_init(&file, arena);
	buf_reserve(&file, size + len);
	buf_add_str(&file, head_of(i));
	while (file.len < size)
		buf_add(&file, traps[i].text, len);
	/* A tag that has not ended is not looked at. */
	buf_add_char(&file, '>');
	return buf_str(&file);
}

static int64_t
cost_of(size_t i, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str file = make_file(arena, i, size);
	int64_t begin = fixture_cpu_ms(), cost;
	struct look look;

	look_init(&look, arena, &limits);
	if (traps[i].entry == NULL)
		look_at(&look, file, STR(""), 0);
	else
		parser_ooxml.read_entry(&look, str_from(traps[i].entry), file);
	cost = fixture_cpu_ms() - begin;
	arena_free(&arena);
	return cost;
}

static void
work_grows_as_the_file_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traps); i++)
		grows_with_bytes(traps[i].sentence, i, SIZE, cost_of);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_grows_as_the_file_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
