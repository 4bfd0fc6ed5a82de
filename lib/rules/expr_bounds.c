/* SPDX-License-Identifier: ISC */
/* expr_bounds.c - what an expression can still be worth, while some of its names
 * are not known.
 *
 * The program runs once from its start to its end with bounds in place of
 * numbers. Where && or || cannot tell which way to go, both are gone: what stands
 * on the left waits for the end of the right side, and both make one. */
#include <math.h>
#include <stdbool.h>

#include "rules/expr_private.h"

/* A left side that waits; one stands in another's right side. */
struct waiting {
	uint32_t target;
	struct expr_bounds bounds;
};

struct run {
	struct expr_bounds stack[EXPR_STACK_MAX + 1];
	struct expr_bounds *top;
	struct waiting waiting[EXPR_STACK_MAX];
	size_t waiting_count;
	bool is_lost;
};

static const struct expr_bounds anything = { -INFINITY, INFINITY, false };

struct expr_bounds
expr_bounds_of(double value)
{
	return (struct expr_bounds){ value, value, floor(value) >= value };
}

static bool
is_known(const struct expr_bounds *bounds)
{
	return bounds->least >= bounds->most;
}

static bool
may_be_zero(const struct expr_bounds *bounds)
{
	return bounds->least <= 0 && bounds->most >= 0;
}

static struct expr_bounds
bounds_of_truth(bool may_be_false, bool may_be_true)
{
	return (struct expr_bounds){ may_be_false ? 0 : 1, may_be_true ? 1 : 0,
		true };
}

static struct expr_bounds
not_of(const struct expr_bounds *bounds)
{
	return bounds_of_truth(bounds->least < 0 || bounds->most > 0,
	    may_be_zero(bounds));
}

static struct expr_bounds
sum_of(const struct expr_bounds *a, const struct expr_bounds *b)
{
	struct expr_bounds sum = { a->least + b->least, a->most + b->most,
		a->is_whole && b->is_whole };

	return isnan(sum.least) || isnan(sum.most) ? anything : sum;
}

static struct expr_bounds
negative_of(const struct expr_bounds *a)
{
	return (struct expr_bounds){ -a->most, -a->least, a->is_whole };
}

/* One of them is not known. */
static struct expr_bounds
bounds_of_two(enum expr_code code, const struct expr_bounds *a,
    const struct expr_bounds *b)
{
	struct expr_bounds negative = negative_of(b);
	bool may_meet = a->least <= b->most && b->least <= a->most;

	switch (code) {
	case CODE_ADD:
		return sum_of(a, b);
	case CODE_SUBTRACT:
		return sum_of(a, &negative);
	case CODE_LESS:
		return bounds_of_truth(a->most >= b->least,
		    a->least < b->most);
	case CODE_GREATER:
		return bounds_of_truth(a->least <= b->most,
		    a->most > b->least);
	case CODE_LESS_EQUAL:
		return bounds_of_truth(a->most > b->least,
		    a->least <= b->most);
	case CODE_GREATER_EQUAL:
		return bounds_of_truth(a->least < b->most,
		    a->most >= b->least);
	case CODE_EQUAL:
		return bounds_of_truth(true, may_meet);
	case CODE_NOT_EQUAL:
		return bounds_of_truth(may_meet, true);
	default:
		return anything;
	}
}

static void
run_two(struct run *run, enum expr_code code)
{
	const struct expr_bounds *b = run->top--;

	if (is_known(run->top) && is_known(b))
		*run->top = expr_bounds_of(expr_value_of_two(code,
		    run->top->least, b->least));
	else
		*run->top = bounds_of_two(code, run->top, b);
}

/* The same, where it is not 0. */
static struct expr_bounds
something_of(const struct expr_bounds *bounds)
{
	struct expr_bounds something = *bounds;

	if (bounds->is_whole && bounds->least >= 0 && bounds->least < 1)
		something.least = 1;
	return something;
}

/* Where the right side is jumped over the left one is the value. */
static size_t
run_jump(struct run *run, const struct expr_step *step, size_t i)
{
	bool jumps_at_zero = step->code == CODE_AND;
	struct waiting *waiting;

	if (is_known(run->top)) {
		if (may_be_zero(run->top) == jumps_at_zero)
			return step->target - 1;
		run->top--;
		return i;
	}
	if (!may_be_zero(run->top)) {
		if (!jumps_at_zero)
			return step->target - 1;
		run->top--;
		return i;
	}
	if (run->waiting_count == EXPR_STACK_MAX) {
		run->is_lost = true;
		return i;
	}
	waiting = &run->waiting[run->waiting_count++];
	waiting->target = step->target;
	waiting->bounds = jumps_at_zero ? expr_bounds_of(0) :
	    something_of(run->top);
	run->top--;
	return i;
}

/* "?:" is told where its condition is known, else not at all. */
static size_t
run_choice(struct run *run, const struct expr_step *step, size_t i)
{
	const struct expr_bounds *condition = run->top--;

	if (!may_be_zero(condition))
		return i;
	if (is_known(condition))
		return step->target - 1;
	run->is_lost = true;
	return i;
}

static void
unite_waiting(struct run *run, size_t i)
{
	while (run->waiting_count > 0 &&
	    run->waiting[run->waiting_count - 1].target == i) {
		const struct expr_bounds *other =
		    &run->waiting[--run->waiting_count].bounds;

		if (!(run->top->least < other->least))
			run->top->least = other->least;
		if (!(run->top->most > other->most))
			run->top->most = other->most;
		run->top->is_whole &= other->is_whole;
	}
}

struct expr_bounds
expr_bounds(const struct expr *expr,
    struct expr_bounds (*bounds_of)(void *arg, size_t number), void *arg)
{
	struct run run;

	/* Much of it is never used, so it is not cleared. */
	run.top = run.stack;
	run.waiting_count = 0;
	run.is_lost = false;
	for (size_t i = 0; i < expr->count && !run.is_lost; i++) {
		const struct expr_step *step = &expr->steps[i];

		unite_waiting(&run, i);
		switch (step->code) {
		case CODE_NUMBER:
			*++run.top = expr_bounds_of(
			    expr->numbers[step->target]);
			break;
		case CODE_NAME:
			*++run.top = bounds_of(arg, step->target);
			break;
		case CODE_NOT:
			*run.top = not_of(run.top);
			break;
		case CODE_NEGATE:
			*run.top = negative_of(run.top);
			break;
		case CODE_AND:
		case CODE_OR:
			i = run_jump(&run, step, i);
			break;
		case CODE_CHOOSE:
			i = run_choice(&run, step, i);
			break;
		case CODE_GO:
			i = step->target - 1;
			break;
		default:
			run_two(&run, step->code);
		}
	}
	if (run.is_lost)
		return anything;
	unite_waiting(&run, expr->count);
	return *run.top;
}
