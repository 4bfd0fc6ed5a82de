/* SPDX-License-Identifier: ISC */
/* fuzz_policy_answer.c - what a policy service answers to our milter. */
#include <string.h>

#include "base/arena.h"
#include "daemon/policy_answer.h"
#include "fuzz.h"

/* It goes into a reply, in one line. */
static void
check_text(const char *text)
{
	for (; *text != '\0'; text++)
		must(*text >= ' ' && *text <= '~');
}

static void
check_answer(const struct policy_answer *answer)
{
	const struct reply *reply = &answer->reply;

	must(answer->error == NULL);
	check_text(reply->text);
	switch (answer->decision) {
	case DECISION_HAM:
		must(reply->text[0] == '\0');
		break;
	case DECISION_HOLD:
		break;
	case DECISION_DEFER:
		must(reply->code == 450 && reply->enhanced[0] == '4');
		check_text(reply->enhanced);
		break;
	case DECISION_REFUSE:
		must(reply->code == 550 && reply->enhanced[0] == '5');
		check_text(reply->enhanced);
		break;
	default:
		must(false);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str rest = str_of((const char *)data, size);
	struct policy_answer answer;
	const char *error;
	size_t len;

	while ((len = policy_answer_len(rest)) != 0) {
		must(len <= rest.len);
		error = NULL;
		if (policy_answer_parse(arena, str_sub(rest, 0, len), &answer,
		    &error) == 0)
			check_answer(&answer);
		else
			must(error != NULL);
		rest = str_from_pos(rest, len);
	}
	arena_free(&arena);
	return 0;
}
