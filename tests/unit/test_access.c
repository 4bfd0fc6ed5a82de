/* SPDX-License-Identifier: ISC */
/* test_access.c - access lists: words, owners, precedence, maps. */
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
#include "base/clock.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/access.h"
#include "mail/txn.h"
#include "mail_site.h"
#include "scratch.h"

#define SITE "host { recipient_delimiter +; }\n"                               \
	"class staff { }\nclass guests { }\n"                                 \
	"domain example.org { class staff; }\ndomain two.example { }\n"       \
	"user ann@example.org { }\nuser guest@example.org { class guests; }\n"\
	"alias sales@example.org { to ann@example.org; }\n"

/* An entry: kinds in the order of the enum, its owners; words with blanks
 * between. */
struct entry {
	const char *name;
	const char *words[ACCESS_KINDS];
	const char *owners;
	enum access_action action;
	bool is_final;
};

/* A mail. NULL: client 192.0.2.7 without a name, no login, joe@example.net to
 * ann@example.org, HELO mx.example.net. */
struct mail {
	const char *client, *name, *login, *sender, *rcpt, *helo;
	bool is_unproven;
};

#define CLIENT(text) .words = { [ACCESS_CLIENT] = text }
#define LOGIN(text) .words = { [ACCESS_LOGIN] = text }
#define SENDER(text) .words = { [ACCESS_SENDER] = text }
#define RCPT(text) .words = { [ACCESS_RCPT] = text }
#define HELO(text) .words = { [ACCESS_HELO] = text }
#define DENY .action = ACCESS_DENY
#define ALLOW .action = ACCESS_ALLOW

static const struct {
	const char *sentence;
	struct entry entries[5];
	struct mail mail;
	const char *expected;		/* NULL: none fits */
} cases[] = {
	{ "an IPv4-mapped network is the IPv4 network",
	    { { "a", CLIENT("::ffff:192.0.2.0/120"), DENY } }, { 0 }, "a" },
	{ "an IPv4-mapped client is the IPv4 client",
	    { { "a", CLIENT("192.0.2.0/24"), DENY } },
	    { .client = "::ffff:192.0.2.9" }, "a" },
	{ "the whole of IPv6 has no IPv4 client",
	    { { "a", CLIENT("::/0"), DENY } }, { 0 }, NULL },
	{ "the whole of IPv4", { { "a", CLIENT("0.0.0.0/0"), DENY } }, { 0 },
	    "a" },
	{ "one address of IPv6", { { "a", CLIENT("2001:DB8::1"), DENY } },
	    { .client = "2001:db8:0::1" }, "a" },
	{ "a mask within a byte", { { "a", CLIENT("192.0.0.0/22"), DENY } },
	    { .client = "192.0.3.255" }, "a" },
	{ "and beyond it", { { "a", CLIENT("192.0.0.0/22"), DENY } },
	    { .client = "192.0.4.0" }, NULL },
	{ "names in Unicode are compared as A-labels",
	    { { "a", SENDER("@b\xc3\xbc" "cher.example"), DENY } },
	    { .sender = "joe@xn--bcher-kva.example" }, "a" },
	{ "an address that needs quotes", { { "a",
	    SENDER("\"a\\_b\"@example.net"), DENY } },
	    { .sender = "a_b@example.net" }, "a" },
	{ "a word of the sender's does not name the recipient",
	    { { "a", SENDER("ann@example.org"), DENY } }, { 0 }, NULL },
	{ "a login without a domain", { { "a", LOGIN("Joe"), DENY } },
	    { .login = "joe" }, "a" },
	{ "HELO without case, below", { { "a", HELO("*.Example.NET"), DENY } },
	    { .helo = "MX.a.example.net" }, "a" },
	{ "a HELO too long for a name", { { "a", HELO("*.net"), DENY } },
	    { .helo = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.net" }, NULL },
	{ "a kind that does not fit, of several",
	    { { "a", .words = { [ACCESS_SENDER] = "@example.net",
		[ACCESS_HELO] = "mx.example.com" }, DENY } }, { 0 }, NULL },
	{ "two kinds are more than one",
	    { { "a", SENDER("joe@example.net"), DENY },
		{ "b", .words = { [ACCESS_SENDER] = "@.net",
		[ACCESS_HELO] = "*.net" }, DENY } }, { 0 }, "b" },

	{ "an entry of the recipient", { { "a", SENDER("@example.net"),
	    .owners = "ann@example.org", DENY } }, { 0 }, "a" },
	{ "not for another", { { "a", SENDER("@example.net"),
	    .owners = "ann@example.org", DENY } },
	    { .rcpt = "bob@example.org" }, NULL },
	{ "for its extension and its alias too", { { "a",
	    SENDER("@example.net"), .owners = "ann@example.org", DENY } },
	    { .rcpt = "sales+x@example.org" }, "a" },
	{ "an entry of the login", { { "a", RCPT("@rival.example"),
	    .owners = "ann@example.org", DENY } },
	    { .login = "ann@example.org", .rcpt = "x@rival.example" }, "a" },
	{ "an entry of a domain", { { "a", SENDER("@example.net"),
	    .owners = "@example.org", DENY } }, { .rcpt = "x@Example.org" },
	    "a" },
	{ "not of another", { { "a", SENDER("@example.net"),
	    .owners = "@example.org", DENY } }, { .rcpt = "x@two.example" },
	    NULL },
	{ "an entry of a class", { { "a", SENDER("@example.net"),
	    .owners = "guests", DENY } }, { .rcpt = "guest@example.org" },
	    "a" },
	{ "whatever its case", { { "a", SENDER("@example.net"),
	    .owners = "Guests", DENY } }, { .rcpt = "guest@example.org" },
	    "a" },
	{ "several owners", { { "a", SENDER("@example.net"),
	    .owners = "guests @two.example", DENY } },
	    { .rcpt = "x@two.example" }, "a" },

	{ "user before class", { { "a", SENDER("joe@example.net"),
	    .owners = "staff", DENY }, { "b", SENDER("@example.net"),
	    .owners = "ann@example.org", ALLOW } }, { 0 }, "b" },
	{ "class before domain", { { "a", SENDER("joe@example.net"),
	    .owners = "@example.org", DENY }, { "b", SENDER("@example.net"),
	    .owners = "staff", ALLOW } }, { 0 }, "b" },
	{ "domain before all", { { "a", SENDER("joe@example.net"), DENY },
	    { "b", SENDER("@example.net"), .owners = "@example.org", ALLOW } },
	    { 0 }, "b" },
	{ "even where that of all names more kinds",
	    { { "a", .words = { [ACCESS_SENDER] = "joe@example.net",
		[ACCESS_CLIENT] = "192.0.2.7" }, DENY },
		{ "b", SENDER("@example.net"), .owners = "@example.org",
		ALLOW } }, { 0 }, "b" },
	{ "final beats all", { { "a", SENDER("@.net"), DENY,
	    .is_final = true }, { "b", SENDER("joe@example.net"),
	    .owners = "ann@example.org", ALLOW } }, { 0 }, "a" },
	{ "among final ones the owners decide again", { { "a",
	    SENDER("joe@example.net"), DENY, .is_final = true }, { "b",
	    SENDER("@.net"), .owners = "@example.org", ALLOW,
	    .is_final = true } }, { 0 }, "b" },
	{ "then the most specific", { { "a", SENDER("@.net"), DENY }, { "b",
	    SENDER("@.example.net"), ALLOW }, { "c", SENDER("@.a.example.net"),
	    DENY } }, { .sender = "joe@b.example.net" }, "b" },
	{ "then the strictest", { { "a", SENDER("@example.net"), ALLOW },
	    { "b", SENDER("@example.net"), .action = ACCESS_DEFER },
	    { "c", SENDER("@example.net"), DENY }, { "d",
	    SENDER("@example.net"), DENY } }, { 0 }, "c" },
	{ "who is not proven is not allowed", { { "a",
	    SENDER("joe@example.net"), ALLOW }, { "b",
	    SENDER("@example.net"), .action = ACCESS_DEFER } },
	    { .is_unproven = true }, "b" },
	{ "who is allowed by his address needs no proof", { { "a",
	    CLIENT("192.0.2.7"), ALLOW } }, { .is_unproven = true }, "a" },
};

static void
split(struct arena *arena, const char *text, struct setting_list *list_r)
{
	struct str rest = str_from(text != NULL ? text : ""), word;
	struct vec words;

	vec_init(&words, arena, sizeof(const char *));
	while (str_cut(&rest, ' ', &word))
		if (word.len != 0)
			*(const char **)vec_push(&words) = str_dup(arena,
			    word);
	*list_r = (struct setting_list){ words.len, words.items };
}

static int
add(struct arena *arena, struct access_table *table,
    const struct entry *entry, const char **error_r)
{
	struct setting_list owners;
	struct access_entry full = {
		.source = { entry->name, &owners, entry->is_final, NULL },
		.action = entry->action,
	};

	split(arena, entry->owners, &owners);
	for (size_t i = 0; i < ACCESS_KINDS; i++)
		split(arena, entry->words[i], &full.words[i]);
	return access_add(table, &full, error_r);
}

static const char *
or(const char *text, const char *usual)
{
	return text != NULL ? text : usual;
}

static const struct access_found *
find(struct txn *txn, const struct access_table *table,
    const struct mail *mail)
{
	const char *error;

	if (netaddr_parse(str_from(or(mail->client, "192.0.2.7")),
	    &txn->client.address) < 0 ||
	    txn_set_sender(txn, or(mail->sender, "joe@example.net"),
	    &error) < 0 ||
	    txn_add_rcpt(txn, or(mail->rcpt, "ann@example.org"), &error) < 0)
		fail_msg("the test's mail");
	txn->client.name = mail->name;
	txn->client.login = mail->login;
	txn->client.helo = or(mail->helo, "mx.example.net");
	return access_find(table, txn, vec_at(&txn->rcpts, 0),
	    mail->is_unproven);
}

static void
the_right_entry_decides(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, SITE);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct access_table *table = access_table_new(arena);
		struct txn *txn = txn_new(site, 0);
		const struct access_found *found;
		const char *error = NULL;

		print_message("%s\n", cases[i].sentence);
		for (const struct entry *entry = cases[i].entries;
		    entry->name != NULL; entry++)
			if (add(arena, table, entry, &error) < 0)
				fail_msg("%s", error);
		found = find(txn, table, &cases[i].mail);
		assert_string_equal(found != NULL ? found->name : "none",
		    or(cases[i].expected, "none"));
		txn_free(&txn);
	}
}

/* --- maps ----------------------------------------------------------------- */

static const char map_text[] =
    "# whom we do not want\r\n"
    "\n"
    "bad@example.net\tdeny\tgo away\n"
    "  @worse.example DENY\n"
    "@.below.example   defer  come back later  \n"
    "friend@example.net allow\n"
    "\"odd one\"@example.net deny odd\n"
    "plain@example.net";

static const struct {
	const char *sentence, *sender;
	const char *expected;	/* action, origin, text */
} lines[] = {
	{ "word, action, text", "bad@example.net", "deny map:3 go away" },
	{ "without a text the section's", "x@worse.example",
	    "deny map:4 usual" },
	{ "blanks at the end of a text do not count", "x@a.below.example",
	    "defer map:5 come back later" },
	{ "each action", "friend@example.net", "allow map:6 usual" },
	{ "a quoted local part", "\"odd one\"@example.net", "deny map:7 odd" },
	{ "without an action the section's, without a line feed too",
	    "plain@example.net", "skip-greylist map:8 usual" },
	{ "another", "other@example.net", "none" },
};

static const struct access_map map = { .source = { .name = "m",
	.text = "usual" }, .kind = ACCESS_SENDER, .path = "map",
	.action = ACCESS_SKIP_GREYLIST };

static const char *
describe(struct arena *arena, const struct access_found *found)
{
	if (found == NULL)
		return "none";
	return arena_printf(arena, "%s %s %s",
	    access_action_words[found->action], or(found->origin, "-"),
	    or(found->text, "-"));
}

static void
check_lines(struct arena *arena, const struct access_table *table,
    const char *path)
{
	const struct site *site = mail_site(arena, SITE);

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct txn *txn = txn_new(site, 0);
		const struct mail mail = { .sender = lines[i].sender };
		const char *text = describe(arena, find(txn, table, &mail));
		const char *at = strstr(text, path);

		print_message("%s\n", lines[i].sentence);
		if (strcmp(path, "map") != 0 && at != NULL)
			text = arena_printf(arena, "%.*smap%s",
			    (int)(at - text), text, at + strlen(path));
		assert_string_equal(text, lines[i].expected);
		txn_free(&txn);
	}
}

static void
a_map_has_an_entry_in_each_line(void **state)
{
	struct arena *arena = *state;
	struct access_table *table = access_table_new(arena);
	const char *error = NULL;

	if (access_add_lines(table, &map, str_from(map_text), &error) < 0)
		fail_msg("%s", error);
	assert_int_equal(access_count(table), 6);
	check_lines(arena, table, "map");
}

static void
a_file_reads_the_same(void **state)
{
	char path[SCRATCH_SIZE];
	struct arena *arena = *state;
	struct access_table *table = access_table_new(arena);
	struct access_map file = map;
	const char *error = NULL;
	int fd = scratch_file(path, "access");

	assert_int_equal(write(fd, map_text, sizeof(map_text) - 1),
	    sizeof(map_text) - 1);
	close(fd);
	file.path = path;
	if (access_add_map(table, &file, &error) < 0)
		fail_msg("%s", error);
	unlink(path);
	check_lines(arena, table, path);
	assert_int_equal(access_add_map(table, &file, &error), -1);
	assert_non_null(strstr(error, "No such file"));
	file.path = "/";
	assert_int_equal(access_add_map(table, &file, &error), -1);
	assert_non_null(strstr(error, "/: Is a directory"));
}

static const struct {
	const char *text, *error;
	enum access_kind kind;
	bool has_action;
} faults[] = {
	{ "a@b.example deny\nnonsense deny\n", "map:2: 'nonsense' is none of",
	    ACCESS_SENDER, false },
	{ "\n\na@b.example\n", "map:3: no action behind the word",
	    ACCESS_SENDER, false },
	{ "a@b.example refuse\n", "map:1: the action is none of",
	    ACCESS_SENDER, true },
	{ "192.0.2.7/24 deny", "map:1: '192.0.2.7/24': bits are set beyond",
	    ACCESS_CLIENT, true },
	{ "192.0.2.777 deny", "map:1: '192.0.2.777'", ACCESS_CLIENT, true },
	{ "@ deny", "map:1: a login is", ACCESS_LOGIN, true },
	{ "a b", "map:1: the action is none of", ACCESS_HELO, true },
	{ "mx.example.net allow", "map:1: anybody can write a HELO name",
	    ACCESS_HELO, true },
	{ "<> allow", "map:1: anybody can write <>", ACCESS_SENDER, true },
	{ "@a.example deny caf\xc3\xa9", "map:1: the text is not printable",
	    ACCESS_SENDER, true },
};

static void
a_fault_is_told_with_file_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct arena *arena = arena_new(0);
		struct access_table *table = access_table_new(arena);
		struct access_map faulty = map;
		const char *error = "";

		print_message("%s\n", faults[i].error);
		faulty.kind = faults[i].kind;
		faulty.action = faults[i].has_action ? ACCESS_DENY : -1;
		assert_int_equal(access_add_lines(table, &faulty,
		    str_from(faults[i].text), &error), -1);
		if (strstr(error, faults[i].error) != error)
			fail_msg("%s", error);
		arena_free(&arena);
	}
}

/* --- many ----------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
#define MANY 100000
#else
#define MANY 1000000
#endif
/* With its word, which takes some 30 of them. */
#define BYTES_EACH 100

static struct access_table *
make_many(struct arena *arena, size_t count)
{
	struct access_table *table = access_table_new(arena);
	struct arena *scratch = arena_new(0);
	const char *error;
	struct buf text;

	buf_init(&text, scratch);
	buf_reserve(&text, count * 40);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "user%zu@host%zu.example.net deny\n", i,
		    i % 1000);
	if (access_add_lines(table, &map, buf_str(&text), &error) < 0)
		fail_msg("%s", error);
	arena_free(&scratch);
	return table;
}

static void
many_entries_are_small_and_all_are_found(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, SITE);
	int64_t start_ms = clock_steady_ms();
	struct access_table *table = make_many(arena, MANY);

	print_message("%d entries: %zu bytes each, read in %d ms\n", MANY,
	    access_bytes(table) / MANY, (int)(clock_steady_ms() - start_ms));
	assert_int_equal(access_count(table), MANY);
	assert_true(access_bytes(table) / MANY < BYTES_EACH);
	for (size_t i = 0; i <= MANY; i += MANY / 100) {
		struct txn *txn = txn_new(site, 0);
		const struct mail mail = { .sender = arena_printf(arena,
		    "user%zu@host%zu.example.net", i, i % 1000) };
		const struct access_found *found = find(txn, table, &mail);

		assert_true((found != NULL) == (i < MANY));
		if (found != NULL)
			assert_string_equal(found->origin,
			    arena_printf(arena, "map:%zu", i + 1));
		txn_free(&txn);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(the_right_entry_decides),
		ARENA_TEST(a_map_has_an_entry_in_each_line),
		ARENA_TEST(a_file_reads_the_same),
		cmocka_unit_test(a_fault_is_told_with_file_and_line),
		ARENA_TEST(many_entries_are_small_and_all_are_found),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
