/* SPDX-License-Identifier: ISC */
/* test_directory_maps.c - what Postfix gets for the keys that it asks about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/maps.h"

#define OVER "2026-01-01T00:00:00Z"
#define LATER "2036-01-01T00:00:00Z"

/* 254 octets (RFC 5321 4.5.3.1.1, 4.5.3.1.2). */
#define LABEL "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh"
#define LONG_DOMAIN LABEL "." LABEL "." LABEL ".aaaaaa"
#define LONG "abcd" LABEL "@" LONG_DOMAIN

#define WORLD \
	"add domain " LONG_DOMAIN "\n" \
	"add domain one.example postmaster=ann@one.example\n" \
	"add domain two.example catch_all=bob@one.example\n" \
	"add domain bare.example\n" \
	"add domain stand.example role=alias alias_of=one.example\n" \
	"add domain mute.example role=alias alias_of=one.example " \
	"status=sending-suspended\n" \
	"add domain relay.example role=relay " \
	"relay_to=smtp:[mail.relay.example]:26\n" \
	"add domain host.example role=relay relay_to=mail.host.example\n" \
	"add domain port.example role=relay relay_to=mail.port.example:26\n" \
	"add domain number.example role=relay relay_to=[192.0.2.1]\n" \
	"add domain far.example role=alias alias_of=relay.example\n" \
	"add domain off.example status=suspended\n" \
	"add domain gone.example role=relay relay_to=x status=suspended\n" \
	"add domain quiet.example status=sending-suspended\n" \
	"add user ann@one.example\nadd user bob@one.example\n" \
	"add user mute@one.example status=sending-suspended\n" \
	"add user gone@one.example status=suspended\n" \
	"add user reader@one.example smtp=no\n" \
	"add user eve@two.example\n" \
	"add user k\xc3\xa4the@two.example\nadd user o'hara@two.example\n" \
	"add user " LONG "\nadd alias l@two.example to=" LONG "\n" \
	"add user off@off.example\nadd user quiet@quiet.example\n" \
	"add alias sales@one.example to=ann@one.example,bob@one.example\n" \
	"add alias boss@one.example to=ann@one.example\n" \
	"add alias chain@one.example to=boss@stand.example\n" \
	"add alias exact@one.example to=ann@one.example extension=no\n" \
	"add alias away@one.example to=joe@else.example\n" \
	"add alias both@one.example to=joe@else.example,ann@one.example\n" \
	"add alias all@one.example to=sales@one.example,eve@two.example," \
	"bob@one.example\n" \
	"add alias folder@one.example to=ann+lists@one.example\n" \
	"add alias over@one.example to=ann@one.example expires=" OVER "\n" \
	"add alias later@one.example to=ann@one.example expires=" LATER "\n" \
	"add alias shut@one.example to=ann@one.example status=suspended\n" \
	"add alias deaf@one.example to=ann@one.example " \
	"status=sending-suspended\n" \
	"add alias dead@one.example to=gone@one.example,nobody@one.example\n" \
	"add alias none@one.example to=nobody@one.example\n" \
	"add alias half@one.example to=gone@one.example,ann@one.example\n" \
	"add alias over@two.example to=ann@one.example expires=" OVER "\n" \
	"add alias help@relay.example to=ann@one.example\n" \
	"add domain loop.example catch_all=loop@one.example\n" \
	"add alias loop@one.example to=any@loop.example\n" \
	"add domain ring.example catch_all=ring2@one.example\n" \
	"add alias ring1@one.example to=any@ring.example\n" \
	"add alias ring2@one.example to=ring1@one.example,ann@one.example\n" \
	"add identity ann@one.example joan@else.example\n" \
	"add identity bob@one.example joan@else.example\n" \
	"add identity bob@one.example @two.example\n" \
	"add identity mute@one.example @two.example\n" \
	"add identity eve@two.example @stand.example\n" \
	"add identity bob@one.example ann@one.example\n"

/* One row: what the map says to the key; NULL: not found. */
struct lookup {
	const char *name, *map, *key, *value;
};

static const char *
ask_as(struct directory_lab *lab, const char *map, const char *key,
    const struct map_site *site)
{
	struct db_error error = { 0 };
	struct map_answer answer;

	if (directory_map_ask(lab->directory, lab->arena,
	    directory_map_find(map), site, key, DIRECTORY_NOW, &answer,
	    &error) < 0)
		fail_msg("%s %s: %s", map, key, error.text);
	return answer.result == MAP_REFUSED ? arena_printf(lab->arena,
	    "refused: %s", answer.text) : answer.text;
}

static const char *
ask(struct directory_lab *lab, const char *map, const char *key)
{
	const struct map_site site = { '+', "root@localhost" };

	return ask_as(lab, map, key, &site);
}

static void
expect(const struct lookup *row, const char *answer)
{
	if ((answer == NULL) != (row->value == NULL) ||
	    (answer != NULL && strcmp(answer, row->value) != 0))
		fail_msg("%s: %s %s gives '%s'", row->name, row->map,
		    row->key, answer != NULL ? answer : "nothing");
}

static void
expect_all(void **state, const struct lookup *rows, size_t count)
{
	struct directory_lab *lab = *state;

	directories_must_do(lab, WORLD);
	for (size_t i = 0; i < count; i++)
		expect(&rows[i], ask(lab, rows[i].map, rows[i].key));
}

static void
domains_are_found_by_their_role(void **state)
{
	static const struct lookup rows[] = {
		{ "a managed domain", "domains", "one.example",
		  "one.example" },
		{ "in capitals", "domains", "ONE.Example", "one.example" },
		{ "one that only sends no more takes mail", "domains",
		  "quiet.example", "quiet.example" },
		{ "a suspended one takes none", "domains", "off.example",
		  NULL },
		{ "a relay domain", "domains", "relay.example", NULL },
		{ "an alias domain", "domains", "stand.example", NULL },
		{ "another's", "domains", "else.example", NULL },
		{ "a sub-domain", "domains", "sub.one.example", NULL },
		{ "its parent, as Postfix asks", "domains", ".one.example",
		  NULL },
		{ "a final dot", "domains", "one.example.", NULL },
		{ "all", "domains", "*", NULL },
		{ "nothing", "domains", "", NULL },
		{ "an address", "domains", "ann@one.example", NULL },
		{ "a quote", "domains", "'; DROP TABLE domains; --", NULL },
		{ "an alias domain", "alias_domains", "stand.example",
		  "stand.example" },
		{ "a managed one", "alias_domains", "one.example", NULL },
		{ "a relay domain", "relay_domains", "relay.example",
		  "relay.example" },
		{ "a suspended one", "relay_domains", "gone.example", NULL },
		{ "a managed one", "relay_domains", "one.example", NULL },
	};

	expect_all(state, rows, ARRAY_LEN(rows));
}

static void
relay_domains_have_a_transport(void **state)
{
	static const struct lookup rows[] = {
		{ "as it stands", "transport", "relay.example",
		  "smtp:[mail.relay.example]:26" },
		{ "a host alone", "transport", "host.example",
		  "relay:mail.host.example" },
		{ "a host with a port", "transport", "port.example",
		  "relay:mail.port.example:26" },
		{ "an address in brackets", "transport", "number.example",
		  "relay:[192.0.2.1]" },
		{ "managed domains have Postfix's own", "transport",
		  "one.example", NULL },
		{ "a whole address, asked first", "transport",
		  "joe@relay.example", NULL },
		{ "a sub-domain's parent", "transport", ".relay.example",
		  NULL },
		{ "everything", "transport", "*", NULL },
		{ "a recipient there", "relay_recipients",
		  "Joe@relay.example", "joe@relay.example" },
		{ "with an extension", "relay_recipients",
		  "joe+x@relay.example", "joe+x@relay.example" },
		{ "of a sub-domain", "relay_recipients",
		  "joe@sub.relay.example", NULL },
		{ "of a managed domain", "relay_recipients",
		  "ann@one.example", NULL },
		{ "the domain", "relay_recipients", "@relay.example", NULL },
		{ "of a suspended one", "relay_recipients",
		  "joe@gone.example", NULL },
	};

	expect_all(state, rows, ARRAY_LEN(rows));
}

static void
mailboxes_are_those_of_users(void **state)
{
	static const struct lookup rows[] = {
		{ "a user", "mailboxes", "ann@one.example",
		  "ann@one.example" },
		{ "in UTF-8 (RFC 6531 3.3)", "mailboxes",
		  "k\xc3\xa4the@two.example", "k\xc3\xa4the@two.example" },
		{ "with an apostrophe", "mailboxes", "o'hara@two.example",
		  "o'hara@two.example" },
		{ "an apostrophe that means something to SQL", "mailboxes",
		  "o'or'1'='1@two.example", NULL },
		{ "of 254 octets", "mailboxes", LONG, LONG },
		{ "of 255 octets", "mailboxes", "x" LONG, NULL },
		{ "in capitals", "mailboxes", "Ann@ONE.example",
		  "ann@one.example" },
		{ "with an extension (RFC 5233)", "mailboxes",
		  "ann+news@one.example", "ann@one.example" },
		{ "who may not send gets mail", "mailboxes",
		  "mute@one.example", "mute@one.example" },
		{ "a suspended user is not unknown", "mailboxes",
		  "gone@one.example", "gone@one.example" },
		{ "of a suspended domain", "mailboxes", "off@off.example",
		  NULL },
		{ "nobody", "mailboxes", "nobody@one.example", NULL },
		{ "an alias", "mailboxes", "sales@one.example", NULL },
		{ "in an alias domain", "mailboxes", "ann@stand.example",
		  NULL },
		{ "the domain", "mailboxes", "@one.example", NULL },
		{ "a local part", "mailboxes", "ann", NULL },
		{ "an empty extension", "mailboxes", "ann+@one.example",
		  "ann@one.example" },
		{ "an extension of nobody", "mailboxes", "+x@one.example",
		  NULL },
		{ "a source route (RFC 5321 4.1.2)", "mailboxes",
		  "@a.example:ann@one.example", NULL },
		{ "brackets", "mailboxes", "<ann@one.example>", NULL },
		{ "a quoted blank", "mailboxes", "\"a b\"@one.example",
		  NULL },
		{ "a blank", "mailboxes", "a b@one.example", NULL },
		{ "a literal", "mailboxes", "ann@[192.0.2.1]", NULL },
	};

	expect_all(state, rows, ARRAY_LEN(rows));
}

static void
aliases_lead_to_where_mail_ends_up(void **state)
{
	static const struct lookup rows[] = {
		{ "an alias of two", "aliases", "sales@one.example",
		  "ann@one.example, bob@one.example" },
		{ "its extension goes on", "aliases", "sales+x@one.example",
		  "ann+x@one.example, bob+x@one.example" },
		{ "through others, each once", "aliases", "all@one.example",
		  "eve@two.example, bob@one.example, ann@one.example" },
		{ "by way of an alias domain", "aliases", "chain@one.example",
		  "ann@one.example" },
		{ "to 254 octets", "aliases", "l@two.example", LONG },
		{ "elsewhere", "aliases", "away@one.example",
		  "joe@else.example" },
		{ "no extension goes elsewhere", "aliases",
		  "both+x@one.example",
		  "joe@else.example, ann+x@one.example" },
		{ "into a folder", "aliases", "folder@one.example",
		  "ann+lists@one.example" },
		{ "the alias's extension stays", "aliases",
		  "folder+x@one.example", "ann+lists@one.example" },
		{ "without extensions", "aliases", "exact+x@one.example",
		  NULL },
		{ "as a whole", "aliases", "exact@one.example",
		  "ann@one.example" },
		{ "one that has expired", "aliases", "over@one.example",
		  NULL },
		{ "one that will", "aliases", "later@one.example",
		  "ann@one.example" },
		{ "a suspended one", "aliases", "shut@one.example", NULL },
		{ "one that may not send", "aliases", "deaf@one.example",
		  "ann@one.example" },
		{ "one that leads to who is suspended, and to nobody else",
		  "aliases", "dead@one.example", "gone@one.example" },
		{ "one that leads to others as well", "aliases",
		  "half@one.example", "ann@one.example" },
		{ "one that leads to nobody", "aliases", "none@one.example",
		  NULL },
		{ "a suspended user is itself", "aliases",
		  "gone@one.example", NULL },
		{ "in a relay domain", "aliases", "help@relay.example",
		  "ann@one.example" },
		{ "in a circle", "aliases", "loop@one.example", NULL },
		{ "out of a circle", "aliases", "ring1@one.example",
		  "ann@one.example" },
		{ "an alias domain", "aliases", "ann@stand.example",
		  "ann@one.example" },
		{ "with an extension", "aliases", "Ann+x@stand.example",
		  "ann+x@one.example" },
		{ "nobody there", "aliases", "nobody@stand.example", NULL },
		{ "of a relay domain", "aliases", "joe@far.example",
		  "joe@relay.example" },
		{ "a user is itself", "aliases", "ann@one.example", NULL },
		{ "with an extension", "aliases", "ann+x@one.example", NULL },
		{ "a user is not caught", "aliases", "eve@two.example",
		  NULL },
		{ "nor is an extension", "aliases", "eve+x@two.example",
		  NULL },
		{ "anybody else is", "aliases", "nobody@two.example",
		  "bob@one.example" },
		{ "and who has expired", "aliases", "over@two.example",
		  "bob@one.example" },
		{ "and offices that nobody has", "aliases",
		  "abuse@two.example", "bob@one.example" },
		{ "but nothing else", "aliases", "@two.example", NULL },
		{ "postmaster (RFC 5321 4.5.1)", "aliases",
		  "PostMaster@one.example", "ann@one.example" },
		{ "abuse (RFC 2142 4)", "aliases", "abuse@one.example",
		  "ann@one.example" },
		{ "the same in an alias domain", "aliases",
		  "abuse@stand.example", "ann@one.example" },
		{ "a domain that names nobody", "aliases",
		  "abuse@bare.example", "root@localhost" },
		{ "other offices", "aliases", "webmaster@one.example", NULL },
		{ "another server's", "aliases", "postmaster@relay.example",
		  NULL },
		{ "a suspended domain's", "aliases", "abuse@off.example",
		  NULL },
		{ "somebody else's", "aliases", "joe@else.example", NULL },
		{ "a local part", "aliases", "sales", NULL },
		{ "the null sender (RFC 5321 4.5.5)", "aliases", "<>", NULL },
		{ "a quote", "aliases", "o'brien@one.example", NULL },
		{ "UTF-8 (RFC 6531 3.2)", "aliases", "j\xc3\xbcrg@one.example",
		  NULL },
	};

	expect_all(state, rows, ARRAY_LEN(rows));
}

static void
logins_are_those_who_may_send_as_an_address(void **state)
{
	static const struct lookup rows[] = {
		{ "a user", "logins", "bob@one.example", "bob@one.example" },
		{ "in UTF-8", "logins", "k\xc3\xa4the+x@two.example",
		  "k\xc3\xa4the@two.example, bob@one.example" },
		{ "of 254 octets", "logins", LONG, LONG },
		{ "with an extension", "logins", "Bob+x@one.example",
		  "bob@one.example" },
		{ "in an alias domain, where another has all of it",
		  "logins", "bob@stand.example",
		  "bob@one.example, eve@two.example" },
		{ "an identity of another too", "logins", "ann@one.example",
		  "ann@one.example, bob@one.example" },
		{ "with an extension", "logins", "ann+x@one.example",
		  "ann@one.example, bob@one.example" },
		{ "an alias of several", "logins", "sales@one.example",
		  "ann@one.example, bob@one.example" },
		{ "an alias of one, through others", "logins",
		  "chain@one.example", "ann@one.example" },
		{ "of several, directly alone", "logins", "all@one.example",
		  "eve@two.example, bob@one.example" },
		{ "an address elsewhere", "logins", "joan@else.example",
		  "ann@one.example, bob@one.example" },
		{ "all of a domain, by those who may send", "logins",
		  "nobody@two.example", "bob@one.example" },
		{ "nobody", "logins", "nobody@one.example", NULL },
		{ "who may not send", "logins", "mute@one.example", NULL },
		{ "a suspended user", "logins", "gone@one.example", NULL },
		{ "who has no SMTP", "logins", "reader@one.example", NULL },
		{ "of a domain that may not send", "logins",
		  "quiet@quiet.example", NULL },
		{ "by an alias domain that may not", "logins",
		  "bob@mute.example", NULL },
		{ "an alias that may not", "logins", "deaf@one.example",
		  NULL },
		{ "an alias that has expired", "logins", "over@one.example",
		  NULL },
		{ "a circle", "logins", "loop@one.example", NULL },
		{ "an alias elsewhere", "logins", "away@one.example", NULL },
		{ "a domain", "logins", "@two.example", NULL },
		{ "somebody else's", "logins", "joe@else.example", NULL },
	};

	expect_all(state, rows, ARRAY_LEN(rows));
}

static void
a_host_may_have_no_extensions_and_no_postmaster(void **state)
{
	static const struct lookup rows[] = {
		{ "a user", "mailboxes", "ann@one.example",
		  "ann@one.example" },
		{ "what looks like one", "mailboxes", "ann+x@one.example",
		  NULL },
		{ "nor of an alias", "aliases", "sales+x@one.example", NULL },
		{ "nor may anybody send so", "logins", "bob+x@one.example",
		  NULL },
		{ "abuse of one that names nobody", "aliases",
		  "abuse@bare.example", NULL },
	};
	const struct map_site site = { '\0', NULL };
	struct directory_lab *lab = *state;

	directories_must_do(lab, WORLD);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i], ask_as(lab, rows[i].map, rows[i].key,
		    &site));
}

/* Lists of lists: from the third level on they are less than one message may
 * become, from the first on more. */
static void
what_a_message_becomes_is_bounded(void **state)
{
	struct directory_lab *lab = *state;
	struct buf lines;

	buf_init(&lines, lab->arena);
	buf_add_text(&lines, "add domain one.example\n"
	    "add domain stand.example role=alias alias_of=one.example\n");
	for (int list = 0; list < 60; list++) {
		buf_printf(&lines, "add alias list%d@one.example to=", list);
		for (int i = 0; i < 16; i++)
			buf_printf(&lines, "%s%d.%d@else.example",
			    i == 0 ? "" : ",", list, i);
		buf_add_text(&lines, "\n");
	}
	/* Through a catch-all, which is not followed when it is made. */
	for (int level = 0; level < 5; level++) {
		buf_printf(&lines, "add domain level%d.example "
		    "catch_all=all%d@one.example\n", level + 1, level + 1);
		buf_printf(&lines, "add alias all%d@one.example to=", level);
		for (int i = 0; i < 12; i++)
			buf_printf(&lines, "list%d@stand.example,",
			    level * 12 + i);
		buf_printf(&lines, "any@level%d.example\n", level + 1);
	}
	directories_must_do(lab, lines.data);
	assert_string_equal(ask(lab, "aliases", "all0@one.example"),
	    "refused: it leads to more than 1000 addresses");
	assert_non_null(ask(lab, "aliases", "all2@one.example"));
}

static void
an_answer_that_postfix_would_not_take_is_refused(void **state)
{
	struct directory_lab *lab = *state;
	struct buf lines;

	buf_init(&lines, lab->arena);
	buf_add_text(&lines, "add domain one.example\n");
	for (int list = 0; list < 45; list++) {
		buf_printf(&lines, "add alias l%d@one.example to=", list);
		for (int i = 0; i < 12; i++)
			buf_printf(&lines, "%s%060d.%060d@%060d.%050d.example",
			    i == 0 ? "" : ",", list, i, list, i);
		buf_add_text(&lines, "\n");
	}
	for (int level = 0; level < 3; level++) {
		buf_printf(&lines, "add alias all%d@one.example to=", level);
		for (int i = 0; i < 15; i++)
			buf_printf(&lines, "%sl%d@one.example",
			    i == 0 ? "" : ",", level * 15 + i);
		buf_add_text(&lines, "\n");
	}
	buf_add_text(&lines, "add alias all@one.example to=all0@one.example,"
	    "all1@one.example,all2@one.example\n");
	directories_must_do(lab, lines.data);
	assert_string_equal(ask(lab, "aliases", "all@one.example"),
	    "refused: the answer is longer than Postfix takes");
	assert_non_null(ask(lab, "aliases", "all1@one.example"));
}

static void
every_map_knows_its_parameter(void **state)
{
	(void)state;
	for (const struct directory_map *map = directory_maps;
	    map->name != NULL; map++) {
		assert_ptr_equal(directory_map_find(map->name), map);
		assert_non_null(map->parameter);
		assert_non_null(map->help);
	}
	assert_null(directory_map_find("no-such-map"));
	assert_null(directory_map_find(""));
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(domains_are_found_by_their_role),
		DIRECTORY_TEST(relay_domains_have_a_transport),
		DIRECTORY_TEST(mailboxes_are_those_of_users),
		DIRECTORY_TEST(aliases_lead_to_where_mail_ends_up),
		DIRECTORY_TEST(logins_are_those_who_may_send_as_an_address),
		DIRECTORY_TEST(
		    a_host_may_have_no_extensions_and_no_postmaster),
		DIRECTORY_TEST(what_a_message_becomes_is_bounded),
		DIRECTORY_TEST(
		    an_answer_that_postfix_would_not_take_is_refused),
		SQLITE_TEST(every_map_knows_its_parameter),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
