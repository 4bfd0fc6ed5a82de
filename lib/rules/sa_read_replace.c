/* SPDX-License-Identifier: ISC */
/* sa_read_replace.c - tags in patterns (<A>, <inter W1>) become what replace_tag
 * says.
 *
 * A pass: <pre N>, <post N> and <inter N> are taken off, one of each. What is
 * left falls apart into tags and the texts between them. Each tag gets pre in
 * front and post behind, inter goes where two of them touch, and a tag that is
 * known becomes its text. As long as such a text has tags itself there is
 * another pass, six in all. */
#include "rules/sa_read_private.h"

#include "base/arena.h"
#include "base/map.h"

#define PASSES_MAX 6
/* The longest of the stock rules comes to 50 kB. */
#define PATTERN_MAX ((size_t)256 << 10)

enum tag_kind { TAG, PRE, POST, INTER, TAG_KINDS };

static const char *const options[TAG_KINDS] = { "replace_tag", "replace_pre",
    "replace_post", "replace_inter" };

struct replacing {
	struct draft *draft;
	struct map *texts[TAG_KINDS];	/* struct str */
	struct str start, end;		/* of a tag */
	struct str around[TAG_KINDS];	/* of this pass; "" */
};

static struct map *
read_texts(struct draft *draft, const char *option)
{
	const struct vec *lines = draft_lines(draft, option);
	struct map *texts = map_new(draft->arena);

	for (size_t i = 0; i < lines->len; i++) {
		struct str *text = arena_memdup(draft->arena,
		    vec_at(lines, i), sizeof(*text));
		struct str name = sa_cut_word(text);

		map_put(texts, name, text);
	}
	return texts;
}

static struct str
last_line(struct draft *draft, const char *option, struct str otherwise)
{
	const struct vec *lines = draft_lines(draft, option);

	return lines->len == 0 ? otherwise :
	    *(struct str *)vec_at(lines, lines->len - 1);
}

static struct str
text_of(const struct replacing *replacing, enum tag_kind kind,
    struct str name)
{
	const struct str *text = map_find(replacing->texts[kind], name);

	return text != NULL ? *text : STR("");
}

/* Where word, which is short, stands in text; text.len: nowhere. */
static size_t
find(struct str text, size_t at, struct str word)
{
	while (at + word.len <= text.len) {
		const char *found = memchr(text.data + at, word.data[0],
		    text.len - word.len - at + 1);

		if (found == NULL)
			break;
		at = (size_t)(found - text.data);
		if (memcmp(found, word.data, word.len) == 0)
			return at;
		at++;
	}
	return text.len;
}

/* The next tag from at on, and where it ends: a start, an end behind it, no
 * start between them, and a name. False: there is none. */
static bool
find_tag(const struct replacing *replacing, struct str text, size_t at,
    size_t *begin_r, size_t *end_r)
{
	for (;;) {
		size_t begin = find(text, at, replacing->start), name, end;
		size_t next = begin;

		if (begin == text.len)
			return false;
		end = find(text, begin + replacing->start.len,
		    replacing->end);
		if (end == text.len)
			return false;
		while (next < end) {
			begin = next;
			next = find(text, begin + replacing->start.len,
			    replacing->start);
		}
		name = begin + replacing->start.len;
		at = end + replacing->end.len;
		*begin_r = begin;
		*end_r = at;
		if (name < end)
			return true;
	}
}

static struct str
name_of(const struct replacing *replacing, struct str tag)
{
	return str_sub(tag, replacing->start.len, tag.len -
	    replacing->start.len - replacing->end.len);
}

/* --- what stands around tags in this pass ------------------------------------ */

/* "<pre NAME>" off text; its text, "" where there is none. */
static struct str
cut_around(struct replacing *replacing, enum tag_kind kind, const char *word,
    struct str *text)
{
	struct arena *arena = replacing->draft->arena;
	struct str open = str_from(arena_printf(arena, "%.*s%s ",
	    STR_ARG(replacing->start), word));
	size_t begin = find(*text, 0, open), name = begin + open.len;
	size_t end = find(*text, name + 1, replacing->end);
	struct str found;
	struct buf left;

	if (begin == text->len || end == text->len)
		return STR("");
	found = text_of(replacing, kind, str_sub(*text, name, end - name));
	buf_init(&left, arena);
	buf_add_str(&left, str_sub(*text, 0, begin));
	buf_add_str(&left, str_from_pos(*text, end + replacing->end.len));
	*text = buf_str(&left);
	return found;
}

/* --- a pass --------------------------------------------------------------------- */

static void
add_tag(struct replacing *replacing, struct buf *out, struct str tag,
    bool *has_more)
{
	struct str text = text_of(replacing, TAG, name_of(replacing, tag));
	size_t begin, end;

	buf_add_str(out, replacing->around[PRE]);
	buf_add_str(out, text.len != 0 ? text : tag);
	buf_add_str(out, replacing->around[POST]);
	if (text.len != 0 && find_tag(replacing, text, 0, &begin, &end))
		*has_more = true;
}

/* False: it grows too long. */
static bool
pass(struct replacing *replacing, struct str text, struct str *text_r,
    bool *has_more)
{
	size_t at = 0, begin, end;
	struct buf out;

	buf_init(&out, replacing->draft->arena);
	while (find_tag(replacing, text, at, &begin, &end)) {
		if (begin == at && at != 0)
			buf_add_str(&out, replacing->around[INTER]);
		buf_add_str(&out, str_sub(text, at, begin - at));
		add_tag(replacing, &out, str_sub(text, begin, end - begin),
		    has_more);
		at = end;
		if (out.len > PATTERN_MAX)
			return false;
	}
	buf_add_str(&out, str_from_pos(text, at));
	*text_r = buf_str(&out);
	return out.len <= PATTERN_MAX;
}

static bool
replace(struct replacing *replacing, struct pattern_source *pattern)
{
	struct str text = pattern->text;
	bool has_more = true;

	for (size_t i = 0; i < PASSES_MAX && has_more; i++) {
		has_more = false;
		replacing->around[PRE] = cut_around(replacing, PRE, "pre",
		    &text);
		replacing->around[POST] = cut_around(replacing, POST, "post",
		    &text);
		replacing->around[INTER] = cut_around(replacing, INTER,
		    "inter", &text);
		if (!pass(replacing, text, &text, &has_more))
			return false;
	}
	pattern->text = text;
	return true;
}

/* --- all of them ------------------------------------------------------------------- */

static void
replace_in(struct replacing *replacing, struct str name)
{
	struct draft_rule *rule = draft_find(replacing->draft, name);
	struct draft *draft = replacing->draft;

	if (rule == NULL || rule->test.kind != DRAFT_PATTERN) {
		draft_note(draft, DRAFT_PASSED_OVER,
		    rule != NULL ? rule->origin : (struct draft_origin){ "",
		    0 }, name, "replace_rules: it has no pattern in which "
		    "tags could be replaced");
		return;
	}
	if (replace(replacing, &rule->test.pattern))
		return;
	draft_note(draft, DRAFT_UNSUPPORTED, rule->origin, name,
	    "with its tags replaced the pattern is longer than %zu octets: it "
	    "never hits", PATTERN_MAX);
	rule->test = (struct draft_test){ .kind = DRAFT_NONE };
}

void
sa_replace_tags(struct draft *draft)
{
	struct replacing replacing = { .draft = draft,
		.start = last_line(draft, "replace_start", STR("<")),
		.end = last_line(draft, "replace_end", STR(">")) };
	const struct vec *lines = draft_lines(draft, "replace_rules");
	struct map *done = map_new(draft->arena);

	for (size_t i = 0; i < TAG_KINDS; i++)
		replacing.texts[i] = read_texts(draft, options[i]);
	for (size_t i = 0; i < lines->len; i++) {
		struct str line = *(struct str *)vec_at(lines, i), name;

		while ((name = sa_cut_word(&line)).len != 0)
			if (map_put(done, name, draft) == NULL)
				replace_in(&replacing, name);
	}
}
