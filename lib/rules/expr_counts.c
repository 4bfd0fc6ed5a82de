/* SPDX-License-Identifier: ISC */
/* expr_counts.c - how far an expression looks at the values of its names. */
#include <math.h>

#include "rules/expr_private.h"

/* What is above the number, or from it on, is all one. */
static uint32_t
counts_against(enum expr_code code, double number)
{
	double most;

	switch (code) {
	case CODE_LESS:
	case CODE_GREATER_EQUAL:
		most = ceil(number);
		break;
	case CODE_GREATER:
	case CODE_LESS_EQUAL:
	case CODE_EQUAL:
	case CODE_NOT_EQUAL:
		most = floor(number) + 1;
		break;
	default:
		return EXPR_COUNTS_ALL;
	}
	if (most < 1)
		return 1;
	return most < EXPR_COUNTS_ALL ? (uint32_t)most : EXPR_COUNTS_ALL;
}

/* Who takes the value of the name at step i from the stack? */
static uint32_t
counts_at(const struct expr *expr, size_t i)
{
	const struct expr_step *next = &expr->steps[i + 1];

	if (i + 1 >= expr->count)
		return EXPR_COUNTS_ALL;
	switch (next->code) {
	case CODE_NOT:
	case CODE_AND:
	case CODE_CHOOSE:
		return 1;
	case CODE_NUMBER:
		return i + 2 < expr->count ? counts_against(next[1].code,
		    expr->numbers[next->target]) : EXPR_COUNTS_ALL;
	default:
		return EXPR_COUNTS_ALL;
	}
}

void
expr_counts(const struct expr *expr,
    void (*tell)(void *arg, uint32_t name, uint32_t most), void *arg)
{
	for (size_t i = 0; i < expr->count; i++)
		if (expr->steps[i].code == CODE_NAME)
			tell(arg, expr->steps[i].target, counts_at(expr, i));
}
