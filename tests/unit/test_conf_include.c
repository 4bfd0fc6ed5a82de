/* SPDX-License-Identifier: ISC */
/* test_conf_include.c - a configuration in files, and files that include. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/vec.h"
#include "conf_tables.h"
#include "scratch.h"

/* A folder of its own for each test, and the working directory meanwhile. */
struct place {
	struct arena *arena;
	char folder[SCRATCH_SIZE];
	const char *error;
};

static int
set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	place->arena = arena_new(0);
	scratch_folder(place->folder, "conf-test-[x]*");
	if (chdir(place->folder) < 0)
		return -1;
	*state = place;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;
	int result = chdir("/") < 0 ? -1 : scratch_remove(place->folder);

	arena_free(&place->arena);
	free(place);
	return result;
}

static void
put_bytes(const char *path, struct str bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
	fclose(file);
}

static void
put(const char *path, const char *text)
{
	put_bytes(path, str_from(text));
}

static struct conf *
load(struct place *place, const char *path)
{
	place->error = "none";
	return conf_load(path, tables, other_tables, place->arena,
	    &place->error);
}

static struct conf *
must_load(struct place *place, const char *path)
{
	struct conf *conf = load(place, path);

	if (conf == NULL)
		fail_msg("%s", place->error);
	return conf;
}

static void
must_fail(struct place *place, const char *error)
{
	assert_null(load(place, "main"));
	assert_string_equal(place->error, error);
}

static void
included_files_are_read_in_the_order_of_their_names(void **state)
{
	static const char *const wanted[] = { "z", "a", "b", "y" };
	struct place *place = *state;
	const void *const *items;
	struct conf *conf;

	mkdir("d", 0700);
	put("d/2.conf", "domain b { }");
	put("d/1.conf", "domain a { }");
	put("d/3.other", "domain c { }");
	put("main", "domain z { } include \"d/*.conf\"; domain y { }");
	conf = must_load(place, "main");
	assert_int_equal(conf_list(conf, &domain_table, NULL, &items), 4);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		assert_string_equal(
		    ((const struct domain_values *)items[i])->name, wanted[i]);
	assert_string_equal(conf_origin(conf, items[1], NULL), "d/1.conf:1");
	conf_unref(&conf);
}

/* The folder's own name has characters of patterns. */
static void
names_are_sought_beside_the_including_file(void **state)
{
	struct place *place = *state;
	const struct dns_values *dns;
	struct conf *conf;

	mkdir("d", 0700);
	mkdir("d/e", 0700);
	mkdir("d/c", 0700);
	put("main", "include d/a;");
	put("d/a", "include \"e/*\";");
	put("d/e/b", "dns { include ../c/*; }");
	put("d/c/x", "note here;");
	conf = must_load(place, "main");
	dns = conf_get(conf, &dns_table);
	assert_string_equal(dns->note, "here");
	conf_unref(&conf);
	conf = must_load(place, arena_printf(place->arena, "%s/main",
	    place->folder));
	dns = conf_get(conf, &dns_table);
	assert_string_equal(dns->note, "here");
	assert_string_equal(conf_origin(conf, dns, "note"),
	    arena_printf(place->arena, "%s/d/e/../c/x:1", place->folder));
	conf_unref(&conf);
}

static void
a_key_stands_once_across_files(void **state)
{
	put("a", "dns {\n note x;\n}");
	put("main", "include a;\ndns { }");
	must_fail(*state,
	    "main:2:1: section 'dns' stands a second time, first at a:1");
	put("a", "note x;");
	put("main", "dns {\n include a;\n note y;\n}");
	must_fail(*state,
	    "main:3:2: repeated option 'note', first set at a:1");
	put("main", "dns {\n include a;\n include ./a;\n}");
	must_fail(*state, "./a:1:1: repeated option 'note', first set at a:1");
}

static void
braces_balance_within_a_file(void **state)
{
	put("main", "dns {\n include a;\n");
	put("a", "note x; }\n");
	must_fail(*state, "a:1:9: '}' where no section is open");
	put("main", "include a;\n}");
	put("a", "dns {\n");
	must_fail(*state,
	    "a:2:1: missing '}': section 'dns' was opened in line 1");
}

static void
a_pattern_may_match_nothing_but_a_name_must_exist(void **state)
{
	struct place *place = *state;
	struct conf *conf;

	put("main", "\ninclude \"none*\";");
	conf = must_load(place, "main");
	assert_string_equal(conf_warning(conf, 0),
	    "main:2:9: no file matches 'none*'");
	conf_unref(&conf);
	put("main", "\ninclude \"none/*\"; include \"main/*\";");
	conf = must_load(place, "main");
	assert_string_equal(conf_warning(conf, 0),
	    "main:2:9: no file matches 'none/*'");
	assert_string_equal(conf_warning(conf, 1),
	    "main:2:27: no file matches 'main/*'");
	conf_unref(&conf);
	assert_int_equal(symlink("loop", "loop"), 0);
	put("main", "include \"loop/*\";");
	must_fail(place, "main:1:9: cannot include 'loop/*': "
	    "Too many levels of symbolic links");
	put("main", "\n include none;");
	must_fail(place, "main:2:10: cannot include 'none': "
	    "No such file or directory");
}

static void
what_is_no_file_is_refused(void **state)
{
	struct place *place = *state;

	assert_null(load(place, "absent"));
	assert_string_equal(place->error, "absent: No such file or directory");
	mkdir("folder", 0700);
	assert_null(load(place, "folder"));
	assert_string_equal(place->error, "folder: not a regular file");
	mkfifo("fifo", 0600);
	put("main", "include fifo;");
	must_fail(place, "main:1:9: cannot include 'fifo': "
	    "not a regular file");
	put("main", "include \"/dev/zero\";");
	must_fail(place, "main:1:9: cannot include '/dev/zero': "
	    "not a regular file");
}

static void
files_that_include_themselves_are_refused(void **state)
{
	struct place *place = *state;
	struct conf *conf;

	put("main", "include main;");
	must_fail(place, "main:1:9: cannot include 'main': it includes itself");
	put("main", "include a;");
	put("a", "include b;");
	assert_int_equal(symlink("main", "b"), 0);
	must_fail(place, "a:1:9: cannot include 'b': it includes itself");
	/* Twice, but not inside of itself. */
	unlink("b");
	put("a", "");
	put("main", "include a; include a;");
	conf = must_load(place, "main");
	conf_unref(&conf);
}

static void
includes_nest_sixteen_deep(void **state)
{
	struct place *place = *state;
	struct conf *conf;
	char name[16], text[32];

	for (int i = 1; i < 17; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(text, sizeof(text), "include f%d;", i + 1);
		put(name, text);
	}
	put("f17", "");
	assert_null(load(place, "f1"));
	assert_string_equal(place->error, "f16:1:9: cannot include 'f17': "
	    "more than 16 files include each other");
	conf = must_load(place, "f2");
	conf_unref(&conf);
}

/* 2^16 readings of an empty file, were they not counted. */
static void
a_tree_of_includes_ends(void **state)
{
	struct place *place = *state;
	char name[16], text[64];

	for (int i = 1; i < 16; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(text, sizeof(text), "include f%d; include f%d;",
		    i + 1, i + 1);
		put(name, text);
	}
	put("f16", "");
	assert_null(load(place, "f1"));
	assert_non_null(strstr(place->error, "more than 10000 files"));
}

static void
bytes_that_are_no_text_are_refused(void **state)
{
	put_bytes("main", STR("dns { note a\0b; }"));
	must_fail(*state,
	    "main:1:13: control character 0x00, this is not a text file");
	put_bytes("main", STR("dns { }\n\0"));
	must_fail(*state,
	    "main:2:1: control character 0x00, this is not a text file");
	put_bytes("main", STR("# \0"));
	must_fail(*state,
	    "main:1:3: control character 0x00, this is not a text file");
	put_bytes("main", STR("dns { note \"a\0\"; }"));
	must_fail(*state,
	    "main:1:14: control character 0x00, this is not a text file");
	put_bytes("main", STR("\x7f" "ELF\x02"));
	must_fail(*state,
	    "main:1:1: control character 0x7f, this is not a text file");
}

static void
a_file_above_16_mb_is_refused(void **state)
{
	struct place *place = *state;

	put("main", "");
	assert_int_equal(truncate("main", 16 * 1024 * 1024 + 1), 0);
	must_fail(place, "main: larger than 16 MB");
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		CASE(included_files_are_read_in_the_order_of_their_names),
		CASE(names_are_sought_beside_the_including_file),
		CASE(a_key_stands_once_across_files),
		CASE(braces_balance_within_a_file),
		CASE(a_pattern_may_match_nothing_but_a_name_must_exist),
		CASE(what_is_no_file_is_refused),
		CASE(files_that_include_themselves_are_refused),
		CASE(includes_nest_sixteen_deep),
		CASE(a_tree_of_includes_ends),
		CASE(bytes_that_are_no_text_are_refused),
		CASE(a_file_above_16_mb_is_refused),
	};

	return cmocka_run_group_tests_name("conf include", tests, NULL, NULL);
}
