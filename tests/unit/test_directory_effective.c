/* SPDX-License-Identifier: ISC */
/* test_directory_effective.c - what holds for an address, as the directory has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/vec.h"
#include "base/wait.h"
#include "directories.h"
#include "directory/effective.h"
#include "directory/inquiry.h"
#include "mail/address.h"
#include "mail/limit.h"
#include "mail/policy.h"

/* One world, as it stands in the configuration and in the directory. */
#define CONF "policy { greylist yes; limits out=100/1h in=10/1m; }\n" \
	"class staff { junk no; limits out=200/1h; }\n" \
	"class gold { dkim_sign no; }\n" \
	"domain one.example { class staff; on_missing_key unsigned; " \
	"limits out=300/1h pool=5k/1d; }\n" \
	"domain two.example { junk yes; }\n" \
	"user ann@one.example { limits out=unlimited in=none; }\n" \
	"user Joe@one.example { class gold; greylist no; }\n" \
	"user j+k@two.example { junk no; }\n" \
	"user \"\\\"x y\\\"@two.example\" { class gold; }\n" \
	"alias a@two.example { to ann@one.example; }\n" \
	"alias b@two.example { to A@two.example; }\n" \
	"alias far@two.example { to x@else.example; }\n"
#define LINES "add policy global greylist=yes limits=out=100/1h,in=10/1m\n" \
	"add class staff junk=no limits=out=200/1h\n" \
	"add class gold dkim_sign=no\n" \
	"add domain one.example class=staff on_missing_key=unsigned " \
	"limits=out=300/1h,pool=5k/1d\n" \
	"add domain two.example junk=yes\n" \
	"add user ann@one.example limits=out=unlimited,in=none\n" \
	"add user Joe@one.example class=gold greylist=no\n" \
	"add user j+k@two.example junk=no\n" \
	"add alias a@two.example to=ann@one.example\n" \
	"add alias b@two.example to=A@two.example\n" \
	"add alias far@two.example to=x@else.example\n"

static const char *const addresses[] = {
	"ann@one.example", "Ann@ONE.example", "ann+news@one.example",
	"joe@one.example", "joe+x@one.example", "nobody@one.example",
	"j+k@two.example", "j@two.example", "j+k+l@two.example",
	"a@two.example", "a+b@two.example", "b@two.example",
	"far@two.example", "any@two.example", "x@else.example",
	"\"x y\"@two.example", "\"j+k\"@two.example", "<>", "postmaster",
	"x@sub.one.example", "x@[192.0.2.1]", "j\xc3\xbc@two.example",
};

/* All that a policy says. */
static const char *
show(struct arena *arena, const struct policy *policy)
{
	static const char *const names[] = { "out", "in", "pool", "none" };
	size_t count;
	const struct setting *rows = policy_rows(&count);
	struct buf out;

	buf_init(&out, arena);
	buf_printf(&out, "%.*s of %.*s, %s, %s, class %s\n",
	    STR_ARG(policy->address), STR_ARG(policy->domain),
	    policy->is_local ? "local" : "foreign",
	    policy->is_known_user ? "known" : "unknown",
	    policy->class_name != NULL ? policy->class_name : "-");
	for (size_t i = 0; i < count; i++)
		if (rows[i].kind != SETTING_LIST)
			buf_printf(&out, "%s %s (%s)\n", rows[i].key,
			    setting_print(&rows[i], policy->values, arena),
			    policy_origin(policy, rows[i].key));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *origin = "";
		const struct limit *limit = policy_limit(policy, names[i],
		    POLICY_ANY_LEVEL, &origin);

		if (limit != NULL)
			buf_printf(&out, "%s=%s (%s)\n", names[i],
			    limit_print(arena, limit), origin);
	}
	return out.data;
}

static const char *
ask(struct directory_lab *lab, const char *text)
{
	const struct policy *policy;
	struct address address;
	struct db_error error;
	const char *why;

	assert_int_equal(address_parse_path(lab->arena, str_from(text),
	    &address, &why), 0);
	if (effective_policy(lab->directory, lab->arena, &address, '+',
	    DIRECTORY_NOW, &policy, &error) < 0)
		return arena_printf(lab->arena, "%s: %s",
		    db_trouble_text(error.trouble), error.text);
	return show(lab->arena, policy);
}

/* Words of lines have none. */
static void
add_user_with_blank(struct directory_lab *lab)
{
	const struct directory_author author = { "root", DIRECTORY_NOW };
	struct directory_object *object = directory_object_new(&kind_user,
	    lab->arena);
	struct directory_user *user = object->values;
	struct db_error error;

	user->address = "\"x y\"@two.example";
	user->class_name = "gold";
	assert_int_equal(directory_begin(lab->directory, &author, lab->arena,
	    &error), 0);
	assert_int_equal(directory_put(lab->directory, lab->arena, object,
	    PUT_NEW, &error), 0);
	assert_int_equal(directory_commit(lab->directory, lab->arena, &error),
	    0);
}

static void
it_is_what_the_configuration_would_give(void **state)
{
	struct directory_lab *lab = *state;
	const struct policy_source *source;
	const char *error = "";
	struct conf *conf = conf_parse("test.conf", CONF, policy_sections,
	    NULL, lab->arena, &error);

	if (conf == NULL)
		fail_msg("%s", error);
	source = policy_source_from_conf(lab->arena, conf, '+', &error);
	if (source == NULL)
		fail_msg("%s", error);
	directories_must_do(lab, LINES);
	add_user_with_blank(lab);
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct address address;
		const char *expected, *got;

		assert_int_equal(address_parse_path(lab->arena,
		    str_from(addresses[i]), &address, &error), 0);
		expected = show(lab->arena, policy_find(source, lab->arena,
		    &address));
		got = ask(lab, addresses[i]);
		if (strcmp(got, expected) != 0)
			fail_msg("%s:\n%sand not\n%s", addresses[i], got,
			    expected);
	}
	conf_unref(&conf);
}

/* What only the directory knows: the first line of what holds. */
static const struct {
	const char *name, *address, *line;
} cases[] = {
	{ "an alias domain stands for its domain", "ann@alias.example",
	  "ann@one.example of one.example, local, known, class staff\n" },
	{ "for its aliases too", "team@alias.example",
	  "team@one.example of one.example, local, unknown, class staff\n" },
	{ "a relay domain is managed, but not here", "x@relay.example",
	  "x@relay.example of relay.example, foreign, unknown, class gold\n" },
	{ "an alias to several has a policy of its own", "team@one.example",
	  "team@one.example of one.example, local, unknown, class staff\n" },
	{ "an alias leads to its one target", "boss@one.example",
	  "joe@one.example of one.example, local, known, class gold\n" },
	{ "with an extension too", "boss+x@one.example",
	  "joe@one.example of one.example, local, known, class gold\n" },
	{ "but where it has none", "bare+x@one.example",
	  "bare@one.example of one.example, local, unknown, class staff\n" },
	{ "an alias that has expired is none", "old@one.example",
	  "old@one.example of one.example, local, unknown, class staff\n" },
	{ "one that expires later is one", "new@one.example",
	  "joe@one.example of one.example, local, known, class gold\n" },
	{ "one that is suspended is none", "off@one.example",
	  "off@one.example of one.example, local, unknown, class staff\n" },
	{ "one whose owners may not send still gets mail",
	  "mute@one.example",
	  "joe@one.example of one.example, local, known, class gold\n" },
};

static void
what_only_the_directory_knows(void **state)
{
	struct directory_lab *lab = *state;

	directories_must_do(lab, LINES "add domain alias.example role=alias "
	    "alias_of=one.example\n"
	    "add domain relay.example role=relay relay_to=x class=gold\n"
	    "add alias team@one.example to=ann@one.example,joe@one.example\n"
	    "add alias boss@one.example to=joe@one.example\n"
	    "add alias bare@one.example to=joe@one.example extension=no\n"
	    "add alias old@one.example to=joe@one.example "
	    "expires=2026-11-18T10:00:00Z\n"
	    "add alias new@one.example to=joe@one.example "
	    "expires=2099-01-01T00:00:00Z\n"
	    "add alias off@one.example to=joe@one.example status=suspended\n"
	    "add alias mute@one.example to=joe@one.example "
	    "status=sending-suspended");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = ask(lab, cases[i].address);

		if (strncmp(got, cases[i].line, strlen(cases[i].line)) != 0)
			fail_msg("%s: %s", cases[i].name, got);
	}
}

static void
write_by_hand(struct directory_lab *lab, const char *sql)
{
	struct db *db = directory_db(lab->directory);
	struct db_error error;

	if (db_begin(db, DB_TXN_WRITE, lab->arena, &error) < 0 ||
	    db_script(db, lab->arena, sql, &error) < 0 ||
	    db_commit(db, lab->arena, &error) < 0)
		fail_msg("%s", error.text);
}

/* Nothing of this would the directory itself take. */
static void
what_others_wrote_wrong_does_no_harm(void **state)
{
	struct directory_lab *lab = *state;

	directories_must_do(lab, LINES);
	write_by_hand(lab, "UPDATE aliases_to SET value = 'b@two.example' "
	    "WHERE owner = 'a@two.example'");
	assert_non_null(strstr(ask(lab, "a@two.example"), "of two.example, "
	    "local, unknown"));
	write_by_hand(lab, "UPDATE classes_setting SET value = 'nonsense' "
	    "WHERE name = 'limits'");
	assert_non_null(strstr(ask(lab, "any@one.example"),
	    "other: class staff: limits: 'nonsense' is not NAME=LIMIT"));
	write_by_hand(lab, "UPDATE classes_setting SET name = 'nonsense' "
	    "WHERE name = 'limits'");
	assert_non_null(strstr(ask(lab, "any@one.example"),
	    "unknown option 'nonsense' in 'class'"));
}

static void
a_daemon_asks_without_waiting(void **state)
{
	static const char *const words[] = { "<joe+x@one.example>", "+",
	    "2026-11-21T10:00:00Z", "" };
	struct directory_lab *lab = *state;
	int64_t deadline_ms = clock_steady_ms() + 60000;
	struct inquiry *inquiry = directories_inquiry(lab);
	struct wait *wait = wait_new();
	struct inquiry_call *call;

	directories_must_do(lab, LINES);
	call = inquiry_ask(inquiry, &effective_question, words, deadline_ms,
	    wait);
	while (inquiry_call_answer(call) == NULL)
		assert_int_equal(wait_sleep(wait, deadline_ms), 1);
	assert_null(inquiry_call_answer(call)->error);
	assert_string_equal(show(lab->arena, inquiry_call_answer(call)->data),
	    ask(lab, "joe@one.example"));
	inquiry_call_unref(&call);
	wait_unref(&wait);
	inquiry_free(&inquiry);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(it_is_what_the_configuration_would_give),
		DIRECTORY_TEST(what_only_the_directory_knows),
		DIRECTORY_TEST(what_others_wrote_wrong_does_no_harm),
		DIRECTORY_TEST(a_daemon_asks_without_waiting),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
