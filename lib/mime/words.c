/* SPDX-License-Identifier: ISC */
/* words.c - header texts decoded: encoded words (RFC 2047).
 *
 * "=?charset*language?B?text?=" wherever it stands, for clients do not ask
 * whether a word is alone between blanks. Within the text of a word "?" and
 * blanks are taken, which the RFC forbids; but "=?" begins another word, and
 * the one before it was none. Nothing is looked at twice for long: a name of a
 * charset ends after 64 octets, and a text that has no end is passed over.
 */
#include "mime/words.h"

#include <string.h>

#include "base/arena.h"
#include "mime/charset.h"
#include "mime/transfer.h"

#define CHARSET_MAX 64
#define WORD_MAX 75		/* RFC 2047 2 */

struct words {
	struct arena *arena;
	struct str value;
	mime_oddities oddities;
	struct buf out;
	/* Words of one charset that are not read yet: their octets. */
	struct str charset;
	char encoding;		/* 'b', 'q'; 0: none wait */
	struct transfer_decoder decoder;
	struct buf octets;
};

/* One encoded word of the value. */
struct word {
	size_t start, end;
	struct str charset;
	char encoding;
	struct str text;
};

static void
add_bad(struct words *words)
{
	words->oddities |= mime_odd(MIME_ODD_bad_word);
}

/* Line ends go, the blanks behind them stay (RFC 5322 2.2.3). */
static struct str
unfold(struct arena *arena, struct str text)
{
	struct buf out;
	struct str line;

	if (memchr(text.data, '\n', text.len) == NULL)
		return text;
	buf_init(&out, arena);
	buf_reserve(&out, text.len);
	while (str_cut(&text, '\n', &line)) {
		if (text.data != NULL && line.len != 0 &&
		    line.data[line.len - 1] == '\r')
			line.len--;
		buf_add_str(&out, line);
	}
	return buf_str(&out);
}

/* What stands outside of words. */
static void
add_plain(struct words *words, struct str text)
{
	struct charset_reading reading;

	if (text.len == 0)
		return;
	charset_read(words->arena, STR(""), unfold(words->arena, text),
	    &reading);
	if (strcmp(reading.used, "windows-1252") == 0)
		words->oddities |= mime_odd(MIME_ODD_header_8bit);
	buf_add_str(&words->out, reading.text);
}

/* The last octets of base64 are given out. */
static void
end_base64(struct words *words)
{
	if (words->encoding != 'b')
		return;
	buf_reserve(&words->octets, transfer_room(0));
	words->octets.len += transfer_end(&words->decoder,
	    words->octets.data + words->octets.len);
	if (words->decoder.oddities != 0)
		add_bad(words);
}

/* The words that wait are text now. Their line ends would be those of nothing:
 * a value is one line. */
static void
end_words(struct words *words)
{
	struct charset_reading reading;
	size_t start = words->out.len;

	if (words->encoding == 0)
		return;
	end_base64(words);
	words->encoding = 0;
	charset_read(words->arena, words->charset, buf_str(&words->octets),
	    &reading);
	if (reading.is_unknown)
		words->oddities |= mime_odd(MIME_ODD_charset_unknown);
	if (reading.is_wrong)
		words->oddities |= mime_odd(MIME_ODD_charset_wrong);
	buf_add_str(&words->out, reading.text);
	for (size_t i = start; i < words->out.len; i++)
		if (char_is_space(words->out.data[i]) ||
		    words->out.data[i] == '\0')
			words->out.data[i] = ' ';
}

/* RFC 2047 4.2. */
static void
add_q(struct words *words, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = -1, low = -1;
		char c = text.data[i];

		if (c == '\n' || c == '\r')
			continue;
		if (c == '=' && text.len - i > 2) {
			high = char_hex_value(text.data[i + 1]);
			low = char_hex_value(text.data[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '=') {
			add_bad(words);
		} else if (c == '_') {
			c = ' ';
		}
		buf_add_char(&words->octets, c);
	}
}

/* RFC 2047 4.1. Senders cut base64 anywhere, so words of it are one. */
static void
add_b(struct words *words, struct str text)
{
	buf_reserve(&words->octets, transfer_room(text.len));
	words->octets.len += transfer_decode(&words->decoder, text,
	    words->octets.data + words->octets.len);
}

static void
add_word(struct words *words, const struct word *word)
{
	if (words->encoding != 0 &&
	    !str_eq_nocase(words->charset, word->charset))
		end_words(words);
	if (words->encoding == 0)
		buf_clear(&words->octets);
	if (words->encoding != word->encoding) {
		end_base64(words);
		transfer_begin(&words->decoder, TRANSFER_BASE64);
	}
	words->encoding = word->encoding;
	words->charset = word->charset;
	if (word->encoding == 'b')
		add_b(words, word->text);
	else
		add_q(words, word->text);
}

static bool
is_blank(struct str text)
{
	return str_trim(text).len == 0;
}

/* A neighbour that RFC 2047 5 allows: a blank, or a bracket of a comment. */
static bool
may_touch(struct str value, size_t at)
{
	char c;

	if (at >= value.len)	/* before the first, behind the last */
		return true;
	c = value.data[at];
	return char_is_space(c) || c == '(' || c == ')';
}

static void
judge(struct words *words, const struct word *word)
{
	struct str text = word->text;

	if (word->end - word->start > WORD_MAX ||
	    memchr(text.data, '?', text.len) != NULL ||
	    memchr(text.data, ' ', text.len) != NULL ||
	    memchr(text.data, '\t', text.len) != NULL ||
	    !may_touch(words->value, word->start - 1) ||
	    !may_touch(words->value, word->end))
		add_bad(words);
}

/* "utf-8*en?Q?" at position at: the charset and encoding, and where its text
 * begins; 0: it is no such thing. */
static size_t
read_front(struct str value, size_t at, struct word *word)
{
	struct str front = str_sub(value, at, CHARSET_MAX + 3);
	ptrdiff_t mark = str_find(front, '?'), language;

	if (mark <= 0 || (size_t)mark + 2 >= front.len ||
	    front.data[mark + 2] != '?')
		return 0;
	word->charset = str_sub(front, 0, (size_t)mark);
	language = str_find(word->charset, '*');	/* RFC 2231 5 */
	if (language >= 0)
		word->charset.len = (size_t)language;
	word->encoding = char_lower(front.data[mark + 1]);
	return word->encoding == 'b' || word->encoding == 'q'
	    ? at + (size_t)mark + 3 : 0;
}

/* Where the text that begins at position at ends with "?=". -1: it does not,
 * and *resume_r is where the next word may begin. */
static ptrdiff_t
find_end(struct str value, size_t at, size_t *resume_r)
{
	for (size_t from = at;; from++) {
		const char *mark = memchr(value.data + from, '?',
		    value.len - from);

		*resume_r = value.len;
		if (mark == NULL)
			return -1;
		from = (size_t)(mark - value.data);
		if (from + 1 < value.len && mark[1] == '=')
			return (ptrdiff_t)from;
		*resume_r = from - 1;
		if (from > at && mark[-1] == '=')
			return -1;
	}
}

/* Where "=?" is next, or at the end. */
static size_t
find_start(struct str value, size_t at)
{
	for (size_t from = at + 1; from < value.len; from++) {
		const char *mark = memchr(value.data + from, '?',
		    value.len - from);

		if (mark == NULL)
			break;
		from = (size_t)(mark - value.data);
		if (mark[-1] == '=')
			return from - 1;
	}
	return value.len;
}

/* The next word from *at on. False: there is none, or *at is where to look
 * further. */
static bool
find_word(struct words *words, size_t *at, struct word *word)
{
	struct str value = words->value;
	size_t start = find_start(value, *at), text, resume;
	ptrdiff_t end;

	*at = start == value.len ? start : start + 2;
	if (start == value.len)
		return false;
	text = read_front(value, *at, word);
	if (text == 0)
		return false;
	end = find_end(value, text, &resume);
	if (end < 0) {
		add_bad(words);
		*at = resume;
		return false;
	}
	word->start = start;
	word->text = str_sub(value, text, (size_t)end - text);
	word->end = *at = (size_t)end + 2;
	return true;
}

/* ASCII without words is what it shall be, but for its folds. False: it is
 * more. */
static bool
read_plain(struct arena *arena, struct str value, struct str *text_r)
{
	bool is_folded;

	if (find_start(value, 0) < value.len || !str_is_ascii(value))
		return false;
	is_folded = memchr(value.data, '\n', value.len) != NULL;
	/* Some charsets of Japan hide in ASCII. */
	if (is_folded && memchr(value.data, '\033', value.len) != NULL)
		return false;
	*text_r = is_folded ? str_trim(unfold(arena, value)) : value;
	return true;
}

struct str
words_decode(struct arena *arena, struct str value, mime_oddities *oddities)
{
	struct words words = { .arena = arena, .value = str_trim(value) };
	size_t at = 0, plain = 0;
	struct word word;

	value = words.value;
	if (value.len == 0 || read_plain(arena, value, &value))
		return value;
	buf_init(&words.out, arena);
	buf_init(&words.octets, arena);
	while (at < value.len) {
		struct str before;

		if (!find_word(&words, &at, &word))
			continue;
		judge(&words, &word);
		before = str_sub(value, plain, word.start - plain);
		if (words.encoding == 0 || !is_blank(before)) {
			end_words(&words);
			add_plain(&words, before);
		}
		add_word(&words, &word);
		plain = at;
	}
	end_words(&words);
	add_plain(&words, str_from_pos(value, plain));
	if (oddities != NULL)
		*oddities |= words.oddities;
	return str_trim(buf_str(&words.out));
}
