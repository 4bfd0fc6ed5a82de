/* SPDX-License-Identifier: ISC */
/* authentication_results.c - tells what the checks found out (RFC 8601). */
#include "base/arena.h"
#include "mail/auth_results.h"
#include "mail/edit.h"
#include "milter/action.h"
#include "milter/check.h"

struct authentication_results_settings {
	struct action_common common;
};

/* What the checks contribute, in the order of their table; a dry run shows in
 * events, but no reader behind us shall act on it. */
static const struct vec *
collect(const struct action_run *run)
{
	struct vec *results = arena_alloc(run->txn->arena, sizeof(*results));

	vec_init(results, run->txn->arena, sizeof(const struct auth_result *));
	for (size_t i = 0; i < run->findings->items.len; i++) {
		const struct finding *finding =
		    vec_at(&run->findings->items, i);

		if (finding->auth != NULL && !finding->is_dry_run)
			*(const struct auth_result **)vec_push(results) =
			    finding->auth;
	}
	return results;
}

/* "iprev=pass, dkim=fail", or "none". */
static const char *
describe(struct arena *arena, const struct auth_result *const *results,
    size_t count)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < count; i++) {
		buf_add_text(&text, i != 0 ? ", " : "");
		buf_add_text(&text, results[i]->method);
		buf_add_char(&text, '=');
		buf_add_text(&text, results[i]->result);
	}
	return count != 0 ? text.data : "none";
}

static int
authentication_results_apply(struct action_run *run, const char **error_r)
{
	struct txn *txn = run->txn;
	const struct vec *results;

	(void)error_r;
	/* Of our own mail there is nothing to tell, and what leaves us is
	 * judged by those who get it. */
	if (txn->direction != DIRECTION_INBOUND)
		return 0;
	results = collect(run);
	edit_insert_header(txn, run->name, STR("Authentication-Results"),
	    auth_results_write(txn->arena, txn->site->authserv_id,
	    results->items, results->len));
	run->detail = describe(txn->arena, results->items, results->len);
	return 0;
}

static const struct setting rows[] = {
	ACTION_COMMON_ROWS(struct authentication_results_settings, "pass"),
};

static const struct section section = {
	.name = "action",
	.label = "authentication_results",
	.help = "Writes an Authentication-Results field into inbound mail "
	    "(RFC 8601), under the authserv_id of the section host.",
	.size = sizeof(struct authentication_results_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct action action_authentication_results = {
	.name = "authentication_results",
	.section = &section,
	.apply = authentication_results_apply,
};
