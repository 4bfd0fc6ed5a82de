/* SPDX-License-Identifier: ISC */
/* class.c - of which class of service those are whom a message concerns. */
#include "base/arena.h"
#include "base/vec.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "rules/call.h"
#include "rules/view.h"

static int
class_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct vec *names = arena_alloc(setup->arena, sizeof(*names));

	vec_init(names, setup->arena, sizeof(struct str));
	*prepared_r = names;
	for (size_t i = 0; i < setup->args->len; i++)
		*(struct str *)vec_push(names) = str_copy(setup->arena,
		    *(struct str *)vec_at(setup->args, i));
	*error_r = "the name of a class must follow";
	return names->len == 0 ? -1 : 0;
}

static bool
is_of(const struct policy *policy, const struct vec *names)
{
	for (size_t i = 0; policy != NULL && policy->class_name != NULL &&
	    i < names->len; i++)
		if (str_is(*(struct str *)vec_at(names, i),
		    policy->class_name))
			return true;
	return false;
}

/* Who submits is asked about himself, of other mail the recipients: one is
 * enough. */
static double
class_run(struct view *view, const void *prepared)
{
	const struct txn *txn = view->txn;

	if (txn->direction == DIRECTION_OUTBOUND ||
	    txn->direction == DIRECTION_INTERNAL)
		return is_of(txn->sender_policy, prepared);
	for (size_t i = 0; i < txn->rcpts.len; i++)
		if (is_of(((struct rcpt *)vec_at(&txn->rcpts, i))->policy,
		    prepared))
			return 1;
	return 0;
}

const struct call call_class = {
	.name = "class",
	.prepare = class_prepare,
	.run = class_run,
};
