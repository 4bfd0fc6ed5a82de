/* SPDX-License-Identifier: ISC */
/* message.c - which way a message goes, how it came, and how it is built. */
#include "rules/call.h"

#include "base/arena.h"
#include "base/vec.h"
#include "mail/header.h"
#include "mail/list_post.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "rules/call_args.h"
#include "rules/view.h"

/* In the order of enum direction. */
static const char *const directions[] = { "inbound", "outbound", "internal",
	"forwarded", NULL };

static const char *const oddities[] = {
#define ODDITY(name, words) #name,
#include "mime/oddities.list"
#undef ODDITY
	NULL
};

static int
direction_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return call_prepare_set(setup, directions, prepared_r, error_r);
}

static double
direction_run(struct view *view, const void *prepared)
{
	return (*(const uint64_t *)prepared >> view->txn->direction & 1) != 0;
}

static int
oddity_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return call_prepare_set(setup, oddities, prepared_r, error_r);
}

/* How many of them it has. */
static double
oddity_run(struct view *view, const void *prepared)
{
	return __builtin_popcountll(view->txn->mime->oddities &
	    *(const uint64_t *)prepared);
}

static bool
is_list_post(struct view *view)
{
	/* Most have neither. */
	if (view_fields(view, STR("list-id"))->len == 0 &&
	    view_fields(view, STR("list-post"))->len == 0)
		return false;
	return list_post_domains(view->arena, &view->txn->headers).len > 0;
}

/* Many rules ask. */
static double
list_run(struct view *view, const void *prepared)
{
	bool *is_list = view->facts[VIEW_LIST];

	(void)prepared;
	if (is_list == NULL) {
		is_list = arena_alloc(view->arena, sizeof(*is_list));
		*is_list = is_list_post(view);
		view->facts[VIEW_LIST] = is_list;
	}
	return *is_list;
}

static bool
has_bulk_precedence(struct view *view)
{
	static const char *const words[] = { "bulk", "list", "junk" };
	const struct vec *fields = view_fields(view, STR("precedence"));

	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field =
		    *(const struct header **)vec_at(fields, i);

		for (size_t w = 0; w < ARRAY_LEN(words); w++)
			if (str_is_nocase(str_trim(field->value), words[w]))
				return true;
	}
	return false;
}

/* Sent to many, as whoever does that honestly says. */
static double
bulk_run(struct view *view, const void *prepared)
{
	(void)prepared;
	return has_bulk_precedence(view) ||
	    view_fields(view, STR("list-unsubscribe"))->len > 0 ||
	    view_fields(view, STR("list-id"))->len > 0 ||
	    view_fields(view, STR("feedback-id"))->len > 0;
}

static double
tls_run(struct view *view, const void *prepared)
{
	(void)prepared;
	return view->txn->client.tls_version != NULL;
}

static double
login_run(struct view *view, const void *prepared)
{
	(void)prepared;
	return view->txn->client.login != NULL;
}

const struct call call_direction = {
	.name = "direction",
	.prepare = direction_prepare,
	.run = direction_run,
};

const struct call call_oddity = {
	.name = "oddity",
	.prepare = oddity_prepare,
	.run = oddity_run,
};

const struct call call_list = { .name = "list", .run = list_run };
const struct call call_bulk = { .name = "bulk", .run = bulk_run };
const struct call call_tls = { .name = "tls", .run = tls_run };
const struct call call_login = { .name = "login", .run = login_run };
