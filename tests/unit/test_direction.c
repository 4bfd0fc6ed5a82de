/* SPDX-License-Identifier: ISC */
/* test_direction.c - a truth table: inbound, outbound, internal, forwarded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/edit.h"
#include "mail/txn.h"
#include "mail_site.h"

static const char configuration[] =
    "host {\n"
    "	signing_networks 127.0.0.0/8 ::1 10.0.0.0/8 !10.9.0.0/16;\n"
    "	trusted_relays 198.51.100.0/24 10.8.0.1;\n"
    "}\n"
    "domain ours.example { }\n"
    "domain *.ours.example { }\n"
    "alias away@ours.example { to friend@theirs.example; }\n";

static const char no_signing[] =
    "host { signing_networks 10.0.0.0/8; trusted_relays 127.0.0.9; }\n"
    "domain ours.example { }\n";

#define NOBODY NULL
#define LOCAL "<a@ours.example>"
#define REMOTE "<b@theirs.example>"
#define NONE NULL
#define OWN "192.0.2.25"	/* what all clients but sendmail connect to */

struct row {
	const char *why;
	const char *client;	/* an address, "sendmail" or OWN */
	const char *login;
	const char *header;	/* one that came along; NULL: none of note */
	const char *rcpts[3];
	enum direction direction;
};

static const struct row rows[] = {
	{ "a login to a stranger", "203.0.113.5", "a@ours.example", NONE,
	    { REMOTE }, DIRECTION_OUTBOUND },
	{ "a login to one of us", "203.0.113.5", "a@ours.example", NONE,
	    { LOCAL }, DIRECTION_INTERNAL },
	{ "a login to both", "203.0.113.5", "a@ours.example", NONE,
	    { LOCAL, REMOTE }, DIRECTION_OUTBOUND },
	{ "a login that re-sends what it got", "203.0.113.5", "a", "Received",
	    { REMOTE }, DIRECTION_OUTBOUND },
	{ "a login behind a trusted relay", "198.51.100.1", "a", NONE,
	    { REMOTE }, DIRECTION_OUTBOUND },
	{ "a login of webmail on our own host", "127.0.0.1", "a", "Received",
	    { REMOTE }, DIRECTION_OUTBOUND },

	{ "a stranger", "203.0.113.5", NOBODY, "Received",
	    { LOCAL }, DIRECTION_INBOUND },
	{ "a stranger whose message has not travelled", "203.0.113.5", NOBODY,
	    NONE, { LOCAL }, DIRECTION_INBOUND },
	{ "a stranger who relays through us", "203.0.113.5", NOBODY, NONE,
	    { REMOTE }, DIRECTION_INBOUND },
	{ "a stranger with an id of ours", "203.0.113.5", NOBODY,
	    "X-Mailreeve-Id", { LOCAL }, DIRECTION_INBOUND },

	{ "a printer in a signing network", "10.1.1.1", NOBODY, NONE,
	    { REMOTE }, DIRECTION_OUTBOUND },
	{ "a printer to one of us", "10.1.1.1", NOBODY, NONE,
	    { LOCAL }, DIRECTION_INTERNAL },
	{ "a signing network with other fields", "10.1.1.1", NOBODY,
	    "X-Received", { REMOTE }, DIRECTION_OUTBOUND },
	{ "a host excluded from a signing network", "10.9.1.1", NOBODY, NONE,
	    { REMOTE }, DIRECTION_INBOUND },
	{ "an inner relay: Received", "10.1.1.1", NOBODY, "Received",
	    { REMOTE }, DIRECTION_INBOUND },
	{ "an inner relay: in other letters", "10.1.1.1", NOBODY, "RECEIVED",
	    { REMOTE }, DIRECTION_INBOUND },
	{ "an inner relay: a signature", "10.1.1.1", NOBODY, "DKIM-Signature",
	    { REMOTE }, DIRECTION_INBOUND },
	{ "an inner relay: an id", "10.1.1.1", NOBODY, "X-Mailreeve-Id",
	    { REMOTE }, DIRECTION_INBOUND },

	{ "a backup MX", "198.51.100.1", NOBODY, "Received",
	    { LOCAL }, DIRECTION_INBOUND },
	{ "a gateway that removes Received", "198.51.100.1", NOBODY, NONE,
	    { LOCAL }, DIRECTION_INBOUND },
	{ "a trusted relay inside a signing network", "10.8.0.1", NOBODY,
	    NONE, { REMOTE }, DIRECTION_INBOUND },

	{ "sendmail by cron to a stranger", "sendmail", NOBODY, NONE,
	    { REMOTE }, DIRECTION_OUTBOUND },
	{ "sendmail by cron to one of us", "sendmail", NOBODY, NONE,
	    { LOCAL }, DIRECTION_INTERNAL },
	{ "sendmail by a forwarding script", "sendmail", NOBODY, "Received",
	    { REMOTE }, DIRECTION_FORWARDED },
	{ "sendmail by a script that removes Received", "sendmail", NOBODY,
	    "X-Mailreeve-Id", { REMOTE }, DIRECTION_FORWARDED },
	{ "a redirect within the host", "sendmail", NOBODY, "DKIM-Signature",
	    { LOCAL }, DIRECTION_FORWARDED },

	{ "a list on loopback with a post of its own", "127.0.0.1", NOBODY,
	    NONE, { REMOTE }, DIRECTION_OUTBOUND },
	{ "a list on loopback with a post from outside", "127.0.0.1", NOBODY,
	    "Received", { REMOTE }, DIRECTION_FORWARDED },
	{ "a redirect on IPv6 loopback", "::1", NOBODY, "X-Mailreeve-Id",
	    { REMOTE }, DIRECTION_FORWARDED },

	{ "a redirect by way of our public address", OWN, NOBODY, "Received",
	    { REMOTE }, DIRECTION_FORWARDED },
	{ "an application that uses our public address", OWN, NOBODY, NONE,
	    { REMOTE }, DIRECTION_INBOUND },

	{ "an alias that leads away", "10.1.1.1", NOBODY, NONE,
	    { "<away@ours.example>" }, DIRECTION_OUTBOUND },
	{ "a name below a domain of ours that is not local", "10.1.1.1",
	    NOBODY, NONE, { "<a@sub.ours.example>" }, DIRECTION_OUTBOUND },
	{ "no recipient yet", "10.1.1.1", NOBODY, NONE,
	    { NULL }, DIRECTION_OUTBOUND },
	{ "a client on a UNIX socket", "", NOBODY, NONE,
	    { LOCAL }, DIRECTION_INBOUND },
};

/* Where loopback is no signing network. */
static const struct row rows_without_loopback[] = {
	{ "an application on loopback", "127.0.0.1", NOBODY, NONE,
	    { REMOTE }, DIRECTION_INBOUND },
	{ "sendmail needs no network", "sendmail", NOBODY, NONE,
	    { REMOTE }, DIRECTION_OUTBOUND },
	{ "a redirect stays a redirect", "127.0.0.1", NOBODY, "Received",
	    { REMOTE }, DIRECTION_FORWARDED },
	{ "a content filter that is a trusted relay", "127.0.0.9", NOBODY,
	    "Received", { LOCAL }, DIRECTION_INBOUND },
};

static struct txn *
txn_of(const struct site *site, const struct row *row)
{
	struct txn *txn = txn_new(site, 0);
	const char *error;

	txn->client.is_local = strcmp(row->client, "sendmail") == 0;
	if (*row->client != '\0' && netaddr_parse(str_from(
	    txn->client.is_local ? "127.0.0.1" : row->client),
	    &txn->client.address) < 0)
		fail_msg("'%s'", row->client);
	if (!txn->client.is_local)
		netaddr_parse(STR(OWN), &txn->client.server);
	txn->client.login = row->login;
	for (size_t i = 0; row->rcpts[i] != NULL; i++)
		if (txn_add_rcpt(txn, row->rcpts[i], &error) < 0)
			fail_msg("%s: %s", row->rcpts[i], error);
	header_list_add(&txn->headers, STR("From"), STR(" a@ours.example"));
	if (row->header != NULL)
		header_list_add(&txn->headers, str_from(row->header),
		    STR(" something"));
	return txn;
}

static void
check_rows(const char *text, const struct row *table, size_t count)
{
	struct arena *arena = arena_new(0);
	const struct site *site = mail_site(arena, text);

	for (size_t i = 0; i < count; i++) {
		struct txn *txn = txn_of(site, &table[i]);
		enum direction direction = direction_of(txn);

		if (direction != table[i].direction)
			fail_msg("%s: %s", table[i].why,
			    direction_text(direction));
		txn_free(&txn);
	}
	arena_free(&arena);
}

static void
each_row_of_the_truth_table_holds(void **state)
{
	(void)state;
	check_rows(configuration, rows, ARRAY_LEN(rows));
}

static void
each_row_holds_where_loopback_does_not_sign(void **state)
{
	(void)state;
	check_rows(no_signing, rows_without_loopback,
	    ARRAY_LEN(rows_without_loopback));
}

static void
what_actions_do_changes_no_direction(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);
	const struct row own = { "", "127.0.0.1", NOBODY, NONE, { REMOTE },
	    DIRECTION_OUTBOUND };
	const struct row forwarded = { "", "127.0.0.1", NOBODY,
	    "X-Mailreeve-Id", { REMOTE }, DIRECTION_FORWARDED };
	struct txn *txn = txn_of(site, &own);

	edit_insert_header(txn, "test", STR("X-Mailreeve-Id"), STR(" 1"));
	assert_int_equal(direction_of(txn), own.direction);
	txn_free(&txn);
	txn = txn_of(site, &forwarded);
	edit_remove_header(txn, "test", header_first(&txn->headers,
	    "X-Mailreeve-Id"));
	assert_int_equal(direction_of(txn), forwarded.direction);
	txn_free(&txn);
}

static void
every_direction_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(direction_text(DIRECTION_INBOUND), "inbound");
	assert_string_equal(direction_text(DIRECTION_OUTBOUND), "outbound");
	assert_string_equal(direction_text(DIRECTION_INTERNAL), "internal");
	assert_string_equal(direction_text(DIRECTION_FORWARDED), "forwarded");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_the_truth_table_holds),
		cmocka_unit_test(each_row_holds_where_loopback_does_not_sign),
		ARENA_TEST(what_actions_do_changes_no_direction),
		cmocka_unit_test(every_direction_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
