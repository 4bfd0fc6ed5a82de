/* SPDX-License-Identifier: ISC */
/* smtp_talk.c - for tests: a message that is sent to a server of smtp_script.h,
 * what was said, and what came of it. */
#include "smtp_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/vec.h"
#include "smtp/smtp_send.h"
#include "smtp/smtp_server.h"

struct hearing {
	struct loop *loop;
	struct smtp_sending *sending;
	size_t rcpt_count;
	struct buf results;
};

static void
on_done(void *arg, const struct smtp_result *results)
{
	static const char *const words[] = { "taken", "later", "never" };
	struct hearing *hearing = arg;

	for (size_t i = 0; i < hearing->rcpt_count; i++) {
		const char *code = results[i].code == 0 ? "0 " : "";

		buf_printf(&hearing->results, "%s %s%s;",
		    words[results[i].outcome], code, results[i].text);
	}
	hearing->sending = NULL;
	loop_stop(hearing->loop);
}

char *
smtp_talk_hold(struct arena *arena, const struct smtp_talk *talk, bool is_torn,
    int64_t timeout_ms, const char **results_r)
{
	struct smtp_script *script = talk->path != NULL ? NULL :
	    smtp_script_start(talk->replies, is_torn);
	struct hearing hearing = { .loop = loop_new(), .rcpt_count = 1 };
	struct smtp_server server = { .path = talk->path != NULL ?
	    talk->path : smtp_script_path(script),
		.is_lmtp = talk->is_lmtp, .helo = "me.example.org",
		.timeout_ms = timeout_ms };
	struct str rcpts[SMTP_TALK_RCPTS_MAX] = { STR("ann@example.org") };
	struct smtp_mail mail = { .sender = str_from(talk->sender),
		.rcpts = rcpts, .content = str_from(talk->content != NULL
		    ? talk->content : SMTP_TALK_LETTER) };

	for (size_t i = 0; i < SMTP_TALK_RCPTS_MAX && talk->rcpts[i] != NULL; i++) {
		rcpts[i] = str_from(talk->rcpts[i]);
		hearing.rcpt_count = i + 1;
	}
	mail.rcpt_count = hearing.rcpt_count;
	buf_init(&hearing.results, arena);
	hearing.sending = smtp_send(hearing.loop, &server, &mail, on_done,
	    &hearing);
	assert_int_equal(hearing.results.len, 0);
	loop_run(hearing.loop);
	assert_null(hearing.sending);
	loop_free(&hearing.loop);
	*results_r = hearing.results.data;
	return script == NULL ? strdup("") : smtp_script_end(&script);
}

const char *
smtp_talk_long(struct arena *arena)
{
	struct buf content;

	buf_init(&content, arena);
	buf_add_text(&content, "Subject: long\r\n\r\n");
	for (int i = 0; i < 100000; i++)
		buf_add_text(&content, ".0123456789 0123456789\r\n");
	return content.data;
}

bool
smtp_talk_ends(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) &&
	    strcmp(text + strlen(text) - strlen(end), end) == 0;
}
