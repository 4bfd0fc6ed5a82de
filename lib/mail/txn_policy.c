/* SPDX-License-Identifier: ISC */
/* txn_policy.c - what holds for the addresses of a transaction. */
#include "mail/txn_policy.h"

#include "base/arena.h"
#include "base/map.h"
#include "mail/login.h"
#include "mail/policy.h"
#include "mail/txn.h"

/* No canonical address has a newline. */
static struct str
key_of(const struct txn *txn, const struct address *address,
    const char *login)
{
	struct str canonical = address_canonical(txn->arena, address, '\0');

	if (login == NULL)
		return canonical;
	return str_from(arena_printf(txn->arena, "%.*s\n%.*s",
	    STR_ARG(canonical), STR_ARG(str_lower(txn->arena,
	    str_from(login)))));
}

void
txn_put_answer(struct txn *txn, const struct address *address,
    const char *login, const struct policy *answer)
{
	void *value = (void *)(uintptr_t)answer;

	if (txn->answers == NULL)
		txn->answers = map_new(txn->arena);
	map_put(txn->answers, key_of(txn, address, NULL), value);
	if (login != NULL)
		map_put(txn->answers, key_of(txn, address, login), value);
}

const struct policy *
txn_find_answer(const struct txn *txn, const struct address *address,
    const char *login)
{
	return txn->answers != NULL ? map_find(txn->answers,
	    key_of(txn, address, login)) : NULL;
}

const struct policy *
txn_policy(const struct txn *txn, const struct address *address)
{
	const struct policy_source *source = txn->site->policies;
	const struct policy *answer = txn_find_answer(txn, address, NULL);

	return answer != NULL ? policy_choose(source, txn->arena, address,
	    answer) : policy_find(source, txn->arena, address);
}

bool
txn_has_domain(const struct txn *txn, struct str domain)
{
	const struct address address = { .local = STR(""), .domain = domain };

	return txn_policy(txn, &address)->is_local;
}

void
txn_take_answers(struct txn *txn)
{
	struct rcpt *rcpt;

	txn->sender_policy = txn_policy(txn, &txn->sender);
	for (size_t i = 0; i < txn->rcpts.len; i++) {
		rcpt = vec_at(&txn->rcpts, i);
		rcpt->policy = txn_policy(txn, &rcpt->address);
	}
}

bool
txn_may_use(const struct txn *txn, const char *login,
    const struct address *address)
{
	const struct policy *own = NULL, *answer;
	struct address parsed;
	const char *error;

	if (address_parse_path(txn->arena, str_from(login), &parsed,
	    &error) == 0)
		own = txn_find_answer(txn, &parsed, NULL);
	if (own == NULL || !own->is_managed)
		return login_may_use(txn->site->logins, login, address);
	answer = txn_find_answer(txn, address, login);
	return answer != NULL && answer->is_owned;
}
