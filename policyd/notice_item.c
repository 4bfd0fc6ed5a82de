/* SPDX-License-Identifier: ISC */
/* notice_item.c - one notice that waits: its mail, and whether it may be sent.
 *
 * It is charged in a counter of its own, with a limit of one in the window of
 * the limit that it is about. So hosts that share a store tell it once, and a
 * restart does not repeat it. */
#include "policyd/notice_item.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/ulid.h"
#include "base/wait.h"
#include "mail/address.h"
#include "policyd/notice_mail.h"
#include "policyd/notice_settings.h"
#include "policyd/notices.h"
#include "store/charge.h"
#include "store/key.h"

/* Longer is no address (RFC 5321 4.5.3.1). */
#define ADDRESS_MAX 320

/* Whom; NULL: nobody. */
static const char *
address_of(const struct notice *notice, const struct notice_settings *settings,
    const char *from, struct arena *arena)
{
	struct str to = str_from(notice->to);
	struct address address;
	const char *error;

	if (notice->to == NULL)
		return settings->shared_to;
	if (to.len > ADDRESS_MAX || address_parse_path(arena, to, &address,
	    &error) < 0 || address.local.len == 0)
		return NULL;
	return address.domain.len != 0 ? notice->to
	    : arena_printf(arena, "%s%s", notice->to, from +
	    str_find_last(str_from(from), '@'));
}

static struct str
content_of(const struct notice *notice, const struct notice_settings *settings,
    const struct notice_mail *envelope, struct arena *arena)
{
	struct notice_mail mail = *envelope;
	struct buf content;

	mail.subject = notice->subject;
	mail.text = notice->text;
	mail.now_ms = notice->now_ms;
	/* Where Postfix hands it to our milter, that writes its own id: with
	 * one it would be mail from elsewhere (direction.h). */
	mail.id = settings->protocol == NOTICE_LMTP ? notice->id : NULL;
	buf_init(&content, arena);
	notice_mail_write(&mail, &content);
	return buf_str(&content);
}

struct notice_item *
notice_item_new(const struct notice *notice,
    const struct notice_settings *settings, const char *host,
    struct wait_queue *queue)
{
	struct arena *arena = arena_new(2048);
	struct notice_item *item = arena_zalloc(arena, sizeof(*item));
	struct notice_mail mail = { .host = host, .from = settings->from };
	char id[ULID_SIZE];

	if (mail.from == NULL)
		mail.from = arena_printf(arena, "postmaster@%s", host);
	mail.to = address_of(notice, settings, mail.from, arena);
	if (mail.to == NULL) {
		arena_free(&arena);
		return NULL;
	}
	ulid_make(notice->now_ms, id);
	item->arena = arena;
	item->id = arena_strdup(arena, notice->id);
	item->rcpt = str_copy(arena, str_from(mail.to));
	item->content = content_of(notice, settings, &mail, arena);
	item->counter = str_copy(arena, notice->counter);
	item->name = store_key(arena, store_key_tag(notice->counter),
	    "charge", str_from(id));
	item->window_ms = notice->window_ms;
	item->wait = wait_new_in(queue, item);
	return item;
}

void
notice_item_free(struct notice_item **item)
{
	struct arena *arena = (*item)->arena;

	store_call_unref(&(*item)->call);
	wait_leave((*item)->wait);
	wait_unref(&(*item)->wait);
	*item = NULL;
	arena_free(&arena);
}

void
notice_item_ask(struct notice_item *item, struct store *store)
{
	struct arena *arena = arena_new(0);
	const struct charge_item one = {
		.counter = item->counter,
		.window_ms = item->window_ms,
		.limit = 1,
		.amount = 1,
	};
	const struct charge charge = {
		.name = item->name,
		/* Now, whenever the store is back. */
		.now_ms = clock_now_ms(),
		.items = &one,
		.item_count = 1,
	};

	item->is_busy = true;
	item->call = charge_ask(store, arena, &charge, item->wait);
	arena_free(&arena);
}

/* That it was charged before means: by us, and the answer was lost. */
enum notice_answer
notice_item_hear(struct notice_item *item)
{
	const struct store_answer *answer;
	enum notice_answer heard = NOTICE_UNKNOWN;
	struct charge_result result;
	struct arena *arena;
	const char *error;

	if (item->call == NULL)
		return NOTICE_NOT_YET;
	answer = store_call_answer(item->call);
	if (answer == NULL)
		return NOTICE_NOT_YET;
	arena = arena_new(0);
	if (answer->status == STORE_DONE &&
	    charge_read(arena, answer, &result, &error) == 0)
		heard = result.is_admitted ? NOTICE_FIRST : NOTICE_REPEATED;
	arena_free(&arena);
	store_call_unref(&item->call);
	item->is_busy = false;
	return heard;
}
