/* SPDX-License-Identifier: ISC */
/* txn.c - all facts of one mail transaction. */
#include "mail/txn.h"

#include "base/arena.h"
#include "mail/edit.h"
#include "mail/policy.h"
#include "mail/spool.h"
#include "mail/txn_policy.h"

/* Enough for most messages, bodies apart: one block, one lock of malloc's. */
#define TXN_ARENA_SIZE ((size_t)48 * 1024)
#define TXN_ARENA_SMALL ((size_t)14 * 1024)

static void
free_body(void *arg)
{
	struct txn *txn = arg;

	spool_free(&txn->body);
}

static struct txn *
make_txn(const struct site *site, int64_t now_ms, size_t first_size)
{
	static const struct address nobody = { .local = { "", 0 },
	    .domain = { "", 0 }, .display = { "", 0 } };
	struct arena *arena = arena_new(first_size);
	struct txn *txn = arena_zalloc(arena, sizeof(*txn));

	txn->arena = arena;
	txn->site = site;
	txn->now_ms = now_ms;
	ulid_make(now_ms, txn->id);
	txn->log.id = txn->id;
	txn->sender = nobody;
	txn->sender_path = "<>";
	txn->sender_policy = policy_find(site->policies, arena, &txn->sender);
	vec_init(&txn->rcpts, arena, sizeof(struct rcpt));
	vec_init(&txn->files, arena, sizeof(struct scanned_file));
	vec_init(&txn->edits, arena, sizeof(struct edit));
	header_list_init(&txn->headers, arena);
	arena_on_free(arena, free_body, txn);
	return txn;
}

struct txn *
txn_new(const struct site *site, int64_t now_ms)
{
	return make_txn(site, now_ms, TXN_ARENA_SIZE);
}

struct txn *
txn_new_small(const struct site *site, int64_t now_ms)
{
	return make_txn(site, now_ms, TXN_ARENA_SMALL);
}

void
txn_free(struct txn **txn)
{
	struct arena *arena;

	if (*txn == NULL)
		return;
	arena = (*txn)->arena;
	arena_free(&arena);
	*txn = NULL;
}

void
txn_set_queue_id(struct txn *txn, const char *queue_id)
{
	txn->queue_id = arena_strdup(txn->arena, queue_id);
	txn->log.queue_id = txn->queue_id;
}

int
txn_add_rcpt(struct txn *txn, const char *path, const char **error_r)
{
	struct address address;
	struct rcpt *rcpt;

	path = arena_strdup(txn->arena, path);
	if (address_parse_path(txn->arena, str_from(path), &address,
	    error_r) < 0)
		return -1;
	rcpt = vec_push(&txn->rcpts);
	rcpt->address = address;
	rcpt->path = path;
	rcpt->policy = txn_policy(txn, &address);
	return 0;
}

int
txn_set_sender(struct txn *txn, const char *path, const char **error_r)
{
	int status;

	txn->sender_path = arena_strdup(txn->arena, path);
	/* What is no address leaves an empty one. */
	status = address_parse_path(txn->arena, str_from(txn->sender_path),
	    &txn->sender, error_r);
	txn->sender_policy = txn_policy(txn, &txn->sender);
	return status;
}

size_t
txn_from_fields(const struct txn *txn)
{
	return header_count(&txn->headers, "From") +
	    header_count_hidden(&txn->headers, "From");
}

const struct vec *
txn_from(struct txn *txn)
{
	const struct header *header;
	struct vec *from;
	const char *error;
	size_t at = 0;

	if (txn->from != NULL)
		return txn->from;
	from = arena_alloc(txn->arena, sizeof(*from));
	vec_init(from, txn->arena, sizeof(struct address));
	while ((header = header_next(&txn->headers, "From", &at)) != NULL)
		if (address_parse_list(txn->arena, header->value,
		    TXN_FROM_MAX - from->len, from, &error) < 0 &&
		    txn->from_error == NULL)
			txn->from_error = error;
	txn->from = from;
	return from;
}

const char *
txn_from_error(struct txn *txn)
{
	txn_from(txn);
	return txn->from_error;
}

struct str
txn_from_domain(struct txn *txn)
{
	const struct vec *from = txn_from(txn);
	const struct address *author;

	if (txn_from_fields(txn) != 1 || from->len != 1 ||
	    txn->from_error != NULL)
		return STR("");
	author = vec_at(from, 0);
	return author->domain;
}
