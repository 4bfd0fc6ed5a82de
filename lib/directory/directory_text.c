/* SPDX-License-Identifier: ISC */
/* directory_text.c - objects as they stand in a text, each with its place. */
#include "directory/directory_text.h"

#include <string.h>

#include "base/arena.h"
#include "base/conf_plain.h"
#include "base/map.h"
#include "base/suggest.h"
#include "base/vec.h"
#include "directory/directory_private.h"
#include "mail/policy.h"

struct reader {
	struct arena *arena;
	struct vec *objects;
	struct map *seen;	/* place, by name */
	const char **error_r;
};

static int
fail(struct reader *reader, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int
fail(struct reader *reader, const char *place, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*reader->error_r = arena_printf(reader->arena, "%s: %s", place,
	    arena_vprintf(reader->arena, format, args));
	va_end(args);
	return -1;
}

static const char *
did_you_mean(const struct suggest *suggest, struct arena *arena)
{
	return suggest_best(suggest) == NULL ? "" : arena_printf(arena,
	    ", did you mean '%s'?", suggest_best(suggest));
}

static int
refuse_kind(struct reader *reader, const struct conf_line *head)
{
	struct suggest suggest;

	suggest_begin(&suggest, str_from(head->words[0]));
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		suggest_offer(&suggest, directory_kinds[i]->name);
	return fail(reader, head->place, "the directory has no objects "
	    "'%s'%s", head->words[0], did_you_mean(&suggest, reader->arena));
}

/* --- one object ------------------------------------------------------------ */

static bool
is_option(const struct directory_kind *kind, const char *word)
{
	size_t count;
	const struct setting *rows = policy_rows(&count);

	if (directory_kind_row(kind, word) != NULL)
		return true;
	for (size_t i = 0; kind->has_policy && i < count; i++)
		if (strcmp(rows[i].key, word) == 0)
			return true;
	return false;
}

static int
refuse_option(struct reader *reader, const struct directory_kind *kind,
    const struct conf_line *option)
{
	struct suggest suggest;
	size_t count;
	const struct setting *rows = policy_rows(&count);

	suggest_begin(&suggest, str_from(option->words[0]));
	for (size_t i = kind->key_count;
	    i < kind->row_count - kind->derived_count; i++)
		suggest_offer(&suggest, kind->rows[i].key);
	for (size_t i = 0; kind->has_policy && i < count; i++)
		suggest_offer(&suggest, rows[i].key);
	return fail(reader, option->place, "unknown option '%s' in '%s'%s",
	    option->words[0], kind->name, did_you_mean(&suggest,
	    reader->arena));
}

/* A word that begins a line and could begin an option probably does. */
static int
check_semicolons(struct reader *reader, const struct directory_kind *kind,
    const struct conf_line *option)
{
	for (size_t i = 1; i < option->count; i++)
		if (option->begins_line[i] && is_option(kind,
		    option->words[i]))
			return fail(reader, option->place, "missing ';' after "
			    "'%s' (or '\"' around the word in the next line)",
			    option->words[i - 1]);
	return 0;
}

static int
check_repeated(struct reader *reader, const struct conf_plain *source,
    size_t i)
{
	const struct conf_line *option = &source->options[i];

	for (size_t j = 0; j < i; j++)
		if (strcmp(source->options[j].words[0],
		    option->words[0]) == 0)
			return fail(reader, option->place, "repeated option "
			    "'%s', first set at %s", option->words[0],
			    source->options[j].place);
	return 0;
}

static bool
is_key(const struct directory_kind *kind, const char *word)
{
	for (size_t i = 0; i < kind->key_count; i++)
		if (strcmp(kind->rows[i].key, word) == 0)
			return true;
	return false;
}

static int
set_option(struct reader *reader, struct directory_object *object,
    const struct conf_plain *source, size_t i)
{
	const struct conf_line *option = &source->options[i];
	const char *key = option->words[0], *error;

	if (!is_option(object->kind, key) || is_key(object->kind, key))
		return refuse_option(reader, object->kind, option);
	if (check_semicolons(reader, object->kind, option) < 0 ||
	    check_repeated(reader, source, i) < 0)
		return -1;
	if (option->count == 1)
		return fail(reader, option->place, "'%s' in '%s': a value is "
		    "missing", key, object->kind->name);
	if (directory_object_set(object, key, option->words + 1,
	    option->count - 1, reader->arena, &error) < 0)
		return fail(reader, option->place, "'%s' in '%s': %s", key,
		    object->kind->name, error);
	return 0;
}

/* "identity", and what its key is: "identity LOGIN ADDRESS". */
static int
refuse_key(struct reader *reader, const struct directory_kind *kind,
    const struct conf_line *head)
{
	struct buf words;

	buf_init(&words, reader->arena);
	for (size_t i = 0; i < kind->key_count; i++)
		buf_printf(&words, "%s%s", i != 0 ? " and its " : "its ",
		    kind->rows[i].key);
	return fail(reader, head->place, "behind '%s' stands %s, and nothing "
	    "else", kind->name, words.data);
}

/* `policy { … }` is that of its default name. */
static int
set_key(struct reader *reader, struct directory_object *object,
    const struct conf_line *head)
{
	const struct directory_kind *kind = object->kind;
	const char *error;

	if (head->count == 1 && kind->key_count == 1 &&
	    kind->rows[0].default_text != NULL)
		return 0;
	if (head->count != kind->key_count + 1)
		return refuse_key(reader, kind, head);
	for (size_t i = 0; i < kind->key_count; i++)
		if (directory_object_set(object, kind->rows[i].key,
		    &head->words[i + 1], 1, reader->arena, &error) < 0)
			return fail(reader, head->place, "%s", error);
	return 0;
}

/* The name that it has there, whatever way it is typed. */
static int
remember(struct reader *reader, const struct conf_plain *source,
    struct directory_object *object)
{
	const struct directory_kind *kind = object->kind;
	const char *const *key;
	const char *first, *name;
	struct db_error error;

	if (directory_spell_key(kind, value_keys(object, reader->arena),
	    reader->arena, &key, &error) < 0)
		return fail(reader, source->head.place, "%s", error.text);
	name = arena_printf(reader->arena, "%s %s%s%s", kind->name, key[0],
	    kind->key_count > 1 ? " " : "", kind->key_count > 1 ? key[1] : "");
	first = map_put(reader->seen, str_from(name),
	    (void *)(uintptr_t)source->head.place);
	if (first != NULL)
		return fail(reader, source->head.place, "%s stands a second "
		    "time, first at %s", name, first);
	*(struct directory_text *)vec_push(reader->objects) =
	    (struct directory_text){ object, source, name };
	return 0;
}

static int
read_object(struct reader *reader, const struct conf_plain *source)
{
	const struct directory_kind *kind =
	    directory_kind_find(source->head.words[0]);
	struct directory_object *object;

	if (kind == NULL)
		return refuse_kind(reader, &source->head);
	object = directory_object_new(kind, reader->arena);
	if (set_key(reader, object, &source->head) < 0)
		return -1;
	for (size_t i = 0; i < source->option_count; i++)
		if (set_option(reader, object, source, i) < 0)
			return -1;
	return remember(reader, source, object);
}

/* --- all of them ----------------------------------------------------------- */

static int
read_all(const struct vec *sections, struct arena *arena,
    struct vec *objects, const char **error_r)
{
	struct reader reader = { arena, objects, map_new(arena), error_r };

	for (size_t i = 0; i < sections->len; i++)
		if (read_object(&reader, vec_at(sections, i)) < 0)
			return -1;
	return 0;
}

int
directory_text_load(const char *path, struct arena *arena,
    struct vec *objects, struct vec *warnings, const char **error_r)
{
	struct vec sections;

	vec_init(&sections, arena, sizeof(struct conf_plain));
	return conf_plain_load(path, 0, arena, &sections, warnings,
	    error_r) < 0 ? -1 : read_all(&sections, arena, objects, error_r);
}

int
directory_text_parse(const char *name, struct str text, struct arena *arena,
    struct vec *objects, struct vec *warnings, const char **error_r)
{
	struct vec sections;

	vec_init(&sections, arena, sizeof(struct conf_plain));
	return conf_plain_parse(name, text, 0, arena, &sections, warnings,
	    error_r) < 0 ? -1 : read_all(&sections, arena, objects, error_r);
}

/* Refusals begin with the option that they are about, where it is one. */
const char *
directory_text_blame(const struct directory_text *text, const char *refusal,
    struct arena *arena)
{
	const struct conf_plain *source = text->source;
	const char *place;

	if (source == NULL)
		return arena_printf(arena, "%s: %s", text->name, refusal);
	place = source->head.place;
	for (size_t i = 0; i < source->option_count; i++) {
		const char *key = source->options[i].words[0];
		size_t len = strlen(key);

		if (strncmp(refusal, key, len) == 0 && refusal[len] == ':')
			place = source->options[i].place;
	}
	return arena_printf(arena, "%s: %s: %s", place, text->name, refusal);
}
