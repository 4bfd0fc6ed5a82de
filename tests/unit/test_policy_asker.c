/* SPDX-License-Identifier: ISC */
/* test_policy_asker.c - asking a policy service that may be anything. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "daemon/policy_asker.h"
#include "fixture.h"
#include "told_policyd.h"

#define ID "01M7ZRW421G6DG4BNFKKXJ952V"
#define ANSWERS_MAX 5
#define THREADS 8
#define QUESTIONS 25

static const struct str two[] = { { "ann@example.org", 15 },
	{ "bob@example.net", 15 } };

static struct policy_message
message_to(size_t rcpt_count)
{
	return (struct policy_message){
		.id = ID, .queue_id = "4jX29p", .client_address =
		STR("127.0.0.1"), .client_name = STR("localhost"),
		.sender = STR("joe@example.org"),
		.login = STR("joe@example.org"), .rcpts = two,
		.rcpt_count = rcpt_count, .size_bytes = 1234,
	};
}

/* One question to a policy service that answers as it is told. */
struct talk {
	struct told_policyd *told;
	struct asking asking;
	struct wait *wait;
	struct policy_question *question;
};

static void
talk_begin(struct talk *talk, struct arena *arena, const char *const *answers,
    const struct policy_message *message)
{
	talk->told = told_policyd_start(arena, answers);
	talk->wait = wait_new();
	asking_begin(&talk->asking);
	talk->question = policy_ask(talk->asking.asker,
	    told_policyd_path(talk->told), message, talk->wait);
}

static void
talk_end(struct talk *talk)
{
	policy_question_drop(&talk->question);
	if (talk->asking.loop != NULL)
		asking_end(&talk->asking);
	told_policyd_stop(talk->told);
	wait_unref(&talk->wait);
}

static const struct policy_answer *
await(struct policy_question *question, struct wait *wait)
{
	const struct policy_answer *answer;

	while ((answer = policy_question_answer(question)) == NULL)
		assert_int_equal(wait_sleep(wait, clock_steady_ms() + 120000),
		    1);
	return answer;
}

static size_t
count_of(struct str text, const char *word)
{
	size_t count = 0;
	const char *at;

	for (; (at = memmem(text.data, text.len, word, strlen(word))) != NULL;
	    count++)
		text = str_from_pos(text, (size_t)(at - text.data) + 1);
	return count;
}

static const struct {
	const char *sentence;
	size_t rcpts;
	const char *answers[ANSWERS_MAX];
	const char *error;		/* NULL: there is an answer */
	enum decision decision;
	size_t rcpt;			/* whom it is about */
	size_t asked;			/* requests that were sent */
} cases[] = {
	{ "nobody objects", 2, { TOLD_DUNNO, TOLD_REPEAT }, NULL,
	    DECISION_HAM, 2, 3 },
	{ "without recipients the end alone is asked", 0, { TOLD_DUNNO },
	    NULL, DECISION_HAM, 0, 1 },
	{ "answers that come in one piece", 2, { "",
	    TOLD_DUNNO TOLD_DUNNO, TOLD_DUNNO }, NULL, DECISION_HAM, 2, 3 },
	{ "who refuses a recipient is not asked about the end", 2,
	    { TOLD_DUNNO, "action=550 5.7.1 no\n\n" }, NULL,
	    DECISION_REFUSE, 1, 2 },
	{ "the first that refuses or defers counts", 2,
	    { "action=450 4.7.1 later\n\n", "action=550 5.7.1 no\n\n" },
	    NULL, DECISION_DEFER, 0, 2 },
	{ "the end can refuse too", 2, { TOLD_DUNNO, TOLD_DUNNO,
	    "action=421 4.7.1 later\n\n" }, NULL, DECISION_DEFER, 2, 3 },
	{ "a recipient holds the message", 2, { TOLD_DUNNO,
	    "action=HOLD x\n\n", TOLD_DUNNO }, NULL, DECISION_HOLD, 1, 3 },
	{ "the end is stronger", 1, { "action=HOLD x\n\n",
	    "action=550 5.7.1 no\n\n" }, NULL, DECISION_REFUSE, 1, 2 },
	{ "the end holds the message", 1, { TOLD_DUNNO,
	    "action=HOLD x\n\n" }, NULL, DECISION_HOLD, 1, 2 },
	{ "it hangs up at once", 2, { TOLD_CLOSE },
	    "the policy service hung up", DECISION_HAM, 0, 2 },
	{ "it hangs up before the end", 1, { TOLD_DUNNO, TOLD_CLOSE },
	    "the policy service hung up", DECISION_HAM, 0, 2 },
	{ "garbage", 1, { "\x01\x02\n\n" }, "an answer that makes no sense",
	    DECISION_HAM, 0, 1 },
	{ "garbage instead of the last", 1, { TOLD_DUNNO, "OK\n\n" },
	    "an answer that makes no sense", DECISION_HAM, 0, 2 },
	{ "the end is answered before it was asked", 1,
	    { TOLD_DUNNO TOLD_DUNNO }, "an answer to no question",
	    DECISION_HAM, 0, 1 },
};

static void
conversations(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct policy_message message =
		    message_to(cases[i].rcpts);
		const struct policy_answer *answer;
		struct talk talk;

		print_message("%s\n", cases[i].sentence);
		talk_begin(&talk, *state, cases[i].answers, &message);
		answer = await(talk.question, talk.wait);
		if (cases[i].error != NULL) {
			assert_string_equal(answer->error, cases[i].error);
		} else {
			assert_null(answer->error);
			assert_int_equal(answer->decision, cases[i].decision);
			assert_int_equal(answer->rcpt, cases[i].rcpt);
			assert_true(count_of(told_policyd_heard(talk.told),
			    "\n\n") == cases[i].asked);
		}
		talk_end(&talk);
	}
}

static void
the_requests_are_those_of_smtpd(void **state)
{
	static const char *const answers[] = { TOLD_DUNNO, TOLD_REPEAT, NULL };
	static const char wanted[] =
	    "request=smtpd_access_policy\nprotocol_state=RCPT\n"
	    "client_address=127.0.0.1\nclient_name=localhost\n"
	    "reverse_client_name=localhost\nsender=joe?x=@example.org\n"
	    "recipient=ann@example.org\nrecipient_count=0\n"
	    "instance=" ID "\nqueue_id=4jX29p\nsasl_username=\n"
	    "size=1234\n\n"
	    "request=smtpd_access_policy\nprotocol_state=END-OF-MESSAGE\n"
	    "client_address=127.0.0.1\nclient_name=localhost\n"
	    "reverse_client_name=localhost\nsender=joe?x=@example.org\n"
	    "recipient=ann@example.org\nrecipient_count=1\n"
	    "instance=" ID "\nqueue_id=4jX29p\nsasl_username=\n"
	    "size=1234\n\n";
	struct policy_message message = message_to(1);
	struct talk talk;
	struct str heard;

	/* Nothing of a value becomes a line of its own. */
	message.sender = STR("joe\nx=@example.org");
	message.login = STR("");
	talk_begin(&talk, *state, answers, &message);
	await(talk.question, talk.wait);
	heard = told_policyd_heard(talk.told);
	assert_int_equal(heard.len, strlen(wanted));
	assert_memory_equal(heard.data, wanted, heard.len);
	talk_end(&talk);
}

static void
many_recipients_go_out_as_fast_as_they_are_answered(void **state)
{
	static const char *const answers[] = { TOLD_DUNNO, TOLD_REPEAT, NULL };
	struct policy_message message = message_to(2);
	struct str rcpts[2000];
	struct talk talk;

	for (size_t i = 0; i < ARRAY_LEN(rcpts); i++)
		rcpts[i] = two[i % 2];
	message.rcpts = rcpts;
	message.rcpt_count = ARRAY_LEN(rcpts);
	talk_begin(&talk, *state, answers, &message);
	assert_null(await(talk.question, talk.wait)->error);
	assert_true(count_of(told_policyd_heard(talk.told), "\n\n") ==
	    ARRAY_LEN(rcpts) + 1);
	talk_end(&talk);
}

static void
an_answer_without_end_is_not_read_to_it(void **state)
{
	const char *const answers[] = { fixture_repeat(*state, "action=",
	    1000).data, NULL };
	const struct policy_message message = message_to(1);
	struct talk talk;

	talk_begin(&talk, *state, answers, &message);
	assert_string_equal(await(talk.question, talk.wait)->error,
	    "an answer that does not end");
	talk_end(&talk);
}

static void
nobody_there_is_an_error_with_its_reason(void **state)
{
	const char *const paths[] = { "/nowhere/policyd",
		fixture_repeat(*state, "/long", 50).data };
	const char *const reasons[] = { "nobody answers: No such file",
		"nobody answers: File name too long" };
	const struct policy_message message = message_to(1);
	struct wait *wait = wait_new();
	struct policy_question *question;
	struct asking asking;

	asking_begin(&asking);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		question = policy_ask(asking.asker, paths[i], &message, wait);
		assert_non_null(strstr(await(question, wait)->error,
		    reasons[i]));
		policy_question_drop(&question);
	}
	asking_end(&asking);
	wait_unref(&wait);
}

static void
who_does_not_wait_any_longer_ends_the_conversation(void **state)
{
	static const char *const silence[] = { NULL };
	const struct policy_message message = message_to(1);
	struct talk talk;

	talk_begin(&talk, *state, silence, &message);
	told_policyd_await(talk.told);
	assert_null(policy_question_answer(talk.question));
	policy_question_drop(&talk.question);
	/* The connection has ended, and nothing can be charged. */
	assert_int_equal(count_of(told_policyd_heard(talk.told),
	    "END-OF-MESSAGE"), 0);
	talk_end(&talk);
}

static void
what_is_under_way_at_the_end_is_answered(void **state)
{
	static const char *const silence[] = { NULL };
	const struct policy_message message = message_to(1);
	struct talk talk;

	talk_begin(&talk, *state, silence, &message);
	asking_end(&talk.asking);
	assert_string_equal(await(talk.question, talk.wait)->error,
	    "this daemon ends");
	talk_end(&talk);
}

struct crowd {
	struct asker *asker;
	const char *path;
};

/* Every third one does not wait. */
static void *
ask_often(void *arg)
{
	const struct crowd *crowd = arg;
	const struct policy_message message = message_to(2);
	struct wait *wait = wait_new();
	struct policy_question *question;

	for (int i = 0; i < QUESTIONS; i++) {
		question = policy_ask(crowd->asker, crowd->path, &message,
		    wait);
		if (i % 3 != 0 && await(question, wait)->error != NULL)
			abort();
		policy_question_drop(&question);
	}
	wait_unref(&wait);
	return NULL;
}

static void
many_threads_ask_at_once(void **state)
{
	static const char *const answers[] = { TOLD_DUNNO, TOLD_REPEAT, NULL };
	struct told_policyd *told = told_policyd_start(*state, answers);
	struct crowd crowd = { .path = told_policyd_path(told) };
	pthread_t threads[THREADS];
	struct asking asking;

	asking_begin(&asking);
	crowd.asker = asking.asker;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
		    &crowd), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	asking_end(&asking);
	told_policyd_stop(told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(conversations),
		ARENA_TEST(the_requests_are_those_of_smtpd),
		ARENA_TEST(many_recipients_go_out_as_fast_as_they_are_answered),
		ARENA_TEST(an_answer_without_end_is_not_read_to_it),
		ARENA_TEST(nobody_there_is_an_error_with_its_reason),
		ARENA_TEST(who_does_not_wait_any_longer_ends_the_conversation),
		ARENA_TEST(what_is_under_way_at_the_end_is_answered),
		ARENA_TEST(many_threads_ask_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
