/* SPDX-License-Identifier: ISC */
/* sa_mime.c - eval: tests of the parts of a message (Plugin/MIMEEval.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "mail/header.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "rules/call/sa_locale.h"

#define PARTS_MAX 1000
#define QP_LINE_MAX 79

/* What all parts together tell. */
struct facts {
	unsigned html, text, base64, quoted, attached;
	size_t quoted_lines;	/* octets of quoted-printable */
	double escapes;		/* that quoted-printable did not need */
	bool has_encoded_text, has_long_line, has_bad_charset;
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

/* "=41" stands for what needs no escape; blanks at the end of a line do. */
static bool
is_needless(struct str escape)
{
	char high = escape.data[1], low = escape.data[2];

	if (high == '0')
		return low == '9';
	if (high == '3')
		return low != 'D' && (char_is_digit(low) ||
		    (low >= 'A' && low <= 'F'));
	if (high == '7')
		return char_is_digit(low) || (low >= 'A' && low <= 'E');
	return (high == '2' || (high >= '4' && high <= '6')) &&
	    (char_is_digit(low) || (low >= 'A' && low <= 'F'));
}

static void
count_escapes(struct str line, struct facts *facts)
{
	size_t count = 0, blanks = 0;
	struct str rest = line;

	facts->quoted_lines += line.len;
	while (rest.len > 2) {
		ptrdiff_t at = str_find(rest, '=');

		if (at < 0 || (size_t)at + 2 >= rest.len)
			break;
		rest = str_from_pos(rest, (size_t)at);
		count += is_needless(rest);
		rest = str_from_pos(rest, is_needless(rest) ? 3 : 1);
	}
	if (count == 0)
		return;
	for (line = str_trim(line); line.len >= 3; line.len -= 3) {
		rest = str_from_pos(line, line.len - 3);
		if (!str_is(rest, "=20") && !str_is(rest, "=09"))
			break;
		blanks++;
	}
	facts->escapes += (double)count - (double)blanks;
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
		if (is_quoted && !str_has_prefix_nocase(line, STR("SPAM: "))) {
			facts->has_long_line |= line.len > QP_LINE_MAX;
			count_escapes(line, facts);
		}
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

/* What check_for_mime() asks for. */
struct mime_test {
	struct str name;
	const struct sa_locales *locales;
};

static int
prepare_for_mime(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct mime_test *test = arena_zalloc(setup->arena, sizeof(*test));
	void *args;

	if (sa_prepare_args(setup, &args, error_r) != 0)
		return -1;
	test->name = ((struct sa_args *)args)->texts[0];
	test->locales = sa_locales_read(setup);
	*prepared_r = test;
	return 0;
}

static double
run_for_mime(struct view *view, const void *prepared)
{
	const struct mime_test *test = prepared;
	const struct facts *facts = facts_of(view);
	struct str name = test->name;

	if (str_is(name, "mime_base64_count"))
		return facts->base64 != 0;
	if (str_is(name, "mime_qp_count"))
		return facts->quoted_lines != 0 ? facts->escapes != 0 :
		    facts->quoted != 0;
	if (str_is(name, "mime_attachment"))
		return facts->attached != 0;
	if (str_is(name, "mime_base64_encoded_text"))
		return facts->has_encoded_text;
	if (str_is(name, "mime_qp_long_line"))
		return facts->has_long_line;
	if (str_is(name, "mime_bad_iso_charset"))
		return facts->has_bad_charset;
	if (str_is(name, "mime_faraway_charset"))
		return sa_has_far_part(view, test->locales);
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

/* Escapes that were not needed, of all octets of quoted-printable. */
static double
run_quoted_ratio(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct facts *facts = facts_of(view);
	double ratio = facts->quoted_lines == 0 ? 0 :
	    facts->escapes / (double)facts->quoted_lines;

	return ratio >= args->least[0];
}

const struct call call_check_qp_ratio = { "check_qp_ratio", NULL,
	sa_prepare_args, run_quoted_ratio };
const struct call call_check_for_mime = { "check_for_mime", NULL,
	prepare_for_mime, run_for_mime };
const struct call call_check_for_mime_html = { "check_for_mime_html", NULL,
	NULL, run_mime_html };
const struct call call_check_for_mime_html_only = {
	"check_for_mime_html_only", NULL, NULL, run_mime_html_only };
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
