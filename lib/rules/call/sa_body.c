/* SPDX-License-Identifier: ISC */
/* sa_body.c - eval: tests of the text (Plugin/BodyEval.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "base/map.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "rules/place.h"
#include "rules/place/sa_html.h"

/* --- how long --------------------------------------------------------------------- */

/* Octets of the body, lines ended by LF. */
static double
run_body_length(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	struct str body = STR("");
	size_t length;

	if (view->txn->body != NULL &&
	    spool_data(view->txn->body, &body) != 0)
		return 0;
	length = body.len;
	while (body.len != 0 && (double)length > args->most[0]) {
		ptrdiff_t end = str_find(body, '\r');

		if (end < 0)
			break;
		length -= (size_t)end + 1 < body.len &&
		    body.data[end + 1] == '\n';
		body = str_from_pos(body, (size_t)end + 1);
	}
	return (double)length <= args->most[0];
}

static bool
is_blank(struct str line)
{
	return str_trim(line).len == 0;
}

static double
run_blank_ratio(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct place place = { .kind = PLACE_sa_rawbody };
	const struct vec *texts = view_texts(view, &place);
	size_t lines = 0, blank = 0;
	double ratio;

	for (size_t i = 0; i < texts->len; i++) {
		struct str rest = *(struct str *)vec_at(texts, i), line;

		while (str_cut(&rest, '\n', &line)) {
			/* What stands behind the last line end is none. */
			if (rest.data == NULL && line.len == 0)
				break;
			lines++;
			blank += is_blank(line);
		}
	}
	if (lines == 0 || (args->count > 2 && (double)lines < args->least[2]))
		return args->least[0] == 0;
	ratio = 100.0 * (double)blank / (double)lines;
	return (args->least[0] == 0 || ratio > args->least[0]) &&
	    ratio <= args->most[1];
}

/* Blanks between letters: the most of them, in percent of the letters. */
static double
run_vertical_words(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *body = sa_body(view);
	double most = -1;

	for (size_t i = 0; i < body->len; i++) {
		struct str line = *(struct str *)vec_at(body, i);
		size_t blanks = 0, others;
		double percent = 100;

		if (line.len <= 5)
			continue;
		for (size_t j = 0; j < line.len; j++)
			blanks += line.data[j] == ' ';
		others = line.len - blanks;
		if (blanks <= others && others != 0)
			percent = (double)(100 * blanks / others);
		if (percent > most)
			most = percent;
	}
	return most >= args->least[0] &&
	    (args->most[1] >= 100 || most < args->most[1]);
}

/* --- text against page ---------------------------------------------------------------- */

/* The words of one kind of parts below a multipart/alternative. */
struct words {
	struct map *counts;	/* unsigned *, by word */
	struct arena *arena;
};

static void
add_word(struct words *words, struct str word)
{
	unsigned *count = map_find(words->counts, word);

	if (count == NULL) {
		count = arena_zalloc(words->arena, sizeof(*count));
		map_put(words->counts, word, count);
	}
	++*count;
}

static bool
has_letter(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (char_is_alnum(word.data[i]) || word.data[i] == '_' ||
		    (unsigned char)word.data[i] >= 0x80)
			return true;
	return false;
}

static void
add_words(struct words *words, struct str text)
{
	for (size_t at = 0, from; at < text.len;) {
		while (at < text.len && char_is_space(text.data[at]))
			at++;
		for (from = at; at < text.len && !char_is_space(text.data[at]);)
			at++;
		if (has_letter(str_sub(text, from, at - from)))
			add_word(words, str_sub(text, from, at - from));
	}
}

/* Words of a page that the text has not as often, in percent; and how many
 * different ones there are. */
struct difference {
	double percent;
	size_t html, text;
};

static bool
is_below(const struct mime_part *part, const struct mime_part *above)
{
	for (; part != NULL; part = part->above)
		if (part == above)
			return true;
	return false;
}

static size_t
count_missing(const struct words *html, const struct words *text)
{
	size_t at = 0, missing = 0;
	struct str word;
	void *count;

	while (map_next(html->counts, &at, &word, &count)) {
		const unsigned *other = map_find(text->counts, word);

		missing += other == NULL || *(unsigned *)count > *other;
	}
	return missing;
}

static void
compare(struct view *view, const struct mime_part *above,
    struct difference *difference)
{
	struct words html = { map_new(view->arena), view->arena };
	struct words text = { map_new(view->arena), view->arena };
	const struct vec *parts = sa_parts(view);
	double percent;

	for (size_t i = 0; i < parts->len; i++) {
		struct sa_part *part = vec_at(parts, i);
		struct str shown;

		if (!is_below(part->part, above) ||
		    !str_has_prefix_nocase(part->type, STR("text")) ||
		    !sa_part_rendered(view, part, &shown))
			continue;
		add_words(part->page != NULL ? &html : &text, shown);
		/* A page of images alone has one word. */
		if (part->page != NULL && map_len(html.counts) == 0 &&
		    sa_page_inside(part->page, STR("img")) >= 0)
			add_word(&html, STR("\n"));
	}
	if (map_len(html.counts) == 0)
		return;
	difference->html = map_len(html.counts);
	difference->text = map_len(text.counts);
	percent = 100.0 * (double)count_missing(&html, &text) /
	    (double)difference->html;
	if (percent > difference->percent)
		difference->percent = percent;
}

/* An invitation: a page and a calendar. */
static bool
is_invitation(const struct vec *parts)
{
	return parts->len == 3 &&
	    str_is(((struct sa_part *)vec_at(parts, 1))->type, "text/html") &&
	    str_is(((struct sa_part *)vec_at(parts, 2))->type,
	    "text/calendar");
}

static const struct difference *
difference_of(struct view *view)
{
	void **kept = view_kept(view, "sa_difference");
	const struct vec *parts = sa_parts(view);
	struct difference *difference;

	if (*kept != NULL)
		return *kept;
	*kept = difference = arena_zalloc(view->arena, sizeof(*difference));
	for (size_t i = 0; i < parts->len && !is_invitation(parts); i++) {
		const struct sa_part *part = vec_at(parts, i);

		if (str_is(part->type, "multipart/alternative"))
			compare(view, part->part, difference);
	}
	return difference;
}

static double
run_difference(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double percent = difference_of(view)->percent;

	return (args->least[0] == 0 || percent > args->least[0]) &&
	    percent <= args->most[1];
}

static double
run_difference_count(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct difference *difference = difference_of(view);

	return (double)difference->html > args->least[1] &&
	    difference->html != 0 && (double)difference->text /
	    (double)difference->html > args->least[0];
}

const struct call call_check_body_length = { "check_body_length", NULL,
	sa_prepare_args, run_body_length };
const struct call call_check_blank_line_ratio = { "check_blank_line_ratio",
	NULL, sa_prepare_args, run_blank_ratio };
const struct call call_tvd_vertical_words = { "tvd_vertical_words", NULL,
	sa_prepare_args, run_vertical_words };
const struct call call_multipart_alternative_difference = {
	"multipart_alternative_difference", NULL, sa_prepare_args,
	run_difference };
const struct call call_multipart_alternative_difference_count = {
	"multipart_alternative_difference_count", NULL, sa_prepare_args,
	run_difference_count };
