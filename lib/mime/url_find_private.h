/* SPDX-License-Identifier: ISC */
/* url_find_private.h - what the finder of links shares among its files. */
#ifndef MIME_URL_FIND_PRIVATE_H
#define MIME_URL_FIND_PRIVATE_H

#include "mime/url.h"
#include "mime/url_private.h"

/* What makes a link of a run, in it or behind it. */
#define FINDER_MARKS ".:@([{"

struct finder {
	struct url_reader *reader;
	struct str text;
	size_t at;
	size_t (*take)(void *arg, const struct url *url);
	void *arg;
	unsigned foreign;	/* such hosts so far */
	size_t marks[sizeof(FINDER_MARKS) - 1];	/* behind the next of each; where
				 * that is not ahead it is not known */
};

/* A run of name characters, from start to end. */
struct run {
	size_t start, end;
	bool is_defanged;
};

static inline bool
finder_is_name(char c)
{
	return char_is_alnum(c) || c == '.' || c == '-' || c == '_' ||
	    c == '+' || c == '*' || (unsigned char)c >= 0x80;
}

static inline char
finder_byte(const struct finder *finder, size_t at)
{
	return at < finder->text.len ? finder->text.data[at] : '\0';
}

static inline bool
finder_is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* The bracket that closes c; NUL: it opens none. */
static inline char
finder_closing(char c)
{
	return c == '[' ? ']' : c == '(' ? ')' : c == '{' ? '}' : '\0';
}

/* The length of a dot in brackets ("[.]", "(dot)") at position at, where one
 * opens, or 0. */
size_t finder_bracketed_dot_len(const struct finder *finder, size_t at);

/* The same of any position. */
static inline size_t
finder_dot_len(const struct finder *finder, size_t at)
{
	return finder_closing(finder_byte(finder, at)) == '\0' ? 0 :
	    finder_bracketed_dot_len(finder, at);
}

/* The length of mark, '@' or ':', in brackets or not; 0: it does not stand
 * there. */
size_t finder_mark_len(const struct finder *finder, size_t at, char mark);
/* The run that begins at position at, perhaps of no length. */
struct run finder_run(const struct finder *finder, size_t at);
struct str finder_run_text(const struct finder *finder, const struct run *run);
/* With real dots; itself where it has none but those. */
struct str finder_refang(const struct finder *finder, struct str text);
/* Does the character beyond ASCII with which rest begins end every link? */
bool finder_is_foreign_end(struct str rest);

/* The same of any character. */
static inline bool
finder_is_end(struct str rest)
{
	char c = rest.data[0];

	if ((unsigned char)c >= 0x80)
		return finder_is_foreign_end(rest);
	return c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"';
}

/* The authority in *text, as it stands in the text; what does not belong to it
 * is cut from it. False: it is none. */
bool finder_read_authority(struct finder *finder, struct str *text,
    struct url *url);
/* A link with its host from position host on, and start where it begins. False:
 * it is none; finder->at is behind its host in any case. */
bool finder_take_link(struct finder *finder, size_t start, size_t host,
    struct url *url);

#endif
