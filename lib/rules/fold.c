/* SPDX-License-Identifier: ISC */
/* fold.c - words of a text, folded.
 *
 * Nearly all words are of ASCII: for those one table says what each octet gives
 * (fold_read.h). A word that has others is read again from its start, letter by
 * letter. */
#include "rules/fold.h"

#include <string.h>

#include "base/arena.h"
#include "rules/fold_private.h"
#include "rules/fold_read.h"

/* i, l and 1 are one letter to the eye, o and 0 one. */
const unsigned char fold_folded[256] = {
	['0'] = 'o', 'l', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'l', 'j', 'k', 'l',
	'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'l', 'j', 'k', 'l',
	'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	[0x80 ... 0xff] = FOLD_BEYOND,
};

const unsigned char fold_exact[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L',
	'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l',
	'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	[0x80 ... 0xff] = FOLD_BEYOND,
};

/* Octets of a word with what parts it from the next one, at the least of most
 * texts. */
#define USUAL_WORD 5

/* --- letters beyond ASCII ----------------------------------------------------- */

struct fold_run
fold_run(struct str text)
{
	struct fold_run run = { 0 };
	size_t at = 0, len;

	while (at < text.len) {
		char byte = text.data[at];
		enum letter_class class;

		if ((unsigned char)byte < 0x80) {
			if (!char_is_alnum(byte))
				break;
			run.has_ascii |= char_is_alpha(byte);
			run.has_letter = true;
			at++;
			continue;
		}
		class = fold_letter(fold_next_char(str_from_pos(text, at),
		    &len)).class;
		if (class == LETTER_BREAK) {
			run.break_len = len;
			break;
		}
		run.has_letter |= class == LETTER_KEPT;
		at += len;
	}
	run.len = at;
	return run;
}

/* Letters that look like some of ASCII are taken for them; the end of out. */
static char *
add_folded(char *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		*out++ = (char)((unsigned char)text[i] < 0x80 ?
		    fold_folded[(unsigned char)text[i]] : text[i]);
	return out;
}

/* Of the octets of one letter, two at least, come four at most. */
static void
fold_word(struct buf *buf, struct str word, bool has_ascii)
{
	char *out;

	buf_reserve(buf, 2 * word.len);
	out = buf->data;
	while (word.len != 0) {
		struct letter letter;
		size_t len = 1;

		if ((unsigned char)word.data[0] < 0x80) {
			out = add_folded(out, word.data, 1);
			word = str_from_pos(word, 1);
			continue;
		}
		letter = fold_letter(fold_next_char(word, &len));
		if (has_ascii && letter.own_len != 0)
			out = add_folded(out, letter.own, letter.own_len);
		else if (letter.class == LETTER_KEPT)
			out = add_folded(out, letter.plain, letter.plain_len);
		word = str_from_pos(word, len);
	}
	buf->len = (size_t)(out - buf->data);
}

static void
take_run(struct fold_reader *reader, struct str run, bool has_ascii,
    struct fold_next *word)
{
	struct buf *out = &reader->beyond;
	uint64_t hash = 0;

	buf_clear(out);
	if (reader->table == fold_exact)
		buf_add_str(out, run);
	else
		fold_word(out, run, has_ascii);
	for (size_t i = 0; i < out->len; i++)
		hash = fold_hash(hash, (unsigned char)out->data[i]);
	word->text = (const unsigned char *)out->data;
	word->len = out->len;
	word->hash = fold_hash_end(hash);
	word->is_folded = true;
}

bool
fold_read_beyond(struct fold_reader *reader, struct fold_next *word)
{
	struct str text = str_of((const char *)word->at,
	    (size_t)(reader->end - word->at));
	struct fold_run run = fold_run(text);

	if (run.has_letter)
		take_run(reader, str_sub(text, 0, run.len), run.has_ascii,
		    word);
	reader->at = word->at + run.len + run.break_len;
	return run.has_letter;
}

/* --- words -------------------------------------------------------------------- */

/* Where a word ends cannot be foreseen, and a processor that guesses loses more
 * time than all else takes. So nothing here branches by what stands there: each
 * octet is taken for the end of a word, and counts where it was one. */
static size_t
find_ends(const unsigned char *table, size_t len, struct fold_many *many)
{
	const unsigned char *text = many->text;
	uint64_t hash = 0, is_within = 0;
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = table[text[i]];
		uint64_t is_break = c == FOLD_BREAK;

		many->ends[count] = (uint16_t)i;
		many->hashes[count] = hash;
		count += is_break & is_within;
		is_within = is_break ^ 1;
		hash = fold_hash(hash, c) & (is_break - 1);
	}
	return count;
}

bool
fold_read_many(struct fold_reader *reader, struct fold_many *many)
{
	size_t left = (size_t)(reader->end - reader->at);
	struct str text = str_of((const char *)reader->at,
	    left < FOLD_STRETCH ? left : FOLD_STRETCH);

	many->text = reader->at;
	many->count = find_ends(reader->table, str_is_ascii(text) ? text.len :
	    fold_find_beyond(text), many);
	if (many->count != 0)
		reader->at += many->ends[many->count - 1];
	return many->count != 0;
}

void
fold_read_begin(struct fold_reader *reader, struct arena *arena,
    struct str text, bool is_exact)
{
	text = str_sub(text, 0, FOLD_TEXT_MAX);
	reader->table = is_exact ? fold_exact : fold_folded;
	reader->at = (const unsigned char *)text.data;
	/* NULL + 0 is no pointer in C. */
	reader->end = text.len != 0 ? reader->at + text.len : reader->at;
	buf_init(&reader->beyond, arena);
}

bool
fold_next_is(const struct fold_reader *reader, const struct fold_next *word,
    struct str folded)
{
	if (word->len != folded.len)
		return false;
	if (word->is_folded)
		return memcmp(word->text, folded.data, folded.len) == 0;
	for (size_t i = 0; i < folded.len; i++)
		if (reader->table[word->text[i]] !=
		    (unsigned char)folded.data[i])
			return false;
	return true;
}

/* Behind a blank, where it is not the first. */
static void
add_word(const struct fold_reader *reader, const struct fold_next *word,
    struct buf *out, struct fold_word *item)
{
	size_t at = out->len + (out->len != 0);
	char *data;

	buf_reserve(out, word->len + 1);
	if (at != 0)
		out->data[out->len] = ' ';
	data = out->data + at;
	for (size_t i = 0; i < word->len; i++)
		data[i] = (char)(word->is_folded ? word->text[i] :
		    reader->table[word->text[i]]);
	out->len = at + word->len;
	*item = (struct fold_word){ (uint32_t)at, (uint32_t)word->len,
		word->hash };
}

/* Room for the words of a usual text of this length. */
static struct vec
items_for(struct arena *arena, size_t len)
{
	size_t count = len / USUAL_WORD + 2;

	return (struct vec){ .arena = arena, .capacity = count,
		.items = arena_alloc(arena, count * sizeof(struct fold_word)),
		.item_size = sizeof(struct fold_word) };
}

void
fold_words(struct arena *arena, struct str text, bool is_exact,
    struct fold_words *words_r)
{
	struct fold_reader reader;
	struct fold_next word;
	struct buf out;

	buf_init(&out, arena);
	buf_reserve(&out, str_sub(text, 0, FOLD_TEXT_MAX).len + 1);
	words_r->items = items_for(arena, str_sub(text, 0, FOLD_TEXT_MAX).len);
	fold_read_begin(&reader, arena, text, is_exact);
	while (fold_read(&reader, &word))
		add_word(&reader, &word, &out, vec_push(&words_r->items));
	out.data[out.len] = '\0';
	words_r->text = buf_str(&out);
}

struct str
fold_slice(const struct fold_words *words, size_t n, size_t count)
{
	const struct fold_word *first = vec_at(&words->items, n);
	const struct fold_word *last = vec_at(&words->items, n + count - 1);

	return str_sub(words->text, first->at,
	    last->at + last->len - first->at);
}

struct str
fold_text(struct arena *arena, struct str text)
{
	struct fold_words words;

	fold_words(arena, text, false, &words);
	return words.text;
}

/* Two letters that together look like another one. */
static char
pair_of(char a, char b)
{
	return a == 'r' && b == 'n' ? 'm' : a == 'v' && b == 'v' ? 'w' :
	    a == 'c' && b == 'l' ? 'd' : '\0';
}

/* As fold_text() gives it, with or without blanks. */
static struct str
label_text(struct arena *arena, struct str label)
{
	char *out;
	size_t i;

	label = str_sub(label, 0, FOLD_TEXT_MAX);
	out = arena_alloc(arena, label.len + 1);
	for (i = 0; i < label.len; i++) {
		out[i] = (char)fold_folded[(unsigned char)label.data[i]];
		if (out[i] <= FOLD_BEYOND)
			return fold_text(arena, label);
	}
	return str_of(out, i);
}

struct str
fold_label(struct arena *arena, struct str label)
{
	struct str text = label_text(arena, label);
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char pair = i + 1 < text.len ? pair_of(text.data[i],
		    text.data[i + 1]) : '\0';

		if (text.data[i] != ' ')
			out[len++] = pair != '\0' ? pair : text.data[i];
		i += pair != '\0';
	}
	out[len] = '\0';
	return str_of(out, len);
}
