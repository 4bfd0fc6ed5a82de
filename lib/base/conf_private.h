/* SPDX-License-Identifier: ISC */
/* conf_private.h - what the parts of conf share: tokens, blocks, scopes. */
#ifndef BASE_CONF_PRIVATE_H
#define BASE_CONF_PRIVATE_H

#include <stdalign.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/setting.h"
#include "base/str.h"
#include "base/vec.h"

struct map;

#define CONF_FILE_MAX (INT64_C(16) << 20)	/* bytes of one file */
#define CONF_PLAIN_MAX (INT64_C(1) << 30)	/* and of one for conf_plain.c */
#define CONF_FILES_MAX 10000			/* files of one configuration */
#define CONF_INCLUDES_MAX 16			/* files that include each other */
#define CONF_WORDS_MAX 10000			/* words of one statement */
#define CONF_ERROR_MAX 1000			/* bytes of an error */

/* --- text to tokens (conf_lex.c) --- */

/* A place in a file; line and column count from 1, a column is a character. */
struct conf_place {
	const char *file;
	unsigned line, column;
};

enum conf_token_kind { CONF_WORD, CONF_SEMICOLON, CONF_OPEN, CONF_CLOSE,
	CONF_END };

struct conf_token {
	enum conf_token_kind kind;
	const char *text;	/* of a CONF_WORD, without quotes and escapes */
	struct conf_place place;
	bool is_quoted;
	bool begins_line;	/* the token before it is on another line */
};

/* A text that is being read. */
struct conf_source {
	struct arena *arena;	/* of the words */
	struct str rest;
	struct conf_place place;	/* of the first byte of rest */
	unsigned last_line;		/* where the last token ended */
	bool has_raw;			/* 'text' is one without escapes */
};

void conf_source_init(struct conf_source *source, const char *file,
    struct str text, struct arena *arena);

/* The next token. 0, or -1 with the reason and its place. */
int conf_lex(struct conf_source *source, struct conf_token *token_r,
    struct conf_place *place_r, const char **error_r);

/* --- sections and their values (conf_scope.c) --- */

/* Where something was written: "file:line", and the column. */
struct conf_mark {
	const char *origin;	/* NULL: nowhere, it is the default */
	unsigned column;
};

/* Sections of one kind in one scope: at most one, or all that have names. */
struct conf_family {
	const struct section *section;
	struct vec values;	/* const void *: the structs, in their order */
	struct map *by_name;	/* folded name to values; NULL: none yet */
};

struct conf_scope {
	struct conf_family *families;
	size_t count;
};

/* A section with its values. The struct that others see is `values`. */
struct conf_block {
	const struct section *section;
	struct conf_mark begin;
	struct conf_mark *marks;	/* one for each row */
	struct conf_scope inner;
	alignas(max_align_t) char values[];
};

void conf_scope_init(struct conf_scope *scope, struct arena *arena,
    const struct section *const *sections);

struct conf_block *conf_block_of(const void *values);

/* A section begins at mark: its block, filled with defaults. NULL when it
 * stands already; *old_r is then that one. name: of a named section. */
struct conf_block *conf_scope_add(struct conf_family *family,
    struct arena *arena, const char *name, struct conf_mark mark,
    struct conf_block **old_r);

/* Fill up the sections that do not stand with defaults; then look at every
 * block: required settings, and the section's own check. name: of the main
 * file. */
struct conf_parser;
int conf_finish(struct conf_parser *parser, const char *name);

/* "dns", "check dkim", and with its name "domain example.org". Arena text. */
const char *conf_block_title(const struct conf_block *block,
    struct arena *arena);
const char *conf_section_title(const struct section *section,
    struct arena *arena);

/* --- statements (conf_statement.c) --- */

/* Words up to ';', '{', '}' or the end. */
struct conf_statement {
	struct vec words;	/* struct conf_token, all of them CONF_WORD */
	struct conf_token end;
};

const struct conf_token *conf_word(const struct conf_statement *statement,
    size_t i);

/* The next statement. Words that end without ';' or '{' are an error. */
int conf_read_statement(struct conf_parser *parser, struct conf_source *source,
    struct conf_statement *statement);

/* Pass over a body unread, but for its syntax, to its '}'. *is_disabled_r: it
 * said `enabled no;`. opened: the section's name. */
int conf_skip_body(struct conf_parser *parser, struct conf_source *source,
    const struct conf_token *opened, bool *is_disabled_r);

/* --- the whole (conf.c, conf_parse.c, conf_include.c) --- */

struct conf {
	atomic_int references;
	struct arena *arena;
	struct conf_scope scope;
	struct vec warnings;	/* const char * */
};

/* A file that is being read, to know it again. */
struct conf_file_id {
	dev_t device;
	ino_t inode;
};

struct conf_body;

/* One run of the parser. */
struct conf_parser {
	struct conf *conf;
	/* What reads a file: conf_parse_body(), or conf_plain.c's. */
	int (*read)(struct conf_parser *parser, struct conf_source *source,
	    const struct conf_body *body);
	int64_t file_max;	/* bytes of one file */
	bool has_raw;		/* of its sources */
	const struct section *const *sections;
	const struct section *const *others;
	struct arena *errors;
	const char **error_r;
	struct conf_file_id open[CONF_INCLUDES_MAX];	/* outermost first */
	size_t open_count;
	size_t files;		/* read so far */
};

/* The body of a section that is being read; block NULL: the top level. */
struct conf_body {
	struct conf_scope *scope;
	struct conf_block *block;
	const struct conf_token *opened;	/* NULL: the file's outer level */
};

struct conf *conf_new(const struct section *const *sections);

/* Put "file:line:column: …" in *error_r and return -1. The second form is for
 * what stands in no place: "name: …". */
int conf_fail(struct conf_parser *parser, struct conf_place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
int conf_fail_at(struct conf_parser *parser, const char *prefix,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_parser *parser, struct conf_place place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Everything up to the closing brace, or to the end of the source where none
 * is open. Calls itself for sections inside sections, which are as deep as the
 * tables are, and for includes: a text cannot make it deep. */
int conf_parse_body(struct conf_parser *parser, struct conf_source *source,
    const struct conf_body *body);

/* Read a file and parse it as a part of body. at: the include statement's
 * value; NULL for the file that the administrator named. */
int conf_parse_file(struct conf_parser *parser, const char *path,
    const struct conf_token *at, const struct conf_body *body);

/* include "glob"; */
int conf_include(struct conf_parser *parser, const struct conf_token *pattern,
    const struct conf_body *body);

/* --- what was meant (conf_remedy.c) --- */

/* The row of a key in the body, or NULL. */
const struct setting *conf_find_row(const struct conf_body *body,
    const char *key);
/* Is this a word with which a statement of the body may begin? */
bool conf_is_known(const struct conf_body *body, const char *word);
/* Do sections of this name have fixed labels ("check dkim")? */
bool conf_has_labels(const struct conf_body *body, const char *name);

/* Say what is wrong with an option or a section that is not known here, and
 * what was probably meant. Return -1. */
int conf_refuse_option(struct conf_parser *parser,
    const struct conf_body *body, const struct conf_token *key);
int conf_refuse_section(struct conf_parser *parser,
    const struct conf_body *body, const struct conf_token *name,
    const struct conf_token *label);

#endif
