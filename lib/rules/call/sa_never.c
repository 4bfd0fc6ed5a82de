/* SPDX-License-Identifier: ISC */
/* sa_never.c - eval: tests that never hit in SpamAssassin: those that it keeps for
 * old rules (Plugin/RelayEval.pm, Plugin/HeaderEval.pm), and one whose facts are
 * lost on their way to it (Plugin/HTMLEval.pm). */
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
/* HTML.pm finds the charsets of a page, and hands them to nobody. */
const struct call call_html_charset_faraway = { "html_charset_faraway", NULL,
	sa_prepare_args, run_never };
