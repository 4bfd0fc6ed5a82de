/* SPDX-License-Identifier: ISC */
/* smtp_talk.h - for tests: a message that is sent to a server of smtp_script.h,
 * what was said, and what came of it. */
#ifndef TESTS_SMTP_TALK_H
#define TESTS_SMTP_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smtp_script.h"

struct arena;

#define SMTP_TALK_PATIENT_MS INT64_C(600000)
#define SMTP_TALK_RCPTS_MAX 4

/* What servers say first and last, and the first that is said to them. */
#define HI "220 mx ready", "250 mx"
#define BYE "221 bye"
#define EHLO "EHLO me.example.org\n"
#define QUIT "QUIT\n"
#define SMTP_TALK_LETTER "Subject: x\r\n\r\nhello\r\n"

struct smtp_talk {
	const char *name;
	const char *replies[SMTP_SCRIPT_MAX];
	const char *said, *results;
	const char *content;		/* NULL: SMTP_TALK_LETTER */
	const char *sender;		/* NULL: the null sender */
	const char *rcpts[SMTP_TALK_RCPTS_MAX];	/* none: ann@example.org */
	bool is_lmtp;
	const char *path;		/* of a server; NULL: it says replies */
};

/* Hold the talk, its replies octet by octet when torn: what was said, to be
 * freed, and the results, "taken 250 kept;" for each recipient. Results that
 * are told before the loop runs fail the test. */
char *smtp_talk_hold(struct arena *arena, const struct smtp_talk *talk,
    bool is_torn, int64_t timeout_ms, const char **results_r);

/* A message of 100,000 lines with a dot in front. */
const char *smtp_talk_long(struct arena *arena);

/* Does the text end so? */
bool smtp_talk_ends(const char *text, const char *end);

#endif
