/* SPDX-License-Identifier: ISC */
/* setting.h - rows that describe settings: the one list for parser and manual. */
#ifndef BASE_SETTING_H
#define BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

enum setting_kind {
	SETTING_BOOL,		/* bool: yes, no */
	SETTING_INT,		/* int64_t */
	SETTING_SIZE,		/* int64_t, bytes: 64k 10m 1g 2t */
	SETTING_DURATION,	/* int64_t, milliseconds: 250ms 10s 5m 2h 1d */
	SETTING_REAL,		/* double */
	SETTING_TEXT,		/* const char *; NULL when absent and no default */
	SETTING_WORD,		/* int: index into words */
	SETTING_LIST,		/* struct setting_list: one or more texts */
};

/* The texts of a SETTING_LIST, in their order; count 0 when absent. */
struct setting_list {
	size_t count;
	const char *const *texts;
};

enum setting_flag {
	SETTING_REQUIRED = 1,	/* must stand in the configuration */
	SETTING_POLICY = 2,	/* may also stand in class, domain and user */
	SETTING_AT_START = 4,	/* a reload leaves it: conf_restart_wanted() */
};

/* One setting. The default is one value as in the configuration file, but never
 * in quotes; a LIST's are separated by blanks; NULL: the value stays zero. min
 * and max hold for INT, SIZE (bytes), DURATION (milliseconds) and REAL, when
 * max is not 0. */
struct setting {
	const char *key;
	enum setting_kind kind;
	size_t offset;
	const char *default_text;
	int64_t min, max;
	const char *const *words;	/* WORD: ends with NULL */
	unsigned flags;
	const char *help;		/* one sentence */
};

/* Row constructors: the kind follows from the member's type, checked by the
 * compiler. Further members (.flags) may be given behind the last argument. */
#define SETTING_FIELD(type, member, ctype)                                   \
	(offsetof(type, member) +                                            \
	    0 * sizeof((ctype *)0 == &((type *)0)->member))
#define SETTING_BOOL_ROW(k, type, member, dflt, text, ...)                   \
	{ .key = k, .kind = SETTING_BOOL, .default_text = dflt, .help = text,\
	  .offset = SETTING_FIELD(type, member, bool), __VA_ARGS__ }
#define SETTING_INT_ROW(k, type, member, dflt, lo, hi, text, ...)            \
	{ .key = k, .kind = SETTING_INT, .default_text = dflt, .help = text, \
	  .min = lo, .max = hi,                                              \
	  .offset = SETTING_FIELD(type, member, int64_t), __VA_ARGS__ }
#define SETTING_SIZE_ROW(k, type, member, dflt, lo, hi, text, ...)           \
	{ .key = k, .kind = SETTING_SIZE, .default_text = dflt, .help = text,\
	  .min = lo, .max = hi,                                              \
	  .offset = SETTING_FIELD(type, member, int64_t), __VA_ARGS__ }
#define SETTING_DURATION_ROW(k, type, member, dflt, lo, hi, text, ...)       \
	{ .key = k, .kind = SETTING_DURATION, .default_text = dflt,          \
	  .help = text, .min = lo, .max = hi,                                \
	  .offset = SETTING_FIELD(type, member, int64_t), __VA_ARGS__ }
#define SETTING_REAL_ROW(k, type, member, dflt, lo, hi, text, ...)           \
	{ .key = k, .kind = SETTING_REAL, .default_text = dflt, .help = text,\
	  .min = lo, .max = hi,                                              \
	  .offset = SETTING_FIELD(type, member, double), __VA_ARGS__ }
#define SETTING_TEXT_ROW(k, type, member, dflt, text, ...)                   \
	{ .key = k, .kind = SETTING_TEXT, .default_text = dflt, .help = text,\
	  .offset = SETTING_FIELD(type, member, const char *), __VA_ARGS__ }
#define SETTING_WORD_ROW(k, type, member, list, dflt, text, ...)             \
	{ .key = k, .kind = SETTING_WORD, .default_text = dflt, .help = text,\
	  .words = list, .offset = SETTING_FIELD(type, member, int),         \
	  __VA_ARGS__ }
#define SETTING_LIST_ROW(k, type, member, dflt, text, ...)                   \
	{ .key = k, .kind = SETTING_LIST, .default_text = dflt, .help = text,\
	  .offset = SETTING_FIELD(type, member, struct setting_list),        \
	  __VA_ARGS__ }

/* A section of the configuration: `name { … }`, `name label { … }`. */
struct section {
	const char *name;		/* "dns", "check", "domain" */
	/* A fixed second word ("check dkim"), or NULL. */
	const char *label;
	/* The second word is the administrator's ("domain example.org"), and
	 * the section may stand many times: the struct's first member is
	 * `const char *name`. */
	bool is_named;
	const char *help;		/* one or two sentences for the manual */
	size_t size;			/* of the struct that the rows fill */
	const struct setting *rows;
	size_t row_count;
	/* Named sections inside this one; NULL or ends with NULL. */
	const struct section *const *inner;
	/* What rows cannot say (two settings that exclude each other, a list
	 * of networks that must parse); may store what it parsed in values,
	 * allocated in arena. NULL: nothing to check. 0, or -1 with the reason,
	 * and the row's key in *key_r where it is one setting's fault. */
	int (*check)(void *values, struct arena *arena, const char **key_r,
	    const char **error_r);
};

/* Parse texts as the row's kind says, into values (the section's struct); what
 * is stored is copied into arena. 0, or -1 with a reason that names the kind,
 * the range or the words allowed. */
int setting_parse(const struct setting *row, void *values,
    const char *const *texts, size_t text_count, struct arena *arena,
    const char **error_r);

/* Store the row's default in values. A default that does not parse is a bug of
 * the table: aborts. */
void setting_default(const struct setting *row, void *values,
    struct arena *arena);

/* The value as it would stand in the file ("2s", "64k", "yes"); "" when absent.
 * Arena text. */
const char *setting_print(const struct setting *row, const void *values,
    struct arena *arena);

/* The kind and its range for people: "a duration from 100ms to 30s". Arena
 * text. */
const char *setting_describe(const struct setting *row, struct arena *arena);

/* Add a text as it stands in the file: in quotes where it needs them. */
void setting_quote(struct buf *out, const char *text);

#endif
