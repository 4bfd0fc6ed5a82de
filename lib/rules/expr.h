/* SPDX-License-Identifier: ISC */
/* expr.h - expressions over the values of rules. */
#ifndef RULES_EXPR_H
#define RULES_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Give its names other numbers. */
void expr_rename(struct expr *expr,
    uint32_t (*name_of)(void *arg, uint32_t name), void *arg);

/* Its value; value_of(arg, number) gives that of a name and is asked only for
 * what decides (&&, || stop early). Division by nothing gives 0. */
double expr_value(const struct expr *expr,
    double (*value_of)(void *arg, size_t number), void *arg);

/* Its value is not less and not more, and perhaps it is a whole number. */
struct expr_bounds {
	double least, most;
	bool is_whole;
};
struct expr_bounds expr_bounds_of(double value);
/* Between what its value is, where bounds_of(arg, number) tells as much of its
 * names; it is asked for those that may decide. */
struct expr_bounds expr_bounds(const struct expr *expr,
    struct expr_bounds (*bounds_of)(void *arg, size_t number), void *arg);

/* How far values matter that are whole numbers, 0 or more: tell(arg, name, most)
 * for each place where a name stands. A value above most may be given as most
 * (EXPR_COUNTS_ALL: any matters as it is). */
#define EXPR_COUNTS_ALL UINT32_MAX
void expr_counts(const struct expr *expr,
    void (*tell)(void *arg, uint32_t name, uint32_t most), void *arg);

/* Names of which one must be other than 0 for the value to be other than 0: how
 * many; EXPR_NEEDS_NOTHING: none is known to be needed. Of several such sets the
 * one whose names cost least; cost_of(arg, number) EXPR_NEEDS_NOTHING: the name
 * is of no use. */
#define EXPR_NEEDS_MAX 32
#define EXPR_NEEDS_NOTHING SIZE_MAX
size_t expr_needs(const struct expr *expr,
    size_t (*cost_of)(void *arg, size_t number), void *arg,
    uint32_t names_r[EXPR_NEEDS_MAX]);
/* The name that is asked first, if the value is 0 where that is;
 * EXPR_NO_NAME. */
#define EXPR_NO_NAME UINT32_MAX
uint32_t expr_gate(const struct expr *expr);

#endif
