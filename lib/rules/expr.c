/* SPDX-License-Identifier: ISC */
/* expr.c - the value of an expression: its program runs. */
#include <stdbool.h>
#include <stdlib.h>

#include "rules/expr_private.h"

/* Whole numbers; what 62 bits do not hold is none that a rule has. */
static bool
are_whole(double a, double b, int64_t *a_r, int64_t *b_r)
{
	const double most = 0x1p62;

	if (!(a > -most && a < most && b > -most && b < most))
		return false;
	*a_r = (int64_t)a;
	*b_r = (int64_t)b;
	return true;
}

/* It has the sign of the right side. */
static double
remainder_of(double a, double b)
{
	int64_t left, right, rest;

	if (!are_whole(a, b, &left, &right) || right == 0)
		return 0;
	rest = left % right;
	return (double)(rest != 0 && (rest < 0) != (right < 0) ?
	    rest + right : rest);
}

/* Perl's has no sign. */
static double
xor_of(double a, double b)
{
	int64_t left, right;

	return are_whole(a, b, &left, &right) ? (double)(uint64_t)(left ^ right) :
	    0;
}

double
expr_value_of_two(enum expr_code code, double a, double b)
{
	switch (code) {
	case CODE_MULTIPLY:
		return a * b;
	case CODE_DIVIDE:
		return b != 0 ? a / b : 0;
	case CODE_REMAINDER:
		return remainder_of(a, b);
	case CODE_ADD:
		return a + b;
	case CODE_SUBTRACT:
		return a - b;
	case CODE_LESS:
		return a < b;
	case CODE_GREATER:
		return a > b;
	case CODE_LESS_EQUAL:
		return a <= b;
	case CODE_GREATER_EQUAL:
		return a >= b;
	case CODE_EQUAL:
		return a == b;
	case CODE_NOT_EQUAL:
		return a != b;
	case CODE_XOR:
		return xor_of(a, b);
	default:
		abort();
	}
}

double
expr_value(const struct expr *expr,
    double (*value_of)(void *arg, size_t number), void *arg)
{
	double stack[EXPR_STACK_MAX + 1];	/* one below what is pushed */
	double *top = stack;

	*top = 0;
	for (size_t i = 0; i < expr->count; i++) {
		const struct expr_step *step = &expr->steps[i];

		switch (step->code) {
		case CODE_NUMBER:
			*++top = expr->numbers[step->target];
			break;
		case CODE_NAME:
			*++top = value_of(arg, step->target);
			break;
		case CODE_NOT:
			*top = *top == 0;
			break;
		case CODE_NEGATE:
			*top = -*top;
			break;
		case CODE_AND:
		case CODE_OR:
			if ((*top == 0) == (step->code == CODE_AND))
				i = step->target - 1;
			else
				top--;
			break;
		case CODE_CHOOSE:
			if (*top-- == 0)
				i = step->target - 1;
			break;
		case CODE_GO:
			i = step->target - 1;
			break;
		default:
			top--;
			*top = expr_value_of_two(step->code, top[0], top[1]);
		}
	}
	return *top;
}

void
expr_rename(struct expr *expr, uint32_t (*name_of)(void *arg, uint32_t name),
    void *arg)
{
	for (size_t i = 0; i < expr->count; i++)
		if (expr->steps[i].code == CODE_NAME)
			expr->steps[i].target = name_of(arg,
			    expr->steps[i].target);
}
