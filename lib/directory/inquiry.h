/* SPDX-License-Identifier: ISC */
/* inquiry.h - questions to the directory that keep nobody waiting.
 *
 * A daemon has one struct inquiry: a thread with a connection of its own, which
 * takes questions one after another and tells the asker's wait (base/wait.h)
 * when an answer is there. Any thread asks. A short question to a file that is
 * at hand is answered before inquiry_ask() returns.
 */
#ifndef DIRECTORY_INQUIRY_H
#define DIRECTORY_INQUIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db_error;
struct directory;
struct directory_settings;
struct inquiry;
struct inquiry_call;
struct wait;

/* What may be asked: a function that runs in the thread, on a directory of
 * which it sees one state. Its answer lives in arena. -1 with the trouble. */
struct inquiry_question {
	int (*run)(struct directory *directory, const char *const *words,
	    struct arena *arena, const void **answer_r,
	    struct db_error *error_r);
	size_t word_count;
	bool is_short;		/* it reads a few rows by their keys */
};

/* "user", "ann@example.org" and "": a kind and a key of one or two words. The
 * answer is a const struct directory_object *; NULL: there is none, or no such
 * thing can be. */
extern const struct inquiry_question inquiry_object;

/* Start the thread; a database that is not there yet is waited for. settings
 * must live as long. NULL with the reason. */
struct inquiry *inquiry_new(const struct directory_settings *settings,
    struct arena *arena, const char **error_r);
/* What is under way is answered first: unavailable. */
void inquiry_free(struct inquiry **inquiry);

/* Ask; the words are copied. Look at once whether the answer is there; only
 * when it is not, wait is told of it (NULL: nobody). Who has the answer later
 * than the steady clock reads deadline_ms has it for nothing: it is
 * "unavailable" then. */
struct inquiry_call *inquiry_ask(struct inquiry *inquiry,
    const struct inquiry_question *question, const char *const *words,
    int64_t deadline_ms, struct wait *wait);

struct inquiry_answer {
	const char *error;	/* "the directory is unavailable: …"; NULL: none */
	const void *data;
	int64_t generation;	/* of the state that was asked */
};

/* NULL: not yet. It lives as long as the call. */
const struct inquiry_answer *inquiry_call_answer(struct inquiry_call *call);
void inquiry_call_unref(struct inquiry_call **call);

/* The newest generation that is known of: what was learnt of an older one may
 * be out of date. It follows a change on PostgreSQL at once, on SQLite within
 * 250 ms. 0: none is known yet. */
int64_t inquiry_generation(const struct inquiry *inquiry);
/* When the database last answered (steady clock); 0: it never has. While it
 * does, this is hardly ever older than a second, even when nobody asks: so who
 * keeps answers knows for how long he has lived on them. */
int64_t inquiry_seen_ms(const struct inquiry *inquiry);
/* Why it cannot be asked at present (arena text); NULL: it can. */
const char *inquiry_degraded(struct inquiry *inquiry, struct arena *arena);

#endif
