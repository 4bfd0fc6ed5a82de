/* SPDX-License-Identifier: ISC */
/* sa_read_line.c - the lines of a file: comments, languages, conditions,
 * includes. What is left goes to the row of its first word.
 *
 * There are no lines that go on in the next: a rule is one line. */
#include "rules/sa_read_private.h"

#include <stdarg.h>

#include "base/arena.h"
#include "base/vec.h"

/* Descriptions are wanted in this language alone. */
#define LANGUAGE "en_US"
#define IF_DEPTH_MAX 64
#define NOTES_MAX 20000
/* The version that this reader speaks; its files ask for 4.000000 and up. */
#define VERSION_PREFIX "4.000"

static bool
is_space(char c)
{
	return char_is_space(c) || c == '\v' || c == '\f';
}

struct str
sa_cut_word(struct str *rest)
{
	struct str word;
	size_t at = 0;

	while (at < rest->len && is_space(rest->data[at]))
		at++;
	*rest = str_from_pos(*rest, at);
	for (at = 0; at < rest->len && !is_space(rest->data[at]); at++)
		;
	word = str_sub(*rest, 0, at);
	while (at < rest->len && is_space(rest->data[at]))
		at++;
	*rest = str_from_pos(*rest, at);
	return word.len != 0 ? word : (struct str){ NULL, 0 };
}

/* What is no file of rules at all is not to fill the memory. */
static bool
may_note(struct sa_reader *reader)
{
	struct sa_file *file = reader->file;

	if (file->is_given_up || file->notes++ < NOTES_MAX)
		return !file->is_given_up;
	file->is_given_up = true;
	draft_note(reader->draft, DRAFT_ERROR, reader->origin, reader->word,
	    "there is too much in this file that is not taken: the rest of "
	    "it is left out");
	return false;
}

void
sa_note(struct sa_reader *reader, enum draft_note_kind kind, struct str rule,
    const char *format, ...)
{
	va_list args;
	const char *reason;

	if (!may_note(reader))
		return;
	va_start(args, format);
	reason = arena_vprintf(reader->arena, format, args);
	va_end(args);
	draft_note(reader->draft, kind, reader->origin, rule, "%s", reason);
}

static void
wrong(struct sa_reader *reader, const char *reason)
{
	sa_note(reader, DRAFT_ERROR, reader->word, "%s", reason);
}

/* --- if, else, endif ------------------------------------------------------- */

static void
take_if(struct sa_reader *reader, struct str condition)
{
	struct sa_file *file = reader->file;
	bool was_skipped = file->is_skipped, holds = false;
	const char *error;

	if (file->ifs.len == IF_DEPTH_MAX) {
		wrong(reader, "conditions stand in each other too deep");
		file->is_skipped = true;
		file->too_deep++;
		return;
	}
	*(struct sa_if *)vec_push(&file->ifs) = (struct sa_if){
		was_skipped, reader->origin.line };
	if (was_skipped)
		return;
	if (condition.len == 0)
		wrong(reader, "there is no condition: what follows is "
		    "left out");
	else if (sa_condition(reader, condition, &holds, &error) < 0)
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "the condition cannot be read, what follows is left out: "
		    "%s", error);
	file->is_skipped = !holds;
}

static void
take_ifplugin(struct sa_reader *reader, struct str package)
{
	take_if(reader, package.len == 0 ? package :
	    str_from(arena_printf(reader->arena, "plugin(%.*s)",
	    STR_ARG(package))));
}

static void
take_else(struct sa_reader *reader, struct str value)
{
	struct sa_file *file = reader->file;
	struct sa_if *last;

	if (file->too_deep > 0)
		return;
	if (value.len != 0 || file->ifs.len == 0) {
		wrong(reader, value.len != 0 ? "it stands by itself" :
		    "there is no if before it");
		return;
	}
	last = vec_at(&file->ifs, file->ifs.len - 1);
	file->is_skipped = last->was_skipped || !file->is_skipped;
}

static void
take_endif(struct sa_reader *reader, struct str value)
{
	struct sa_file *file = reader->file;

	if (file->too_deep > 0) {
		file->too_deep--;
		return;
	}
	if (value.len != 0 || file->ifs.len == 0) {
		wrong(reader, value.len != 0 ? "it stands by itself" :
		    "there is no if before it");
		return;
	}
	file->is_skipped =
	    ((struct sa_if *)vec_at(&file->ifs, file->ifs.len - 1))
	    ->was_skipped;
	file->ifs.len--;
}

static void
note_open_ifs(struct sa_reader *reader)
{
	const struct sa_file *file = reader->file;

	reader->word = STR("if");
	for (size_t i = 0; i < file->ifs.len; i++) {
		reader->origin.line =
		    ((struct sa_if *)vec_at(&file->ifs, i))->line;
		wrong(reader, "it has no endif");
	}
}

/* --- other files, other versions --------------------------------------------- */

static void
take_include(struct sa_reader *reader, struct str value)
{
	struct str path = str_from(reader->file->path);
	ptrdiff_t slash = str_find_last(path, '/');
	const char *name, *error;

	if (value.len == 0 || memchr(value.data, '\0', value.len) != NULL) {
		wrong(reader, "it names no file");
		return;
	}
	if (value.data[0] == '/' || slash < 0)
		name = str_dup(reader->arena, value);
	else
		name = arena_printf(reader->arena, "%.*s%.*s",
		    (int)slash + 1, path.data, STR_ARG(value));
	if (sa_read_file(reader, name, &error) < 0)
		sa_note(reader, DRAFT_ERROR, reader->word, "%s", error);
}

static void
take_require_version(struct sa_reader *reader, struct str value)
{
	if (str_is(value, "@@VERSION@@") ||
	    str_has_prefix_nocase(value, STR(VERSION_PREFIX)))
		return;
	sa_note(reader, DRAFT_UNSUPPORTED, reader->word, "the file is for "
	    "version %.*s of SpamAssassin, not for 4.0: the rest of it is "
	    "left out", STR_ARG(value));
	reader->file->is_skipped = true;
}

/* --- a line ----------------------------------------------------------------- */

static const struct {
	const char *word;
	void (*take)(struct sa_reader *reader, struct str value);
	bool is_always_read;	/* also in what an if leaves out */
} controls[] = {
	{ "if", take_if, true },
	{ "ifplugin", take_ifplugin, true },
	{ "else", take_else, true },
	{ "endif", take_endif, true },
	{ "include", take_include, false },
	{ "require_version", take_require_version, false },
};

static bool
take_control(struct sa_reader *reader, struct str value)
{
	for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
		if (!str_is(reader->word, controls[i].word))
			continue;
		if (controls[i].is_always_read || !reader->file->is_skipped)
			controls[i].take(reader, value);
		return true;
	}
	return false;
}

/* A comment begins at the first '#' without a backslash; the others lose
 * theirs. In place. */
static struct str
strip_comment(char *line, size_t len)
{
	char *hash = memchr(line, '#', len);
	size_t to = 0;

	if (hash == NULL)
		return str_of(line, len);
	for (size_t at = 0; at < len; at++) {
		if (line[at] == '#' && (at == 0 || line[at - 1] != '\\'))
			break;
		if (line[at] == '#')
			to--;
		line[to++] = line[at];
	}
	return str_of(line, to);
}

/* False: the line is in another language. */
static bool
take_language(struct sa_reader *reader, struct str *line)
{
	struct str rest = *line, language;

	if (!str_is(sa_cut_word(&rest), "lang"))
		return true;
	language = sa_cut_word(&rest);
	if (language.len == 0 || rest.len == 0)
		return true;
	*line = rest;
	if (str_has_prefix_nocase(STR(LANGUAGE), language))
		return true;
	if (!reader->file->is_skipped)
		sa_note(reader, DRAFT_PASSED_OVER, STR("lang"),
		    "a text in another language");
	return false;
}

static struct str
word_of(struct sa_reader *reader, struct str word)
{
	char *lower = str_dup_lower(reader->arena, word);

	for (size_t i = 0; i < word.len; i++)
		if (lower[i] == '-')
			lower[i] = '_';
	return str_of(lower, word.len);
}

static void
take_line(struct sa_reader *reader, struct str line)
{
	const struct sa_directive *directive;

	while (line.len != 0 && is_space(line.data[line.len - 1]))
		line.len--;
	while (line.len != 0 && is_space(line.data[0]))
		line = str_from_pos(line, 1);
	if (line.len == 0 || !take_language(reader, &line))
		return;
	reader->word = word_of(reader, sa_cut_word(&line));
	if (take_control(reader, line) || reader->file->is_skipped)
		return;
	directive = sa_directive_find(reader, reader->word);
	if (directive != NULL)
		directive->take(reader, directive, line);
	else
		sa_note_unknown(reader);
}

void
sa_read_text(struct sa_reader *reader, char *text, size_t len)
{
	/* A mark of order in front is no part of the first word. */
	size_t at = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (at < len && !reader->file->is_given_up) {
		char *end = memchr(text + at, '\n', len - at);
		size_t stop = end != NULL ? (size_t)(end - text) : len;

		reader->origin.line++;
		take_line(reader, strip_comment(text + at, stop - at));
		at = stop + 1;
	}
	note_open_ifs(reader);
}
