/* SPDX-License-Identifier: ISC */
/* pattern_perl.h - for the engine: what Perl means, in the words of PCRE2 and of
 * Hyperscan. */
#ifndef RULES_PATTERN_PERL_H
#define RULES_PATTERN_PERL_H

#include <stdbool.h>

#include "base/str.h"
#include "rules/pattern.h"

struct arena;

/* The pattern as PCRE2 reads it: {,3} is a quantifier (Perl 5.34), and in octets
 * \x{456} stands for the octets of its UTF-8. -1 with the reason. */
int pattern_perl_translate(struct arena *arena,
    const struct pattern_source *source, struct str *text_r,
    const char **error_r);
/* As Hyperscan reads it, and without NUL; *is_approximate_r: it matches more than
 * the pattern. False: it would read it otherwise, so that PCRE2 alone can
 * answer. */
bool pattern_perl_for_lane(struct arena *arena,
    const struct pattern_source *source, struct str *text_r,
    bool *is_approximate_r);
/* Long groups that stand in a translated pattern several times, written once.
 * False: there are none. */
bool pattern_perl_fold(struct arena *arena, const struct pattern_source *source,
    struct str text, struct str *folded_r);

/* The other case of an octet of Latin-1 above 127; the octet itself where it has
 * none in Latin-1. */
unsigned pattern_perl_other_case(unsigned octet);

#endif
