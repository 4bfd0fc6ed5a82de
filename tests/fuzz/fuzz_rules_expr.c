/* SPDX-License-Identifier: ISC */
/* fuzz_rules_expr.c - expressions over rules: read or refused with a place, and
 * of what is read a value. */
#include "base/arena.h"
#include "fuzz.h"
#include "rules/expr.h"

static const struct vec *known;

/* Every name is one that was told; some are worth something. */
static double
value_of(void *arg, size_t number)
{
	must(arg == &known && number < known->len);
	return (double)(number % 5) - 1;
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
		expr_value(expr, value_of, &known);
	}
	arena_free(&arena);
	return 0;
}
