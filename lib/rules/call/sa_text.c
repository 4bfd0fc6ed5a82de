/* SPDX-License-Identifier: ISC */
/* sa_text.c - eval: tests of plain text and the signature below it
 * (Plugin/BodyEval.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"

/* A mark so near to the end of the text is no signature's. */
#define DECOY_MAX 4
/* Of a text without a signature. */
#define RATIO_MAX 1e6

/* How long the first plain text is above its last signature, and that. */
struct lengths {
	bool has_text;
	double body, signature;
};

/* "-- " (RFC 3676 4.3), or without the blank. */
static bool
is_mark(struct str line)
{
	if (line.len != 0 && line.data[line.len - 1] == '\r')
		line.len--;
	return str_is(line, "--") || str_is(line, "-- ");
}

static void
measure(struct str text, struct lengths *lengths)
{
	struct str rest = text, line;

	*lengths = (struct lengths){ true, (double)text.len, 0 };
	while (str_cut(&rest, '\n', &line)) {
		size_t at = (size_t)(line.data - text.data);
		size_t behind = text.len - at - line.len;

		if (!is_mark(line) || behind <= DECOY_MAX)
			continue;
		lengths->body = (double)at;
		lengths->signature = (double)behind;
	}
}

static const struct lengths *
lengths_of(struct view *view)
{
	void **kept = view_kept(view, "sa_lengths");
	const struct vec *parts;

	if (*kept != NULL)
		return *kept;
	*kept = arena_zalloc(view->arena, sizeof(struct lengths));
	parts = sa_parts(view);
	for (size_t i = 0; i < parts->len; i++) {
		struct sa_part *part = vec_at(parts, i);

		if (!part->is_leaf ||
		    !str_has_prefix_nocase(part->type, STR("text/plain")))
			continue;
		measure(sa_part_decoded(view, part), *kept);
		break;
	}
	return *kept;
}

static double
run_body(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct lengths *lengths = lengths_of(view);

	return lengths->has_text && lengths->body >= args->least[0] &&
	    lengths->body <= args->most[1];
}

static double
run_signature(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct lengths *lengths = lengths_of(view);

	return lengths->has_text && lengths->signature >= args->least[0] &&
	    lengths->signature <= args->most[1];
}

static double
run_ratio(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct lengths *lengths = lengths_of(view);
	double most = args->most[1] < RATIO_MAX ? args->most[1] : RATIO_MAX;
	double ratio = lengths->signature == 0 ? RATIO_MAX :
	    lengths->body / lengths->signature;

	return lengths->has_text && ratio >= args->least[0] && ratio <= most;
}

const struct call call_plaintext_body_length = { "plaintext_body_length",
	NULL, sa_prepare_args, run_body };
const struct call call_plaintext_sig_length = { "plaintext_sig_length", NULL,
	sa_prepare_args, run_signature };
const struct call call_plaintext_body_sig_ratio = {
	"plaintext_body_sig_ratio", NULL, sa_prepare_args, run_ratio };
