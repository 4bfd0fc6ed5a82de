/* SPDX-License-Identifier: ISC */
/* mime_oracle.c - for tests: our parts beside those that another reader sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "mail/spool.h"
#include "mime/digest.h"
#include "mime/part.h"
#include "mime_oracle.h"

struct str
oracle_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "r");
	char piece[65536];
	struct buf bytes;
	size_t len;

	if (file == NULL)
		return str_of(NULL, 0);
	buf_init(&bytes, arena);
	while ((len = fread(piece, 1, sizeof(piece), file)) != 0)
		buf_add(&bytes, piece, len);
	fclose(file);
	return buf_str(&bytes);
}

void
oracle_hash(struct arena *arena, struct str content, unsigned char hash_r[8])
{
	struct digest *digest = digest_new(arena);
	unsigned char sha256[DIGEST_SIZE];

	digest_begin(digest);
	digest_add(digest, content);
	digest_end(digest, sha256);
	memcpy(hash_r, sha256, 8);
}

/* --- ours ----------------------------------------------------------------------------- */

static bool
is_encoded(const struct mime_part *part)
{
	return part->transfer >= TRANSFER_QUOTED &&
	    part->transfer <= TRANSFER_YENC;
}

/* Found by looking into a content? */
static bool
is_within_content(const struct mime_part *part)
{
	for (; part->above != NULL; part = part->above)
		if (part->source != MIME_FROM_STRUCTURE ||
		    part->above->kind == MIME_FILE)
			return true;
	return false;
}

static bool
is_within_encoded(const struct mime_part *part)
{
	while ((part = part->above) != NULL)
		if (is_encoded(part))
			return true;
	return false;
}

static void
add_path(struct buf *out, const struct mime_part *part)
{
	unsigned nth = 1;

	if (part->above == NULL) {
		buf_add_text(out, "1");
		return;
	}
	add_path(out, part->above);
	for (const struct mime_part *p = part->above->below; p != part;
	    p = p->next)
		nth++;
	buf_printf(out, ".%u", nth);
}

struct str
oracle_content(struct arena *arena, const struct mime_part *part,
    struct str body)
{
	struct transfer_decoder decoder;
	struct str raw = str_sub(body, part->raw_at, part->raw_size), content;
	char *out;
	size_t len;

	if (part->content != NULL && spool_data(part->content, &content) == 0)
		return content;
	out = arena_alloc(arena, transfer_room(raw.len));
	transfer_begin(&decoder, part->transfer);
	len = transfer_decode(&decoder, raw, out);
	len += transfer_end(&decoder, out + len);
	return str_of(out, len);
}

void
oracle_ours(struct arena *arena, const struct mime_message *message,
    struct str body, struct vec *rows)
{
	vec_init(rows, arena, sizeof(struct oracle_row));
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part)) {
		struct oracle_row *row;
		struct buf path, type;

		if (is_within_content(part))
			continue;
		buf_init(&path, arena);
		buf_init(&type, arena);
		add_path(&path, part);
		buf_printf(&type, "%.*s/%.*s", STR_ARG(part->type),
		    STR_ARG(part->subtype));
		row = vec_push(rows);
		*row = (struct oracle_row){ .path = buf_str(&path),
		    .type = buf_str(&type), .name = part->name,
		    .is_leaf = part->kind == MIME_TEXT ||
		    part->kind == MIME_FILE, .size = part->size,
		    .part = part };
		row->has_hash = row->is_leaf && (part->has_sha256 ||
		    !is_within_encoded(part));
		if (row->is_leaf)
			oracle_hash(arena, oracle_content(arena, part, body),
			    row->hash);
	}
}

/* --- beside theirs -------------------------------------------------------------------- */

static bool
is_same_content(const struct oracle_row *a, const struct oracle_row *b)
{
	return a->size == b->size && (!a->has_hash || !b->has_hash ||
	    memcmp(a->hash, b->hash, sizeof(a->hash)) == 0);
}

static bool
is_same(const struct oracle_row *a, const struct oracle_row *b,
    bool with_names)
{
	if (!str_eq(a->path, b->path) || !str_eq_nocase(a->type, b->type) ||
	    a->is_leaf != b->is_leaf)
		return false;
	return !a->is_leaf || (is_same_content(a, b) &&
	    (!with_names || str_eq(a->name, b->name)));
}

ptrdiff_t
oracle_compare(const struct vec *ours, const struct vec *theirs,
    bool with_names)
{
	for (size_t i = 0; i < ours->len || i < theirs->len; i++)
		if (i >= ours->len || i >= theirs->len ||
		    !is_same(vec_at(ours, i), vec_at(theirs, i), with_names))
			return (ptrdiff_t)i;
	return -1;
}

bool
oracle_has_all(const struct vec *ours, const struct vec *theirs)
{
	for (size_t i = 0, j; i < theirs->len; i++) {
		const struct oracle_row *row = vec_at(theirs, i);

		if (!row->is_leaf || row->size == 0)
			continue;
		for (j = 0; j < ours->len; j++)
			if (is_same_content(vec_at(ours, j), row))
				break;
		if (j == ours->len)
			return false;
	}
	return true;
}

/* Line ends as LF, as ours are. */
static struct str
with_lf(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\r' || i + 1 == text.len ||
		    text.data[i + 1] != '\n')
			buf_add_char(&out, text.data[i]);
	return buf_str(&out);
}

static const struct {
	enum mime_oddity oddity;
	const char *words;
} text_reasons[] = {
	{ MIME_ODD_uuencoded, "files within it are taken out" },
	{ MIME_ODD_yencoded, "files within it are taken out" },
	{ MIME_ODD_pgp_inline, "armour within it is taken out" },
	{ MIME_ODD_charset_unknown, "its charset is not known" },
	{ MIME_ODD_charset_wrong, "it is not in its charset: read in another" },
	{ MIME_ODD_octets_8bit, "8-bit octets, and no charset says what" },
	{ MIME_ODD_nul, "a NUL: their text ends there" },
	{ MIME_ODD_bare_cr, "a bare CR is a line end for us" },
};

const char *
oracle_text_reason(struct arena *arena, const struct oracle_row *ours,
    const struct oracle_row *theirs)
{
	const struct mime_part *part = ours->part;

	if (theirs->text.data == NULL ||
	    str_eq(part->text, with_lf(arena, theirs->text)))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(text_reasons); i++)
		if (mime_has(part->oddities, text_reasons[i].oddity))
			return text_reasons[i].words;
	if (str_is_nocase(mime_part_param(part, "format"), "flowed"))
		return "format=flowed: paragraphs are joined";
	if (!str_eq_nocase(part->charset, part->charset_used))
		return "its charset is read as the larger one that clients "
		    "take for it";
	if (str_is(part->charset_used, "big5"))
		return "big5: tables of it differ about U+FF5E and U+223C";
	return "";
}

struct str
oracle_text(struct arena *arena, const struct vec *rows)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < rows->len && i < 40; i++) {
		const struct oracle_row *row = vec_at(rows, i);

		buf_printf(&out, "  %.*s %.*s", STR_ARG(row->path),
		    STR_ARG(row->type));
		if (row->name.len != 0)
			buf_printf(&out, " \"%.*s\"", STR_ARG(row->name));
		if (row->is_leaf)
			buf_printf(&out, " %zu %02x%02x", (size_t)row->size,
			    row->hash[0], row->hash[1]);
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

/* --- why readers differ ------------------------------------------------------------------ */

static bool
has_report(const struct mime_message *message)
{
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		if (mime_part_is(part, "message", "delivery-status"))
			return true;
	return false;
}

#define NO_ODDITY MIME_ODDITY_COUNT

static const struct oracle_reason {
	enum mime_oddity oddity;
	bool (*holds)(const struct mime_message *message);
	const char *words;
} reasons[] = {
	{ MIME_ODD_no_boundary, NULL,
	    "a multipart without boundary: they see no part there" },
	{ MIME_ODD_boundary_missing, NULL,
	    "a boundary that never comes: they see no part there" },
	{ MIME_ODD_encoded_container, NULL,
	    "an encoded multipart or message: they do not decode it" },
	{ MIME_ODD_duplicate_type, NULL,
	    "Content-Type twice: they take the first or the last" },
	{ MIME_ODD_duplicate_transfer, NULL,
	    "Content-Transfer-Encoding twice: they take the first or last" },
	{ MIME_ODD_bad_type, NULL, "a type that cannot be read" },
	{ MIME_ODD_bad_delimiter, NULL, "text behind a boundary" },
	{ MIME_ODD_repeated_boundary, NULL,
	    "one boundary for two multiparts: they give it to the outer one" },
	{ MIME_ODD_no_header_end, NULL,
	    "a header without empty line: where it ends" },
	{ MIME_ODD_bad_header_line, NULL,
	    "a line that is no field: we show it too" },
	{ MIME_ODD_bad_transfer, NULL, "a transfer encoding that is not known" },
	{ MIME_ODD_bad_base64, NULL, "broken base64: where it ends" },
	{ MIME_ODD_bad_quoted, NULL, "broken quoted-printable" },
	{ MIME_ODD_bad_uuencode, NULL, "broken uuencode" },
	{ MIME_ODD_external_body, NULL,
	    "message/external-body: a message for them" },
	{ MIME_ODD_split_param, NULL, "a parameter given twice" },
	{ MIME_ODD_bad_param, NULL, "a parameter that is not well formed" },
	{ MIME_ODD_text_outside, NULL,
	    "a multipart goes on behind its end: we read on" },
	{ MIME_ODD_not_closed, NULL,
	    "a multipart that does not end: the last line end" },
	{ MIME_ODD_bad_word, NULL, "a name in broken encoded words" },
	{ MIME_ODD_bare_cr, NULL, "a bare CR: a line end for us" },
	{ NO_ODDITY, has_report,
	    "message/delivery-status: headers for them, text for us" },
};

bool
oracle_count(struct oracle_counts *counts, const struct mime_message *message,
    const struct vec *ours, const struct vec *theirs, bool with_names)
{
	counts->messages++;
	if (oracle_compare(ours, theirs, with_names) < 0) {
		counts->equal++;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].holds != NULL
		    ? !reasons[i].holds(message)
		    : !mime_has(message->oddities, reasons[i].oddity))
			continue;
		counts->reasons[i]++;
		return true;
	}
	counts->unexplained++;
	return false;
}

void
oracle_print(const struct oracle_counts *counts, const char *of_what)
{
	print_message("%s: %zu messages, %zu equal, %zu unexplained\n",
	    of_what, counts->messages, counts->equal, counts->unexplained);
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (counts->reasons[i] != 0)
			print_message("  %5zu %s\n", counts->reasons[i],
			    reasons[i].words);
}
