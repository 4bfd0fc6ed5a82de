/* SPDX-License-Identifier: ISC */
/* letter.c - for tests of DKIM: a letter, signed as the test wants it. */
#include "letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"

struct dkim_message *
letter_new(struct arena *arena)
{
	return dkim_message_read(arena, STR(HEADER "\r\n" BODY));
}

struct str
letter_sign(struct arena *arena, const struct dkim_forger *forger,
    const char *more)
{
	return dkim_forge(arena, forger, STR(HEADER), str_from(arena_printf(
	    arena, "v=1; a=%s-sha256; d=example.org; s=s; h=from:to:subject; "
	    "bh=%s; %s%sb=", forger->bits == 0 ? "ed25519" : "rsa",
	    dkim_forge_body_hash(arena, STR(BODY)), more,
	    more[0] != '\0' ? "; " : "")));
}

void
letter_add(struct dkim_message *message, struct str value)
{
	header_list_add(&message->headers, STR("dkim-signature"), value);
}

struct str
letter_zone(struct arena *arena, const char *record)
{
	struct buf zone;

	buf_init(&zone, arena);
	if (record[0] == '!')
		buf_printf(&zone, KEY_NAME "\tTXT\t%s\n", record);
	else
		dkim_zone_add(&zone, STR(KEY_NAME), str_from(record));
	return buf_str(&zone);
}

const struct dkim_verdict *
letter_verify(struct arena *arena, struct dkim_message *message,
    const char *record)
{
	const struct dkim_verdicts *verdicts = dkim_verify_with(arena, message,
	    letter_zone(arena, record), NOW_S, &dkim_usual);

	assert_int_equal(verdicts->count, 1);
	return &verdicts->verdicts[0];
}

void
letter_check(const char *story, const struct dkim_verdict *verdict,
    enum result result, const char *reason)
{
	if (verdict->result != result ||
	    (reason == NULL) != (verdict->reason == NULL) ||
	    (reason != NULL && strcmp(reason, verdict->reason) != 0))
		fail_msg("%s: %s, %s", story, result_text(verdict->result),
		    verdict->reason != NULL ? verdict->reason : "");
}
