/* SPDX-License-Identifier: ISC */
/* smtp_talk.c - the conversation of one message: command, reply, what is next. */
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "smtp/smtp_private.h"

#define TEXT_MAX 300			/* of a reply, in results */

static struct smtp_result
result_of(struct smtp_sending *sending, const struct smtp_reply *reply)
{
	struct smtp_result result = { .code = reply->code };
	char *text = str_dup(sending->arena, reply->text), *end;

	while ((end = strchr(text, '\n')) != NULL)
		*end = ' ';
	result.outcome = reply->code / 100 == 2 ? SMTP_TAKEN
	    : reply->code / 100 == 5 ? SMTP_NEVER : SMTP_LATER;
	result.text = arena_printf(sending->arena, "%u %s", reply->code,
	    log_wire(sending->arena, str_from(text), TEXT_MAX));
	return result;
}

static void
quit(struct smtp_sending *sending)
{
	buf_add_text(&sending->out, "QUIT\r\n");
	smtp_say(sending, SMTP_QUIT);
}

static void
quit_with(struct smtp_sending *sending, const struct smtp_result *result)
{
	smtp_settle_rest(sending, result);
	quit(sending);
}

static void
say_mail(struct smtp_sending *sending)
{
	const struct smtp_mail *mail = sending->mail;
	const char *reason;

	buf_printf(&sending->out, "MAIL FROM:<%.*s>", STR_ARG(mail->sender));
	reason = smtp_extensions_use(&sending->extensions, mail,
	    &sending->out);
	if (reason != NULL) {
		buf_clear(&sending->out);
		quit_with(sending, &(struct smtp_result){
		    .outcome = SMTP_NEVER, .text = reason });
		return;
	}
	buf_add_text(&sending->out, "\r\n");
	smtp_say(sending, SMTP_MAIL);
}

/* The next recipient, or DATA when all were named and one was taken. */
static void
say_next(struct smtp_sending *sending, size_t rcpt)
{
	const struct smtp_mail *mail = sending->mail;

	sending->rcpt_at = smtp_next_open(sending, rcpt);
	if (sending->rcpt_at < mail->rcpt_count) {
		buf_printf(&sending->out, "RCPT TO:<%.*s>\r\n",
		    STR_ARG(mail->rcpts[sending->rcpt_at]));
		smtp_say(sending, SMTP_RCPT);
	} else if (smtp_next_open(sending, 0) < mail->rcpt_count) {
		buf_add_text(&sending->out, "DATA\r\n");
		smtp_say(sending, SMTP_DATA);
	} else {
		quit(sending);
	}
}

/* One for all; of LMTP one for each recipient that was taken (RFC 2033 4.2). */
static void
take_end(struct smtp_sending *sending, const struct smtp_result *result)
{
	if (!sending->is_lmtp) {
		quit_with(sending, result);
		return;
	}
	smtp_settle(sending, smtp_next_open(sending, 0), result);
	if (smtp_next_open(sending, 0) < sending->mail->rcpt_count)
		smtp_expect(sending, SMTP_END);
	else
		quit(sending);
}

static void
take_rcpt(struct smtp_sending *sending, const struct smtp_result *result)
{
	if (result->outcome != SMTP_TAKEN)
		smtp_settle(sending, sending->rcpt_at, result);
	say_next(sending, sending->rcpt_at + 1);
}

/* Before MAIL it says nothing about the message, whatever it says. */
static void
take_greeting(struct smtp_sending *sending, const struct smtp_result *result,
    struct str text)
{
	struct smtp_result later = *result;

	later.outcome = SMTP_LATER;
	if (result->outcome != SMTP_TAKEN) {
		quit_with(sending, &later);
	} else if (sending->step == SMTP_GREETING) {
		buf_printf(&sending->out, "%s %s\r\n", sending->is_lmtp
		    ? "LHLO" : "EHLO", sending->helo);
		smtp_say(sending, SMTP_HELLO);
	} else {
		smtp_extensions_read(text, &sending->extensions);
		say_mail(sending);
	}
}

static void
take_go(struct smtp_sending *sending, const struct smtp_result *result)
{
	struct smtp_result later = *result;

	if (result->code == 354) {
		smtp_say_content(sending);
		return;
	}
	/* No success but to go on (RFC 5321 4.3.2). */
	if (later.outcome == SMTP_TAKEN)
		later.outcome = SMTP_LATER;
	quit_with(sending, &later);
}

void
smtp_take_reply(struct smtp_sending *sending, const struct smtp_reply *reply)
{
	struct smtp_result result = result_of(sending, reply);

	/* It closes (RFC 5321 3.8), or does not want to hear all of what we
	 * say. */
	if (reply->code == 421 || sending->out.len != 0) {
		if (result.outcome == SMTP_TAKEN)
			result.outcome = SMTP_LATER;
		smtp_settle_rest(sending, &result);
		smtp_finish(sending);
		return;
	}
	switch (sending->step) {
	case SMTP_GREETING:
	case SMTP_HELLO:
		take_greeting(sending, &result, reply->text);
		break;
	case SMTP_MAIL:
		if (result.outcome == SMTP_TAKEN)
			say_next(sending, 0);
		else
			quit_with(sending, &result);
		break;
	case SMTP_RCPT:
		take_rcpt(sending, &result);
		break;
	case SMTP_DATA:
		take_go(sending, &result);
		break;
	case SMTP_END:
		take_end(sending, &result);
		break;
	default:
		smtp_finish(sending);
	}
}
