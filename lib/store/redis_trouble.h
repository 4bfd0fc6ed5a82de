/* SPDX-License-Identifier: ISC */
/* redis_trouble.h - why a store does not work: for the log, and for others. */
#ifndef STORE_REDIS_TROUBLE_H
#define STORE_REDIS_TROUBLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define REDIS_TROUBLES_MAX 64

struct redis_trouble {
	struct arena *arena;
	const char *where;
	_Atomic(const char *) text;	/* NULL: none. Of these: */
	const char *texts[REDIS_TROUBLES_MAX];
	size_t count;
	const char *logged;
	int64_t logged_ms;
	bool is_told;		/* so its end is told too */
};

/* The first trouble is that nothing is connected yet; it is not logged. */
void redis_trouble_init(struct redis_trouble *trouble, struct arena *arena,
    const char *where);

/* The sentence "WHERE: what"; it lives as long as the arena, which does not
 * grow however often the same is said. */
const char *redis_trouble_text(struct redis_trouble *trouble,
    const char *what);
/* From now on there is this trouble (a redis_trouble_text()); it is logged
 * when it is new, and every minute while it lasts. */
void redis_trouble_set(struct redis_trouble *trouble, const char *text);
void redis_trouble_clear(struct redis_trouble *trouble);
/* NULL: none. Any thread. */
const char *redis_trouble_get(struct redis_trouble *trouble);

#endif
