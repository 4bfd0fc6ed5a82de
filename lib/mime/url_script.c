/* SPDX-License-Identifier: ISC */
/* url_script.c - letters that nobody sees, and names of several scripts. */
#include "base/utf8.h"
#include "base/vec.h"
#include "mime/url_private.h"

/* Who writes which scripts in one word (Unicode UTS 39 5.2, highly
 * restrictive): Latin with those of Japan, China, Korea. */
enum script {
	LATIN = 1 << 0,
	GREEK = 1 << 1,
	CYRILLIC = 1 << 2,
	ARMENIAN = 1 << 3,
	HEBREW = 1 << 4,
	ARABIC = 1 << 5,
	INDIC = 1 << 6,
	THAI = 1 << 7,
	GEORGIAN = 1 << 8,
	HANGUL = 1 << 9,
	CHEROKEE = 1 << 10,
	KANA = 1 << 11,
	BOPOMOFO = 1 << 12,
	HAN = 1 << 13,
	OTHER = 1 << 14,
};

static const unsigned words[] = {
	LATIN | HAN | KANA,
	LATIN | HAN | BOPOMOFO,
	LATIN | HAN | HANGUL,
};

/* By the blocks of Unicode, those that are letters; in order. */
static const struct {
	uint32_t first, last;
	enum script script;
} blocks[] = {
	{ 'A', 'Z', LATIN }, { 'a', 'z', LATIN }, { 0xc0, 0x24f, LATIN },
	{ 0x250, 0x2af, LATIN }, { 0x370, 0x3ff, GREEK },
	{ 0x400, 0x52f, CYRILLIC }, { 0x531, 0x58f, ARMENIAN },
	{ 0x591, 0x5ff, HEBREW }, { 0x600, 0x6ff, ARABIC },
	{ 0x700, 0x74f, OTHER }, { 0x750, 0x77f, ARABIC },
	{ 0x780, 0x8ff, OTHER }, { 0x900, 0xdff, INDIC },
	{ 0xe00, 0xe7f, THAI }, { 0xe80, 0x109f, OTHER },
	{ 0x10a0, 0x10ff, GEORGIAN }, { 0x1100, 0x11ff, HANGUL },
	{ 0x1200, 0x139f, OTHER }, { 0x13a0, 0x13ff, CHEROKEE },
	{ 0x1400, 0x1c7f, OTHER }, { 0x1c80, 0x1c8f, CYRILLIC },
	{ 0x1d00, 0x1dbf, LATIN }, { 0x1e00, 0x1eff, LATIN },
	{ 0x1f00, 0x1fff, GREEK }, { 0x2c00, 0x2dff, OTHER },
	{ 0x3005, 0x3007, HAN }, { 0x3040, 0x30ff, KANA },
	{ 0x3105, 0x312f, BOPOMOFO }, { 0x3130, 0x318f, HANGUL },
	{ 0x31f0, 0x31ff, KANA }, { 0x3400, 0x9fff, HAN },
	{ 0xa000, 0xa63f, OTHER }, { 0xa640, 0xa69f, CYRILLIC },
	{ 0xa722, 0xa7ff, LATIN }, { 0xa800, 0xab2f, OTHER },
	{ 0xab30, 0xab6f, LATIN }, { 0xab70, 0xabbf, CHEROKEE },
	{ 0xac00, 0xd7ff, HANGUL }, { 0xf900, 0xfaff, HAN },
	{ 0xfb50, 0xfdff, ARABIC }, { 0xfe70, 0xfefe, ARABIC },
	{ 0xff21, 0xff5a, LATIN }, { 0xff66, 0xff9d, KANA },
	{ 0x10000, 0x1ffff, OTHER }, { 0x20000, 0x3ffff, HAN },
};

/* Characters without width, and those that turn the direction. */
static const struct {
	uint32_t first, last;
} invisible[] = {
	{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f },
	{ 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180e }, { 0x200b, 0x200f }, { 0x202a, 0x202e },
	{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xe0000, 0xe0fff },
};

/* The next character of *text, which it leaves; a wrong octet is itself. */
static uint32_t
take_char(struct str *text)
{
	static const unsigned char masks[] = { 0xff, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t len = utf8_char_len(*text);
	uint32_t code = (unsigned char)text->data[0] & masks[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)text->data[i] & 0x3f);
	*text = str_from_pos(*text, len == 0 ? 1 : len);
	return code;
}

bool
url_has_invisible(struct str text)
{
	while (text.len != 0) {
		size_t at = 0;
		uint32_t code;

		while (at < text.len && text.data[at] > 0x1f &&
		    text.data[at] < 0x7f)
			at++;
		text = str_from_pos(text, at);
		if (text.len == 0)
			break;
		code = take_char(&text);
		for (size_t i = 0; i < ARRAY_LEN(invisible); i++)
			if (code >= invisible[i].first &&
			    code <= invisible[i].last)
				return true;
	}
	return false;
}

static unsigned
script_of(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		if (code >= blocks[i].first && code <= blocks[i].last)
			return blocks[i].script;
	return 0;
}

static bool
is_one_word(unsigned scripts)
{
	if ((scripts & (scripts - 1)) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if ((scripts & ~words[i]) == 0)
			return true;
	return false;
}

bool
url_mixes_scripts(struct str shown)
{
	unsigned scripts = 0;

	if (str_is_ascii(shown))
		return false;
	while (shown.len != 0) {
		uint32_t code = take_char(&shown);

		scripts = code == '.' ? 0 : scripts | script_of(code);
		if (!is_one_word(scripts))
			return true;
	}
	return false;
}
