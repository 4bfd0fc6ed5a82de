/* SPDX-License-Identifier: ISC */
/* sa_alternative.c - eval: tests of parts that should say the same
 * (Plugin/MIMEEval.pm). */
#include "rules/call/sa_eval.h"

#include "mime/part.h"

/* How much longer the text is than the page that says the same. */
static double
run_multipart_ratio(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *parts = sa_parts(view);
	size_t text = SIZE_MAX, html = SIZE_MAX, length;
	bool is_alternative = false;
	double ratio = 1;

	for (size_t i = 0; i < parts->len; i++) {
		struct sa_part *part = vec_at(parts, i);

		is_alternative |= str_is(part->type, "multipart/alternative");
		if (!part->is_leaf || sa_has_nocase(view, sa_field_last(
		    view->arena, part->fields, "content-disposition"),
		    "attachment"))
			continue;
		/* What stands before the first alternative counts as empty. */
		length = is_alternative ? sa_part_raw(view, part).len : 0;
		if (str_is(part->type, "text/html"))
			html = length;
		else if (str_is(part->type, "text/plain"))
			text = length;
	}
	if (is_alternative && text != SIZE_MAX && html != SIZE_MAX &&
	    html != 0)
		ratio = (double)text / (double)html;
	return ratio >= args->least[0] && ratio < args->most[1];
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

const struct call call_check_mime_multipart_ratio = {
	"check_mime_multipart_ratio", NULL, sa_prepare_args,
	run_multipart_ratio };
const struct call call_check_ma_non_text = { "check_ma_non_text", NULL, NULL,
	run_alternative };
