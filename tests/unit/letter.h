/* SPDX-License-Identifier: ISC */
/* letter.h - for tests of DKIM: a letter, signed as the test wants it. */
#ifndef TESTS_LETTER_H
#define TESTS_LETTER_H

#include "auth/dkim.h"
#include "dkim_bench.h"

/* Header and body that both canonical forms leave as they are. */
#define HEADER "from:joe@example.org\r\nto:ann@example.net\r\nsubject:hello\r\n"
#define BODY "hello\r\n"
#define KEY_NAME "s._domainkey.example.org"
#define NOW_S 1700000000

struct dkim_message *letter_new(struct arena *arena);

/* A signature of HEADER: more stands between the tags and b=. */
struct str letter_sign(struct arena *arena,
    const struct dkim_forger *forger, const char *more);
/* The value becomes the lowest DKIM-Signature field. */
void letter_add(struct dkim_message *message, struct str value);

/* The zone of the key; a record that begins with '!' is a fault (zone.h). */
struct str letter_zone(struct arena *arena, const char *record);

/* The one verdict. */
const struct dkim_verdict *letter_verify(struct arena *arena,
    struct dkim_message *message, const char *record);
/* Fails with the story unless the verdict is this. */
void letter_check(const char *story, const struct dkim_verdict *verdict,
    enum result result, const char *reason);

#endif
