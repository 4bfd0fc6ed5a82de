/* SPDX-License-Identifier: ISC */
/* expr_needs.c - names of which one at least must be something for an expression
 * to be more than 0.
 *
 * "(A || B) && C > 2 && !D" needs one of A and B; or C, which is fewer. Most
 * expressions need what is hardly ever there, so they need not be run. */
#include <stdbool.h>
#include <string.h>

#include "rules/expr_private.h"

/* What one place of the stack needs. */
struct need {
	bool is_number;
	double number;
	size_t cost;		/* EXPR_NEEDS_NOTHING: may be more than 0 while
				 * all names are 0 */
	uint32_t count, names[EXPR_NEEDS_MAX];
};

struct waiting {
	enum expr_code code;
	uint32_t target;
	struct need left;
};

struct run {
	const double *numbers;
	struct need stack[EXPR_STACK_MAX + 1];
	struct need *top;
	struct waiting waiting[EXPR_STACK_MAX];
	size_t waiting_count;
};

static const struct need nothing = { .cost = EXPR_NEEDS_NOTHING };

static struct need
need_of_number(double number)
{
	return (struct need){ .is_number = true, .number = number,
		.cost = number == 0 ? 0 : EXPR_NEEDS_NOTHING };
}

static bool
has_name(const struct need *need, uint32_t name)
{
	for (uint32_t i = 0; i < need->count; i++)
		if (need->names[i] == name)
			return true;
	return false;
}

/* One of either: the names of both. */
static void
unite(struct need *need, const struct need *other)
{
	need->is_number = false;
	if (need->cost == EXPR_NEEDS_NOTHING ||
	    other->cost == EXPR_NEEDS_NOTHING ||
	    need->count + other->count > EXPR_NEEDS_MAX) {
		*need = nothing;
		return;
	}
	need->cost += other->cost;
	for (uint32_t i = 0; i < other->count; i++)
		if (!has_name(need, other->names[i]))
			need->names[need->count++] = other->names[i];
}

/* Both are needed: the cheaper one tells enough. */
static void
take_cheaper(struct need *need, const struct need *other)
{
	need->is_number = false;
	if (other->cost < need->cost)
		*need = *other;
	need->is_number = false;
}

/* Is a comparison false where its left side is 0? */
static bool
is_false_of_zero(enum expr_code code, const struct need *right)
{
	if (!right->is_number)
		return false;
	switch (code) {
	case CODE_GREATER:
		return right->number >= 0;
	case CODE_GREATER_EQUAL:
		return right->number > 0;
	case CODE_LESS:
		return right->number <= 0;
	case CODE_LESS_EQUAL:
		return right->number < 0;
	case CODE_EQUAL:
		return right->number != 0;
	case CODE_NOT_EQUAL:
		return right->number == 0;
	default:
		return false;
	}
}

static void
need_of_two(enum expr_code code, struct need *left, const struct need *right)
{
	switch (code) {
	case CODE_MULTIPLY:
		take_cheaper(left, right);
		return;
	case CODE_DIVIDE:
	case CODE_REMAINDER:
		left->is_number = false;
		return;
	case CODE_ADD:
	case CODE_SUBTRACT:
	case CODE_XOR:
		unite(left, right);
		return;
	default:
		if (!is_false_of_zero(code, right))
			*left = nothing;
		left->is_number = false;
	}
}

static void
unite_waiting(struct run *run, size_t i)
{
	while (run->waiting_count > 0 &&
	    run->waiting[run->waiting_count - 1].target == i) {
		const struct waiting *waiting =
		    &run->waiting[--run->waiting_count];

		if (waiting->code == CODE_AND)
			take_cheaper(run->top, &waiting->left);
		else
			unite(run->top, &waiting->left);
	}
}

static struct need
need_of_name(uint32_t name, size_t cost)
{
	struct need need = { .cost = cost };

	if (cost != EXPR_NEEDS_NOTHING)
		need.names[need.count++] = name;
	return need;
}

/* False: it is not followed. */
static bool
run_step(struct run *run, const struct expr_step *step,
    size_t (*cost_of)(void *arg, size_t number), void *arg)
{
	struct waiting *waiting;

	switch (step->code) {
	case CODE_NUMBER:
		*++run->top = need_of_number(run->numbers[step->target]);
		return true;
	case CODE_NAME:
		*++run->top = need_of_name(step->target,
		    cost_of(arg, step->target));
		return true;
	case CODE_NOT:
		*run->top = nothing;
		return true;
	case CODE_NEGATE:
		run->top->number = -run->top->number;
		return true;
	case CODE_AND:
	case CODE_OR:
		if (run->waiting_count == EXPR_STACK_MAX)
			return false;
		waiting = &run->waiting[run->waiting_count++];
		waiting->code = step->code;
		waiting->target = step->target;
		waiting->left = *run->top--;
		return true;
	case CODE_CHOOSE:
	case CODE_GO:
		return false;
	default:
		run->top--;
		need_of_two(step->code, run->top, run->top + 1);
		return true;
	}
}

size_t
expr_needs(const struct expr *expr,
    size_t (*cost_of)(void *arg, size_t number), void *arg,
    uint32_t names_r[EXPR_NEEDS_MAX])
{
	struct run run;
	size_t i = 0;

	run.numbers = expr->numbers;
	run.top = run.stack;
	run.waiting_count = 0;
	while (i < expr->count && run_step(&run, &expr->steps[i], cost_of,
	    arg))
		unite_waiting(&run, ++i);
	if (i < expr->count || run.top->cost == EXPR_NEEDS_NOTHING)
		return EXPR_NEEDS_NOTHING;
	memcpy(names_r, run.top->names, run.top->count * sizeof(*names_r));
	return run.top->count;
}

static size_t
cost_of_first(void *arg, size_t number)
{
	const uint32_t *first = arg;

	return number == *first ? 1 : EXPR_NEEDS_NOTHING;
}

uint32_t
expr_gate(const struct expr *expr)
{
	uint32_t first, names[EXPR_NEEDS_MAX];

	if (expr->steps[0].code != CODE_NAME)
		return EXPR_NO_NAME;
	first = expr->steps[0].target;
	return expr_needs(expr, cost_of_first, &first, names) == 1 ? first :
	    EXPR_NO_NAME;
}
