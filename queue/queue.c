/* SPDX-License-Identifier: ISC */
/* queue.c - held mail, listed, released and returned, as root may.
 *
 * Release is `postsuper -H`: the message goes on from where it stood, under its
 * queue id; nobody who judged or charged it is asked again.
 *
 * Return is our own notice, then `postsuper -d`. Postfix would do both by
 * `postsuper -f`, but all that its notice says is "administratively expired".
 * The notice is in the queue before the message is gone: what ends us in between
 * leaves a message that is still held, whose sender has been told. */
#include "queue/queue.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/ctl.h"
#include "base/json.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "queue/held.h"
#include "queue/notice.h"
#include "queue/postfix.h"
#include "queue/request.h"

/* A header costs a process. */
#define HEADERS_MAX 1000

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* What one request works with. */
struct work {
	const struct postfix *postfix;
	struct arena *arena;
	struct json_writer *json;
	const char *host;
};

/* Run it; it must end with status 0. */
static int
ask(const struct work *work, const char *const *words, struct str input,
    struct postfix_ran *ran_r, const char **error_r)
{
	if (postfix_run(work->postfix, work->arena, words, input, ran_r,
	    error_r) < 0)
		return -1;
	if (ran_r->status == 0)
		return 0;
	*error_r = arena_printf(work->arena, "%s: %s", words[0],
	    postfix_complaint(work->arena, ran_r));
	return -1;
}

/* Does the command report "… ID: DONE"? Its exit status does not tell. */
static bool
reports(const struct postfix_ran *ran, const char *queue_id, const char *done)
{
	struct str rest = ran->err, line, word;

	while (str_cut(&rest, '\n', &line))
		while (str_cut(&line, ' ', &word))
			if (word.len == strlen(queue_id) + 1 &&
			    strncmp(word.data, queue_id, word.len - 1) == 0 &&
			    word.data[word.len - 1] == ':' &&
			    str_is(line, done))
				return true;
	return false;
}

static struct str
header_of(const struct work *work, const char *queue_id)
{
	struct postfix_ran ran;
	const char *error;

	if (ask(work, ARGV("postcat", "-qh", queue_id), STR(""), &ran,
	    &error) < 0)
		return STR("");
	return ran.out;
}

static void
put_held(const struct work *work, const struct held *held, bool wants_header)
{
	struct json_writer *json = work->json;
	char arrival[CLOCK_TEXT_SIZE];
	struct str id = STR("");

	if (wants_header && queue_id_is_valid(str_from(held->queue_id)))
		id = held_id(header_of(work, held->queue_id));
	json_begin_object(json, NULL);
	json_put_text(json, "queue_id", held->queue_id);
	json_put_text(json, "arrival", clock_format(held->arrival_s * 1000,
	    arrival));
	json_put_int(json, "size_bytes", held->size_bytes);
	json_put_text(json, "sender", held->sender);
	json_begin_array(json, "recipients");
	for (size_t i = 0; i < held->rcpts.len; i++)
		json_put_text(json, NULL,
		    *(const char **)vec_at(&held->rcpts, i));
	json_end_array(json);
	if (id.len != 0)
		json_put_str(json, "id", id);
	else
		json_put_null(json, "id");
	json_end_object(json);
}

static int
list(const struct work *work, const struct vec *items, const char **error_r)
{
	struct postfix_ran ran;
	struct vec held;

	(void)items;
	if (ask(work, ARGV("postqueue", "-j"), STR(""), &ran, error_r) < 0)
		return -1;
	held_list(work->arena, ran.out, &held);
	for (size_t i = 0; i < held.len; i++)
		put_held(work, vec_at(&held, i), i < HEADERS_MAX);
	return 0;
}

static struct str
lines_of(struct arena *arena, const struct vec *items)
{
	struct buf lines;

	buf_init(&lines, arena);
	for (size_t i = 0; i < items->len; i++) {
		const struct queue_item *item = vec_at(items, i);

		buf_printf(&lines, "%s\n", item->queue_id);
	}
	return buf_str(&lines);
}

/* Without it Postfix would wait for its next look at the deferred queue. That
 * comes in any case: what goes wrong here does no harm. */
static void
hurry(const struct work *work, const char *queue_id)
{
	struct postfix_ran ran;
	const char *error;

	ask(work, ARGV("postqueue", "-i", queue_id), STR(""), &ran, &error);
}

static int
release(const struct work *work, const struct vec *items,
    const char **error_r)
{
	struct json_writer *json = work->json;
	struct postfix_ran ran;

	if (ask(work, ARGV("postsuper", "-H", "-", "hold"),
	    lines_of(work->arena, items), &ran, error_r) < 0)
		return -1;
	for (size_t i = 0; i < items->len; i++) {
		const struct queue_item *item = vec_at(items, i);
		bool is_released = reports(&ran, item->queue_id,
		    "released from hold");

		if (is_released)
			hurry(work, item->queue_id);
		json_begin_object(json, NULL);
		json_put_text(json, "queue_id", item->queue_id);
		json_put_text(json, "error", is_released ? NULL :
		    "no message with this queue id is on hold");
		json_end_object(json);
	}
	return 0;
}

/* -1: the message cannot be returned, and error_r says why. */
static int
look_up(const struct work *work, const struct queue_item *item,
    struct envelope *envelope_r, const char **error_r)
{
	struct postfix_ran ran;

	if (postfix_run(work->postfix, work->arena, ARGV("postcat", "-qe",
	    item->queue_id), STR(""), &ran, error_r) < 0)
		return -1;
	if (ran.status != 0 ||
	    envelope_parse(work->arena, ran.out, envelope_r) < 0 ||
	    !str_is(envelope_r->queue, "hold"))
		*error_r = "no message with this queue id is on hold";
	else if (envelope_r->sender.len == 0)
		/* RFC 5321 4.5.5: a notice about a notice would be a loop. */
		*error_r = "it has the null sender: nobody can be told. "
		    "Release it, or delete it by 'postsuper -d'";
	else
		return 0;
	return -1;
}

/* 0 with the number of recipients that he was told of. */
static int
tell(const struct work *work, const struct queue_item *item,
    const struct envelope *envelope, size_t *told_r, const char **error_r)
{
	struct notice notice = { .host = work->host,
	    .queue_id = item->queue_id, .reason = item->reason,
	    .envelope = envelope };
	char boundary[ULID_SIZE];
	const char *sender;
	struct postfix_ran ran;
	struct buf text;

	ulid_make(clock_now_ms(), boundary);
	notice.boundary = boundary;
	notice.header = header_of(work, item->queue_id);
	notice.id = held_id(notice.header);
	if (notice.id.len == 0)
		notice.id = str_from(item->id);
	buf_init(&text, work->arena);
	*told_r = notice_write(&text, &notice);
	if (*told_r == 0)
		return 0;
	sender = str_dup(work->arena, notice_address(work->arena,
	    envelope->sender));
	/* RFC 3464 2, RFC 3461 5.2.9: from nobody, and nothing comes back. */
	return ask(work, ARGV("sendmail", "-i", "-f", "", "-N", "never", "--",
	    sender), buf_str(&text), &ran, error_r);
}

static int
remove_held(const struct work *work, const struct queue_item *item,
    const char **error_r)
{
	struct postfix_ran ran;

	if (ask(work, ARGV("postsuper", "-d", item->queue_id, "hold"), STR(""),
	    &ran, error_r) < 0)
		return -1;
	if (reports(&ran, item->queue_id, "removed"))
		return 0;
	*error_r = "its sender was told that it is not delivered, but somebody "
	    "has released it meanwhile";
	return -1;
}

static void
return_one(const struct work *work, const struct queue_item *item)
{
	struct json_writer *json = work->json;
	struct envelope envelope = { 0 };
	const char *error = NULL;
	size_t told = 0;

	if (look_up(work, item, &envelope, &error) == 0 &&
	    tell(work, item, &envelope, &told, &error) == 0)
		remove_held(work, item, &error);
	json_begin_object(json, NULL);
	json_put_text(json, "queue_id", item->queue_id);
	json_put_text(json, "error", error);
	json_put_str(json, "sender", envelope.sender);
	json_put_int(json, "told", (int64_t)told);
	json_end_object(json);
}

static int
return_all(const struct work *work, const struct vec *items,
    const char **error_r)
{
	struct work named = *work;
	struct postfix_ran ran;

	if (ask(work, ARGV("postconf", "-xh", "myhostname"), STR(""), &ran,
	    error_r) < 0)
		return -1;
	named.host = str_dup(work->arena, str_trim(ran.out));
	for (size_t i = 0; i < items->len; i++)
		return_one(&named, vec_at(items, i));
	return 0;
}

static const struct {
	const char *name;
	bool wants_messages;
	int (*run)(const struct work *work, const struct vec *items,
	    const char **error_r);
} verbs[] = {
	{ "list", false, list },
	{ "release", true, release },
	{ "return", true, return_all },
};

static int
run_verb(size_t i, const struct postfix *postfix, struct str argument,
    struct arena *arena, struct buf *out, const char **error_r)
{
	struct json_writer json;
	struct work work = { postfix, arena, &json, NULL };
	struct vec items = { 0 };

	if (verbs[i].wants_messages && queue_request_parse(arena, argument,
	    &items, error_r) < 0)
		return -1;
	if (!verbs[i].wants_messages && argument.len != 0) {
		*error_r = "bad-request this verb takes nothing";
		return -1;
	}
	json_begin(&json, out);
	json_begin_array(&json, NULL);
	if (verbs[i].run(&work, &items, error_r) < 0) {
		*error_r = arena_printf(arena, "failed %s", *error_r);
		return -1;
	}
	json_end_array(&json);
	json_end(&json);
	buf_add_char(out, '\n');
	return 0;
}

int
queue_answer(const struct postfix *postfix, const struct ctl_request *request,
    struct arena *arena, struct buf *out, const char **error_r)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_is(request->verb, verbs[i].name))
			return run_verb(i, postfix, request->json, arena, out,
			    error_r);
	*error_r = "bad-request the verbs are list, release and return";
	return -1;
}
