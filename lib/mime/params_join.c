/* SPDX-License-Identifier: ISC */
/* params_join.c - parameters from their pieces, in UTF-8 (RFC 2231).
 *
 * Of one name "name*" is taken before "name*0", and that before "name": whoever
 * sends several means the later ones for clients that know no better. Octets of
 * all pieces are put together before they are read in the charset, for it is the
 * octets that senders cut.
 */
#include "mime/params_private.h"

#include "base/arena.h"
#include "mime/charset.h"
#include "mime/part.h"
#include "mime/words.h"

#define SECTION_MAX 9999

void
params_name(struct arena *arena, struct str written,
    struct params_piece *piece)
{
	struct str name = str_lower(arena, written);
	ptrdiff_t star;
	uint64_t section;

	piece->section = -1;
	piece->is_extended = name.len > 1 && name.data[name.len - 1] == '*';
	if (piece->is_extended)
		name.len--;
	star = str_find_last(name, '*');
	if (star > 0 && str_to_u64(str_from_pos(name, (size_t)star + 1),
	    SECTION_MAX, &section) == 0) {
		piece->section = (int)section;
		name.len = (size_t)star;
	}
	piece->name = name;
}

/* The first piece of that name, with that section; -1 is none. */
static const struct params_piece *
find(const struct vec *pieces, struct str name, int section, bool is_extended)
{
	for (size_t i = 0; i < pieces->len; i++) {
		const struct params_piece *piece = vec_at(pieces, i);

		if (piece->section == section && str_eq(piece->name, name) &&
		    (section >= 0 || piece->is_extended == is_extended))
			return piece;
	}
	return NULL;
}

/* The one with the lowest section of all. */
static const struct params_piece *
find_lowest(const struct vec *pieces, struct str name)
{
	const struct params_piece *lowest = NULL;

	for (size_t i = 0; i < pieces->len; i++) {
		const struct params_piece *piece = vec_at(pieces, i);

		if (piece->section >= 0 && str_eq(piece->name, name) &&
		    (lowest == NULL || piece->section < lowest->section))
			lowest = piece;
	}
	return lowest;
}

/* A '%' without two digits stands for itself. */
static void
add_percent(struct buf *octets, struct str text, mime_oddities *oddities)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = -1, low = -1;

		if (text.data[i] == '%' && text.len - i > 2) {
			high = char_hex_value(text.data[i + 1]);
			low = char_hex_value(text.data[i + 2]);
		}
		if (high < 0 || low < 0) {
			if (text.data[i] == '%')
				*oddities |= mime_odd(MIME_ODD_bad_param);
			buf_add_char(octets, text.data[i]);
			continue;
		}
		buf_add_char(octets, (char)(high << 4 | low));
		i += 2;
	}
}

/* Take "utf-8'en'" off the text (RFC 2231 4): the charset; "": none. */
static struct str
take_charset(struct str *text, mime_oddities *oddities)
{
	struct str rest = *text, charset, language;

	if (!str_cut(&rest, '\'', &charset) ||
	    !str_cut(&rest, '\'', &language) || rest.data == NULL) {
		*oddities |= mime_odd(MIME_ODD_bad_param);
		return STR("");
	}
	*text = rest;
	return charset;
}

static void
add_piece(struct buf *octets, const struct params_piece *piece,
    struct str value, mime_oddities *oddities)
{
	if (piece->is_extended)
		add_percent(octets, value, oddities);
	else
		buf_add_str(octets, value);
}

/* The value that begins with this piece, and has the next ones behind it. A
 * boundary is compared by its octets: nothing in it is read as text. */
static struct str
join_from(struct arena *arena, const struct vec *pieces,
    const struct params_piece *piece, mime_oddities *oddities)
{
	struct str value = piece->value, charset = STR("");
	struct charset_reading reading;
	bool is_boundary = str_is(piece->name, "boundary");
	bool is_extended = false;
	struct buf octets;

	buf_init(&octets, arena);
	if (piece->is_extended)
		charset = take_charset(&value, oddities);
	while (piece != NULL) {
		int next = piece->section + 1;

		is_extended |= piece->is_extended;
		add_piece(&octets, piece, value, oddities);
		piece = next == 0 ? NULL
		    : find(pieces, piece->name, next, false);
		if (piece != NULL)
			value = piece->value;
	}
	if (is_boundary)
		return buf_str(&octets);
	if (!is_extended)
		return words_decode(arena, buf_str(&octets), oddities);
	charset_read(arena, charset, buf_str(&octets), &reading);
	if (reading.is_unknown)
		*oddities |= mime_odd(MIME_ODD_charset_unknown);
	if (reading.is_wrong)
		*oddities |= mime_odd(MIME_ODD_charset_wrong);
	return reading.text;
}

static struct str
join(struct arena *arena, const struct vec *pieces, struct str name,
    mime_oddities *oddities)
{
	const struct params_piece *piece = find(pieces, name, -1, true);

	if (piece != NULL)
		return join_from(arena, pieces, piece, oddities);
	piece = find_lowest(pieces, name);
	if (piece == NULL)
		piece = find(pieces, name, -1, false);
	else if (piece->section != 0)
		*oddities |= mime_odd(MIME_ODD_split_param);
	return join_from(arena, pieces, piece, oddities);
}

/* Is there nothing before it that makes it one too many, or missing? */
static bool
is_in_place(const struct vec *pieces, const struct params_piece *piece)
{
	if (find(pieces, piece->name, piece->section, piece->is_extended) !=
	    piece)
		return false;
	return piece->section <= 0 ||
	    find(pieces, piece->name, piece->section - 1, false) != NULL;
}

static bool
has_name(const struct vec *params, struct str name)
{
	for (size_t i = 0; i < params->len; i++)
		if (str_eq(((const struct mime_param *)
		    vec_at(params, i))->name, name))
			return true;
	return false;
}

void
params_join(struct arena *arena, const struct vec *pieces,
    struct vec *params, mime_oddities *oddities)
{
	vec_init(params, arena, sizeof(struct mime_param));
	for (size_t i = 0; i < pieces->len; i++) {
		const struct params_piece *piece = vec_at(pieces, i);
		struct mime_param *param;

		if (!is_in_place(pieces, piece))
			*oddities |= mime_odd(MIME_ODD_split_param);
		if (has_name(params, piece->name))
			continue;
		param = vec_push(params);
		param->name = piece->name;
		param->value = join(arena, pieces, piece->name, oddities);
	}
}
