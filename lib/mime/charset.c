/* SPDX-License-Identifier: ISC */
/* charset.c - text of any charset as UTF-8, lies found out.
 *
 * What is UTF-8 by chance is short, so it wins over every charset of single
 * octets, which can say of no octet that it is wrong; over those of several
 * octets from some length on, for a word of theirs may look like it. Of the
 * others the claim holds until the text speaks against it. What then remains is
 * windows-1252, which has a character for every octet.
 */
#include "mime/charset.h"

#include <string.h>

#include "base/arena.h"
#include "mime/charset_private.h"

struct task {
	struct arena *arena;
	struct str octets;
	const struct charset *claimed;	/* NULL: none, or an unknown one */
	struct charset_reading *reading;
};

static void
set_text(struct task *task, struct str text, const char *used)
{
	task->reading->text = text;
	task->reading->used = used;
}

/* It is in another charset than was said. What was not said is not wrong. */
static void
set_wrong(struct task *task)
{
	task->reading->is_wrong = task->claimed != NULL;
}

static void
read_latin(struct task *task)
{
	struct buf out;

	buf_init(&out, task->arena);
	charset_latin(task->octets, &out);
	set_text(task, buf_str(&out), "windows-1252");
}

static void
repair_utf8(struct task *task)
{
	struct buf out;

	buf_init(&out, task->arena);
	buf_reserve(&out, task->octets.len);
	task->reading->replaced = charset_utf8_repair(task->octets, &out);
	set_text(task, buf_str(&out), "utf-8");
}

static void
read_utf8(struct task *task)
{
	if (charset_utf8_len(task->octets) == task->octets.len) {
		set_text(task, task->octets, "utf-8");
	} else if (charset_utf8_is_likely(task->octets)) {
		repair_utf8(task);
	} else {
		read_latin(task);
		set_wrong(task);
	}
}

static void
read_unicode(struct task *task, enum charset_kind kind)
{
	bool is_wide = kind == CHARSET_UTF32_LE || kind == CHARSET_UTF32_BE;
	bool is_big = kind == CHARSET_UTF32_BE || kind == CHARSET_UTF16_BE;
	struct buf out;

	buf_init(&out, task->arena);
	task->reading->replaced = is_wide
	    ? charset_utf32(task->octets, is_big, &out)
	    : charset_utf16(task->octets, is_big, &out);
	set_text(task, buf_str(&out), is_wide
	    ? is_big ? "utf-32be" : "utf-32le"
	    : is_big ? "utf-16be" : "utf-16le");
}

/* Latin letters and blanks have a zero, at the even place when the high octet
 * comes first. Without any it is as browsers have it (WHATWG Encoding 4.2). */
static enum charset_kind
guess_order(struct str octets)
{
	size_t zeros[2] = { 0, 0 };

	for (size_t i = 0; i < octets.len; i++)
		zeros[i & 1] += octets.data[i] == '\0';
	return zeros[0] > zeros[1] ? CHARSET_UTF16_BE : CHARSET_UTF16_LE;
}

/* UTF-16 that has no zero but is UTF-8 was never UTF-16. */
static void
read_wide(struct task *task, enum charset_kind kind)
{
	if (memchr(task->octets.data, '\0', task->octets.len) == NULL &&
	    charset_utf8_len(task->octets) == task->octets.len) {
		set_text(task, task->octets, "utf-8");
		set_wrong(task);
		return;
	}
	read_unicode(task, kind == CHARSET_UTF16 ? guess_order(task->octets)
	    : kind);
}

/* By iconv, octets being in the form that it knows. */
static void
read_iconv(struct task *task, const struct charset *charset,
    struct str octets)
{
	ptrdiff_t replaced;
	struct buf out;

	buf_init(&out, task->arena);
	replaced = charset_iconv(charset, octets, &out);
	if (replaced != 0 &&
	    charset_utf8_len(task->octets) == task->octets.len) {
		set_text(task, task->octets, "utf-8");
		set_wrong(task);
	} else if (replaced < 0) {
		read_latin(task);
		set_wrong(task);
	} else {
		task->reading->replaced += (size_t)replaced;
		set_text(task, buf_str(&out), charset->name);
	}
}

/* By what stands for characters in ASCII; iconv knows the same without that. */
static void
read_escaped(struct task *task, const struct charset *charset)
{
	struct buf octets;

	buf_init(&octets, task->arena);
	task->reading->replaced = charset->kind == CHARSET_HZ
	    ? charset_hz_to_gb(task->octets, &octets)
	    : charset_jis_to_euc(task->octets, &octets);
	read_iconv(task, charset, buf_str(&octets));
}

static bool
has_escape(struct str octets)
{
	return octets.len != 0 &&
	    memchr(octets.data, '\033', octets.len) != NULL;
}

/* Every octet is ASCII: it is, but for the charsets that hide in it. */
static void
read_seven_bit(struct task *task, const struct charset *charset)
{
	static const struct str kanji = { "\033$", 2 };
	const struct charset *jis = charset_of_kind(CHARSET_JIS);

	if (charset->kind == CHARSET_SEVEN) {
		read_iconv(task, charset, task->octets);
	} else if (charset->kind == CHARSET_HZ) {
		read_escaped(task, charset);
	} else if (has_escape(task->octets) && (charset == jis ||
	    memmem(task->octets.data, task->octets.len, kanji.data,
	    kanji.len) != NULL)) {
		read_escaped(task, jis);
		if (charset != jis)
			set_wrong(task);
	} else {
		set_text(task, task->octets, charset->name);
	}
}

/* Characters of UTF-8 that no text in two octets a character has by chance. */
#define TELLING 8

/* Is it UTF-8, whatever was said? */
static bool
is_utf8_for_sure(struct str octets, enum charset_kind claimed)
{
	size_t count = 0;

	for (size_t i = 0; claimed == CHARSET_MULTI && i < octets.len &&
	    count < TELLING; i++)
		count += (unsigned char)octets.data[i] >= 0xc2;
	return (claimed != CHARSET_MULTI || count == TELLING) &&
	    charset_utf8_len(octets) == octets.len;
}

static void
read_eight_bit(struct task *task, const struct charset *charset)
{
	if (is_utf8_for_sure(task->octets, charset->kind)) {
		set_text(task, task->octets, "utf-8");
		set_wrong(task);
	} else if (charset->kind == CHARSET_SINGLE ||
	    charset->kind == CHARSET_MULTI) {
		read_iconv(task, charset, task->octets);
	} else if (charset->kind == CHARSET_HZ ||
	    (charset->kind == CHARSET_JIS && has_escape(task->octets))) {
		read_escaped(task, charset);
	} else {
		read_latin(task);
		if (charset->kind != CHARSET_LATIN)
			set_wrong(task);
	}
}

/* A byte order mark, which is no text. Two octets that look like it are none
 * when nothing else says UTF-16: the claim does not, nor has it a zero. */
static enum charset_kind
take_mark(struct task *task)
{
	static const struct {
		struct str mark;
		enum charset_kind kind;
	} marks[] = {
		{ { "\xef\xbb\xbf", 3 }, CHARSET_UTF8 },
		{ { "\xff\xfe\0\0", 4 }, CHARSET_UTF32_LE },
		{ { "\0\0\xfe\xff", 4 }, CHARSET_UTF32_BE },
		{ { "\xff\xfe", 2 }, CHARSET_UTF16_LE },
		{ { "\xfe\xff", 2 }, CHARSET_UTF16_BE },
	};
	bool is_wide = task->octets.len != 0 && ((task->claimed != NULL &&
	    task->claimed->kind >= CHARSET_UTF16) ||
	    memchr(task->octets.data, '\0', task->octets.len) != NULL);

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct str mark = marks[i].mark;

		if (!str_eq(str_sub(task->octets, 0, mark.len), mark) ||
		    (marks[i].kind != CHARSET_UTF8 && !is_wide))
			continue;
		task->octets = str_from_pos(task->octets, mark.len);
		return marks[i].kind;
	}
	return CHARSET_ASCII;
}

static void
read_marked(struct task *task, enum charset_kind mark)
{
	enum charset_kind claimed = task->claimed == NULL ? mark
	    : task->claimed->kind;

	if (claimed != mark && !(claimed == CHARSET_UTF16 &&
	    mark > CHARSET_UTF16))
		set_wrong(task);
	if (mark == CHARSET_UTF8)
		read_utf8(task);
	else
		read_unicode(task, mark);
}

void
charset_read(struct arena *arena, struct str claimed, struct str octets,
    struct charset_reading *reading_r)
{
	const struct charset *charset = charset_find(claimed);
	struct task task = { arena, octets.len == 0 ? STR("") : octets,
		charset, reading_r };
	enum charset_kind mark = take_mark(&task);

	memset(reading_r, 0, sizeof(*reading_r));
	reading_r->is_unknown = charset == NULL && str_trim(claimed).len != 0;
	if (charset == NULL)	/* RFC 2045 5.2 */
		charset = charset_of_kind(CHARSET_ASCII);
	if (mark != CHARSET_ASCII)
		read_marked(&task, mark);
	else if (charset->kind >= CHARSET_UTF16)
		read_wide(&task, charset->kind);
	else if (str_is_ascii(octets))
		read_seven_bit(&task, charset);
	else if (charset->kind == CHARSET_UTF8)
		read_utf8(&task);
	else
		read_eight_bit(&task, charset);
}
