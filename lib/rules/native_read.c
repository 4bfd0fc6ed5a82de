/* SPDX-License-Identifier: ISC */
/* native_read.c - rules in the format of the configuration: files and folders. */
#include "rules/native_read.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/suggest.h"
#include "rules/native_read_private.h"

#define FORMAT (CONF_PLAIN_RAW | CONF_PLAIN_OUTSIDE)
#define NAME_MAX_BYTES 64
#define CAPS_MAX 1000

int
native_fail(struct native *native, const char *place, const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, native->arena);
	buf_printf(&text, "%s: ", place);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	*native->error_r = text.data;
	return -1;
}

int
native_refuse(struct native *native, const char *place, const char *what,
    const char *word, const char *const *known)
{
	struct suggest suggest;

	suggest_begin(&suggest, str_from(word));
	for (; *known != NULL; known++)
		suggest_offer(&suggest, *known);
	if (suggest_best(&suggest) == NULL)
		return native_fail(native, place, "unknown %s '%s'", what,
		    word);
	return native_fail(native, place, "unknown %s '%s', did you mean "
	    "'%s'?", what, word, suggest_best(&suggest));
}

struct draft_origin
native_origin(struct native *native, const char *place)
{
	struct str text = str_from(place);
	struct draft_origin origin = { place, 0 };
	ptrdiff_t column = str_find_last(text, ':');
	ptrdiff_t line = column < 0 ? -1 : str_find_last(str_sub(text, 0,
	    (size_t)column), ':');

	if (line < 0)
		return origin;
	origin.file = str_dup(native->arena, str_sub(text, 0, (size_t)line));
	origin.line = (size_t)strtoul(place + line + 1, NULL, 10);
	return origin;
}

bool
native_is_name(const char *word)
{
	size_t len = strlen(word);

	if (len == 0 || len > NAME_MAX_BYTES || char_is_digit(word[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!char_is_alnum(word[i]) && word[i] != '_')
			return false;
	return true;
}

int
native_check_count(struct native *native, const struct conf_line *line,
    size_t least, size_t most)
{
	for (size_t i = 1; i < line->count && line->count - 1 > most; i++)
		if (line->begins_line[i])
			return native_fail(native, line->place,
			    "missing ';' before '%s'", line->words[i]);
	if (line->count - 1 < least)
		return native_fail(native, line->place,
		    "'%s' wants a value%s", line->words[0],
		    least > 1 ? ", and more than this" : "");
	if (line->count - 1 > most)
		return native_fail(native, line->place,
		    "'%s' takes no such value as '%s'", line->words[0],
		    line->words[most + 1]);
	return 0;
}

int
native_read_scores(struct native *native, const struct conf_line *line,
    size_t at, double score[4])
{
	double value[2];

	for (size_t i = 0; i < 2; i++) {
		const char *word = line->words[at + i < line->count ? at + i :
		    at];
		char *end;

		/* strtod() knows hexadecimal, inf and nan, we do not. */
		if (word[strspn(word, "+-.0123456789")] != '\0' ||
		    (value[i] = strtod(word, &end), end == word) ||
		    *end != '\0' || value[i] < -1000 || value[i] > 1000)
			return native_fail(native, line->place, "'%s' is no "
			    "score: a number from -1000 to 1000", word);
	}
	score[0] = score[1] = value[0];
	score[2] = score[3] = value[1];
	return 0;
}

static int
read_order(struct native *native, const struct conf_line *line)
{
	static const char *const known[] = { "score", "disable", "dry_run",
	    "cap", "rule", "words", "brand", "include", NULL };
	static const char *const numbers[] = { "score", "cap" };
	struct native_order order = { .name = { "", 0 } };
	bool has_score = false;
	size_t kind = 0;

	while (kind <= NATIVE_CAP && strcmp(line->words[0], known[kind]) != 0)
		kind++;
	if (kind > NATIVE_CAP)
		return native_refuse(native, line->place, "option",
		    line->words[0], known);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		has_score |= strcmp(line->words[0], numbers[i]) == 0;
	if (native_check_count(native, line, has_score ? 2 : 1,
	    kind == NATIVE_SCORE ? 3 : has_score ? 2 : 1) < 0)
		return -1;
	if (has_score && native_read_scores(native, line, 2, order.score) < 0)
		return -1;
	if (kind == NATIVE_CAP && ++native->caps > CAPS_MAX)
		return native_fail(native, line->place, "more than %d caps",
		    CAPS_MAX);
	order.kind = kind;
	order.name = str_from(line->words[1]);
	order.origin = native_origin(native, line->place);
	*(struct native_order *)vec_push(&native->orders) = order;
	return 0;
}

static int
read_section(struct native *native, const struct conf_plain *section)
{
	static const char *const known[] = { "rule", "words", "brand", NULL };
	int (*const readers[])(struct native *native,
	    const struct conf_plain *section) = { native_read_rule,
	    native_read_words, native_read_brand };
	size_t kind = 0;
	const struct conf_line *head = &section->head;

	if (section->is_option)
		return read_order(native, head);
	while (known[kind] != NULL && strcmp(head->words[0], known[kind]) != 0)
		kind++;
	if (known[kind] == NULL)
		return native_refuse(native, head->place, "section",
		    head->words[0], known);
	if (native_check_count(native, head, 1, 1) < 0)
		return -1;
	if (!native_is_name(head->words[1]))
		return native_fail(native, head->place, "'%s' is no name: "
		    "letters, digits and '_', at most %d", head->words[1],
		    NAME_MAX_BYTES);
	return readers[kind](native, section);
}

static int
read_sections(struct native *native, const struct vec *sections)
{
	for (size_t i = 0; i < sections->len; i++)
		if (read_section(native, vec_at(sections, i)) < 0)
			return -1;
	return 0;
}

/* What an include does not find is told; it is no error in a configuration
 * either. */
static void
note_warnings(struct native *native, const struct vec *warnings)
{
	for (size_t i = 0; i < warnings->len; i++) {
		const char *warning = *(const char **)vec_at(warnings, i);

		draft_note(native->draft, DRAFT_ERROR,
		    (struct draft_origin){ NULL, 0 }, STR(""), "%s", warning);
	}
}

static int
read_file(struct native *native, const char *path)
{
	struct vec sections, warnings;

	vec_init(&sections, native->arena, sizeof(struct conf_plain));
	vec_init(&warnings, native->arena, sizeof(const char *));
	if (conf_plain_load(path, FORMAT, native->arena, &sections, &warnings,
	    native->error_r) < 0)
		return -1;
	note_warnings(native, &warnings);
	return read_sections(native, &sections);
}

static int
is_rules_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
	    fnmatch("*.rules", entry->d_name, 0) == 0;
}

/* By octets, whatever the locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
read_folder(struct native *native, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_rules_file, by_name);
	int result = 0;

	if (count < 0) {
		*native->error_r = arena_printf(native->arena, "%s: %s", path,
		    strerror(errno));
		return -1;
	}
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = read_file(native, arena_printf(native->arena,
			    "%s/%s", path, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return result;
}

static void
begin(struct native *native, struct draft *draft, const char **error_r)
{
	*native = (struct native){
		.draft = draft,
		.arena = draft->arena,
		.error_r = error_r,
		.by_name = map_new(draft->arena),
		.words_by_name = map_new(draft->arena),
	};
	vec_init(&native->rules, draft->arena, sizeof(struct native_rule *));
	vec_init(&native->words, draft->arena, sizeof(struct native_words *));
	vec_init(&native->brands, draft->arena, sizeof(struct native_brand));
	vec_init(&native->orders, draft->arena, sizeof(struct native_order));
}

static int
end(struct native *native, int result)
{
	if (result < 0 || native_check_words(native) < 0)
		return -1;
	native_apply(native);
	return 0;
}

int
native_read(struct draft *draft, const char *path, const char **error_r)
{
	struct native native;
	struct stat st;

	begin(&native, draft, error_r);
	return end(&native, stat(path, &st) == 0 && S_ISDIR(st.st_mode) ?
	    read_folder(&native, path) : read_file(&native, path));
}

int
native_read_text(struct draft *draft, const char *name, struct str text,
    const char **error_r)
{
	struct vec sections, warnings;
	struct native native;
	int result;

	begin(&native, draft, error_r);
	vec_init(&sections, draft->arena, sizeof(struct conf_plain));
	vec_init(&warnings, draft->arena, sizeof(const char *));
	result = conf_plain_parse(name, text, FORMAT, draft->arena, &sections,
	    &warnings, error_r);
	note_warnings(&native, &warnings);
	return end(&native, result < 0 ? -1 : read_sections(&native,
	    &sections));
}
