/* SPDX-License-Identifier: ISC */
/* access_map.c - files of access lists, read line by line. */
#include "mail/access_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"

/* What parsing takes is given back after so many lines. */
#define LINES_AT_ONCE 1024

struct reader {
	struct access_table *table;
	const struct access_map *map;
	uint32_t first_origin;
	size_t origin_count;
	struct arena *scratch;
	uint32_t line;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Up to the first blank that is not quoted. */
static struct str
cut_word(struct str *rest)
{
	bool is_quoted = false;
	struct str word;
	size_t i = 0;

	for (; i < rest->len && (is_quoted || !is_blank(rest->data[i])); i++) {
		if (rest->data[i] == '"')
			is_quoted = !is_quoted;
		else if (rest->data[i] == '\\' && i + 1 < rest->len)
			i++;
	}
	word = str_sub(*rest, 0, i);
	*rest = str_trim(str_from_pos(*rest, i));
	return word;
}

static int
parse_action(const struct reader *reader, struct str word, uint8_t *action_r,
    const char **error_r)
{
	if (word.len == 0 && reader->map->action >= 0) {
		*action_r = (uint8_t)reader->map->action;
		return 0;
	}
	for (uint8_t i = 0; access_action_words[i] != NULL; i++)
		if (str_is_nocase(word, access_action_words[i])) {
			*action_r = i;
			return 0;
		}
	*error_r = word.len == 0 ? "no action behind the word"
	    : "the action is none of allow, skip-greylist, defer, deny";
	return -1;
}

static int
add_entry(struct reader *reader, struct str line, const char **error_r)
{
	struct access_record record = { .line = reader->line };
	struct access_words words[ACCESS_KINDS] = { { NULL, 0 } };
	struct access_word word;
	struct str text = cut_word(&line);

	if (access_word_parse(reader->scratch, reader->map->kind, text, &word,
	    error_r) < 0 || parse_action(reader, cut_word(&line),
	    &record.action, error_r) < 0)
		return -1;
	words[reader->map->kind] = (struct access_words){ &word, 1 };
	return access_add_record(reader->table, reader->first_origin,
	    reader->origin_count, record, words, line, error_r);
}

static int
add_line(struct reader *reader, struct str line, const char **error_r)
{
	struct str text = str_trim(line);
	const char *why = NULL;
	int status = 0;

	reader->line++;
	if (reader->line % LINES_AT_ONCE == 0) {
		arena_free(&reader->scratch);
		reader->scratch = arena_new(0);
	}
	if (text.len == 0 || text.data[0] == '#')
		return 0;
	if (str_find(text, '\0') >= 0) {
		why = "a NUL byte";
		status = -1;
	} else {
		status = add_entry(reader, text, &why);
	}
	if (status < 0)
		*error_r = arena_printf(reader->table->arena, "%s:%u: %s",
		    reader->map->path, reader->line, why);
	return status;
}

static int
begin(struct reader *reader, struct access_table *table,
    const struct access_map *map, const char **error_r)
{
	int count;

	*reader = (struct reader){ .table = table, .map = map };
	count = access_add_origins(table, &map->source,
	    arena_strdup(table->arena, map->path), &reader->first_origin,
	    error_r);
	if (count < 0)
		return -1;
	reader->origin_count = (size_t)count;
	reader->scratch = arena_new(0);
	return 0;
}

int
access_add_lines(struct access_table *table, const struct access_map *map,
    struct str text, const char **error_r)
{
	struct reader reader;
	struct str line;
	int status = 0;

	if (begin(&reader, table, map, error_r) < 0)
		return -1;
	while (status == 0 && str_cut(&text, '\n', &line))
		status = add_line(&reader, line, error_r);
	arena_free(&reader.scratch);
	access_index_trim(table->index);
	return status;
}

static int
read_lines(struct reader *reader, FILE *file, const char **error_r)
{
	char *line = NULL;
	size_t room = 0;
	int status = 0;
	ssize_t len;

	errno = 0;
	while (status == 0 && (len = getline(&line, &room, file)) >= 0)
		status = add_line(reader, str_of(line, (size_t)len), error_r);
	if (status == 0 && ferror(file) != 0) {
		*error_r = arena_printf(reader->table->arena, "%s: %s",
		    reader->map->path, strerror(errno));
		status = -1;
	}
	free(line);
	return status;
}

int
access_add_map(struct access_table *table, const struct access_map *map,
    const char **error_r)
{
	FILE *file = fopen(map->path, "re");
	struct reader reader;
	int status;

	if (file == NULL) {
		*error_r = arena_printf(table->arena, "%s: %s", map->path,
		    strerror(errno));
		return -1;
	}
	status = begin(&reader, table, map, error_r);
	if (status == 0)
		status = read_lines(&reader, file, error_r);
	arena_free(&reader.scratch);
	access_index_trim(table->index);
	fclose(file);
	return status;
}
