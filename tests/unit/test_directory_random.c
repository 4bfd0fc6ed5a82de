/* SPDX-License-Identifier: ISC */
/* test_directory_random.c - both databases give the same answers to anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/schema.h"

#define SEEDS 6
#define CHANGES 300

/* Few words, so that they meet. */
static const char *const domains[] = { "a.example", "b.example",
	"C.example", "\xc3\xbc.example" };
static const char *const locals[] = { "ann", "Bob", "o'k", "\"x y\"",
	"\xc3\xa9va", "a%b_" };
static const char *const classes[] = { "gold", "Staff", "tin" };

/* The same on every machine: a test that fails can be repeated. */
struct dice {
	uint64_t state;
	struct arena *arena;
};

static size_t
roll(struct dice *dice, size_t sides)
{
	dice->state = dice->state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (size_t)(dice->state >> 33) % sides;
}

#define PICK(dice, list) (list)[roll(dice, ARRAY_LEN(list))]

static const char *
address(struct dice *dice)
{
	const char *local = PICK(dice, locals);

	return arena_printf(dice->arena, "%s@%s", local, PICK(dice, domains));
}

/* Words of lines have no blanks. */
static const char *
plain_address(struct dice *dice)
{
	const char *text;

	do
		text = address(dice);
	while (strchr(text, ' ') != NULL);
	return text;
}

static const char *
key_of(struct dice *dice, const struct directory_kind *kind)
{
	if (kind == &kind_domain)
		return roll(dice, 9) == 0 ? "bad..name" : PICK(dice, domains);
	if (kind == &kind_class)
		return PICK(dice, classes);
	if (kind == &kind_policy)
		return "global";
	if (kind == &kind_identity)
		return arena_printf(dice->arena, "%s %s", plain_address(dice),
		    roll(dice, 3) == 0 ? "@a.example" : plain_address(dice));
	if (kind == &kind_dkim_key)
		return arena_printf(dice->arena, "%s k%zu",
		    PICK(dice, domains), roll(dice, 2));
	if (kind->is_address)
		return plain_address(dice);
	return roll(dice, 2) == 0 ? "one" : "Two";
}

static const char *
settings_of(struct dice *dice, const struct directory_kind *kind)
{
	static const char *const policy[] = { "", "junk=no", "greylist=yes",
	    "dkim_sign=no limits=out=1/1h", "limits=nonsense" };

	if (kind == &kind_user)
		return arena_printf(dice->arena, "class=%s quota=%zuk %s",
		    roll(dice, 2) == 0 ? "" : PICK(dice, classes),
		    roll(dice, 3), PICK(dice, policy));
	if (kind == &kind_domain)
		return roll(dice, 4) == 0 ? arena_printf(dice->arena,
		    "role=alias alias_of=%s", PICK(dice, domains)) :
		    arena_printf(dice->arena, "class=%s catch_all=%s "
		    "max_users=%zu", roll(dice, 2) == 0 ? "" : PICK(dice,
		    classes), roll(dice, 2) == 0 ? "" : plain_address(dice),
		    roll(dice, 4));
	if (kind == &kind_alias)
		return arena_printf(dice->arena, "to=%s,%s",
		    plain_address(dice), plain_address(dice));
	if (kind == &kind_access)
		return arena_printf(dice->arena, "for=%s,@%s,%s sender=x@y.z",
		    plain_address(dice), PICK(dice, domains),
		    PICK(dice, classes));
	if (kind == &kind_admin)
		return arena_printf(dice->arena, "domains=%s",
		    PICK(dice, domains));
	if (kind == &kind_dkim_key)
		return "file=/k.pem";
	if (kind == &kind_throttle)
		return "limit=1/1h";
	if (kind == &kind_disclaimer)
		return "text=bye";
	if (kind == &kind_header_rule)
		return "field=X value=y";
	return kind->has_policy ? PICK(dice, policy) : "";
}

static const char *
make_line(struct dice *dice)
{
	static const char *const verbs[] = { "add", "add", "put", "put",
	    "set", "rename", "delete", "purge" };
	static const struct directory_kind *const often[] = { &kind_user,
	    &kind_user, &kind_domain, &kind_alias, &kind_class };
	const char *verb = PICK(dice, verbs);
	const struct directory_kind *kind = roll(dice, 2) == 0 ?
	    PICK(dice, often) : directory_kinds[roll(dice, 12)];
	const char *key = key_of(dice, kind);

	if (verb[0] == 'd' || (verb[0] == 'p' && verb[2] == 'r'))
		return arena_printf(dice->arena, "%s %s %s", verb, kind->name,
		    key);
	return arena_printf(dice->arena, "%s %s %s %s", verb, kind->name, key,
	    verb[0] == 'r' ? key_of(dice, kind) : settings_of(dice, kind));
}

static const char *
audit(struct directory_lab *lab)
{
	struct db_error error;
	struct vec entries;
	struct buf out;

	vec_init(&entries, lab->arena, sizeof(struct directory_audit));
	buf_init(&out, lab->arena);
	assert_int_equal(directory_audit_list(lab->directory, lab->arena,
	    NULL, NULL, 0, 100000, &entries, &error), 0);
	for (size_t i = 0; i < entries.len; i++) {
		const struct directory_audit *one = vec_at(&entries, i);

		buf_printf(&out, "%s %s %s\n%s-> %s", one->action, one->kind,
		    one->name, one->before != NULL ? one->before : "",
		    one->after != NULL ? one->after : "");
	}
	return out.data;
}

/* A lab on SQLite beside the one that the test has. */
static struct directory_lab
make_twin(struct directory_lab *lab)
{
	struct directory_lab twin = *lab;
	struct db_error error;
	struct db *db;
	int64_t from;

	twin.settings.kind = DIRECTORY_SQLITE;
	twin.settings.place = arena_printf(lab->arena, "%s/twin", lab->folder);
	twin.is_sqlite = true;
	db = db_new(&twin.settings, DB_CREATE);
	if (schema_upgrade(db, lab->arena, &from, &error) < 0)
		fail_msg("%s", error.text);
	db_free(&db);
	return twin;
}

static size_t
run_seed(struct directory_lab *lab, struct directory_lab *twin, uint64_t seed)
{
	struct dice dice = { seed, lab->arena };
	size_t done = 0;

	for (int i = 0; i < CHANGES; i++) {
		struct buf lines;
		const char *here, *there;

		buf_init(&lines, lab->arena);
		for (size_t j = roll(&dice, 4) == 0 ? 3 : 1; j > 0; j--)
			buf_printf(&lines, "%s\n", make_line(&dice));
		here = directories_do(lab, lab->directory, lines.data);
		there = directories_do(twin, twin->directory, lines.data);
		if (strcmp(here, there) != 0)
			fail_msg("seed %d, change %d: %s%s\n%s", (int)seed, i,
			    lines.data, here, there);
		if (*here != '\0' && strncmp(here, "refused: ", 9) != 0)
			fail_msg("seed %d, change %d: %s%s", (int)seed, i,
			    lines.data, here);
		done += *here == '\0';
	}
	return done;
}

static void
both_databases_answer_and_end_alike(void **state)
{
	struct directory_lab *lab = *state;
	struct directory_lab twin = make_twin(lab);
	size_t done = 0;

	twin.directory = directories_connect(&twin, DB_WRITE);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		done += run_seed(lab, &twin, seed);
		assert_string_equal(directories_dump(lab, lab->directory),
		    directories_dump(&twin, twin.directory));
	}
	assert_string_equal(audit(lab), audit(&twin));
	/* Neither all refused nor all taken. */
	assert_in_range(done, SEEDS * CHANGES / 10, SEEDS * CHANGES * 9 / 10);
	printf("counted: %zu of %d random changes done, the others refused, "
	    "alike on both\n", done, SEEDS * CHANGES);
	directory_close(&twin.directory);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		PGSQL_TEST(both_databases_answer_and_end_alike),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
