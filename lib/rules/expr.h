/* SPDX-License-Identifier: ISC */
/* expr.h - expressions over the values of rules. */
#ifndef RULES_EXPR_H
#define RULES_EXPR_H

#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

/* Parsed; immutable. */
struct expr;

/* Read an expression: names and numbers; ! && || ( ) > < >= <= == != + - * / %
 * ^ ?: and the words not, and, or. names is filled with struct str, each name
 * once; the expression refers to them by their number. rules_matching(GLOB)
 * gives the name GLOB, the sum of the rules that fit: only there "*" and "?"
 * stand in a name. Depth and length are bounded. -1 with the reason and where
 * ("at 7: ..."). In arena. */
int expr_parse(struct arena *arena, struct str text, struct vec *names,
    struct expr **expr_r, const char **error_r);

/* Its value; value_of(arg, number) gives that of a name and is asked only for
 * what decides (&&, || stop early). Division by nothing gives 0. */
double expr_value(const struct expr *expr,
    double (*value_of)(void *arg, size_t number), void *arg);

#endif
