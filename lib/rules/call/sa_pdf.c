/* SPDX-License-Identifier: ISC */
/* sa_pdf.c - eval: tests of PDF files (Plugin/PDFInfo.pm). */
#include "rules/call/sa_pdf.h"

#include "base/arena.h"
#include "rules/call/sa_eval.h"

/* --- arguments -------------------------------------------------------------------------- */

/* The first that a test cannot do without. */
static int
prepare_count(const struct call_setup *setup, size_t wanted, void **prepared_r,
    const char **error_r)
{
	if (setup->args->len < wanted) {
		*error_r = "an argument is missing";
		return -1;
	}
	return sa_prepare_args(setup, prepared_r, error_r);
}

static int
prepare_one(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return prepare_count(setup, 1, prepared_r, error_r);
}

static int
prepare_two(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return prepare_count(setup, 2, prepared_r, error_r);
}

static int
prepare_name(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	if (setup->args->len != 1) {
		*error_r = "it wants a regular expression";
		return -1;
	}
	return sa_prepare_pattern(setup, 0, prepared_r, error_r);
}

struct said {
	struct sa_args *args;
	enum sa_pdf_detail detail;
};

static int
prepare_said(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	static const char *const names[SA_PDF_DETAILS] = {
		[SA_PDF_AUTHOR] = "author", [SA_PDF_CREATOR] = "creator",
		[SA_PDF_CREATED] = "created", [SA_PDF_MODIFIED] = "modified",
		[SA_PDF_PRODUCER] = "producer", [SA_PDF_TITLE] = "title" };
	struct said *said = arena_zalloc(setup->arena, sizeof(*said));
	void *args;

	if (setup->args->len != 2) {
		*error_r = "it wants a detail and a regular expression";
		return -1;
	}
	if (sa_prepare_pattern(setup, 1, &args, error_r) != 0)
		return -1;
	said->args = args;
	while (said->detail < SA_PDF_DETAILS &&
	    !str_is(said->args->texts[0], names[said->detail]))
		said->detail++;
	*error_r = "the detail is one of author, created, creator, modified, "
	    "producer, title";
	*prepared_r = said;
	return said->detail < SA_PDF_DETAILS ? 0 : -1;
}

/* --- tests --------------------------------------------------------------------------------- */

static double
run_count(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double count = (double)sa_pdf(view)->files;

	return count >= args->least[0] && count <= args->most[1];
}

static double
run_images(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double count = (double)sa_pdf(view)->images;

	return count >= args->least[0] && count <= args->most[1];
}

static double
run_coverage(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double area = sa_pdf(view)->area;

	return area != 0 && area >= args->least[0] && area <= args->most[1];
}

/* Letters of the text by pixel. */
static double
run_ratio(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double area = sa_pdf(view)->area, length = 0;
	const struct vec *body;

	if (area == 0)
		return 0;
	body = sa_body(view);
	for (size_t i = 0; i < body->len; i++)
		length += (double)((struct str *)vec_at(body, i))->len;
	return length != 0 && length / area >= args->least[0] &&
	    length / area < args->most[1];
}

static double
run_exact(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *sizes = &sa_pdf(view)->sizes;

	for (size_t i = 0; i < sizes->len; i++) {
		const struct sa_pdf_size *size = vec_at(sizes, i);

		if (size->height >= args->least[0] &&
		    size->height <= args->most[0] &&
		    size->width >= args->least[1] &&
		    size->width <= args->most[1])
			return 1;
	}
	return 0;
}

static double
run_range(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *sizes = &sa_pdf(view)->sizes;

	for (size_t i = 0; i < sizes->len; i++) {
		const struct sa_pdf_size *size = vec_at(sizes, i);

		if (size->height >= args->least[0] &&
		    size->width >= args->least[1] &&
		    size->height <= args->most[2] &&
		    size->width <= args->most[3])
			return 1;
	}
	return 0;
}

/* By its whole name, or by the expression. */
static double
run_name(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *names = &sa_pdf(view)->names;

	for (size_t i = 0; i < names->len; i++) {
		struct str name = *(struct str *)vec_at(names, i);

		if (args->pattern != NULL ?
		    sa_matches(view, args->pattern, name) :
		    str_eq(name, args->texts[0]))
			return 1;
	}
	return 0;
}

static bool
has_digest(struct view *view, const struct sa_args *args, bool is_fuzzy)
{
	const struct vec *digests = &sa_pdf(view)->digests;

	for (size_t i = 0; i < digests->len; i++) {
		const struct sa_pdf_digest *digest = vec_at(digests, i);

		if (digest->is_fuzzy == is_fuzzy &&
		    str_is_nocase(args->texts[0], digest->hex))
			return true;
	}
	return false;
}

static double
run_digest(struct view *view, const void *prepared)
{
	return has_digest(view, prepared, false);
}

static double
run_fuzzy(struct view *view, const void *prepared)
{
	return has_digest(view, prepared, true);
}

static double
run_said(struct view *view, const void *prepared)
{
	const struct said *said = prepared;
	const struct vec *all = &sa_pdf(view)->said;

	for (size_t i = 0; i < all->len; i++) {
		const struct sa_pdf_said *one = vec_at(all, i);

		if (one->detail == said->detail &&
		    sa_matches(view, said->args->pattern, one->text))
			return 1;
	}
	return 0;
}

static double
run_encrypted(struct view *view, const void *prepared)
{
	(void)prepared;
	return sa_pdf(view)->is_encrypted;
}

/* A file, and hardly a word with it: the subject is none, nor are blank lines. */
static double
run_empty(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *body;
	double length = 0;

	if (sa_pdf(view)->files == 0)
		return 0;
	body = sa_body(view);
	for (size_t i = 1; i < body->len; i++) {
		struct str line = *(struct str *)vec_at(body, i);

		if (str_trim(line).len != 0)
			length += (double)line.len;
	}
	return length <= (args->count > 0 ? args->most[0] : 0);
}

const struct call call_pdf_count = { "pdf_count", NULL, prepare_one,
	run_count };
const struct call call_pdf_image_count = { "pdf_image_count", NULL,
	prepare_one, run_images };
const struct call call_pdf_pixel_coverage = { "pdf_pixel_coverage", NULL,
	prepare_one, run_coverage };
const struct call call_pdf_image_to_text_ratio = { "pdf_image_to_text_ratio",
	"in rawbody rules too the rendered text counts", prepare_two,
	run_ratio };
const struct call call_pdf_image_size_exact = { "pdf_image_size_exact", NULL,
	prepare_two, run_exact };
const struct call call_pdf_image_size_range = { "pdf_image_size_range", NULL,
	prepare_two, run_range };
const struct call call_pdf_named = { "pdf_named", NULL, prepare_one,
	run_name };
const struct call call_pdf_name_regex = { "pdf_name_regex", NULL,
	prepare_name, run_name };
const struct call call_pdf_match_md5 = { "pdf_match_md5", NULL, prepare_one,
	run_digest };
const struct call call_pdf_match_fuzzy_md5 = { "pdf_match_fuzzy_md5", NULL,
	prepare_one, run_fuzzy };
const struct call call_pdf_match_details = { "pdf_match_details", NULL,
	prepare_said, run_said };
const struct call call_pdf_is_encrypted = { "pdf_is_encrypted", NULL, NULL,
	run_encrypted };
const struct call call_pdf_is_empty_body = { "pdf_is_empty_body", NULL,
	sa_prepare_args, run_empty };
