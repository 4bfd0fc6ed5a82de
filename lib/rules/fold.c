/* SPDX-License-Identifier: ISC */
/* fold.c - words of a text, folded.
 *
 * Nearly all words are of ASCII: for those one table says what each octet gives.
 * A word that has others is read again from its start, letter by letter. */
#include "rules/fold.h"

#include "base/arena.h"
#include "rules/fold_private.h"

/* What an octet gives in a word, 0: it is no letter of ASCII. i, l and 1 are one
 * letter to the eye, o and 0 one. */
static const unsigned char folded[256] = {
	['0'] = 'o', 'l', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'l', 'j', 'k', 'l',
	'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'l', 'j', 'k', 'l',
	'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};

static const unsigned char exact[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L',
	'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l',
	'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};

struct folding {
	const unsigned char *table;
	bool is_exact;
	struct buf out;
	struct vec *items;		/* struct fold_word */
};

/* Octets of a word with what parts it from the next one, at the least of most
 * texts. */
#define USUAL_WORD 5

/* For a filter and a table of fixed content, which no stranger fills: letter by
 * letter, as each is written, for it is dear to read them back at once. */
static uint64_t
hash_more(uint64_t hash, unsigned char c)
{
	return (hash << 5 | hash >> 59) ^ c;
}

static uint32_t
hash_end(uint64_t hash)
{
	return (uint32_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Where the next word begins in out, behind the blank that parts it. */
static size_t
next_at(const struct folding *folding)
{
	return folding->out.len + (folding->out.len != 0);
}

/* vec_push() for whoever fills the item. */
static struct fold_word *
push(struct vec *items)
{
	return items->len < items->capacity ?
	    (struct fold_word *)items->items + items->len++ : vec_push(items);
}

/* A word of len octets stands there. */
static void
add_item(struct folding *folding, size_t at, size_t len, uint64_t hash)
{
	struct fold_word *item = push(folding->items);

	if (at != 0)
		folding->out.data[at - 1] = ' ';
	folding->out.len = at + len;
	*item = (struct fold_word){ (uint32_t)at, (uint32_t)len,
		hash_end(hash) };
}

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
		if (class == LETTER_BREAK)
			break;
		run.has_letter |= class == LETTER_KEPT;
		at += len;
	}
	run.len = at;
	return run;
}

static void
add_folded(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_add_char(out, (char)((unsigned char)text[i] < 0x80 ?
		    folded[(unsigned char)text[i]] : text[i]));
}

static void
fold_word(struct buf *out, struct str word, bool has_ascii)
{
	while (word.len != 0) {
		struct letter letter;
		size_t len = 1;

		if ((unsigned char)word.data[0] < 0x80) {
			add_folded(out, word.data, 1);
			word = str_from_pos(word, 1);
			continue;
		}
		letter = fold_letter(fold_next_char(word, &len));
		if (has_ascii && letter.own_len != 0)
			add_folded(out, letter.own, letter.own_len);
		else if (letter.class == LETTER_KEPT)
			add_folded(out, letter.plain, letter.plain_len);
		word = str_from_pos(word, len);
	}
}

/* What is at the start of text, a word or none; its length. */
static size_t
add_run(struct folding *folding, struct str text)
{
	struct fold_run run = fold_run(text);
	struct str word = str_sub(text, 0, run.len);
	size_t at = next_at(folding);
	uint64_t hash = 0;

	if (run.has_letter) {
		folding->out.len = at;
		if (folding->is_exact)
			buf_add_str(&folding->out, word);
		else
			fold_word(&folding->out, word, run.has_ascii);
		for (size_t i = at; i < folding->out.len; i++)
			hash = hash_more(hash,
			    (unsigned char)folding->out.data[i]);
		add_item(folding, at, folding->out.len - at, hash);
	}
	if (run.len == 0)
		fold_next_char(text, &run.len);
	return run.len;
}

/* --- words -------------------------------------------------------------------- */

/* The same of what stands from text on, before end; not of an octet of ASCII that
 * ends words. */
static size_t
add_next(struct folding *folding, const unsigned char *text,
    const unsigned char *end)
{
	const unsigned char *table = folding->table, *at = text;
	size_t begin = next_at(folding);
	uint64_t hash = 0;
	unsigned char c;
	char *out;

	buf_reserve(&folding->out, (size_t)(end - text) + 1);
	out = folding->out.data + begin;
	for (; at < end && (c = table[*at]) != 0; at++) {
		*out++ = (char)c;
		hash = hash_more(hash, c);
	}
	if (at < end && *at >= 0x80)
		return add_run(folding, str_of((const char *)text,
		    (size_t)(end - text)));
	add_item(folding, begin, (size_t)(at - text), hash);
	return (size_t)(at - text);
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
	struct folding folding = { .table = is_exact ? exact : folded,
		.is_exact = is_exact, .items = &words_r->items };
	const unsigned char *at, *end;

	buf_init(&folding.out, arena);
	text = str_sub(text, 0, FOLD_TEXT_MAX);
	words_r->items = items_for(arena, text.len);
	buf_reserve(&folding.out, text.len + 1);
	at = (const unsigned char *)text.data;
	/* NULL + 0 is no pointer in C. */
	end = text.len != 0 ? at + text.len : at;
	while (at < end)
		at += folding.table[*at] == 0 && *at < 0x80 ? 1 :
		    add_next(&folding, at, end);
	folding.out.data[folding.out.len] = '\0';
	words_r->text = buf_str(&folding.out);
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

struct str
fold_label(struct arena *arena, struct str label)
{
	struct str text = fold_text(arena, label);
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
