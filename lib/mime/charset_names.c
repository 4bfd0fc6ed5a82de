/* SPDX-License-Identifier: ISC */
/* charset_names.c - the charsets that are known, by the names senders use.
 *
 * This table decides what iconv is asked for: a name from a stranger never goes
 * there, for it would load whatever module that name finds. Names are compared
 * by their letters and digits alone: "UTF8", "utf_8" and "'utf-8'" are one.
 */
#include "mime/charset_private.h"

#include <string.h>

#include "base/vec.h"

/* The most common first. */
static const struct charset charsets[] = {
	{ "utf-8", NULL, CHARSET_UTF8 },
	{ "us-ascii", NULL, CHARSET_ASCII },
	{ "windows-1252", NULL, CHARSET_LATIN },
	{ "iso-2022-jp", "EUC-JP-MS", CHARSET_JIS },
	{ "utf-7", "UTF-7", CHARSET_SEVEN },
	{ "gb18030", "GB18030", CHARSET_MULTI },
	{ "big5", "BIG5-HKSCS", CHARSET_MULTI },
	{ "euc-kr", "UHC", CHARSET_MULTI },
	{ "shift_jis", "CP932", CHARSET_MULTI },
	{ "euc-jp", "EUC-JP-MS", CHARSET_MULTI },
	{ "euc-tw", "EUC-TW", CHARSET_MULTI },
	{ "koi8-r", "KOI8-R", CHARSET_SINGLE },
	{ "koi8-u", "KOI8-U", CHARSET_SINGLE },
	{ "windows-1250", "CP1250", CHARSET_SINGLE },
	{ "windows-1251", "CP1251", CHARSET_SINGLE },
	{ "windows-1253", "CP1253", CHARSET_SINGLE },
	{ "windows-1254", "CP1254", CHARSET_SINGLE },
	{ "windows-1255", "CP1255", CHARSET_SINGLE },
	{ "windows-1256", "CP1256", CHARSET_SINGLE },
	{ "windows-1257", "CP1257", CHARSET_SINGLE },
	{ "windows-1258", "CP1258", CHARSET_SINGLE },
	{ "windows-874", "CP874", CHARSET_SINGLE },
	{ "iso-8859-2", "ISO-8859-2", CHARSET_SINGLE },
	{ "iso-8859-3", "ISO-8859-3", CHARSET_SINGLE },
	{ "iso-8859-4", "ISO-8859-4", CHARSET_SINGLE },
	{ "iso-8859-5", "ISO-8859-5", CHARSET_SINGLE },
	{ "iso-8859-6", "ISO-8859-6", CHARSET_SINGLE },
	{ "iso-8859-7", "ISO-8859-7", CHARSET_SINGLE },
	{ "iso-8859-8", "ISO-8859-8", CHARSET_SINGLE },
	{ "iso-8859-10", "ISO-8859-10", CHARSET_SINGLE },
	{ "iso-8859-13", "ISO-8859-13", CHARSET_SINGLE },
	{ "iso-8859-14", "ISO-8859-14", CHARSET_SINGLE },
	{ "iso-8859-15", "ISO-8859-15", CHARSET_SINGLE },
	{ "iso-8859-16", "ISO-8859-16", CHARSET_SINGLE },
	{ "ibm866", "IBM866", CHARSET_SINGLE },
	{ "ibm437", "IBM437", CHARSET_SINGLE },
	{ "ibm850", "IBM850", CHARSET_SINGLE },
	{ "ibm852", "IBM852", CHARSET_SINGLE },
	{ "macintosh", "MACINTOSH", CHARSET_SINGLE },
	{ "x-mac-cyrillic", "MAC-CYRILLIC", CHARSET_SINGLE },
	{ "iso-2022-kr", "ISO-2022-KR", CHARSET_SEVEN },
	{ "iso-2022-cn", "ISO-2022-CN", CHARSET_SEVEN },
	{ "utf-16", NULL, CHARSET_UTF16 },
	{ "utf-16le", NULL, CHARSET_UTF16_LE },
	{ "utf-16be", NULL, CHARSET_UTF16_BE },
	{ "utf-32le", NULL, CHARSET_UTF32_LE },
	{ "utf-32be", NULL, CHARSET_UTF32_BE },
};
_Static_assert(ARRAY_LEN(charsets) == CHARSET_COUNT, "all are counted");

/* Other names of each, in the same order: letters and digits only. */
static const char *const aliases[CHARSET_COUNT] = {
	" utf8 unicode11utf8 utf8mb4 xunicode20utf8 unicodeutf8 "
	    "utf cp65001 ",
	" usascii ascii ansix341968 ansix341986 iso646us iso646irv "
	    "ibm367 cp367 us 7bit ",
	" windows1252 iso88591 latin1 cp1252 cp819 ibm819 l1 "
	    "xcp1252 iso885911987 isoir100 csisolatin1 iso8859 ansi "
	    "win1252 8859 88591 8bit isolatin1 western ",
	" iso2022jp csiso2022jp iso2022jpms iso2022jp1 jis cp50220 "
	    "cp50221 cp50222 ",
	" utf7 unicode11utf7 csunicode11utf7 ",
	" gb18030 gbk gb2312 chinese csgb2312 csiso58gb231280 "
	    "gb231280 xgbk cp936 windows936 euccn gb isoir58 ms936 ",
	" big5 big5hkscs cnbig5 csbig5 xxbig5 cp950 windows950 "
	    "big5eten ",
	" euckr cseuckr ksc56011987 ksc5601 ksc56011989 korean "
	    "windows949 cp949 uhc ms949 xwindows949 isoir149 ",
	" shiftjis sjis xsjis csshiftjis mskanji ms932 cp932 "
	    "windows31j windows932 cswindows31j ",
	" eucjp xeucjp cseucpkdfmtjapanese eucjpms eucjpwin ujis ",
	" euctw xeuctw cns11643 ",
	" koi8r koi8 koi cskoi8r ",
	" koi8u koi8ru ",
	" windows1250 cp1250 xcp1250 win1250 ",
	" windows1251 cp1251 xcp1251 win1251 ",
	" windows1253 cp1253 xcp1253 ",
	" windows1254 cp1254 xcp1254 iso88599 latin5 l5 "
	    "csisolatin5 isoir148 iso885991989 ",
	" windows1255 cp1255 xcp1255 ",
	" windows1256 cp1256 xcp1256 ",
	" windows1257 cp1257 xcp1257 ",
	" windows1258 cp1258 xcp1258 ",
	" windows874 cp874 tis620 iso885911 dos874 ",
	" iso88592 latin2 l2 csisolatin2 isoir101 iso885921987 "
	    "88592 ",
	" iso88593 latin3 l3 csisolatin3 isoir109 iso885931988 ",
	" iso88594 latin4 l4 csisolatin4 isoir110 iso885941988 ",
	" iso88595 cyrillic csisolatincyrillic isoir144 "
	    "iso885951988 ",
	" iso88596 arabic iso88596e iso88596i asmo708 ecma114 "
	    "csisolatinarabic isoir127 iso885961987 ",
	" iso88597 greek greek8 ecma118 elot928 csisolatingreek "
	    "isoir126 iso885971987 suneugreek ",
	" iso88598 hebrew iso88598e iso88598i logical visual "
	    "csisolatinhebrew isoir138 iso885981988 ",
	" iso885910 latin6 l6 csisolatin6 isoir157 ",
	" iso885913 latin7 ",
	" iso885914 latin8 ",
	" iso885915 latin9 l9 csisolatin9 885915 ",
	" iso885916 latin10 ",
	" ibm866 cp866 866 csibm866 ",
	" ibm437 cp437 437 ",
	" ibm850 cp850 850 ",
	" ibm852 cp852 852 ",
	" macintosh mac xmacroman macroman csmacintosh ",
	" xmaccyrillic maccyrillic xmacukrainian ",
	" iso2022kr csiso2022kr ",
	" iso2022cn iso2022cnext csiso2022cn ",
	" utf16 unicode ucs2 iso10646ucs2 csunicode unicodefffe "
	    "unicodefeff ",
	" utf16le ucs2le ",
	" utf16be ucs2be ",
	" utf32 ucs4 utf32le ucs4le ",
	" utf32be ucs4be ",
};

#define KEY_MAX 32

/* " utf8 ": as it stands in the lists. Its length without the blanks. */
static size_t
make_key(struct str name, char key[KEY_MAX + 3])
{
	size_t len = 0;

	key[0] = ' ';
	for (size_t i = 0; i < name.len && len < KEY_MAX; i++)
		if (char_is_alnum(name.data[i]))
			key[++len] = char_lower(name.data[i]);
	key[len + 1] = ' ';
	key[len + 2] = '\0';
	return len;
}

static const struct charset *
find_key(const char *key)
{
	for (size_t i = 0; i < CHARSET_COUNT; i++)
		if (strstr(aliases[i], key) != NULL)
			return &charsets[i];
	return NULL;
}

/* The shortest name that a longer one may begin with: "utf8", "big5". */
#define CUT_MIN 4

const struct charset *
charset_find(struct str name)
{
	const struct charset *charset;
	char key[KEY_MAX + 3];
	size_t len = make_key(name, key);

	if (len == 0)
		return NULL;
	charset = find_key(key);
	/* "windows-1252http-equiv": what follows the name was not meant. */
	for (; charset == NULL && len > CUT_MIN; len--) {
		bool is_digit = char_is_digit(key[len]);

		key[len] = ' ';
		key[len + 1] = '\0';
		if (!is_digit)
			charset = find_key(key);
	}
	return charset;
}

size_t
charset_index(const struct charset *charset)
{
	return (size_t)(charset - charsets);
}
