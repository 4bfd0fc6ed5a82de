/* SPDX-License-Identifier: ISC */
/* fold_scripts.c - of which scripts the letters of a text are, and words that mix
 * some to deceive. */
#include "base/arena.h"
#include "rules/fold.h"
#include "rules/fold_private.h"

#define SHARE_MAX ((size_t)64 << 10)
#define SCRIPTS_MAX 256		/* ICU knows some 200 */

size_t
fold_find_beyond(struct str text)
{
	size_t at = 0;

	/* Such letters mostly stand together. */
	if (text.len != 0 && (unsigned char)text.data[0] >= 0x80)
		return 0;
	for (size_t step = 64; step != 0; step /= 8)
		while (at + step <= text.len &&
		    str_is_ascii(str_of(text.data + at, step)))
			at += step;
	return at;
}

static size_t
count_ascii(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += char_is_alpha(text.data[i]);
	return count;
}

static void
add_letter(struct arena *arena, int32_t c, struct fold_scripts *scripts)
{
	int script = fold_script_of(c);

	scripts->letters++;
	if (scripts->of_script == NULL)
		scripts->of_script = arena_zalloc(arena,
		    SCRIPTS_MAX * sizeof(*scripts->of_script));
	if (script >= 0 && script < SCRIPTS_MAX)
		scripts->of_script[script]++;
}

/* Most texts have no letter beyond ASCII, if any octet: nobody asks how many of
 * ASCII they have. */
void
fold_scripts(struct arena *arena, struct str text,
    struct fold_scripts *scripts_r)
{
	struct str rest;
	size_t len;

	*scripts_r = (struct fold_scripts){ 0 };
	text = str_sub(text, 0, SHARE_MAX);
	rest = str_from_pos(text, fold_find_beyond(text));
	while (rest.len != 0) {
		int32_t c = fold_next_char(rest, &len);

		if (fold_is_letter(c))
			add_letter(arena, c, scripts_r);
		rest = str_from_pos(rest, len);
		rest = str_from_pos(rest, fold_find_beyond(rest));
	}
	if (scripts_r->of_script != NULL)
		scripts_r->letters += count_ascii(text);
}

unsigned
fold_share(const struct fold_scripts *scripts, int script)
{
	if (scripts->letters == 0 || scripts->of_script == NULL ||
	    script < 0 || script >= SCRIPTS_MAX)
		return 0;
	return (unsigned)((size_t)scripts->of_script[script] * 100 /
	    scripts->letters);
}

/* Does a letter of the word look like one of ASCII? */
static bool
has_foreign(struct str word)
{
	size_t len;

	for (; word.len != 0; word = str_from_pos(word, len)) {
		len = 1;
		if ((unsigned char)word.data[0] >= 0x80 &&
		    fold_is_foreign(fold_next_char(word, &len)))
			return true;
	}
	return false;
}

/* Where the word begins that ends at text.data + at. */
static size_t
word_begin(struct str text, size_t at)
{
	while (at > 0 && char_is_alnum(text.data[at - 1]))
		at--;
	return at;
}

/* Only words that have an octet beyond ASCII are looked at: each is searched for
 * behind the one before. */
size_t
fold_mixed(struct str text)
{
	size_t count = 0;

	text = str_sub(text, 0, FOLD_TEXT_MAX);
	for (;;) {
		struct fold_run run;

		text = str_from_pos(text, word_begin(text,
		    fold_find_beyond(text)));
		if (text.len == 0)
			return count;
		run = fold_run(text);
		if (run.has_ascii && has_foreign(str_sub(text, 0, run.len)))
			count++;
		text = str_from_pos(text, run.len + run.break_len);
	}
}
