/* SPDX-License-Identifier: ISC */
/* sa_mime.c - eval: tests of the parts of a message (Plugin/MIMEEval.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "mail/header.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mime/part.h"

#define PARTS_MAX 1000
#define QP_LINE_MAX 79

/* What all parts together tell. */
struct facts {
	unsigned html, text, base64, quoted, attached;
	bool has_encoded_text, has_long_line, has_bad_charset;
	bool has_capital_charset;
	bool is_illegal_ascii;
	size_t plain, unicode;
	size_t base64_line;
	bool has_epilogue, lacks_headers, lacks_separator;
};

/* The next line of *rest, its end too. */
static struct str
next_line(struct str *rest)
{
	ptrdiff_t end = str_find(*rest, '\n');
	struct str line = str_sub(*rest, 0,
	    end < 0 ? rest->len : (size_t)end + 1);

	*rest = str_from_pos(*rest, line.len);
	return line;
}

/* --- charsets --------------------------------------------------------------------- */

static bool
is_ascii_charset(struct str charset)
{
	static const char *const names[] = { "us-ascii", "ansi_x3.4", "iso-ir-6",
		"iso_646.irv:1991", "ascii", "iso646-us", "us", "ibm367",
		"cp367", "csascii" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sa_has(charset, names[i]))
			return true;
	return charset.len == 0;
}

/* "iso-something-else" that there is none of. */
static bool
is_bad_iso(struct str charset)
{
	struct str rest;

	if (!str_has_prefix_nocase(charset, STR("iso-")))
		return false;
	rest = str_from_pos(charset, 4);
	if (str_find(rest, '-') <= 0 ||
	    str_find(rest, '-') + 1 == (ptrdiff_t)rest.len)
		return false;
	if (str_has_prefix_nocase(rest, STR("8859-")))
		return rest.len < 6 || rest.len > 7 ||
		    !char_is_digit(rest.data[5]) ||
		    (rest.len == 7 && !char_is_digit(rest.data[6]));
	return !str_has_prefix_nocase(rest, STR("2022-jp")) &&
	    !str_has_prefix_nocase(rest, STR("2022-kr"));
}

/* Charsets whose encoded form is full of capitals. */
static bool
has_capitals(struct str charset)
{
	static const char *const names[] = { "koi", "jp", "jis", "euc", "gb",
		"big5", "isoir", "cp1251", "windows-1251", "georgianps",
		"pt154", "tis" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sa_has(charset, names[i]))
			return true;
	return false;
}

/* --- one part ----------------------------------------------------------------------- */

struct heads {
	struct str encoding, disposition, charset;
	bool has_charset;
};

static void
take_heads(const struct sa_part *part, const struct heads *heads,
    struct facts *facts)
{
	bool is_text = str_has_prefix_nocase(part->type, STR("text"));
	bool is_base64 = sa_has(heads->encoding, "base64");

	if (str_is(part->type, "text/html"))
		facts->html++;
	else if (is_text)
		facts->text++;
	if (is_base64)
		facts->base64++;
	else if (sa_has(heads->encoding, "quoted-printable"))
		facts->quoted++;
	facts->attached += sa_has(heads->disposition, "attachment");
	if (is_text && is_base64 && is_ascii_charset(heads->charset) &&
	    !str_has_prefix_nocase(heads->disposition, STR("attachment")) &&
	    !str_has_prefix_nocase(heads->disposition, STR("inline")))
		facts->has_encoded_text = true;
	facts->has_bad_charset |= is_bad_iso(heads->charset);
	facts->has_capital_charset |= has_capitals(heads->charset);
}

/* Has a line octets that plain ASCII has not? */
static bool
is_illegal(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.data[i] >= 0x80 ||
		    line.data[i] == '\0' || line.data[i] == '\r')
			return true;
	return false;
}

/* "&#x4E2D;": how many, and how many other octets. */
static void
count_references(struct str line, struct facts *facts)
{
	for (size_t i = 0; i < line.len; i++) {
		size_t digits = 0;

		if (line.data[i] == '&' && i + 7 < line.len &&
		    memcmp(line.data + i, "&#x", 3) == 0)
			while (digits < 4 && char_hex_value(
			    line.data[i + 3 + digits]) >= 0)
				digits++;
		if (digits == 4 && line.data[i + 7] == ';') {
			facts->unicode++;
			i += 7;
		} else {
			facts->plain++;
		}
	}
}

static void
take_lines(const struct sa_part *part, const struct heads *heads,
    struct str raw, struct facts *facts)
{
	struct str encoding = heads->encoding, line;
	bool is_plain = str_is(part->type, "text/plain");
	bool is_ascii = is_plain && (!heads->has_charset ||
	    str_is(heads->charset, "us-ascii"));
	bool is_bare = is_plain && (encoding.len == 0 ||
	    str_is(encoding, "7bit") || str_is(encoding, "8bit"));
	bool is_quoted = str_is(encoding, "quoted-printable");

	if (!is_ascii && !is_bare && !is_quoted && !str_is(encoding, "base64"))
		return;
	while (raw.len != 0) {
		line = next_line(&raw);
		if (is_quoted && line.len > QP_LINE_MAX &&
		    !str_has_prefix_nocase(line, STR("SPAM: ")))
			facts->has_long_line = true;
		if (is_ascii)
			facts->is_illegal_ascii |= is_illegal(line);
		if (is_bare)
			count_references(line, facts);
		if (str_is(encoding, "base64") &&
		    line.len > facts->base64_line &&
		    !str_is(part->type, "application/ics"))
			facts->base64_line = line.len;
	}
}

static void
take_part(struct view *view, struct sa_part *part, struct facts *facts)
{
	struct arena *arena = view->arena;
	struct heads heads = {
		.encoding = str_lower(arena, sa_field_last(arena, part->fields,
		    "content-transfer-encoding")),
		.disposition = str_lower(arena, sa_field_last(arena,
		    part->fields, "content-disposition")),
		.has_charset = part->charset.data != NULL,
		.charset = str_lower(arena, part->charset),
	};

	take_heads(part, &heads, facts);
	if (part->is_leaf)
		take_lines(part, &heads, sa_part_raw(view, part), facts);
}

/* --- how parts are cut ------------------------------------------------------------------- */

/* "--boundary" at the start of line, 2 when it is the last one. */
static int
delimiter(struct str line, struct str boundary)
{
	struct str rest;

	if (line.len < boundary.len + 2 || line.data[0] != '-' ||
	    line.data[1] != '-' ||
	    memcmp(line.data + 2, boundary.data, boundary.len) != 0)
		return 0;
	rest = str_trim(str_from_pos(line, boundary.len + 2));
	return rest.len == 0 ? 1 : str_is(rest, "--") ? 2 : 0;
}

static bool
is_field(struct str line, bool may_have_blank)
{
	size_t at = 0;

	while (at < line.len && line.data[at] > ' ' && line.data[at] < 0x7f &&
	    line.data[at] != ':')
		at++;
	if (at == 0)
		return false;
	while (may_have_blank && at < line.len && char_is_blank(line.data[at]))
		at++;
	return at < line.len && line.data[at] == ':';
}

static bool
has_word(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!char_is_space(line.data[i]) && line.data[i] != '.')
			return true;
	return false;
}

static void
take_cuts(struct str body, struct str boundary, struct facts *facts)
{
	enum { BEFORE, BEGIN, HEADER, CONTENT, AFTER } state = BEFORE;

	while (body.len != 0) {
		struct str line = next_line(&body);
		int found = state == AFTER ? 0 : delimiter(line, boundary);

		if (found != 0) {
			state = found == 2 && state != BEFORE ? AFTER : BEGIN;
			continue;
		}
		if (state == AFTER && has_word(line)) {
			facts->has_epilogue = true;
			return;
		}
		if (state == BEGIN)
			facts->lacks_headers |= !is_field(line, false);
		if (state == BEGIN || state == HEADER) {
			bool goes_on = is_field(line, true) ||
			    (state == HEADER && char_is_blank(line.data[0]));

			if (!goes_on && str_trim(line).len != 0)
				facts->lacks_separator = true;
			state = goes_on ? HEADER : CONTENT;
		}
	}
}

static void
take_structure(struct view *view, const struct sa_part *part,
    struct facts *facts)
{
	struct str body, boundary = mime_part_param(part->part, "boundary");

	if (part->part->kind != MIME_CONTAINER || boundary.len == 0 ||
	    view->txn->body == NULL ||
	    spool_data(view->txn->body, &body) != 0)
		return;
	if (part->part->above != NULL)
		body = str_sub(body, part->part->raw_at, part->part->raw_size);
	take_cuts(body, boundary, facts);
}

static const struct facts *
facts_of(struct view *view)
{
	void **kept = view_kept(view, "sa_mime");
	const struct vec *parts;
	struct facts *facts;

	if (*kept != NULL)
		return *kept;
	*kept = facts = arena_zalloc(view->arena, sizeof(*facts));
	parts = sa_parts(view);
	for (size_t i = 0; i < parts->len; i++) {
		take_part(view, vec_at(parts, i), facts);
		take_structure(view, vec_at(parts, i), facts);
	}
	return facts;
}

/* --- tests ---------------------------------------------------------------------------------- */

static double
run_for_mime(struct view *view, const void *prepared)
{
	const struct facts *facts = facts_of(view);
	struct str name = ((const struct sa_args *)prepared)->texts[0];

	if (str_is(name, "mime_base64_count"))
		return facts->base64 != 0;
	if (str_is(name, "mime_qp_count"))
		return facts->quoted != 0;
	if (str_is(name, "mime_attachment"))
		return facts->attached != 0;
	if (str_is(name, "mime_base64_encoded_text"))
		return facts->has_encoded_text;
	if (str_is(name, "mime_qp_long_line"))
		return facts->has_long_line;
	if (str_is(name, "mime_bad_iso_charset"))
		return facts->has_bad_charset;
	return str_is(name, "mimepart_limit_exceeded") &&
	    sa_parts(view)->len > PARTS_MAX;
}

static bool
is_page(struct view *view)
{
	return str_has_prefix_nocase(sa_get_text(view, "content-type"),
	    STR("text/html"));
}

static double
run_mime_html(struct view *view, const void *prepared)
{
	(void)prepared;
	return is_page(view) || facts_of(view)->html != 0;
}

static double
run_mime_html_only(struct view *view, const void *prepared)
{
	const struct facts *facts = facts_of(view);

	(void)prepared;
	return is_page(view) || (facts->html != 0 && facts->text == 0);
}

/* How much longer the text is than the page that says the same. */
static double
run_multipart_ratio(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *parts = sa_parts(view);
	size_t text = SIZE_MAX, html = SIZE_MAX;
	bool is_alternative = false;
	double ratio = 1;

	for (size_t i = 0; i < parts->len; i++) {
		struct sa_part *part = vec_at(parts, i);

		is_alternative |= str_is(part->type, "multipart/alternative");
		if (!is_alternative || !part->is_leaf ||
		    sa_has_nocase(view, sa_field_last(view->arena,
		    part->fields, "content-disposition"), "attachment"))
			continue;
		if (str_is(part->type, "text/html"))
			html = sa_part_raw(view, part).len;
		else if (str_is(part->type, "text/plain"))
			text = sa_part_raw(view, part).len;
	}
	if (text != SIZE_MAX && html != SIZE_MAX && html != 0)
		ratio = (double)text / (double)html;
	return ratio >= args->least[0] && ratio < args->most[1];
}

static bool
is_header_cut(const struct view *view)
{
	const struct vec *fields = &view->txn->headers.fields;

	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (field->name.len > 256 || field->value.len > 8191)
			return true;
	}
	return view->txn->headers.size_bytes > 65536;
}

static double
run_parse_flags(struct view *view, const void *prepared)
{
	struct str name = ((const struct sa_args *)prepared)->texts[0];

	if (str_is(name, "truncated_header"))
		return is_header_cut(view);
	if (str_is(name, "missing_head_body_separator"))
		return view->txn->has_bare_lines;
	if (str_is(name, "mime_epilogue_exists"))
		return facts_of(view)->has_epilogue;
	if (str_is(name, "missing_mime_headers"))
		return facts_of(view)->lacks_headers;
	return str_is(name, "missing_mime_head_body_separator") &&
	    facts_of(view)->lacks_separator;
}

static double
run_illegal_ascii(struct view *view, const void *prepared)
{
	(void)prepared;
	return facts_of(view)->is_illegal_ascii;
}

static double
run_unicode_ratio(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct facts *facts = facts_of(view);

	return facts->plain != 0 && (double)facts->unicode /
	    (double)facts->plain >= args->least[0];
}

static double
run_base64_length(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double length = (double)facts_of(view)->base64_line;

	return length >= args->least[0] && length <= args->most[1];
}

/* Something beside text in multipart/alternative. */
static double
run_alternative(struct view *view, const void *prepared)
{
	const struct vec *parts = sa_parts(view);

	(void)prepared;
	for (size_t i = 0; i < parts->len; i++) {
		const struct sa_part *part = vec_at(parts, i);
		const struct mime_part *above = part->part->above;

		if (part->is_leaf && above != NULL &&
		    mime_part_is(above, "multipart", "alternative") &&
		    !str_is(part->type, "application/rtf") &&
		    !str_is(part->type, "multipart/related") &&
		    !str_has_prefix_nocase(part->type, STR("text/")))
			return 1;
	}
	return 0;
}

/* --- capitals ----------------------------------------------------------------------------- */

/* Two words at least, and no lines of base64. */
static bool
counts(struct str line)
{
	size_t at = 0, words = 0;

	while (at < line.len && words < 2) {
		while (at < line.len && char_is_space(line.data[at]))
			at++;
		words += at < line.len;
		while (at < line.len && !char_is_space(line.data[at]))
			at++;
	}
	return words == 2;
}

static double
percent_of_capitals(struct view *view)
{
	const struct vec *body = sa_body(view);
	size_t length = 0, lower = 0, upper = 0;

	for (size_t i = 0; i < body->len; i++) {
		struct str line = *(struct str *)vec_at(body, i);

		if (!counts(line))
			continue;
		length += line.len;
		for (size_t j = 0; j < line.len; j++) {
			char c = line.data[j];

			lower += (c >= 'a' && c <= 'z') || char_is_digit(c);
			upper += c >= 'A' && c <= 'Z';
		}
	}
	return length < 200 || upper + lower == 0 ? 0 :
	    (double)upper * 100 / (double)(upper + lower);
}

static double
run_uppercase(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double percent;

	if (facts_of(view)->has_capital_charset)
		return 0;
	percent = percent_of_capitals(view);
	return percent > args->least[0] && percent <= args->most[1];
}

const struct call call_check_for_mime = { "check_for_mime", NULL,
	sa_prepare_args, run_for_mime };
const struct call call_check_for_mime_html = { "check_for_mime_html", NULL,
	NULL, run_mime_html };
const struct call call_check_for_mime_html_only = {
	"check_for_mime_html_only", NULL, NULL, run_mime_html_only };
const struct call call_check_mime_multipart_ratio = {
	"check_mime_multipart_ratio", NULL, sa_prepare_args,
	run_multipart_ratio };
const struct call call_check_msg_parse_flags = { "check_msg_parse_flags",
	"a header that ends without an empty line is seen only where a line "
	"that is no field ends it", sa_prepare_args, run_parse_flags };
const struct call call_check_for_ascii_text_illegal = {
	"check_for_ascii_text_illegal", NULL, NULL, run_illegal_ascii };
const struct call call_check_abundant_unicode_ratio = {
	"check_abundant_unicode_ratio", NULL, sa_prepare_args,
	run_unicode_ratio };
const struct call call_check_base64_length = { "check_base64_length", NULL,
	sa_prepare_args, run_base64_length };
const struct call call_check_ma_non_text = { "check_ma_non_text", NULL, NULL,
	run_alternative };
const struct call call_check_for_uppercase = { "check_for_uppercase", NULL,
	sa_prepare_args, run_uppercase };
