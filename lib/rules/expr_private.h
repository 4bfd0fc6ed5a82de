/* SPDX-License-Identifier: ISC */
/* expr_private.h - an expression as a short program for a machine with a stack. */
#ifndef RULES_EXPR_PRIVATE_H
#define RULES_EXPR_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "rules/expr.h"

/* Of the machine; no program needs more. */
#define EXPR_STACK_MAX 64

enum expr_code {
	/* Push a number, or the value of a name. */
	CODE_NUMBER, CODE_NAME,
	/* In place of the top one. */
	CODE_NOT, CODE_NEGATE,
	/* In place of the two on top. */
	CODE_MULTIPLY, CODE_DIVIDE, CODE_REMAINDER, CODE_ADD, CODE_SUBTRACT,
	CODE_LESS, CODE_GREATER, CODE_LESS_EQUAL, CODE_GREATER_EQUAL,
	CODE_EQUAL, CODE_NOT_EQUAL, CODE_XOR,
	/* Where the top one is 0 (not 0) go on at target, else drop it. */
	CODE_AND, CODE_OR,
	/* Drop the top one, and go on at target where it is 0. */
	CODE_CHOOSE,
	CODE_GO,
};

struct expr_step {
	enum expr_code code;
	uint32_t target;	/* of a jump; of a name its number; of a number
				 * its place in numbers */
};

/* In one piece: hundreds are run for each message. */
struct expr {
	const double *numbers;
	size_t count;
	struct expr_step steps[];
};

/* What an operator between two values makes of them. */
double expr_value_of_two(enum expr_code code, double a, double b);

#endif
