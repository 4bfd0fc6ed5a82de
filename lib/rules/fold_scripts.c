/* SPDX-License-Identifier: ISC */
/* fold_scripts.c - of which scripts the letters of a text are, and words that mix
 * some to deceive. */
#include "base/arena.h"
#include "rules/fold.h"
#include "rules/fold_private.h"

#define SHARE_MAX ((size_t)64 << 10)
#define SCRIPTS_MAX 256		/* ICU knows some 200 */

void
fold_scripts(struct arena *arena, struct str text,
    struct fold_scripts *scripts_r)
{
	size_t len;

	*scripts_r = (struct fold_scripts){ 0 };
	text = str_sub(text, 0, SHARE_MAX);
	if (str_is_ascii(text))
		return;
	scripts_r->of_script = arena_zalloc(arena,
	    SCRIPTS_MAX * sizeof(*scripts_r->of_script));
	for (; text.len != 0; text = str_from_pos(text, len)) {
		int32_t c = (unsigned char)text.data[0];
		int script;

		len = 1;
		if (c < 0x80) {
			scripts_r->letters += char_is_alpha((char)c);
			continue;
		}
		c = fold_next_char(text, &len);
		if (!fold_is_letter(c))
			continue;
		scripts_r->letters++;
		script = fold_script_of(c);
		if (script >= 0 && script < SCRIPTS_MAX)
			scripts_r->of_script[script]++;
	}
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

/* Where the first octet beyond ASCII stands; the length of text: nowhere. */
static size_t
find_beyond(struct str text)
{
	size_t at = 0, step = 64;

	while (at < text.len && str_is_ascii(str_sub(text, at, step)))
		at += step;
	while (at < text.len && (unsigned char)text.data[at] < 0x80)
		at++;
	return at < text.len ? at : text.len;
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
		    find_beyond(text)));
		if (text.len == 0)
			return count;
		run = fold_run(text);
		if (run.has_ascii && has_foreign(str_sub(text, 0, run.len)))
			count++;
		if (run.len == 0)
			fold_next_char(text, &run.len);
		text = str_from_pos(text, run.len);
	}
}
