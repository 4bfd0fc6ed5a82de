/* SPDX-License-Identifier: ISC */
/* native_read.h - rules in the format of the configuration.
 *
 *	rule brand_bank {
 *		describe "The sender's name is that of a bank";
 *		group deception;
 *		score 2.5;			# one, or two: with Bayes
 *		test bank header from:name '/\bexample bank\b/i';
 *		test theirs header from:addr '/@bank\.example$/i';
 *		test listed finding dkim pass;
 *		when "bank and not (theirs and listed)";
 *	}
 *	brand bank { name "Example Bank"; label examplebank; domain bank.example; }
 *	words money { match folded; word "wire transfer" "prize"; }
 *	score brand_bank 3;	disable other_rule;	cap deception 6;
 *
 * 'A text' in single quotes has no escapes, "one" in double quotes has those of
 * the configuration. What each option means stands in docs/rules.md. */
#ifndef RULES_NATIVE_READ_H
#define RULES_NATIVE_READ_H

#include "base/str.h"

struct arena;
struct draft;

/* Read one file, or all *.rules of a folder in the order of their names, into
 * draft. -1 with "file:line:column: ...": nothing of it is taken. A rule that
 * stood there before is replaced; scores and the like hold for all rules that
 * are there by then. */
int native_read(struct draft *draft, const char *path, const char **error_r);
/* The same from a text; name stands for the file. */
int native_read_text(struct draft *draft, const char *name, struct str text,
    const char **error_r);

/* The option of draft_lines() under which the words of a list stand; the one
 * under which it says "exact" where they are not folded. */
const char *native_words_option(struct arena *arena, struct str list);
const char *native_words_exact_option(struct arena *arena, struct str list);
/* The option under which the names of brands stand, and of one of them its
 * "name", "label" and "domain". */
#define NATIVE_BRANDS "brands"
const char *native_brand_option(struct arena *arena, const char *what,
    struct str brand);

#endif
