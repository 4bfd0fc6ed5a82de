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
	{ "hz-gb-2312", "GB18030", CHARSET_HZ },
	{ "utf-16", NULL, CHARSET_UTF16 },
	{ "utf-16le", NULL, CHARSET_UTF16_LE },
	{ "utf-16be", NULL, CHARSET_UTF16_BE },
	{ "utf-32le", NULL, CHARSET_UTF32_LE },
	{ "utf-32be", NULL, CHARSET_UTF32_BE },
};
_Static_assert(ARRAY_LEN(charsets) == CHARSET_COUNT, "all are counted");

/* Each name, letters and digits only, and the one above that it means. */
static const struct {
	const char *key, *name;
} keys[] = {
	{ "utf8", "utf-8" }, { "unicode11utf8", "utf-8" },
	{ "utf8mb4", "utf-8" }, { "xunicode20utf8", "utf-8" },
	{ "unicodeutf8", "utf-8" }, { "utf", "utf-8" }, { "cp65001", "utf-8" },
	{ "usascii", "us-ascii" }, { "ascii", "us-ascii" },
	{ "ansix341968", "us-ascii" }, { "ansix341986", "us-ascii" },
	{ "iso646us", "us-ascii" }, { "iso646irv", "us-ascii" },
	{ "ibm367", "us-ascii" }, { "cp367", "us-ascii" },
	{ "us", "us-ascii" }, { "7bit", "us-ascii" },
	{ "windows1252", "windows-1252" }, { "iso88591", "windows-1252" },
	{ "latin1", "windows-1252" }, { "cp1252", "windows-1252" },
	{ "cp819", "windows-1252" }, { "ibm819", "windows-1252" },
	{ "l1", "windows-1252" }, { "xcp1252", "windows-1252" },
	{ "iso885911987", "windows-1252" }, { "isoir100", "windows-1252" },
	{ "csisolatin1", "windows-1252" }, { "iso8859", "windows-1252" },
	{ "ansi", "windows-1252" }, { "win1252", "windows-1252" },
	{ "8859", "windows-1252" }, { "88591", "windows-1252" },
	{ "8bit", "windows-1252" }, { "isolatin1", "windows-1252" },
	{ "western", "windows-1252" }, { "iso2022jp", "iso-2022-jp" },
	{ "csiso2022jp", "iso-2022-jp" }, { "iso2022jpms", "iso-2022-jp" },
	{ "iso2022jp1", "iso-2022-jp" }, { "jis", "iso-2022-jp" },
	{ "cp50220", "iso-2022-jp" }, { "cp50221", "iso-2022-jp" },
	{ "cp50222", "iso-2022-jp" }, { "utf7", "utf-7" },
	{ "unicode11utf7", "utf-7" }, { "csunicode11utf7", "utf-7" },
	{ "gb18030", "gb18030" }, { "gbk", "gb18030" },
	{ "gb2312", "gb18030" }, { "chinese", "gb18030" },
	{ "csgb2312", "gb18030" }, { "csiso58gb231280", "gb18030" },
	{ "gb231280", "gb18030" }, { "xgbk", "gb18030" },
	{ "cp936", "gb18030" }, { "windows936", "gb18030" },
	{ "euccn", "gb18030" }, { "gb", "gb18030" }, { "isoir58", "gb18030" },
	{ "ms936", "gb18030" }, { "big5", "big5" }, { "big5hkscs", "big5" },
	{ "cnbig5", "big5" }, { "csbig5", "big5" }, { "xxbig5", "big5" },
	{ "cp950", "big5" }, { "windows950", "big5" }, { "big5eten", "big5" },
	{ "euckr", "euc-kr" }, { "cseuckr", "euc-kr" },
	{ "ksc56011987", "euc-kr" }, { "ksc5601", "euc-kr" },
	{ "ksc56011989", "euc-kr" }, { "korean", "euc-kr" },
	{ "windows949", "euc-kr" }, { "cp949", "euc-kr" }, { "uhc", "euc-kr" },
	{ "ms949", "euc-kr" }, { "xwindows949", "euc-kr" },
	{ "isoir149", "euc-kr" }, { "shiftjis", "shift_jis" },
	{ "sjis", "shift_jis" }, { "xsjis", "shift_jis" },
	{ "csshiftjis", "shift_jis" }, { "mskanji", "shift_jis" },
	{ "ms932", "shift_jis" }, { "cp932", "shift_jis" },
	{ "windows31j", "shift_jis" }, { "windows932", "shift_jis" },
	{ "cswindows31j", "shift_jis" }, { "eucjp", "euc-jp" },
	{ "xeucjp", "euc-jp" }, { "cseucpkdfmtjapanese", "euc-jp" },
	{ "eucjpms", "euc-jp" }, { "eucjpwin", "euc-jp" },
	{ "ujis", "euc-jp" }, { "euctw", "euc-tw" }, { "xeuctw", "euc-tw" },
	{ "cns11643", "euc-tw" }, { "koi8r", "koi8-r" }, { "koi8", "koi8-r" },
	{ "koi", "koi8-r" }, { "cskoi8r", "koi8-r" }, { "koi8u", "koi8-u" },
	{ "koi8ru", "koi8-u" }, { "windows1250", "windows-1250" },
	{ "cp1250", "windows-1250" }, { "xcp1250", "windows-1250" },
	{ "win1250", "windows-1250" }, { "windows1251", "windows-1251" },
	{ "cp1251", "windows-1251" }, { "xcp1251", "windows-1251" },
	{ "win1251", "windows-1251" }, { "windows1253", "windows-1253" },
	{ "cp1253", "windows-1253" }, { "xcp1253", "windows-1253" },
	{ "windows1254", "windows-1254" }, { "cp1254", "windows-1254" },
	{ "xcp1254", "windows-1254" }, { "iso88599", "windows-1254" },
	{ "latin5", "windows-1254" }, { "l5", "windows-1254" },
	{ "csisolatin5", "windows-1254" }, { "isoir148", "windows-1254" },
	{ "iso885991989", "windows-1254" }, { "windows1255", "windows-1255" },
	{ "cp1255", "windows-1255" }, { "xcp1255", "windows-1255" },
	{ "windows1256", "windows-1256" }, { "cp1256", "windows-1256" },
	{ "xcp1256", "windows-1256" }, { "windows1257", "windows-1257" },
	{ "cp1257", "windows-1257" }, { "xcp1257", "windows-1257" },
	{ "windows1258", "windows-1258" }, { "cp1258", "windows-1258" },
	{ "xcp1258", "windows-1258" }, { "windows874", "windows-874" },
	{ "cp874", "windows-874" }, { "tis620", "windows-874" },
	{ "iso885911", "windows-874" }, { "dos874", "windows-874" },
	{ "iso88592", "iso-8859-2" }, { "latin2", "iso-8859-2" },
	{ "l2", "iso-8859-2" }, { "csisolatin2", "iso-8859-2" },
	{ "isoir101", "iso-8859-2" }, { "iso885921987", "iso-8859-2" },
	{ "88592", "iso-8859-2" }, { "iso88593", "iso-8859-3" },
	{ "latin3", "iso-8859-3" }, { "l3", "iso-8859-3" },
	{ "csisolatin3", "iso-8859-3" }, { "isoir109", "iso-8859-3" },
	{ "iso885931988", "iso-8859-3" }, { "iso88594", "iso-8859-4" },
	{ "latin4", "iso-8859-4" }, { "l4", "iso-8859-4" },
	{ "csisolatin4", "iso-8859-4" }, { "isoir110", "iso-8859-4" },
	{ "iso885941988", "iso-8859-4" }, { "iso88595", "iso-8859-5" },
	{ "cyrillic", "iso-8859-5" }, { "csisolatincyrillic", "iso-8859-5" },
	{ "isoir144", "iso-8859-5" }, { "iso885951988", "iso-8859-5" },
	{ "iso88596", "iso-8859-6" }, { "arabic", "iso-8859-6" },
	{ "iso88596e", "iso-8859-6" }, { "iso88596i", "iso-8859-6" },
	{ "asmo708", "iso-8859-6" }, { "ecma114", "iso-8859-6" },
	{ "csisolatinarabic", "iso-8859-6" }, { "isoir127", "iso-8859-6" },
	{ "iso885961987", "iso-8859-6" }, { "iso88597", "iso-8859-7" },
	{ "greek", "iso-8859-7" }, { "greek8", "iso-8859-7" },
	{ "ecma118", "iso-8859-7" }, { "elot928", "iso-8859-7" },
	{ "csisolatingreek", "iso-8859-7" }, { "isoir126", "iso-8859-7" },
	{ "iso885971987", "iso-8859-7" }, { "suneugreek", "iso-8859-7" },
	{ "iso88598", "iso-8859-8" }, { "hebrew", "iso-8859-8" },
	{ "iso88598e", "iso-8859-8" }, { "iso88598i", "iso-8859-8" },
	{ "logical", "iso-8859-8" }, { "visual", "iso-8859-8" },
	{ "csisolatinhebrew", "iso-8859-8" }, { "isoir138", "iso-8859-8" },
	{ "iso885981988", "iso-8859-8" }, { "iso885910", "iso-8859-10" },
	{ "latin6", "iso-8859-10" }, { "l6", "iso-8859-10" },
	{ "csisolatin6", "iso-8859-10" }, { "isoir157", "iso-8859-10" },
	{ "iso885913", "iso-8859-13" }, { "latin7", "iso-8859-13" },
	{ "iso885914", "iso-8859-14" }, { "latin8", "iso-8859-14" },
	{ "iso885915", "iso-8859-15" }, { "latin9", "iso-8859-15" },
	{ "l9", "iso-8859-15" }, { "csisolatin9", "iso-8859-15" },
	{ "885915", "iso-8859-15" }, { "iso885916", "iso-8859-16" },
	{ "latin10", "iso-8859-16" }, { "ibm866", "ibm866" },
	{ "cp866", "ibm866" }, { "866", "ibm866" }, { "csibm866", "ibm866" },
	{ "ibm437", "ibm437" }, { "cp437", "ibm437" }, { "437", "ibm437" },
	{ "ibm850", "ibm850" }, { "cp850", "ibm850" }, { "850", "ibm850" },
	{ "ibm852", "ibm852" }, { "cp852", "ibm852" }, { "852", "ibm852" },
	{ "macintosh", "macintosh" }, { "mac", "macintosh" },
	{ "xmacroman", "macintosh" }, { "macroman", "macintosh" },
	{ "csmacintosh", "macintosh" }, { "xmaccyrillic", "x-mac-cyrillic" },
	{ "maccyrillic", "x-mac-cyrillic" },
	{ "xmacukrainian", "x-mac-cyrillic" }, { "iso2022kr", "iso-2022-kr" },
	{ "csiso2022kr", "iso-2022-kr" }, { "iso2022cn", "iso-2022-cn" },
	{ "hzgb2312", "hz-gb-2312" },
	{ "hz", "hz-gb-2312" }, { "iso2022cnext", "iso-2022-cn" }, { "csiso2022cn", "iso-2022-cn" },
	{ "utf16", "utf-16" }, { "unicode", "utf-16" }, { "ucs2", "utf-16" },
	{ "iso10646ucs2", "utf-16" }, { "csunicode", "utf-16" },
	{ "unicodefffe", "utf-16" }, { "unicodefeff", "utf-16" },
	{ "utf16le", "utf-16le" }, { "ucs2le", "utf-16le" },
	{ "utf16be", "utf-16be" }, { "ucs2be", "utf-16be" },
	{ "utf32", "utf-32le" }, { "ucs4", "utf-32le" },
	{ "utf32le", "utf-32le" }, { "ucs4le", "utf-32le" },
	{ "utf32be", "utf-32be" }, { "ucs4be", "utf-32be" },
};

#define KEY_MAX 32

/* "utf8": letters and digits alone, small. Its length. */
static size_t
make_key(struct str name, char key[KEY_MAX + 1])
{
	size_t len = 0;

	for (size_t i = 0; i < name.len && len < KEY_MAX; i++)
		if (char_is_alnum(name.data[i]))
			key[len++] = char_lower(name.data[i]);
	key[len] = '\0';
	return len;
}

/* The shortest name that a longer one may begin with: "utf8", "big5". */
#define CUT_MIN 4

/* "windows-1252http-equiv": what follows the name was not meant, when it begins
 * with no digit. How much of key the name is, or 0. */
static size_t
match_len(const char *name, const char *key)
{
	size_t len = 0;

	while (name[len] != '\0' && name[len] == key[len])
		len++;
	if (name[len] != '\0')
		return 0;
	if (key[len] == '\0')
		return len;
	return len >= CUT_MIN && !char_is_digit(key[len]) ? len : 0;
}

const struct charset *
charset_find(struct str name)
{
	const char *best = NULL;
	char key[KEY_MAX + 1];
	size_t key_len = make_key(name, key), best_len = 0;

	if (key_len == 0)
		return NULL;
	/* None is longer than the whole. */
	for (size_t i = 0; i < ARRAY_LEN(keys) && best_len < key_len; i++) {
		size_t len = keys[i].key[0] != key[0] ? 0
		    : match_len(keys[i].key, key);

		if (len > best_len) {
			best_len = len;
			best = keys[i].name;
		}
	}
	for (size_t i = 0; best != NULL && i < CHARSET_COUNT; i++)
		if (strcmp(charsets[i].name, best) == 0)
			return &charsets[i];
	return NULL;
}

const struct charset *
charset_of_kind(enum charset_kind kind)
{
	for (size_t i = 0; i < CHARSET_COUNT; i++)
		if (charsets[i].kind == kind)
			return &charsets[i];
	return NULL;
}

size_t
charset_index(const struct charset *charset)
{
	return (size_t)(charset - charsets);
}
