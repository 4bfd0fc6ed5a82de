/* SPDX-License-Identifier: ISC */
/* fuzz_rules_expr.c - expressions over rules: read or refused with a place, and
 * of what is read a value, which stands within its bounds, and is nothing without
 * what it needs. */
#include <math.h>

#include "base/arena.h"
#include "fuzz.h"
#include "rules/expr.h"

static const struct vec *known;
static uint32_t needed[EXPR_NEEDS_MAX];
static size_t needed_count;

/* Every name is one that was told; some are worth something. */
static double
value_of(void *arg, size_t number)
{
	must(arg == &known && number < known->len);
	return (double)(number % 5) - 1;
}

/* Every third name is not known for sure. */
static struct expr_bounds
bounds_of(void *arg, size_t number)
{
	double value = value_of(arg, number), doubt = number % 3 == 2;

	return (struct expr_bounds){ value - doubt, value + 2 * doubt, true };
}

static struct expr_bounds
exactly(void *arg, size_t number)
{
	return expr_bounds_of(value_of(arg, number));
}

static size_t
cost_of(void *arg, size_t number)
{
	must(arg == &known && number < known->len);
	return number % 7 == 6 ? EXPR_NEEDS_NOTHING : number % 3;
}

static double
without_needed(void *arg, size_t number)
{
	for (size_t i = 0; i < needed_count; i++)
		if (needed[i] == number)
			return 0;
	return value_of(arg, number);
}

static void
check_ahead(const struct expr *expr)
{
	double value = expr_value(expr, value_of, &known);
	struct expr_bounds bounds = expr_bounds(expr, bounds_of, &known);

	must(isnan(value) || isnan(bounds.least) || isnan(bounds.most) ||
	    (bounds.least <= value && value <= bounds.most));
	bounds = expr_bounds(expr, exactly, &known);
	must(isnan(value) ? !(bounds.least >= bounds.most) :
	    bounds.least >= value && bounds.most <= value);
	needed_count = expr_needs(expr, cost_of, &known, needed);
	if (needed_count == EXPR_NEEDS_NOTHING)
		return;
	must(needed_count <= EXPR_NEEDS_MAX);
	value = expr_value(expr, without_needed, &known);
	must(isnan(value) || (value >= 0 && value <= 0));
}

/* Names are letters, digits, "_", "." and, of globs, "*" and "?"; each stands
 * there once. */
static void
check_names(const struct vec *names)
{
	for (size_t i = 0; i < names->len; i++) {
		struct str name = *(struct str *)vec_at(names, i);

		must(name.len > 0);
		for (size_t c = 0; c < name.len; c++)
			must(char_is_alnum(name.data[c]) ||
			    strchr("_.*?", name.data[c]) != NULL);
		for (size_t other = 0; other < i && i < 50; other++)
			must(!str_eq(name,
			    *(struct str *)vec_at(names, other)));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	const char *error = NULL;
	struct expr *expr;
	struct vec names;

	if (expr_parse(arena, text, &names, &expr, &error) < 0)
		must(error != NULL && strncmp(error, "at ", 3) == 0);
	else {
		known = &names;
		check_names(&names);
		check_ahead(expr);
	}
	arena_free(&arena);
	return 0;
}
