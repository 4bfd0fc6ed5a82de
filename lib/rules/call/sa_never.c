/* SPDX-License-Identifier: ISC */
/* sa_never.c - eval: tests that SpamAssassin keeps for old rules, and that never
 * hit there (Plugin/RelayEval.pm, Plugin/HeaderEval.pm). */
#include "rules/call/sa_eval.h"

static double
run_never(struct view *view, const void *prepared)
{
	(void)view, (void)prepared;
	return 0;
}

const struct call call_check_for_illegal_ip = { "check_for_illegal_ip", NULL,
	sa_prepare_args, run_never };
const struct call call_check_for_unique_subject_id = {
	"check_for_unique_subject_id", NULL, sa_prepare_args, run_never };
