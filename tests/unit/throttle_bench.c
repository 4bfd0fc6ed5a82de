/* SPDX-License-Identifier: ISC */
/* throttle_bench.c - for tests: messages that policyd counts in a store. */
#include "throttle_bench.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "mail/txn.h"
#include "policyd/ledger.h"
#include "policyd/rulebook.h"

void
throttle_bench_at(int64_t seconds)
{
	clock_set(BENCH_START_MS + seconds * 1000);
}

void
throttle_bench_begin(struct throttle_bench *bench, const char *conf,
    struct store *store)
{
	memset(bench, 0, sizeof(*bench));
	throttle_bench_at(0);
	policy_bench_begin(&bench->policy, conf);
	bench->ledger = ledger_new(store);
	rulebook_set_ledger(bench->policy.rulebook, bench->ledger);
}

void
throttle_bench_end(struct throttle_bench *bench)
{
	policy_bench_end(&bench->policy);
	ledger_free(&bench->ledger);
	clock_set(-1);
}

/* The action with "[id]" for the id. */
static const char *
ask(struct throttle_bench *bench, const char *lines)
{
	struct arena *arena = bench->policy.arena;
	const char *action = policy_bench_ask(&bench->policy, lines);
	const char *id = strchr(action, '[');

	if (id == NULL)
		return arena_strdup(arena, action);
	return arena_printf(arena, "%.*s[id]%s", (int)(id - action), action,
	    id + ULID_SIZE + 1);
}

static struct vec
rcpts_of(const struct throttle_mail *mail, struct arena *arena)
{
	size_t count = mail->rcpt_count != 0 ? mail->rcpt_count : 1;
	struct str rest = str_from(mail->rcpts), name;
	struct vec rcpts;

	vec_init(&rcpts, arena, sizeof(const char *));
	while (mail->rcpts != NULL && str_cut(&rest, ' ', &name))
		*(const char **)vec_push(&rcpts) = str_dup(arena, name);
	while (mail->rcpts == NULL && rcpts.len < count)
		*(const char **)vec_push(&rcpts) = arena_printf(arena,
		    "r%zu@example.com", rcpts.len);
	return rcpts;
}

static const char *
ask_end(struct throttle_bench *bench, const struct throttle_mail *mail,
    const char *head, const struct vec *rcpts)
{
	const char *lines = arena_printf(bench->policy.arena,
	    "%sprotocol_state=END-OF-MESSAGE\nqueue_id=Q%zu\nsize=%zu\n"
	    "recipient_count=%zu\n%s%s%s", head, bench->messages, mail->size,
	    rcpts->len, rcpts->len == 1 ? "recipient=" : "", rcpts->len == 1
	    ? *(const char **)vec_at(rcpts, 0) : "", rcpts->len == 1 ? "\n"
	    : "");

	return ask(bench, lines);
}

const char *
throttle_bench_send(struct throttle_bench *bench,
    const struct throttle_mail *mail)
{
	struct arena *arena = bench->policy.arena;
	const char *sender = mail->sender != NULL ? mail->sender
	    : mail->login != NULL ? mail->login : "";
	struct vec rcpts = rcpts_of(mail, arena);
	const char *head, *answer;

	bench->messages += !mail->is_repeat;
	head = arena_printf(arena, "instance=i%zu\nsender=%s\n"
	    "sasl_username=%s\nclient_address=%s\n", bench->messages, sender,
	    mail->login != NULL ? mail->login : "",
	    mail->client != NULL ? mail->client : "192.0.2.7");
	for (size_t i = 0; i < rcpts.len && !mail->is_repeat &&
	    !mail->is_blind; i++) {
		answer = ask(bench, arena_printf(arena, "%sprotocol_state="
		    "RCPT\nsize=%zu\nrecipient=%s\n", head,
		    mail->hides_size ? 0 : mail->size,
		    *(const char **)vec_at(&rcpts, i)));
		if (strcmp(answer, "DUNNO") != 0)
			return answer;
	}
	return ask_end(bench, mail, head, &rcpts);
}
