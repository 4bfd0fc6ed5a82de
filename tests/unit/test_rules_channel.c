/* SPDX-License-Identifier: ISC */
/* test_rules_channel.c - channels' archives, digests and sets on the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "rules/channel.h"
#include "scratch.h"

/* --- archives ---------------------------------------------------------------------- */

/* A header of POSIX.1-2017, pax, "ustar Interchange Format". */
static void
add_entry(struct buf *tar, char type, const char *name, const char *content)
{
	unsigned char header[512] = { 0 };
	size_t len = content != NULL ? strlen(content) : 0;
	unsigned sum = 0;
	char octal[32];

	snprintf((char *)header, 100, "%s", name);
	snprintf(octal, sizeof(octal), "%011zo", len);
	memcpy(header + 124, octal, 11);
	memset(header + 148, ' ', 8);
	header[156] = (unsigned char)type;
	memcpy(header + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += header[i];
	snprintf(octal, sizeof(octal), "%06o", sum);
	memcpy(header + 148, octal, 7);
	buf_add(tar, header, sizeof(header));
	buf_add(tar, content, len);
	while (tar->len % 512 != 0)
		buf_add_char(tar, '\0');
}

static const char *
told(struct arena *arena, struct str archive)
{
	struct channel_tar tar = { .rest = archive };
	struct str name, content;
	const char *error;
	struct buf out;
	int result;

	buf_init(&out, arena);
	buf_add_text(&out, "");
	while ((result = channel_tar_next(&tar, &name, &content, &error)) > 0)
		buf_printf(&out, "%.*s=%.*s;", STR_ARG(name),
		    STR_ARG(content));
	if (result < 0)
		buf_add_text(&out, error);
	return out.data;
}

#define NO_NAME "the archive has a file in it whose name is no plain one"
#define NO_FILE "the archive has links or other things in it that are no files"

static const struct {
	const char *sentence;
	char type;
	const char *name, *content, *told;
} entries[] = {
	{ "a file", '0', "a.cf", "one", "a.cf=one;" },
	{ "a file of old", '\0', "a.cf", "one", "a.cf=one;" },
	{ "a file of this folder", '0', "./a.cf", "", "a.cf=;" },
	{ "the folder itself", '5', "./", NULL, "" },
	{ "what pax says", 'x', "PaxHeaders/a", "20 mtime=17\n", "" },
	{ "a symbolic link", '2', "a.cf", NULL, NO_FILE },
	{ "a link", '1', "a.cf", NULL, NO_FILE },
	{ "a device", '3', "a.cf", NULL, NO_FILE },
	{ "a long name of GNU's", 'L', "a", "b", NO_FILE },
	{ "up", '0', "../a.cf", "", NO_NAME },
	{ "up, behind this folder", '0', "./../a.cf", "", NO_NAME },
	{ "from the root", '0', "/a.cf", "", NO_NAME },
	{ "in a folder", '0', "b/a.cf", "", NO_NAME },
	{ "hidden", '0', ".a.cf", "", NO_NAME },
	{ "no name", '0', "", "", NO_NAME },
	{ "a blank", '0', "a b.cf", "", NO_NAME },
	{ "an option", '0', "-a.cf", "", NO_NAME },
};

static void
test_entries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		struct arena *arena = arena_new(0);
		const char *found;
		struct buf tar;

		buf_init(&tar, arena);
		add_entry(&tar, entries[i].type, entries[i].name,
		    entries[i].content);
		found = told(arena, buf_str(&tar));
		if (strcmp(found, entries[i].told) != 0)
			fail_msg("%s: %s", entries[i].sentence, found);
		arena_free(&arena);
	}
}

static void
test_archives(void **state)
{
	struct arena *arena = *state;
	struct buf tar;
	struct str all;

	buf_init(&tar, arena);
	add_entry(&tar, '0', "a.cf", "one");
	add_entry(&tar, '5', "./", NULL);
	add_entry(&tar, '0', "b.cf", "two");
	all = buf_str(&tar);
	assert_string_equal(told(arena, all), "a.cf=one;b.cf=two;");
	assert_string_equal(told(arena, STR("")), "");
	assert_string_equal(told(arena, str_sub(all, 0, 512 + 2)),
	    "the archive is cut off");
	assert_string_equal(told(arena, str_sub(all, 0, 600)),
	    "a.cf=one;");
	assert_string_equal(told(arena, str_sub(all, 0, 1024 + 100)),
	    "a.cf=one;the archive is cut off");
	tar.data[1] = 'x';
	assert_string_equal(told(arena, all), "the archive is damaged");
	/* Two blocks of nothing end it, whatever follows. */
	memset(tar.data, 0, 512);
	assert_string_equal(told(arena, all), "");
}

static void
test_too_many_files(void **state)
{
	struct arena *arena = *state;
	struct buf tar;

	buf_init(&tar, arena);
	for (int i = 0; i < 1001; i++)
		add_entry(&tar, '0', "a", "");
	assert_non_null(strstr(told(arena, buf_str(&tar)),
	    "the archive has too many files"));
}

/* --- addresses --------------------------------------------------------------------- */

static const struct {
	const char *text, *name, *url;
} channels[] = {
	{ "a=https://x.example/", "a", "https://x.example" },
	{ "up.b_c-d=file:/srv/rules", "up.b_c-d", "file:/srv/rules" },
	{ "a=https://x.example/MIRRORED.BY?a=b", "a",
	    "https://x.example/MIRRORED.BY?a=b" },
	{ "a=http://x.example", NULL, NULL },
	{ "https://x.example", NULL, NULL },
	{ "=https://x.example", NULL, NULL },
	{ "../a=https://x.example", NULL, NULL },
	{ ".a=https://x.example", NULL, NULL },
	{ "a/b=https://x.example", NULL, NULL },
	{ "a=https://", NULL, NULL },
	{ "a=https://x.example/ b", NULL, NULL },
	{ "a=file:rules", NULL, NULL },
};

static void
test_channels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(channels); i++) {
		struct arena *arena = arena_new(0);
		struct channel channel;
		const char *error;
		int result = channel_parse(arena, channels[i].text, &channel,
		    &error);

		if ((result == 0) != (channels[i].name != NULL))
			fail_msg("%s: %d", channels[i].text, result);
		if (result == 0) {
			assert_string_equal(channel.name, channels[i].name);
			assert_string_equal(channel.url, channels[i].url);
		}
		arena_free(&arena);
	}
}

/* --- sets ------------------------------------------------------------------------------ */

static void
write_text(struct arena *arena, const char *folder, const char *name,
    const char *text)
{
	const char *error;

	assert_int_equal(channel_write_file(arena, arena_printf(arena,
	    "%s/%s", folder, name), str_from(text), &error), 0);
}

/* A set with channel a at this version; the others are kept. */
static void
put_version(struct arena *arena, const char *directory, const char *version)
{
	struct channel_store *store;
	const char *set, *work, *error;

	assert_int_equal(channel_store_open(arena, directory, &store, &error),
	    0);
	assert_int_equal(channel_store_begin(store, &set, &work, &error), 0);
	assert_int_equal(mkdir(arena_printf(arena, "%s/a", set), 0755), 0);
	write_text(arena, set, "a/VERSION", version);
	assert_int_equal(channel_store_keep(store, "b", &error), 0);
	assert_int_equal(channel_store_commit(store, &error), 0);
	channel_store_close(&store);
	assert_int_not_equal(access(work, F_OK), 0);
}

static uint64_t
version_of(struct arena *arena, const char *directory, const char *name)
{
	return channel_version(arena, channel_current(arena, directory), name);
}

static void
roll_back(struct arena *arena, const char *directory, uint64_t held)
{
	struct channel_store *store;
	const char *error;

	assert_int_equal(channel_store_open(arena, directory, &store, &error),
	    0);
	assert_int_equal(channel_store_rollback(store, &error), 0);
	assert_int_equal(channel_store_held(store, "a"), held);
	channel_store_close(&store);
}

static void
test_sets(void **state)
{
	struct arena *arena = *state;
	char root[SCRATCH_SIZE];
	struct channel_store *store, *other;
	const char *directory, *error, *set, *work, *kept;

	scratch_folder(root, "rules-channel");
	directory = arena_printf(arena, "%s/store", root);
	assert_null(channel_current(arena, directory));
	assert_int_equal(version_of(arena, directory, "a"), 0);

	put_version(arena, directory, "7\n");
	assert_int_equal(version_of(arena, directory, "a"), 7);
	/* One more channel by hand, which the next set keeps. */
	kept = arena_printf(arena, "%s/b",
	    channel_current(arena, directory));
	assert_int_equal(mkdir(kept, 0755), 0);
	write_text(arena, kept, "VERSION", "3\n");
	put_version(arena, directory, "8\n");
	assert_int_equal(version_of(arena, directory, "a"), 8);
	assert_int_equal(version_of(arena, directory, "b"), 3);

	roll_back(arena, directory, 8);
	assert_int_equal(version_of(arena, directory, "a"), 7);
	roll_back(arena, directory, 0);
	assert_int_equal(version_of(arena, directory, "a"), 8);

	/* What is begun and left behind is gone, and locks out others. */
	assert_int_equal(channel_store_open(arena, directory, &store, &error),
	    0);
	assert_int_equal(channel_store_open(arena, directory, &other, &error),
	    -1);
	assert_non_null(strstr(error, "another update is under way"));
	assert_int_equal(channel_store_begin(store, &set, &work, &error), 0);
	write_text(arena, work, "archive.tar.gz", "half");
	channel_store_close(&store);
	assert_int_not_equal(access(set, F_OK), 0);
	assert_int_not_equal(access(work, F_OK), 0);
	assert_int_equal(version_of(arena, directory, "a"), 8);
	assert_int_equal(scratch_remove(root), 0);
}

/* A link that leads elsewhere is none of ours. */
static void
test_a_link_that_leads_elsewhere(void **state)
{
	struct arena *arena = *state;
	char root[SCRATCH_SIZE];
	const char *link;

	scratch_folder(root, "rules-channel");
	link = arena_printf(arena, "%s/current", root);
	assert_int_equal(symlink("/etc", link), 0);
	assert_null(channel_current(arena, root));
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("sets/../../etc", link), 0);
	assert_null(channel_current(arena, root));
	assert_int_equal(scratch_remove(root), 0);
}

/* --- other programs ------------------------------------------------------------------------ */

static void
test_programs(void **state)
{
	struct arena *arena = *state;
	struct str output;
	const char *error;

	assert_int_equal(channel_run(arena, (const char *const []){ "echo",
	    "a", "b", NULL }, STDIN_FILENO, 100, &output, &error), 0);
	assert_true(str_is(output, "a b\n"));
	assert_int_equal(channel_run(arena, (const char *const []){ "false",
	    NULL }, STDIN_FILENO, 100, &output, &error), 1);
	assert_int_equal(channel_run(arena, (const char *const []){
	    "no-such-program", NULL }, STDIN_FILENO, 100, &output, &error),
	    -1);
	/* What does not end is ended. */
	assert_int_equal(channel_run(arena, (const char *const []){ "yes",
	    NULL }, STDIN_FILENO, 100000, &output, &error), -1);
	assert_string_equal(error, "yes: there is more of it than is taken");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		ARENA_TEST(test_archives),
		ARENA_TEST(test_too_many_files),
		cmocka_unit_test(test_channels),
		ARENA_TEST(test_sets),
		ARENA_TEST(test_a_link_that_leads_elsewhere),
		ARENA_TEST(test_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
