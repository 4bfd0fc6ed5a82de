/* SPDX-License-Identifier: ISC */
/* remove_forged.c - what only this host writes goes when it comes in. */
#include "base/arena.h"
#include "contract.h"
#include "mail/auth_results.h"
#include "mail/edit.h"
#include "milter/action.h"
#include "milter/check.h"

/*
 * Readers behind us (Sieve scripts, mail programs, our own plugin) trust three
 * kinds of field, so whatever the direction none of them passes that we did not
 * write just now: Authentication-Results of our authserv-id (RFC 8601 5),
 * X-Mailreeve-*, and the X-Spam fields, unless a filter that runs before us
 * writes those. Mail that we re-send had ours; it gets a new id, and leaves
 * without our score.
 */

/* Postfix looks through the whole message for each field that is removed, so
 * there must be an end to it: an error then, and no honest mail comes near. */
#define FORGED_MAX 500

struct remove_forged_settings {
	struct action_common common;
	struct setting_list trusted_filters;
};

enum kind { KIND_AUTH_RESULTS, KIND_OURS, KIND_SPAM, KIND_COUNT, KIND_NONE };

static const char *const labels[KIND_COUNT] = {
	[KIND_AUTH_RESULTS] = "Authentication-Results",
	[KIND_OURS] = HEADER_PREFIX "*",
	[KIND_SPAM] = "X-Spam-*",
};

static bool
is_spam_field(struct str name)
{
	return str_is_nocase(name, HEADER_SPAM_FLAG) ||
	    str_is_nocase(name, HEADER_SPAM_SCORE) ||
	    str_is_nocase(name, HEADER_SPAM_STATUS);
}

/* What parsing takes is given back field by field: a stranger may send many
 * that are not ours. */
static bool
is_our_result(const struct txn *txn, struct str value)
{
	struct arena *scratch = arena_new(0);
	bool is_ours = auth_results_is_ours(scratch, value,
	    txn->site->authserv_id);

	arena_free(&scratch);
	return is_ours;
}

static enum kind
kind_of_field(const struct action_run *run, struct str name,
    struct str value)
{
	const struct remove_forged_settings *settings = run->settings;

	if (str_has_prefix_nocase(name, STR(HEADER_PREFIX)))
		return KIND_OURS;
	if (is_spam_field(name))
		return settings->trusted_filters.count == 0 ? KIND_SPAM
							    : KIND_NONE;
	if (str_is_nocase(name, "Authentication-Results") &&
	    is_our_result(run->txn, value))
		return KIND_AUTH_RESULTS;
	return KIND_NONE;
}

/* For Postfix a CR without LF is a byte like others; there are readers for whom
 * a new field begins behind it. */
static enum kind
kind_of(const struct action_run *run, const struct header *header)
{
	struct str rest = header->value, piece, name;
	enum kind kind;

	if (header->is_ours || header->is_removed)
		return KIND_NONE;
	kind = kind_of_field(run, header->name, header->value);
	if (kind != KIND_NONE || !header->has_cr)
		return kind;
	str_cut(&rest, '\r', &piece);
	while (kind == KIND_NONE && str_cut(&rest, '\r', &piece))
		if (str_cut(&piece, ':', &name) && piece.data != NULL)
			kind = kind_of_field(run, str_trim(name), piece);
	return kind;
}

/* "2 Authentication-Results, 1 X-Mailreeve-*" */
static const char *
describe(struct arena *arena, const size_t counts[KIND_COUNT])
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t kind = 0; kind < KIND_COUNT; kind++)
		if (counts[kind] != 0)
			buf_printf(&text, "%s%zu %s",
			    text.len != 0 ? ", " : "", counts[kind],
			    labels[kind]);
	return text.data;
}

static int
remove_forged_apply(struct action_run *run, const char **error_r)
{
	const struct vec *fields = &run->txn->headers.fields;
	size_t counts[KIND_COUNT] = { 0 }, total = 0;

	/* What was not read may be forged, and cannot be removed. */
	if (run->txn->headers_left_out != NULL) {
		*error_r = run->txn->headers_left_out;
		return -1;
	}
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *header = vec_at(fields, i);
		enum kind kind = kind_of(run, header);

		if (kind == KIND_NONE)
			continue;
		if (++total > FORGED_MAX) {
			*error_r = "more than 500 forged header fields";
			return -1;
		}
		counts[kind]++;
		edit_remove_header(run->txn, run->name, header);
	}
	if (total != 0)
		run->detail = describe(run->txn->arena, counts);
	return 0;
}

static const struct setting rows[] = {
	ACTION_COMMON_ROWS(struct remove_forged_settings, "reject"),
	SETTING_LIST_ROW("trusted_filters", struct remove_forged_settings,
	    trusted_filters, NULL,
	    "Names of other filters whose X-Spam-Flag, -Score and -Status "
	    "stay, because they run before this one and remove forged ones "
	    "themselves."),
};

static const struct section section = {
	.name = "action",
	.label = "remove_forged",
	.help = "Removes what pretends to be written by this host: "
	    "Authentication-Results under our name, X-Mailreeve-*, and "
	    "X-Spam fields unless a trusted filter writes them.",
	.size = sizeof(struct remove_forged_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct action action_remove_forged = {
	.name = "remove_forged",
	.section = &section,
	.apply = remove_forged_apply,
};
