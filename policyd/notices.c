/* SPDX-License-Identifier: ISC */
/* notices.c - mail to users whose limits are nearly used.
 *
 * The store says whether a notice is the first of its window (notice_item.h);
 * while it is away the notice waits. Then it is sent, one after the other, with
 * pauses that double while the server does not take it. What waits is in memory
 * alone: after a restart the user is told in the next window.
 *
 * The server asks us about our own mail. It is known by what is being sent right
 * now: the empty sender, from this host, without a login, to that recipient.
 * No rule runs for it, so a notice is never counted, and none is about another.
 */
#include "policyd/notices.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/wait.h"
#include "mail/txn.h"
#include "policyd/notice_item.h"
#include "policyd/notice_queue.h"
#include "policyd/notice_settings.h"
#include "policyd/rulebook.h"
#include "smtp/smtp_send.h"

/* After so many failures in a row, some seconds, it is more than a restart. */
#define DEGRADED_FAILURES 4
#define REASON_SIZE 400
#define ADDRESS_MAX 320			/* of it in the log */

struct notices {
	struct loop *loop;
	struct store *store;
	struct rulebook *rulebook;
	const struct notice_settings *settings;
	struct wait_queue *wait_queue;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct notice_queue queue;
	struct notice_item *item;	/* that is being sent; NULL: none */
	struct smtp_sending *sending;
	struct smtp_mail mail;
	unsigned failures;		/* in a row */
	bool is_full;
	char degraded[REASON_SIZE];
	struct notice_stats stats;
};

static void run(struct notices *notices);

static const char *
host_of(const struct notices *notices)
{
	return rulebook_site(notices->rulebook)->host_id;
}

static void
forget(struct notices *notices, struct notice_item *item)
{
	notice_queue_remove(&notices->queue, item);
	notice_item_free(&item);
}

static void
give_up(struct notices *notices, struct notice_item *item, const char *why)
{
	log_warn(&(struct log_context){ .id = item->id },
	    "the notice to=%s is given up: %s",
	    log_wire(item->arena, item->rcpt, ADDRESS_MAX), why);
	notices->stats.dropped++;
	forget(notices, item);
}

/* --- is it the first of its window? --------------------------------------- */

static void
take_answer(struct notices *notices, struct notice_item *item)
{
	switch (notice_item_hear(item)) {
	case NOTICE_NOT_YET:
		break;
	case NOTICE_FIRST:
		item->is_counted = true;
		break;
	case NOTICE_REPEATED:
		forget(notices, item);
		break;
	case NOTICE_UNKNOWN:
		notice_queue_put_off(item, clock_steady_ms());
		break;
	}
}

static void
on_answer(void *arg, uint32_t events)
{
	struct notices *notices = arg;
	struct notice_item *item;

	(void)events;
	while ((item = wait_queue_next(notices->wait_queue)) != NULL)
		take_answer(notices, item);
	run(notices);
}

/* --- sending -------------------------------------------------------------- */

static void
take_success(struct notices *notices, struct notice_item *item,
    const struct smtp_result *result)
{
	if (notices->failures != 0)
		log_info(NULL, "notices can be sent again");
	notices->failures = 0;
	notice_queue_server_works(&notices->queue);
	log_info(&(struct log_context){ .id = item->id },
	    "notice sent to=%s reply=%s",
	    log_wire(item->arena, item->rcpt, ADDRESS_MAX), result->text);
	notices->stats.sent++;
	forget(notices, item);
}

/* Once a series at the level that is seen. */
static void
take_failure(struct notices *notices, struct notice_item *item,
    const struct smtp_result *result)
{
	const char *rcpt = log_wire(item->arena, item->rcpt, ADDRESS_MAX);
	struct buf text;

	buf_init(&text, item->arena);
	buf_printf(&text, "notices cannot be sent: %s", result->text);
	snprintf(notices->degraded, sizeof(notices->degraded), "%s",
	    text.data);
	if (notices->failures++ == 0)
		log_warn(NULL, "%s; to=%s%s", text.data, rcpt,
		    result->outcome == SMTP_LATER ? "; trying again" : "");
	else
		log_debug(NULL, "%s; to=%s", text.data, rcpt);
	if (result->outcome == SMTP_NEVER) {
		notices->stats.refused++;
		forget(notices, item);
		return;
	}
	notices->stats.retries++;
	notice_queue_put_off(item, clock_steady_ms());
	/* A reply may be about this recipient alone. */
	if (result->code == 0 || result->code == 421)
		notice_queue_server_failed(&notices->queue,
		    clock_steady_ms());
}

static void
on_sent(void *arg, const struct smtp_result *results)
{
	struct notices *notices = arg;
	struct notice_item *item = notices->item;

	notices->sending = NULL;
	notices->item = NULL;
	item->is_busy = false;
	if (results[0].outcome == SMTP_TAKEN)
		take_success(notices, item, &results[0]);
	else
		take_failure(notices, item, &results[0]);
	run(notices);
}

static void
send_item(struct notices *notices, struct notice_item *item)
{
	struct smtp_server server = notices->settings->server;

	server.helo = host_of(notices);
	item->is_busy = true;
	notices->item = item;
	/* Nobody bounces it (RFC 3834 3.3). */
	notices->mail = (struct smtp_mail){ .rcpts = &item->rcpt,
	    .rcpt_count = 1, .content = item->content };
	notices->sending = smtp_send(notices->loop, &server, &notices->mail,
	    on_sent, notices);
}

/* --- the queue ------------------------------------------------------------ */

static void
on_due(void *arg)
{
	struct notices *notices = arg;

	notices->timer = NULL;
	run(notices);
}

/* Begin what can begin, and come back when more can. */
static void
run(struct notices *notices)
{
	int64_t now_ms = clock_steady_ms(), due_ms;
	struct notice_item *item;

	while ((item = notice_queue_expired(&notices->queue, now_ms,
	    notices->settings->keep_ms)) != NULL)
		give_up(notices, item, "it could not be sent for too long");
	item = notices->queue.first;
	while ((item = notice_queue_next(&notices->queue, item, now_ms,
	    notices->sending == NULL)) != NULL) {
		if (item->is_counted)
			send_item(notices, item);
		else
			notice_item_ask(item, notices->store);
	}
	loop_cancel(&notices->timer);
	due_ms = notice_queue_due_ms(&notices->queue,
	    notices->sending == NULL);
	if (due_ms != INT64_MAX)
		notices->timer = loop_after(notices->loop, due_ms - now_ms,
		    on_due, notices);
}

/* Told once, until half of the queue is empty again. */
static bool
has_room(struct notices *notices)
{
	size_t most = (size_t)notices->settings->queue_max;

	if (notices->queue.count <= most / 2)
		notices->is_full = false;
	if (notices->queue.count < most)
		return true;
	notices->stats.dropped++;
	if (!notices->is_full)
		log_warn(NULL, "notices=%zu wait: more are not sent",
		    notices->queue.count);
	notices->is_full = true;
	return false;
}

void
notices_add(struct notices *notices, const struct notice *notice)
{
	struct notice_item *item;

	if (notices->settings->server_text == NULL || !has_room(notices))
		return;
	item = notice_item_new(notice, notices->settings, host_of(notices),
	    notices->wait_queue);
	if (item == NULL)
		return;
	notice_queue_push(&notices->queue, item, clock_steady_ms());
	run(notices);
}

/* --- for the daemon ------------------------------------------------------- */

bool
notices_are_asked_about(const struct notices *notices, const struct txn *txn)
{
	const struct client *client = &txn->client;
	const struct rcpt *rcpt;

	if (notices == NULL || notices->item == NULL || client->login != NULL ||
	    txn->sender.local.len != 0 || txn->rcpts.len != 1 ||
	    txn->has_more_rcpts || (client->address.len != 0 &&
	    !netaddr_is_loopback(&client->address)))
		return false;
	rcpt = vec_at(&txn->rcpts, 0);
	return str_eq_nocase(address_print(txn->arena, &rcpt->address),
	    notices->item->rcpt);
}

const char *
notices_degraded(const struct notices *notices)
{
	return notices->failures >= DEGRADED_FAILURES ? notices->degraded
	    : NULL;
}

void
notices_count(const struct notices *notices, struct notice_stats *stats_r)
{
	*stats_r = notices->stats;
	stats_r->waiting = notices->queue.count;
}

static void
stop_sending(struct notices *notices)
{
	smtp_cancel(&notices->sending);
	if (notices->item != NULL)
		notices->item->is_busy = false;
	notices->item = NULL;
}

static void
forget_all(struct notices *notices, const char *why)
{
	if (notices->queue.count != 0)
		log_warn(NULL, "%s: notices=%zu are not sent", why,
		    notices->queue.count);
	stop_sending(notices);
	notices->stats.dropped += notices->queue.count;
	while (notices->queue.first != NULL)
		forget(notices, notices->queue.first);
	notices->failures = 0;
}

void
notices_configure(struct notices *notices, struct rulebook *rulebook)
{
	struct rulebook *old = notices->rulebook;

	notices->rulebook = rulebook_ref(rulebook);
	notices->settings = conf_get(rulebook_conf(rulebook),
	    &notice_section);
	rulebook_unref(&old);
	if (notices->settings->server_text == NULL)
		forget_all(notices, "no server for notices is configured any "
		    "more");
	/* Another server may take them at once. */
	notice_queue_server_works(&notices->queue);
	run(notices);
}

struct notices *
notices_new(struct loop *loop, struct store *store)
{
	struct wait_queue *queue = wait_queue_new();
	struct notices *notices;

	if (queue == NULL)
		return NULL;
	notices = must(calloc(1, sizeof(*notices)));
	notices->loop = loop;
	notices->store = store;
	notices->wait_queue = queue;
	notices->watch = loop_watch(loop, wait_queue_fd(queue), EPOLLIN,
	    on_answer, notices);
	notice_queue_init(&notices->queue);
	return notices;
}

void
notices_free(struct notices **notices)
{
	struct notices *old = *notices;

	if (old == NULL)
		return;
	forget_all(old, "stopping");
	loop_cancel(&old->timer);
	loop_unwatch(&old->watch);
	wait_queue_free(&old->wait_queue);
	rulebook_unref(&old->rulebook);
	free(old);
	*notices = NULL;
}
