/* SPDX-License-Identifier: ISC */
/* test_origin.c - from whom our site has a message (DESIGN 5.15). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "mail/edit.h"
#include "mail/origin.h"
#include "mail/txn.h"
#include "mail_site.h"

static const char configuration[] =
    "host { trusted_relays 198.51.100.0/24 !198.51.100.9 2001:db8:1::/48; }\n"
    "domain ours.example { }\n";

#define STRANGER "from mail.theirs.example (mx.theirs.example [192.0.2.7]) " \
    "by mx2.ours.example (Postfix) with ESMTP id 1; date"
#define FORGED "from mail.bank.example (mail.bank.example [203.0.113.5]) by " \
    "mx2.ours.example (Postfix) with ESMTP id 2; date"
#define FILTER "from localhost (localhost [127.0.0.1]) by mx2.ours.example " \
    "(Postfix) with ESMTP id 3; date"
#define GATEWAY "from gw.ours.example (gw.ours.example [IPv6:2001:db8:1::5]) " \
    "by mx2.ours.example (Postfix) with ESMTP id 4; date"

#define RELAY "198.51.100.1"

struct row {
	const char *sentence;
	const char *client;		/* an address, or "sendmail" */
	const char *login;
	const char *received[4];	/* top first */
	enum origin_status status;
	const char *address, *helo, *name, *relay;
};

#define SELF "client.example", "name.example", NULL

static const struct row rows[] = {
	{ "no relay", "192.0.2.1", NULL, { NULL }, ORIGIN_CLIENT,
	    "192.0.2.1", SELF },
	{ "no relay: its Received is not believed", "192.0.2.1", NULL,
	    { FORGED }, ORIGIN_CLIENT, "192.0.2.1", SELF },
	{ "no relay: excluded from their network", "198.51.100.9", NULL,
	    { STRANGER }, ORIGIN_CLIENT, "198.51.100.9", SELF },
	{ "a login at a relay's address", RELAY, "joe", { FORGED },
	    ORIGIN_CLIENT, RELAY, SELF },
	{ "sendmail on this host", "sendmail", NULL, { FORGED },
	    ORIGIN_CLIENT, "127.0.0.1", SELF },
	{ "a UNIX socket", "", NULL, { FORGED }, ORIGIN_CLIENT, "", SELF },

	{ "a relay", RELAY, NULL, { STRANGER }, ORIGIN_RELAYED, "192.0.2.7",
	    "mail.theirs.example", "mx.theirs.example", RELAY },
	{ "a relay by IPv6", "2001:db8:1::9", NULL, { STRANGER },
	    ORIGIN_RELAYED, "192.0.2.7", "mail.theirs.example",
	    "mx.theirs.example", "2001:db8:1::9" },
	{ "a forged Received below the relay's", RELAY, NULL,
	    { STRANGER, FORGED }, ORIGIN_RELAYED, "192.0.2.7",
	    "mail.theirs.example", "mx.theirs.example", RELAY },
	{ "two relays in a row", RELAY, NULL, { GATEWAY, STRANGER, FORGED },
	    ORIGIN_RELAYED, "192.0.2.7", "mail.theirs.example",
	    "mx.theirs.example", "2001:db8:1::5" },
	{ "a relay with a content filter", RELAY, NULL,
	    { FILTER, FILTER, STRANGER, FORGED }, ORIGIN_RELAYED, "192.0.2.7",
	    "mail.theirs.example", "mx.theirs.example", RELAY },
	{ "qmail, which writes two", RELAY, NULL,
	    { "(qmail 1 invoked from network); date", "from unknown (HELO "
	    "mail.theirs.example) (192.0.2.7) by gw with SMTP; date" },
	    ORIGIN_RELAYED, "192.0.2.7", "mail.theirs.example", NULL, RELAY },
	{ "a client that gave no name", RELAY, NULL,
	    { "from (unknown [192.0.2.7]) by gw with SMTP; date" },
	    ORIGIN_RELAYED, "192.0.2.7", NULL, NULL, RELAY },

	{ "a message made at the relay", RELAY, NULL,
	    { "by mx2.ours.example (Postfix) id 5; date", FORGED },
	    ORIGIN_CLIENT, RELAY, SELF },
	{ "a message submitted at the relay", RELAY, NULL,
	    { "from [10.0.0.5] (p7.example [192.0.2.7]) by mx2.ours.example "
	    "(Postfix) with ESMTPSA id 6; date", FORGED },
	    ORIGIN_CLIENT, RELAY, SELF },
	{ "a message made at the second relay", RELAY, NULL,
	    { GATEWAY, "by gw.ours.example (Postfix, from userid 0) id 7; "
	    "date", FORGED }, ORIGIN_RELAYED, "2001:db8:1::5",
	    "gw.ours.example", "gw.ours.example", RELAY },

	{ "a relay that writes none", RELAY, NULL, { NULL }, ORIGIN_UNKNOWN,
	    "", NULL, NULL, RELAY },
	{ "a second relay that writes none", RELAY, NULL, { GATEWAY },
	    ORIGIN_UNKNOWN, "", NULL, NULL, "2001:db8:1::5" },
	{ "a relay that tells no address", RELAY, NULL,
	    { "from mail.theirs.example by gw with SMTP; date", FORGED },
	    ORIGIN_UNKNOWN, "", NULL, NULL, RELAY },
	{ "a relay that lets its client write", RELAY, NULL,
	    { "from x (y [203.0.113.5]) (z [192.0.2.7]) by gw with SMTP; "
	    "date", FORGED }, ORIGIN_UNKNOWN, "", NULL, NULL, RELAY },
	{ "a relay that writes what nobody reads", RELAY, NULL,
	    { "((((", FORGED }, ORIGIN_UNKNOWN, "", NULL, NULL, RELAY },
};

static struct txn *
txn_of(const struct site *site, const struct row *row)
{
	struct txn *txn = txn_new(site, 0);

	txn->client.is_local = strcmp(row->client, "sendmail") == 0;
	if (*row->client != '\0' && netaddr_parse(str_from(
	    txn->client.is_local ? "127.0.0.1" : row->client),
	    &txn->client.address) < 0)
		fail_msg("'%s'", row->client);
	txn->client.login = row->login;
	txn->client.helo = "client.example";
	txn->client.name = "name.example";
	header_list_add(&txn->headers, STR("X-Received"), STR(" " FORGED));
	for (size_t i = 0; i < ARRAY_LEN(row->received) &&
	    row->received[i] != NULL; i++)
		header_list_add(&txn->headers, STR("RECEIVED"),
		    str_from(row->received[i]));
	txn->stage = STAGE_HEADERS;
	return txn;
}

static void
is_text(const char *found, const char *wanted)
{
	assert_int_equal(found != NULL, wanted != NULL);
	if (wanted != NULL)
		assert_string_equal(found, wanted);
}

static void
check_origin(const struct origin *origin, const struct row *row)
{
	char text[NETADDR_TEXT_SIZE];

	assert_int_equal(origin->status, row->status);
	assert_string_equal(netaddr_format(&origin->address, text),
	    row->address);
	is_text(origin->helo, row->helo);
	is_text(origin->name, row->name);
	is_text(origin->relay, row->relay);
}

static void
each_row_of_the_table_holds(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct txn *txn = txn_of(site, &rows[i]);

		print_message("%s\n", rows[i].sentence);
		check_origin(origin_of(txn), &rows[i]);
		txn_free(&txn);
	}
}

/* Where nobody is trusted, every row is about the SMTP client. */
static void
without_trusted_relays_nothing_is_believed(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, "");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct txn *txn = txn_of(site, &rows[i]);
		const struct origin *origin = origin_of(txn);

		assert_int_equal(origin->status, ORIGIN_CLIENT);
		assert_true(netaddr_eq(&origin->address,
		    &txn->client.address));
		assert_null(origin->relay);
		txn_free(&txn);
	}
}

static const struct row relayed = { "", RELAY, NULL, { STRANGER },
    ORIGIN_RELAYED, "192.0.2.7", "mail.theirs.example", "mx.theirs.example",
    RELAY };

static void
a_relay_is_pending_until_the_header_or_a_login_tells(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);
	struct txn *txn = txn_of(site, &relayed);
	const struct origin *origin;

	txn->stage = STAGE_CONNECT;
	origin = origin_of(txn);
	assert_int_equal(origin->status, ORIGIN_PENDING);
	assert_string_equal(origin->relay, RELAY);
	assert_int_equal(origin->address.len, 0);
	txn->stage = STAGE_HEADERS;
	origin = origin_of(txn);
	check_origin(origin, &relayed);
	assert_ptr_equal(origin_of(txn), origin);
	txn_free(&txn);

	txn = txn_of(site, &relayed);
	txn->stage = STAGE_HELO;
	assert_int_equal(origin_of(txn)->status, ORIGIN_PENDING);
	txn->stage = STAGE_MAIL;
	txn->client.login = "joe";
	assert_int_equal(origin_of(txn)->status, ORIGIN_CLIENT);
	txn_free(&txn);
}

/* HELO may come again until MAIL. */
static void
the_client_itself_is_known_at_once_and_its_name_follows(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);
	const struct row row = { "", "192.0.2.1", NULL, { NULL },
	    ORIGIN_CLIENT, "192.0.2.1", SELF };
	struct txn *txn = txn_of(site, &row);

	txn->stage = STAGE_CONNECT;
	txn->client.helo = NULL;
	txn->client.name = "unknown";
	assert_null(origin_of(txn)->helo);
	assert_null(origin_of(txn)->name);
	txn->stage = STAGE_HELO;
	txn->client.helo = "a.example";
	assert_string_equal(origin_of(txn)->helo, "a.example");
	txn->client.helo = "b.example";
	assert_string_equal(origin_of(txn)->helo, "b.example");
	txn_free(&txn);
}

static void
what_actions_do_changes_no_origin(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);
	struct txn *txn = txn_of(site, &relayed);

	edit_remove_header(txn, "test", header_first(&txn->headers,
	    "Received"));
	edit_insert_header(txn, "test", STR("Received"), STR(" " FORGED));
	check_origin(origin_of(txn), &relayed);
	txn_free(&txn);
}

/* How many hops are followed: the stranger stands behind so many filters. */
static enum origin_status
status_behind(const struct site *site, size_t filters)
{
	const struct row row = { "", RELAY, NULL, { NULL }, ORIGIN_CLIENT,
	    "", NULL, NULL, NULL };
	struct txn *txn = txn_of(site, &row);
	enum origin_status status;

	for (size_t i = 0; i < filters; i++)
		header_list_add(&txn->headers, STR("Received"), STR(FILTER));
	header_list_add(&txn->headers, STR("Received"), STR(STRANGER));
	status = origin_of(txn)->status;
	txn_free(&txn);
	return status;
}

static void
twenty_hops_are_followed_and_no_more(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	assert_int_equal(status_behind(site, 19), ORIGIN_RELAYED);
	assert_int_equal(status_behind(site, 20), ORIGIN_UNKNOWN);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(each_row_of_the_table_holds),
		ARENA_TEST(without_trusted_relays_nothing_is_believed),
		ARENA_TEST(
		    a_relay_is_pending_until_the_header_or_a_login_tells),
		ARENA_TEST(
		    the_client_itself_is_known_at_once_and_its_name_follows),
		ARENA_TEST(what_actions_do_changes_no_origin),
		ARENA_TEST(twenty_hops_are_followed_and_no_more),
	};

	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
