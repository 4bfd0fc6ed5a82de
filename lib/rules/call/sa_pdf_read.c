/* SPDX-License-Identifier: ISC */
/* sa_pdf_read.c - PDF files read line by line, without a parser: what is packed
 * into streams is not seen, there or here.
 *
 * A file is millions of octets from strangers: each line is read once from left to
 * right, and of everything that is kept there is a most. */
#include "rules/call/sa_pdf.h"

#include "base/arena.h"
#include "rules/call/sa_eval.h"

/* What is kept of each kind, and of one text. */
#define KEPT_MAX 256
#define TEXT_MAX ((size_t)256)
/* The mark of a PDF file stands in its first octets. */
#define MAGIC_WITHIN ((size_t)1024)
/* Lines that go into the fuzzy digest. */
#define FUZZY_LINES 70

/* One file while it is read. */
struct reader {
	struct arena *arena;
	struct sa_pdf *pdf;
	struct buf fuzzy, tags;
	size_t lines;
	bool has_fuzzy_end, has_image;
	double height, width, area;	/* of all its images */
};

static bool
begins(struct str text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

static struct str
skip_digits(struct str text)
{
	size_t len = 0;

	while (len < text.len && char_is_digit(text.data[len]))
		len++;
	return str_from_pos(text, len);
}

static bool
is_white(char c)
{
	return char_is_space(c) || c == '\f' || c == '\v';
}

/* Up to max blanks off the start of text. */
static struct str
skip_white(struct str text, size_t max)
{
	size_t len = 0;

	while (len < max && len < text.len && is_white(text.data[len]))
		len++;
	return str_from_pos(text, len);
}

/* The number at the start of *rest; false: there is none. */
static bool
take_number(struct str *rest, double *value_r)
{
	struct str text = *rest;

	*rest = skip_digits(text);
	*value_r = 0;
	for (size_t i = 0; i < text.len - rest->len; i++)
		*value_r = *value_r * 10 + (text.data[i] - '0');
	return rest->len != text.len;
}

/* "630 0 0 149 0 0 cm": six numbers, the first and the fourth are the size. */
static bool
is_matrix(struct str line, double *width_r, double *height_r)
{
	double numbers[6];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (!take_number(&line, &numbers[i]) || line.len == 0 ||
		    !is_white(line.data[0]))
			return false;
		line = skip_white(line, SIZE_MAX);
	}
	*width_r = numbers[0];
	*height_r = numbers[3];
	return str_is(line, "cm");
}

/* --- digests ------------------------------------------------------------------------------ */

static void
keep_digest(struct reader *reader, struct str bytes, bool is_fuzzy)
{
	struct sa_pdf_digest *digest;

	if (bytes.len == 0 || reader->pdf->digests.len >= KEPT_MAX)
		return;
	digest = vec_push(&reader->pdf->digests);
	digest->is_fuzzy = is_fuzzy;
	digest_md5(bytes, digest->hex);
}

/* What files made alike share: their first lines but for comments and sizes.
 * *line loses the blanks at its end. */
static void
take_fuzzy(struct reader *reader, struct str *line)
{
	double width, height;

	if (reader->has_fuzzy_end || ++reader->lines >= FUZZY_LINES)
		return;
	if (!begins(*line, "%") && !begins(*line, "/Height") &&
	    !begins(*line, "/Width") && !begins(*line, "/MediaBox") &&
	    !begins(*line, "/CropBox") && !is_matrix(*line, &width, &height)) {
		while (line->len != 0 && is_white(line->data[line->len - 1]))
			line->len--;
		buf_add_str(&reader->fuzzy, *line);
	}
	reader->has_fuzzy_end = sa_has(*line, "stream");
}

/* --- images -------------------------------------------------------------------------------- */

/* "/Width 630/Height 149"; one that begins the line is of another form, which
 * tells one side alone. */
static bool
find_sides(struct str line, double *width_r, double *height_r)
{
	const char *at;

	if (begins(line, "/Width"))
		return false;
	while ((at = line.len == 0 ? NULL : memmem(line.data, line.len,
	    "/Width", 6)) != NULL) {
		struct str rest = line = str_from_pos(line,
		    (size_t)(at - line.data) + 6);

		if (rest.len == 0 || !is_white(rest.data[0]))
			continue;
		rest = str_from_pos(rest, 1);
		if (!take_number(&rest, width_r) || !begins(rest, "/Height"))
			continue;
		rest = str_from_pos(rest, 7);
		if (rest.len == 0 || !is_white(rest.data[0]))
			continue;
		rest = str_from_pos(rest, 1);
		if (take_number(&rest, height_r))
			return true;
	}
	return false;
}

static void
keep_size(struct sa_pdf *pdf, double height, double width)
{
	if (pdf->sizes.len < KEPT_MAX)
		*(struct sa_pdf_size *)vec_push(&pdf->sizes) =
		    (struct sa_pdf_size){ height, width };
}

static void
take_image(struct reader *reader, struct str line)
{
	double width, height;

	reader->has_image |= sa_has(line, "/Image");
	if (!reader->has_image || (!is_matrix(line, &width, &height) &&
	    !find_sides(line, &width, &height)) || width == 0 || height == 0)
		return;
	reader->has_image = false;
	reader->has_fuzzy_end = true;
	reader->height += height;
	reader->width += width;
	reader->area += width * height;
	reader->pdf->images++;
	keep_size(reader->pdf, height, width);
}

/* --- what it says of itself ---------------------------------------------------------------- */

static const struct detail_row {
	const char *name;
	bool is_date;
} details[SA_PDF_DETAILS] = {
	[SA_PDF_AUTHOR] = { "/Author", false },
	[SA_PDF_CREATOR] = { "/Creator", false },
	[SA_PDF_CREATED] = { "/CreationDate", true },
	[SA_PDF_MODIFIED] = { "/ModDate", true },
	[SA_PDF_PRODUCER] = { "/Producer", false },
	[SA_PDF_TITLE] = { "/Title", false },
};

/* Where ")" without a backslash, or ">", ends what begins text; 0: nowhere. */
static size_t
value_end(struct str text)
{
	if (text.len != 0 && text.data[0] == '<')
		return (size_t)(str_find(text, '>') + 1);
	for (size_t i = 1; i < text.len && text.data[0] == '('; i++)
		if (text.data[i] == ')' && text.data[i - 1] != '\\')
			return i + 1;
	return 0;
}

/* UTF-16 of ASCII without its mark and zeros. */
static struct str
without_zeros(char *text, size_t len)
{
	size_t kept = 0;

	if (len < 2 || (memcmp(text, "\xfe\xff", 2) != 0 &&
	    memcmp(text, "\xff\xfe", 2) != 0))
		return str_of(text, len);
	for (size_t i = 2; i < len; i++)
		if (text[i] != '\0')
			text[kept++] = text[i];
	return str_of(text, kept);
}

/* Between "<" and ">": octets in hexadecimal. */
static struct str
read_hex(struct arena *arena, struct str value)
{
	char *out = arena_alloc(arena, value.len + 1);
	size_t len = 0;

	for (size_t i = 0; i + 1 < value.len; i++) {
		int high = char_hex_value(value.data[i]);
		int low = char_hex_value(value.data[i + 1]);

		if (high < 0 || low < 0)
			continue;
		out[len++] = (char)(high << 4 | low);
		i++;
	}
	return without_zeros(out, len);
}

/* "\376" at `at`, and no backslash before it. */
static bool
is_octal(struct str value, size_t at)
{
	return at + 3 < value.len && value.data[at] == '\\' &&
	    (at == 0 || value.data[at - 1] != '\\') &&
	    value.data[at + 1] >= '0' && value.data[at + 1] <= '3' &&
	    value.data[at + 2] >= '0' && value.data[at + 2] <= '7' &&
	    value.data[at + 3] >= '0' && value.data[at + 3] <= '7';
}

/* Between "(" and ")": octets in octal, then "\(" as "(". */
static struct str
read_literal(struct arena *arena, struct str value)
{
	char *out = arena_alloc(arena, value.len + 1);
	size_t len = 0, kept = 0;
	struct str plain;

	for (size_t i = 0; i < value.len; i++) {
		if (!is_octal(value, i)) {
			out[len++] = value.data[i];
			continue;
		}
		out[len++] = (char)((value.data[i + 1] - '0') << 6 |
		    (value.data[i + 2] - '0') << 3 | (value.data[i + 3] - '0'));
		i += 3;
	}
	plain = without_zeros(out, len);
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.data[i] == '\\' && i + 1 < plain.len &&
		    strchr("()\\", plain.data[i + 1]) != NULL &&
		    plain.data[i + 1] != '\0')
			i++;
		out[kept++] = plain.data[i];
	}
	return str_of(out, kept);
}

/* What nothing ends any more on this line: it is not looked for again. */
struct endless {
	bool literal, hex;
};

/* The value behind a detail's name; data NULL: it is not one. */
static struct str
value_of(struct arena *arena, struct str text, bool is_date,
    struct endless *endless)
{
	bool is_hex, *is_endless;
	size_t end;

	text = skip_white(text, 2);
	if (is_date) {
		text = begins(text, "(D:") ? str_from_pos(text, 3) :
		    str_of(NULL, 0);
		text.len -= skip_digits(text).len;
		return text.len != 0 ? text : str_of(NULL, 0);
	}
	is_hex = begins(text, "<");
	is_endless = is_hex ? &endless->hex : &endless->literal;
	if (*is_endless || (!is_hex && !begins(text, "(")))
		return str_of(NULL, 0);
	end = value_end(text);
	*is_endless = end == 0;
	if (end == 0)
		return str_of(NULL, 0);
	text = str_sub(text, 1, end - 2);
	return is_hex ? read_hex(arena, text) : read_literal(arena, text);
}

/* Each detail once a line. */
static void
take_details(struct reader *reader, struct str line)
{
	bool has[SA_PDF_DETAILS] = { false };
	struct endless endless = { false, false };
	ptrdiff_t slash;

	for (; (slash = str_find(line, '/')) >= 0;
	    line = str_from_pos(line, 1)) {
		line = str_from_pos(line, (size_t)slash);
		for (unsigned i = 0; i < SA_PDF_DETAILS; i++) {
			struct str value;

			if (has[i] || !begins(line, details[i].name))
				continue;
			value = value_of(reader->arena, str_from_pos(line,
			    strlen(details[i].name)), details[i].is_date,
			    &endless);
			has[i] = value.data != NULL;
			if (has[i] && reader->pdf->said.len < KEPT_MAX)
				*(struct sa_pdf_said *)vec_push(
				    &reader->pdf->said) = (struct sa_pdf_said){
				    i, str_copy(reader->arena,
				    str_sub(value, 0, TEXT_MAX)) };
		}
	}
}

/* --- a file ---------------------------------------------------------------------------------- */

static void
take_line(struct reader *reader, struct str line)
{
	size_t len = 1;

	take_fuzzy(reader, &line);
	reader->pdf->is_encrypted |= begins(line, "/Encrypt");
	take_image(reader, line);
	if (str_find(line, '/') < 0)
		return;
	while (line.data[0] == '/' && len < line.len &&
	    char_is_alpha(line.data[len]))
		len++;
	buf_add_str(&reader->tags, str_sub(line, 1, len - 1));
	take_details(reader, line);
}

/* "%PDF-1.4" */
static bool
is_pdf(struct str data)
{
	struct str head = str_sub(data, 0, MAGIC_WITHIN + 8), rest = head;
	const char *at;

	while ((at = rest.len == 0 ? NULL : memmem(rest.data, rest.len,
	    "%PDF-", 5)) != NULL) {
		rest = str_from_pos(rest, (size_t)(at - rest.data) + 5);
		if (rest.len >= 3 && char_is_digit(rest.data[0]) &&
		    rest.data[1] == '.' && char_is_digit(rest.data[2]))
			return true;
	}
	return false;
}

static void
read_file(struct view *view, struct sa_pdf *pdf, struct sa_part *part)
{
	struct reader reader = { .arena = view->arena, .pdf = pdf };
	struct str data = sa_part_decoded(view, part), rest, line;

	if (begins(data, "\xef\xbb\xbf"))
		data = str_from_pos(data, 3);
	if (!is_pdf(data))
		return;
	if (part->name.len != 0 && pdf->names.len < KEPT_MAX)
		*(struct str *)vec_push(&pdf->names) = part->name;
	buf_init(&reader.fuzzy, view->arena);
	buf_init(&reader.tags, view->arena);
	for (rest = data; str_cut(&rest, '\n', &line);)
		if (line.len != 0)
			take_line(&reader, line);
	if (reader.area != 0) {
		pdf->area = reader.area;
		keep_size(pdf, reader.height, reader.width);
	}
	keep_digest(&reader, data, false);
	keep_digest(&reader, buf_str(&reader.fuzzy), true);
	keep_digest(&reader, buf_str(&reader.tags), true);
}

/* By its type, or by its name where the type says nothing. */
static bool
is_file(const struct sa_part *part)
{
	struct str type = part->type;

	if (!part->is_leaf)
		return false;
	return str_is(type, "application/pdf") || str_is(type, "image/pdf") ||
	    ((str_is(type, "application/octet-stream") ||
	    str_is(type, "image/octet-stream")) &&
	    (str_has_suffix_nocase(part->name, STR(".pdf")) ||
	    str_has_suffix_nocase(part->name, STR(".fdf"))));
}

const struct sa_pdf *
sa_pdf(struct view *view)
{
	void **kept = view_kept(view, "sa_pdf");
	const struct vec *parts = sa_parts(view);
	struct sa_pdf *pdf;

	if (*kept != NULL)
		return *kept;
	*kept = pdf = arena_zalloc(view->arena, sizeof(*pdf));
	vec_init(&pdf->names, view->arena, sizeof(struct str));
	vec_init(&pdf->said, view->arena, sizeof(struct sa_pdf_said));
	vec_init(&pdf->sizes, view->arena, sizeof(struct sa_pdf_size));
	vec_init(&pdf->digests, view->arena, sizeof(struct sa_pdf_digest));
	for (size_t i = 0; i < parts->len; i++)
		if (is_file(vec_at(parts, i))) {
			pdf->files++;
			read_file(view, pdf, vec_at(parts, i));
		}
	return pdf;
}
