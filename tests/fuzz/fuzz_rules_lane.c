/* SPDX-License-Identifier: ISC */
/* fuzz_rules_lane.c - random patterns made of pieces of real rules, on random
 * texts: a lane answers as PCRE2 does one by one, with a database and without. */
#include "base/arena.h"
#include "fuzz.h"
#include "rules/lane_private.h"

#define PATTERNS 8
#define PIECES 8
#define TEXT_PIECES 40

static const char *const pieces[] = {
	"a", "b", "viagra", "free", "money", "\\b", "^", "$", "\\s", "\\w+",
	"\\W{1,3}", "\\d{2}", ".", ".{0,5}", "[aeiou]", "[^a-z]", "(?:buy|get)",
	"(?:", ")", "(?i)", "|", "?", "*", "+", "{2}", "{,3}", "(?=a)",
	"(?!money)", "(?<!x)", "(?<=\\s)", "(a)", "\\1", "\\xe4", "[\\xe0-\\xe6]",
	"\\x{456}", "(?:[oO0]|\\xc3[\\x92-\\x96]|\\xce\\xbf|&#(?:79|111);)",
	"(?:[aA@]|\\xc3[\\x80-\\x85\\xa0-\\xa5]|&#(?:65|97);)",
	"(?:[nN]|\\xc3[\\x91\\xb1]|\\xce\\x9d)", "[[:punct:]]", "\\S+", "k", "s",
	"(?i:\\xc4)", "\\.", "http:", "\\/", "\\n", "\\xff", "x", "(?>", "\\A",
	"\\z", "\\K", "\\h", "[\\w.-]+", "@", "\\w", "\\S", "\\p{Lu}",
	"[^\\p{Ll}]", "\\P{L}+", "\xc3\xa9", "[a\xc3\xa9\xe2\x82\xac]",
	"[^\xc3\x89k]", "\\x{17f}", "[a-z]", "[^\\W_]", "[\\x{80}-\\x{ffff}]",
	"\\B", "(?-i:S)", "(?s:.)", "\\b(?:a|free)\\b", "[k\xd0\xb0-\xd1\x8f]",
	"(?:s|k)?\\b", "{9,20}", "[[:upper:]]", "[[:^alpha:]]", "\xd0\xb0",
	"[\\d-a]", "\\d", "(?m)", "\\101", "[^s]",
};

static const struct {
	const char *data;
	size_t len;
} words[] = {
	{ "a", 1 }, { "b", 1 }, { "VIAGRA", 6 }, { "viagra", 6 }, { "free", 4 },
	{ " ", 1 }, { "money", 5 }, { "\n", 1 }, { "12", 2 }, { "x", 1 },
	{ "buy", 3 }, { "\xe4", 1 }, { "\xc4", 1 }, { "\xd1\x96", 2 },
	{ "\xc3\x93", 2 }, { "\xce\xbf", 2 }, { "&#79;", 5 }, { "\0", 1 },
	{ "n\xc3\xb1", 3 }, { "o0O", 3 }, { "@A\xc3\xa0", 4 }, { "!?.", 3 },
	{ "http://", 7 }, { "\xe2\x84\xaa", 3 }, { "\xc5\xbf", 2 }, { "\xff", 1 },
	{ "aaa", 3 }, { "k", 1 }, { "S", 1 }, { "\r\n", 2 }, { "\x85\xa0", 2 },
	{ "\xc3\xa9", 2 }, { "\xc3\x89", 2 }, { "\xe2\x82\xac", 3 },
	{ "\xd0\xb0", 2 }, { "\xd0\x90", 2 }, { "\xc2\xa0", 2 },
	{ "aaaaaaaaaaaa", 12 }, { "A", 1 },
};

struct dice {
	const uint8_t *data;
	size_t size;
};

static unsigned
roll(struct dice *dice)
{
	if (dice->size == 0)
		return 0;
	dice->size--;
	return *dice->data++;
}

static void
make_pattern(struct arena *arena, struct dice *dice, struct vec *patterns)
{
	unsigned flags = roll(dice) & (PATTERN_CASELESS | PATTERN_MULTILINE |
	    PATTERN_DOTALL | PATTERN_UTF);
	struct lane_pattern *pattern;
	const struct pattern *compiled;
	struct pattern_source source;
	const char *error;
	struct buf text;

	buf_init(&text, arena);
	for (unsigned i = roll(dice) % PIECES + 1; i > 0; i--)
		buf_add_text(&text, pieces[roll(dice) % ARRAY_LEN(pieces)]);
	source = (struct pattern_source){ buf_str(&text), flags };
	compiled = pattern_compile(arena, &source, &error);
	if (compiled == NULL)
		return;
	pattern = vec_push(patterns);
	pattern->source = source;
	pattern->pattern = compiled;
}

static struct str
make_text(struct arena *arena, struct dice *dice)
{
	struct buf text;

	buf_init(&text, arena);
	for (unsigned i = roll(dice) % TEXT_PIECES; i > 0; i--) {
		unsigned word = roll(dice) % ARRAY_LEN(words);

		buf_add(&text, words[word].data, words[word].len);
	}
	return buf_str(&text);
}

/* What comes of lanes_compile() and lanes_load(), without files. */
static void
give_database(struct arena *arena, struct lanes *lanes, struct lane_part *part)
{
	const char *error;
	struct vec bytes;

	vec_init(&bytes, arena, sizeof(struct str));
	if (part->count == 0 || !lane_engine_is_here())
		return;
	must(lane_engine_compile(part->expressions, part->count, 0, &bytes,
	    &error) == 0);
	for (size_t i = 0; i < bytes.len; i++) {
		struct lane_database **database = vec_push(&part->databases);

		*database = lane_engine_load(arena,
		    *(struct str *)vec_at(&bytes, i), &error);
		must(*database != NULL);
	}
	lane_part_settle(lanes, part);
	lane_part_open_windows(lanes, part);
}

static void
on_found(void *arg, size_t number)
{
	((unsigned char *)arg)[number]++;
}

static void
on_limit(void *arg, size_t number)
{
	((unsigned char *)arg)[number] = 99;
}

static void
compare(struct arena *arena, const struct lane *lane,
    struct lane_scratch *scratch, struct str text)
{
	struct pattern_scratch *pattern_scratch = pattern_scratch_new(arena,
	    20000);
	unsigned char found[PATTERNS * 2] = { 0 };

	lane_match(lane, scratch, pattern_scratch, text, on_found, on_limit,
	    found);
	for (size_t i = 0; i < lane->count; i++) {
		enum pattern_result result = pattern_match(
		    lane->patterns[i].pattern, pattern_scratch, text, NULL,
		    NULL);

		must(result == PATTERN_LIMIT || found[i] == 99 ||
		    found[i] == (result == PATTERN_YES));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dice dice = { data, size };
	struct arena *arena = arena_new(0);
	struct lanes *lanes = lanes_new(arena);
	struct lane_scratch *scratch;
	struct vec patterns;
	struct lane *lane;
	struct str text;

	vec_init(&patterns, arena, sizeof(struct lane_pattern));
	/* Enough of one kind, so that a part is no small one. */
	for (int i = 0; i < 2 * PATTERNS; i++)
		make_pattern(arena, &dice, &patterns);
	text = make_text(arena, &dice);
	lane = lanes_add(lanes, patterns.items, patterns.len);
	compare(arena, lane, lane_scratch_new(lanes, arena), text);
	for (int kind = 0; kind < PART_COUNT; kind++)
		if (lane->parts[kind].count > 4)
			give_database(arena, lanes, &lane->parts[kind]);
	scratch = lane_scratch_new(lanes, arena);
	compare(arena, lane, scratch, text);
	compare(arena, lane, scratch, make_text(arena, &dice));
	arena_free(&arena);
	return 0;
}
