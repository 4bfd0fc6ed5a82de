/* SPDX-License-Identifier: ISC */
/* test_txn.c - what a transaction knows, and that it lets go of all of it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/policy.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mail_site.h"

static const char configuration[] =
    "host { recipient_delimiter +; }\n"
    "class quiet { junk no; }\n"
    "domain ours.example { }\n"
    "user alice@ours.example { class quiet; }\n";

static struct txn *
new_txn(void **state)
{
	struct arena *arena = *state;

	return txn_new(mail_site(arena, configuration), 1700000000000);
}

static void
a_new_transaction_has_an_id_and_the_null_sender(void **state)
{
	struct txn *txn = new_txn(state), *other = new_txn(state);

	assert_true(ulid_is_valid(str_from(txn->id)));
	assert_string_not_equal(txn->id, other->id);
	assert_string_equal(txn->log.id, txn->id);
	assert_null(txn->log.queue_id);
	assert_null(txn->queue_id);
	assert_int_equal(txn->sender.local.len, 0);
	assert_string_equal(txn->sender_path, "<>");
	assert_non_null(txn->sender_policy);
	assert_false(txn->sender_policy->is_local);
	assert_int_equal(txn->stage, STAGE_CONNECT);
	assert_int_equal(txn->rcpts.len, 0);
	txn_free(&txn);
	txn_free(&other);
	assert_null(txn);
	txn_free(&txn);
}

static void
a_queue_id_goes_into_the_log_context(void **state)
{
	struct txn *txn = new_txn(state);
	char queue_id[] = "4XyZ";

	txn_set_queue_id(txn, queue_id);
	memset(queue_id, '?', 4);
	assert_string_equal(txn->queue_id, "4XyZ");
	assert_string_equal(txn->log.queue_id, "4XyZ");
	txn_free(&txn);
}

static void
recipients_come_with_their_policies(void **state)
{
	struct txn *txn = new_txn(state);
	char path[] = "<Alice+lists@Ours.Example>";
	const struct rcpt *rcpt;
	const char *error = NULL;

	assert_int_equal(txn_add_rcpt(txn, path, &error), 0);
	assert_int_equal(txn_add_rcpt(txn, "bob@ours.example", &error), 0);
	assert_int_equal(txn_add_rcpt(txn, "<x@else.example>", &error), 0);
	assert_int_equal(txn_add_rcpt(txn, "<postmaster>", &error), 0);
	path[1] = '?';
	assert_int_equal(txn->rcpts.len, 4);
	rcpt = vec_at(&txn->rcpts, 0);
	assert_string_equal(rcpt->path, "<Alice+lists@Ours.Example>");
	assert_true(str_is(rcpt->address.local, "Alice+lists"));
	assert_true(str_is(rcpt->policy->address, "alice@ours.example"));
	assert_true(rcpt->policy->is_known_user);
	assert_false(rcpt->policy->values->junk);
	rcpt = vec_at(&txn->rcpts, 1);
	assert_true(rcpt->policy->is_local);
	assert_true(rcpt->policy->values->junk);
	rcpt = vec_at(&txn->rcpts, 2);
	assert_false(rcpt->policy->is_local);
	rcpt = vec_at(&txn->rcpts, 3);
	assert_true(str_is(rcpt->address.local, "postmaster"));
	txn_free(&txn);
}

static void
of_a_sender_that_is_no_address_the_path_is_kept(void **state)
{
	struct txn *txn = new_txn(state);
	const char *error = NULL;

	assert_int_equal(txn_set_sender(txn, "<alice@ours.example>", &error),
	    0);
	assert_string_equal(txn->sender_policy->class_name, "quiet");
	assert_int_equal(txn_set_sender(txn, "<a b@ours.example>", &error),
	    -1);
	assert_non_null(error);
	assert_string_equal(txn->sender_path, "<a b@ours.example>");
	assert_int_equal(txn->sender.local.len, 0);
	assert_int_equal(txn->sender.domain.len, 0);
	assert_false(txn->sender_policy->is_local);
	txn_free(&txn);
}

static void
a_recipient_that_is_no_address_leaves_the_transaction_as_it_was(void **state)
{
	struct txn *txn = new_txn(state);
	const char *error = NULL;

	assert_int_equal(txn_add_rcpt(txn, "<a@b@c>", &error), -1);
	assert_non_null(error);
	assert_int_equal(txn->rcpts.len, 0);
	txn_free(&txn);
}

static void
the_domain_of_the_author_is_known_only_when_there_is_one_author(void **state)
{
	static const struct {
		const char *from[3];
		const char *domain;
		size_t count;
		bool is_malformed;
	} cases[] = {
		{ { " Alice <alice@Ours.Example>" }, "ours.example", 1, false },
		{ { NULL }, "", 0, false },
		{ { " a@one.example, b@two.example" }, "", 2, false },
		{ { " a@one.example", " a@one.example" }, "", 2, false },
		{ { " a@one.example <b@two.example" }, "", 0, true },
		{ { " a@one.example", " (" }, "", 1, true },
		{ { "" }, "", 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct txn *txn = new_txn(state);

		for (size_t j = 0; cases[i].from[j] != NULL; j++)
			header_list_add(&txn->headers, STR("From"),
			    str_from(cases[i].from[j]));
		assert_true(str_is(txn_from_domain(txn), cases[i].domain));
		if (!cases[i].is_malformed)
			assert_int_equal(txn_from(txn)->len, cases[i].count);
		assert_int_equal(txn_from_error(txn) != NULL,
		    cases[i].is_malformed);
		assert_ptr_equal(txn_from(txn), txn_from(txn));
		txn_free(&txn);
	}
}

/* Some programs end a line at a bare CR, and show what stands behind it. */
static void
a_from_behind_a_bare_cr_is_one_more(void **state)
{
	struct txn *txn = new_txn(state);

	assert_int_equal(txn_from_fields(txn), 0);
	header_list_add(&txn->headers, STR("From"), STR(" a@one.example"));
	assert_int_equal(txn_from_fields(txn), 1);
	assert_true(str_is(txn_from_domain(txn), "one.example"));
	header_list_add(&txn->headers, STR("Subject"),
	    STR(" x\rFrom: b@two.example"));
	assert_int_equal(txn_from_fields(txn), 2);
	assert_true(str_is(txn_from_domain(txn), ""));
	txn_free(&txn);
}

/* A stranger writes any number of From fields, each as long as he likes. */
static void
of_many_authors_only_the_first_are_read(void **state)
{
	struct txn *txn = new_txn(state);

	for (int i = 0; i < 300; i++)
		header_list_add(&txn->headers, STR("From"),
		    STR(" a@one.example, b@two.example"));
	assert_int_equal(txn_from(txn)->len, 256);
	assert_null(txn_from_error(txn));
	assert_true(str_is(txn_from_domain(txn), ""));
	txn_free(&txn);
}

static void
the_body_goes_with_the_transaction(void **state)
{
	struct txn *txn = new_txn(state);
	int next, fd;

	next = open("/dev/null", O_RDONLY);
	assert_true(next >= 0);
	txn->body = spool_new(NULL, 0);
	assert_int_equal(spool_add(txn->body, "body", 4), 0);
	txn_free(&txn);
	fd = open("/dev/null", O_RDONLY);
	assert_int_equal(fd, next + 1);
	close(fd);
	close(next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_new_transaction_has_an_id_and_the_null_sender),
		cmocka_unit_test(a_queue_id_goes_into_the_log_context),
		cmocka_unit_test(recipients_come_with_their_policies),
		cmocka_unit_test(of_a_sender_that_is_no_address_the_path_is_kept),
		cmocka_unit_test(
		    a_recipient_that_is_no_address_leaves_the_transaction_as_it_was),
		cmocka_unit_test(
	    the_domain_of_the_author_is_known_only_when_there_is_one_author),
		cmocka_unit_test(a_from_behind_a_bare_cr_is_one_more),
		cmocka_unit_test(of_many_authors_only_the_first_are_read),
		cmocka_unit_test(the_body_goes_with_the_transaction),
	};

	return cmocka_run_group_tests(tests, fixture_arena_setup,
	    fixture_arena_teardown);
}
