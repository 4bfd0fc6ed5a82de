/* SPDX-License-Identifier: ISC */
/* reader_inline.c - files and armour that stand within a text.
 *
 * uuencode (POSIX.1), yEnc (its draft 1.3) and PGP's armour (RFC 9580 6.2) are
 * older than MIME or know nothing of it; clients show what they hold as files.
 * Each becomes a part below the text, which keeps what stands around them. What
 * only begins like one stays: a client shows it as the text that it is. Of
 * armour only lines that can be nothing else are taken, so that no words hide in
 * it.
 *
 * Time: each line is looked at once or twice, for a block is searched for its end
 * only as far as it is one. */
#include "base/arena.h"
#include "mime/reader_private.h"

/* The line at the start of text, with its LF. */
static struct str
first_line(struct str text)
{
	const char *lf = memchr(text.data, '\n', text.len);

	return lf == NULL ? text
	    : str_of(text.data, (size_t)(lf - text.data) + 1);
}

static struct str
without_end(struct str line)
{
	while (line.len != 0 && (line.data[line.len - 1] == '\n' ||
	    line.data[line.len - 1] == '\r'))
		line.len--;
	return line;
}

static bool
begins(struct str text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && memcmp(text.data, with, len) == 0;
}

/* Base64 in short lines: of armour (RFC 9580 6: 76 at most, and its checksum) and
 * of uuencode. */
static bool
is_base64_line(struct str line)
{
	if (line.len > 80)
		return false;
	for (size_t i = 0; i < line.len; i++)
		if (!char_is_alnum(line.data[i]) && line.data[i] != '+' &&
		    line.data[i] != '/' && line.data[i] != '=')
			return false;
	return true;
}

/* --- uuencode ------------------------------------------------------------------------ */

/* Behind "begin ": three or four octal digits, a blank, perhaps a name. */
static bool
uu_name(struct str line, struct str *name_r)
{
	size_t at = 0;

	while (at < line.len && line.data[at] >= '0' && line.data[at] <= '7')
		at++;
	*name_r = str_trim(str_from_pos(line, at));
	return at >= 3 && at <= 4 && at < line.len && line.data[at] == ' ';
}

/* Does the line have as many characters as it says, but for blanks lost at its
 * end, and a checksum? */
static bool
is_uu_line(struct str line)
{
	size_t bytes, want;

	if (line.len == 0 || line.data[0] < ' ' || line.data[0] > '`')
		return false;
	bytes = ((size_t)line.data[0] - 32) & 63;
	want = (bytes + 2) / 3 * 4;
	return line.len - 1 + 2 >= (bytes * 8 + 5) / 6 &&
	    line.len - 1 <= want + 2;
}

/* How long the block is. 0: it is none. */
static size_t
uu_block(struct str text)
{
	size_t at = first_line(text).len, lines = 0;

	while (at < text.len) {
		struct str line = first_line(str_from_pos(text, at));
		struct str data = without_end(line);

		if (str_is(data, "end"))
			return at + line.len;
		if (!is_uu_line(data) && (lines == 0 || data.len != 0))
			break;
		lines++;
		at += line.len;
	}
	return lines != 0 ? at : 0;
}

/* The same in lines of base64, up to "====" or a line that has none. */
static size_t
base64_block(struct str text)
{
	size_t first = first_line(text).len, at = first;

	while (at < text.len) {
		struct str line = first_line(str_from_pos(text, at));
		struct str data = str_trim(line);

		if (data.len == 0 || !is_base64_line(data))
			break;
		at += line.len;
		if (str_is(data, "===="))
			break;
	}
	return at > first ? at : 0;
}

static size_t
take_uuencode(struct mime_reader *reader, struct mime_part *part,
    struct str text)
{
	struct str line = without_end(first_line(text)), name;
	bool is_base64 = begins(line, "begin-base64 ");
	size_t len;

	if ((!is_base64 && !begins(line, "begin ")) ||
	    !uu_name(str_from_pos(line, is_base64 ? 13 : 6), &name))
		return 0;
	len = is_base64 ? base64_block(text) : uu_block(text);
	if (len == 0 || sink_file(reader, part, MIME_FROM_UUENCODE, name,
	    str_sub(text, 0, len), TRANSFER_UUENCODE) == NULL)
		return 0;
	odd(part, MIME_ODD_uuencoded);
	return len;
}

/* --- yEnc ---------------------------------------------------------------------------- */

/* "=ybegin part=1 line=128 size=123 name=all that follows". */
static struct str
yenc_name(struct str line)
{
	for (size_t at = 0; at + 6 < line.len; at++)
		if (begins(str_from_pos(line, at), " name="))
			return str_from_pos(line, at + 6);
	return STR("");
}

static size_t
yenc_block(struct str text)
{
	size_t at = 0;

	while (at < text.len) {
		struct str line = first_line(str_from_pos(text, at));

		at += line.len;
		if (begins(line, "=yend"))
			break;
	}
	return at;
}

static size_t
take_yenc(struct mime_reader *reader, struct mime_part *part, struct str text)
{
	struct str line = without_end(first_line(text));
	size_t len;

	if (!begins(line, "=ybegin ") || yenc_name(line).len == 0)
		return 0;
	len = yenc_block(text);
	if (sink_file(reader, part, MIME_FROM_YENC, yenc_name(line),
	    str_sub(text, 0, len), TRANSFER_YENC) == NULL)
		return 0;
	odd(part, MIME_ODD_yencoded);
	return len;
}

/* --- PGP ----------------------------------------------------------------------------- */

static const struct armour {
	const char *begin, *end, *subtype;
	bool is_encrypted;
} armours[] = {
	{ "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----",
	    "pgp-encrypted", true },
	{ "-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----",
	    "pgp-signature", false },
	{ "-----BEGIN PGP PUBLIC KEY BLOCK-----",
	    "-----END PGP PUBLIC KEY BLOCK-----", "pgp-keys", false },
	{ "-----BEGIN PGP PRIVATE KEY BLOCK-----",
	    "-----END PGP PRIVATE KEY BLOCK-----", "pgp-keys", false },
};

static bool
is_armour_header(struct str line)
{
	static const char *const names[] = { "Version: ", "Comment: ",
	    "MessageID: ", "Hash: ", "Charset: " };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (begins(line, names[i]))
			return true;
	return false;
}

static size_t
armour_block(struct str text, const char *end)
{
	size_t at = first_line(text).len;
	bool is_header = true;

	while (at < text.len) {
		struct str line = first_line(str_from_pos(text, at));
		struct str data = str_trim(line);

		at += line.len;
		if (str_is(data, end))
			return at;
		if (is_header && is_armour_header(data))
			continue;
		is_header = is_header && data.len != 0;
		if (!is_base64_line(data))
			break;
	}
	return 0;
}

static size_t
take_armour(struct mime_reader *reader, struct mime_part *part,
    struct str text)
{
	const struct armour *armour = NULL;
	struct mime_part *found;
	struct str line;
	size_t len;

	if (!begins(text, "-----BEGIN PGP "))
		return 0;
	line = str_trim(first_line(text));
	if (str_is(line, "-----BEGIN PGP SIGNED MESSAGE-----"))
		odd(part, MIME_ODD_pgp_inline);
	for (size_t i = 0; i < ARRAY_LEN(armours) && armour == NULL; i++)
		if (str_is(line, armours[i].begin))
			armour = &armours[i];
	if (armour == NULL)
		return 0;
	odd(part, MIME_ODD_pgp_inline);
	if (armour->is_encrypted)
		odd(part, MIME_ODD_encrypted);
	len = armour_block(text, armour->end);
	found = len == 0 ? NULL : sink_file(reader, part, MIME_FROM_PGP,
	    STR(""), str_sub(text, 0, len), TRANSFER_BINARY);
	if (found == NULL)
		return 0;
	found->subtype = str_from(armour->subtype);
	found->disposition = MIME_SHOWN;
	return len;
}

/* --- the text -------------------------------------------------------------------------- */

static size_t
take_block(struct mime_reader *reader, struct mime_part *part,
    struct str text)
{
	switch (text.data[0]) {
	case 'b':
		return take_uuencode(reader, part, text);
	case '=':
		return take_yenc(reader, part, text);
	case '-':
		return take_armour(reader, part, text);
	default:
		return 0;
	}
}

/* What stays moves up over what went; text lies in a buffer of ours. */
struct str
inline_take(struct mime_reader *reader, struct mime_part *part,
    struct str text)
{
	struct str rest = text;
	char *to = (char *)text.data;

	while (rest.len != 0) {
		size_t len = take_block(reader, part, rest);

		if (len == 0) {
			len = first_line(rest).len;
			if (to != rest.data)
				memmove(to, rest.data, len);
			to += len;
		}
		rest = str_from_pos(rest, len);
	}
	return str_of(text.data, (size_t)(to - text.data));
}
