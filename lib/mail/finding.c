/* SPDX-License-Identifier: ISC */
/* finding.c - what one check or rule found out, and the words for it. */
#include "mail/finding.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

const char *
result_text(enum result result)
{
	/* RFC 8601 2.7. */
	static const char *const words[] = {
		[RESULT_NONE] = "none",
		[RESULT_PASS] = "pass",
		[RESULT_FAIL] = "fail",
		[RESULT_POLICY] = "policy",
		[RESULT_NEUTRAL] = "neutral",
		[RESULT_SOFTFAIL] = "softfail",
		[RESULT_PERMERROR] = "permerror",
		[RESULT_TEMPERROR] = "temperror",
	};

	assert(result < ARRAY_LEN(words));
	return words[result];
}

const char *
decision_text(enum decision decision)
{
	static const char *const words[] = {
		[DECISION_HAM] = "ham",
		[DECISION_JUNK] = "junk",
		[DECISION_HOLD] = "hold",
		[DECISION_DEFER] = "defer",
		[DECISION_REFUSE] = "refuse",
	};

	assert(decision < ARRAY_LEN(words));
	return words[decision];
}

double
score_rounded(double sum)
{
	if (!(fabs(sum) < 1e9))
		return sum;
	return (double)(int64_t)(sum * 1e6 + (sum < 0 ? -0.5 : 0.5)) / 1e6;
}

void
findings_init(struct findings *findings, struct arena *arena)
{
	findings->arena = arena;
	vec_init(&findings->items, arena, sizeof(struct finding));
}

struct finding *
findings_add(struct findings *findings, const char *check, enum result result,
    const char *reason)
{
	struct finding *finding = vec_push(&findings->items);

	finding->check = check;
	finding->result = result;
	finding->reason = reason;
	finding->suggested = DECISION_HAM;
	return finding;
}

void
findings_add_all(struct findings *findings, const struct findings *from,
    bool is_dry_run)
{
	for (size_t i = 0; i < from->items.len; i++) {
		struct finding *finding = vec_push(&findings->items);

		*finding = *(const struct finding *)vec_at(&from->items, i);
		finding->is_dry_run |= is_dry_run;
	}
}
