/* SPDX-License-Identifier: ISC */
/* pattern.h - one regular expression: as written, compiled, matched. */
#ifndef RULES_PATTERN_H
#define RULES_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct pattern;			/* compiled */
struct pattern_scratch;		/* what one match under way needs */

/* As Perl's letters behind the pattern. */
enum pattern_flag {
	PATTERN_CASELESS = 1 << 0,	/* i */
	PATTERN_MULTILINE = 1 << 1,	/* m */
	PATTERN_DOTALL = 1 << 2,	/* s */
	PATTERN_EXTENDED = 1 << 3,	/* x */
	PATTERN_UTF = 1 << 4,		/* subject and pattern are UTF-8 (native
					 * rules); else octets, as Perl's /aa */
	PATTERN_EXTENDED_MORE = 1 << 5,	/* xx */
	PATTERN_NO_CAPTURE = 1 << 6,	/* n */
};

struct pattern_source {
	struct str text;	/* without its delimiters */
	unsigned flags;		/* enum pattern_flag */
};

/* A Perl literal at the start of text: /x/i, m{x}is, m!x!; nested brackets and
 * escaped delimiters as Perl reads them. *rest_r: what stands behind it. -1 with
 * the reason (no end, a flag that is not known). In arena. */
int pattern_read(struct arena *arena, struct str text,
    struct pattern_source *source_r, struct str *rest_r, const char **error_r);

/* The same as Mail::SpamAssassin::Util::compile_regexp reads it: text is the
 * literal and nothing more. Its last delimiter ends it; brackets inside need not
 * be in pairs. */
int pattern_read_whole(struct arena *arena, struct str text,
    struct pattern_source *source_r, const char **error_r);

/* Compile by PCRE2 with its JIT where the system lets it; lives as long as
 * arena. NULL with the reason and place ("at 12: missing closing
 * parenthesis"). In octets \x{456} stands for the octets of its UTF-8. */
struct pattern *pattern_compile(struct arena *arena,
    const struct pattern_source *source, const char **error_r);

/* Does the system let PCRE2 make machine code? Where it forbids memory that is
 * written and executed (systemd: MemoryDenyWriteExecute=yes), patterns match all
 * the same, several times slower. Asks it once more with each call. */
bool pattern_has_jit(void);

/* For one thread at a time. match_limit: steps that one match may take. Lives
 * as long as arena. */
struct pattern_scratch *pattern_scratch_new(struct arena *arena,
    unsigned match_limit);

/* So many steps from here on. */
void pattern_scratch_bound(struct pattern_scratch *scratch,
    unsigned match_limit);

enum pattern_result {
	PATTERN_LIMIT = -1,	/* it took too long: nothing is known */
	PATTERN_NO = 0,
	PATTERN_YES = 1,
};

/* Does it match in text at or after *at? Then *found_r is what matched, and *at
 * the place to look for the next one (behind an empty match one further).
 * found_r and at may be NULL. */
enum pattern_result pattern_match(const struct pattern *pattern,
    struct pattern_scratch *scratch, struct str text, size_t *at,
    struct str *found_r);
/* Of the last match in this scratch: what group n caught (the first 63 are
 * kept); data NULL: nothing.
 * By name: (?<NAME>...). Slices of text. */
struct str pattern_caught(const struct pattern_scratch *scratch, unsigned n);
struct str pattern_caught_as(const struct pattern *pattern,
    const struct pattern_scratch *scratch, const char *name);

#endif
