/* SPDX-License-Identifier: ISC */
/* load_session.c - the order of events, and what each answer means.
 *
 * As Postfix does it (src/milter/milter8.c): macros precede every event, each
 * header and body chunk too; an event the filter declined is not sent, though
 * its macros are (but not those of headers and body); an event whose answer
 * the filter declined is followed at once by the next one, and bytes go out
 * when an answer is needed; after SKIP no further body chunk is sent; every
 * message that got as far as MAIL is followed by ABORT.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load_edit.h"
#include "load_event.h"
#include "load_macro.h"
#include "load_message.h"
#include "load_policy.h"
#include "load_session.h"

enum { OUT_ENOUGH = 256 * 1024 };	/* write before putting in more */

static const struct {
	const char *name;
	char command;
	enum macro_stage macros;
	uint32_t no_event;
	uint32_t no_reply;
} stages[STAGE_COUNT] = {
	[STAGE_NEGOTIATE] = { "negotiate", 'O', MACRO_CONNECT, 0, 0 },
	[STAGE_CONNECT] = { "connect", 'C', MACRO_CONNECT, STEP_NO_CONNECT,
	    STEP_NR_CONNECT },
	[STAGE_HELO] = { "helo", 'H', MACRO_HELO, STEP_NO_HELO,
	    STEP_NR_HELO },
	[STAGE_MAIL] = { "mail", 'M', MACRO_MAIL, STEP_NO_MAIL,
	    STEP_NR_MAIL },
	[STAGE_RCPT] = { "rcpt", 'R', MACRO_RCPT, STEP_NO_RCPT,
	    STEP_NR_RCPT },
	[STAGE_DATA] = { "data", 'T', MACRO_DATA, STEP_NO_DATA,
	    STEP_NR_DATA },
	[STAGE_HEADER] = { "header", 'L', MACRO_EOH, STEP_NO_HEADERS,
	    STEP_NR_HEADER },
	[STAGE_EOH] = { "end_of_header", 'N', MACRO_EOH, STEP_NO_EOH,
	    STEP_NR_EOH },
	[STAGE_BODY] = { "body", 'B', MACRO_EOM, STEP_NO_BODY,
	    STEP_NR_BODY },
	[STAGE_EOM] = { "end_of_message", 'E', MACRO_EOM, 0, 0 },
};

uint64_t
load_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

const char *
load_stage_name(enum load_stage stage)
{
	return stages[stage].name;
}

const char *
load_verdict_name(enum load_verdict verdict)
{
	static const char *const names[VERDICT_COUNT] = {
		[VERDICT_CONTINUE] = "continue",
		[VERDICT_ACCEPT] = "accept",
		[VERDICT_REJECT] = "reject",
		[VERDICT_TEMPFAIL] = "tempfail",
		[VERDICT_REPLY_4XX] = "reply_4xx",
		[VERDICT_REPLY_5XX] = "reply_5xx",
		[VERDICT_DISCARD] = "discard",
		[VERDICT_SHUTDOWN] = "shutdown",
	};

	return names[verdict];
}

/* Is there anything (left) to send at this stage? */
static bool
has_event(const struct load_session *session)
{
	bool wanted = !(session->steps & stages[session->stage].no_event);

	switch (session->stage) {
	case STAGE_HEADER:
		return wanted && !session->skips &&
		    session->next < session->msg->header_count;
	case STAGE_BODY:
		return wanted && !session->skips &&
		    session->next < session->msg->body_len;
	default:
		return wanted;
	}
}

/* The stage's answer came or was declined: on to what follows. */
static void
advance(struct load_session *session)
{
	if (session->stage == STAGE_RCPT)
		session->rcpts_accepted++;
	if ((session->stage == STAGE_HEADER || session->stage == STAGE_BODY) &&
	    has_event(session))
		return;
	session->stage++;
	session->next = 0;
	session->skips = false;
	if (session->stage == STAGE_MAIL)
		session->is_greeted = true;
}

void
load_session_fill(struct load_session *session)
{
	while (!session->awaits_reply && session->msg != NULL &&
	    session->out.len - session->out.done < OUT_ENOUGH) {
		enum load_stage stage = session->stage;
		bool is_content = stage >= STAGE_HEADER && stage <= STAGE_BODY;
		size_t mark;

		if (!has_event(session)) {
			if (!is_content)
				load_macro_put(session,
				    stages[stage].command,
				    stages[stage].macros);
			advance(session);
			continue;
		}
		load_macro_put(session, stages[stage].command,
		    stages[stage].macros);
		mark = wire_begin(&session->out, stages[stage].command);
		load_event_put(session);
		wire_end(&session->out, mark);
		if (session->steps & stages[stage].no_reply)
			advance(session);
		else
			session->awaits_reply = true;
	}
}

void
load_session_start(struct load_session *session)
{
	size_t mark;

	session->out.len = session->out.done = 0;
	session->in.len = session->in.done = 0;
	session->stage = STAGE_NEGOTIATE;
	session->is_greeted = false;
	session->msg = NULL;
	session->trouble = NULL;
	for (size_t i = 0; i < MACRO_STAGES; i++) {
		free(session->macro_lists[i]);
		session->macro_lists[i] = NULL;
	}
	session->awaits_reply = !session->is_policy;
	if (session->is_policy)
		return;
	mark = wire_begin(&session->out, 'O');
	wire_put_u32(&session->out, WIRE_VERSION);
	wire_put_u32(&session->out, WIRE_ACTIONS);
	wire_put_u32(&session->out, WIRE_STEPS);
	wire_end(&session->out, mark);
}

void
load_session_play(struct load_session *session,
    const struct load_message *msg, uint64_t queue_id)
{
	session->msg = msg;
	session->next = 0;
	session->rcpts_accepted = 0;
	session->skips = false;
	session->edit_count = 0;
	session->edits.len = session->edits.done = 0;
	session->stage = session->is_greeted ? STAGE_MAIL : STAGE_CONNECT;
	/* The clock starts anew at MAIL; this covers a refused CONNECT. */
	session->began_us = session->eom_us = load_now_us();
	snprintf(session->queue_id, sizeof(session->queue_id), "4B%09" PRIX64,
	    queue_id);
	if (session->is_policy)
		load_policy_put(session);
	else
		load_session_fill(session);
}

bool
load_session_is_ready(const struct load_session *session)
{
	return session->msg == NULL && !session->awaits_reply;
}

/* Accepts the filter's terms: steps, then lists of macros by stage. */
static enum load_event
read_terms(struct load_session *session, const struct wire_packet *packet)
{
	const char *at = packet->data + 12;
	const char *end = packet->data + packet->len;

	if (packet->command != 'O' || packet->len < 12) {
		session->trouble = "the offer was not answered";
		return SESSION_BROKEN;
	}
	session->steps = wire_get_u32(packet->data + 8);
	while (end - at > 4) {
		uint32_t stage = wire_get_u32(at);
		size_t len = strnlen(at + 4, (size_t)(end - at - 4));

		if (stage < MACRO_STAGES && session->macro_lists[stage] == NULL)
			session->macro_lists[stage] = strndup(at + 4, len);
		at += 4 + len + 1;
	}
	session->awaits_reply = false;
	session->stage = STAGE_CONNECT;
	return SESSION_GOES_ON;
}

static enum load_event
end_message(struct load_session *session, enum load_verdict verdict)
{
	session->verdict = verdict;
	session->awaits_reply = false;
	session->msg = NULL;
	if (session->stage < STAGE_MAIL || verdict == VERDICT_SHUTDOWN)
		return SESSION_CLOSED;
	wire_end(&session->out, wire_begin(&session->out, 'A'));
	return SESSION_MESSAGE_DONE;
}

static enum load_event
read_decision(struct load_session *session, const struct wire_packet *packet)
{
	switch (packet->command) {
	case 'c':
		session->awaits_reply = false;
		if (session->stage == STAGE_EOM)
			return end_message(session, VERDICT_CONTINUE);
		advance(session);
		load_session_fill(session);
		return SESSION_GOES_ON;
	case 's':
		session->skips = true;
		session->awaits_reply = false;
		advance(session);
		load_session_fill(session);
		return SESSION_GOES_ON;
	case 'a':
		return end_message(session, VERDICT_ACCEPT);
	case 'd':
		return end_message(session, VERDICT_DISCARD);
	case 'r':
		return end_message(session, VERDICT_REJECT);
	case 't':
		return end_message(session, VERDICT_TEMPFAIL);
	case 'y':
		return end_message(session, packet->len > 0 &&
		    packet->data[0] == '4' ?
		    VERDICT_REPLY_4XX : VERDICT_REPLY_5XX);
	case '4':
	case 'f':
		return end_message(session, VERDICT_SHUTDOWN);
	default:
		session->trouble = "an unknown answer";
		return SESSION_BROKEN;
	}
}

static enum load_event
read_packet(struct load_session *session, const struct wire_packet *packet)
{
	if (!session->awaits_reply) {
		session->trouble = "an answer nobody waits for";
		return SESSION_BROKEN;
	}
	if (session->stage == STAGE_NEGOTIATE)
		return read_terms(session, packet);
	if (packet->command == 'p')
		return SESSION_GOES_ON;
	if (load_edit_is_one(packet)) {
		session->edit_count++;
		load_edit_keep(&session->edits, packet);
		return SESSION_GOES_ON;
	}
	return read_decision(session, packet);
}

enum load_event
load_session_read(struct load_session *session)
{
	enum load_event event = SESSION_GOES_ON;
	struct wire_packet packet;
	int have = 1;

	if (session->is_policy)
		return load_policy_read(session);
	while (event == SESSION_GOES_ON &&
	    (have = wire_next(&session->in, &packet)) == 1)
		event = read_packet(session, &packet);
	if (have < 0) {
		session->trouble = "a packet of impossible length";
		event = SESSION_BROKEN;
	}
	wire_buf_shift(&session->in);
	return event;
}

void
load_session_quit(struct load_session *session)
{
	if (!session->is_policy)
		wire_end(&session->out, wire_begin(&session->out, 'Q'));
}

void
load_session_done(struct load_session *session)
{
	for (size_t i = 0; i < MACRO_STAGES; i++)
		free(session->macro_lists[i]);
	wire_buf_free(&session->out);
	wire_buf_free(&session->in);
	wire_buf_free(&session->edits);
	memset(session, 0, sizeof(*session));
}
