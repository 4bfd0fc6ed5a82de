/* SPDX-License-Identifier: ISC */
/* object_command.c - a command for each kind of objects and each verb. */
#include "cli/object_command.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/output.h"
#include "directory/kind.h"
#include "mail/policy.h"

#define VERB(name) extern const struct object_verb verb_##name;
#include "cli/verbs.list"
#undef VERB

const struct object_verb *const object_verbs[] = {
#define VERB(name) &verb_##name,
#include "cli/verbs.list"
#undef VERB
	NULL,
};

struct object_command {
	struct command command;		/* the first member */
	const struct directory_kind *kind;
	const struct object_verb *verb;
};

const struct directory_kind *
object_kind_find(const char *word)
{
	size_t i = 0;

	while (directory_kinds[i] != NULL &&
	    strcmp(directory_kind_word(directory_kinds[i]), word) != 0)
		i++;
	return directory_kinds[i];
}

bool
object_is_single(const struct directory_kind *kind)
{
	return kind->rows[0].default_text != NULL;
}

bool
object_is_named(const struct directory_kind *kind)
{
	return !object_is_single(kind);
}

size_t
object_name_words(const struct directory_kind *kind)
{
	return object_is_single(kind) ? 0 : kind->key_count;
}

static const char *
name_arguments(const struct directory_kind *kind, const char *prefix,
    struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < object_name_words(kind); i++) {
		buf_printf(&out, "%s%s", i != 0 ? " " : "", prefix);
		for (const char *c = kind->rows[i].key; *c != '\0'; c++)
			buf_add_char(&out, *c >= 'a' && *c <= 'z' ?
			    (char)(*c - ('a' - 'A')) : *c);
	}
	return out.data;
}

const char *
object_arguments(const struct directory_kind *kind, struct arena *arena)
{
	return name_arguments(kind, "", arena);
}

/* --- help ------------------------------------------------------------------ */

static void
add_key(struct table *table, const struct setting *row)
{
	struct arena *arena = table->arena;
	bool has_words = row->kind == SETTING_WORD || row->kind ==
	    SETTING_BOOL || row->kind == SETTING_SIZE;

	table_add(table, row->key, has_words ? arena_printf(arena, "%s (%s)",
	    row->help, setting_describe(row, arena)) : row->help);
}

static void
add_keys(struct buf *out, const char *title, const struct setting *rows,
    size_t count)
{
	struct table table;

	buf_printf(out, "\n%s:\n", title);
	table_init(&table, out->arena, 2);
	for (size_t i = 0; i < count; i++)
		add_key(&table, &rows[i]);
	table_print(&table, out);
}

static void
add_help(const struct command *command, struct buf *out)
{
	const struct directory_kind *kind = object_command_kind(command);
	size_t count = kind->row_count - kind->key_count -
	    kind->derived_count;
	const struct setting *policies;

	if (count != 0)
		add_keys(out, "Keys", kind->rows + kind->key_count, count);
	if (!kind->has_policy)
		return;
	policies = policy_rows(&count);
	add_keys(out, "Policy values", policies, count);
}

void
object_commands_overview(struct buf *out)
{
	struct table table;

	buf_add_text(out, "\nObjects of the directory, each with commands of "
	    "its own (add, show, list, …):\n");
	table_init(&table, out->arena, 2);
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		table_add(&table, directory_kind_word(directory_kinds[i]),
		    directory_kinds[i]->help);
	table_print(&table, out);
}

/* --- the table ------------------------------------------------------------- */

static void
take_options(struct command *command, const struct directory_kind *kind,
    const struct object_verb *verb, struct arena *arena)
{
	struct command_option *rows = arena_alloc(arena,
	    verb->row_count * sizeof(*rows));

	for (size_t i = 0; i < verb->row_count; i++)
		if (verb->takes == NULL ||
		    verb->takes(kind, verb->rows[i].name))
			rows[command->row_count++] = verb->rows[i];
	command->rows = rows;
	command->options_size = sizeof(struct object_options);
}

/* "ADDRESS [KEY=VALUE...]"; NULL: none. */
static const char *
arguments_of(const struct directory_kind *kind,
    const struct object_verb *verb, struct arena *arena)
{
	const char *name = verb->has_name ? object_arguments(kind, arena) : "";
	const char *rest = verb->arguments;

	if (verb->has_new_name)
		rest = name_arguments(kind, "NEW-", arena);
	if (*name == '\0' || rest == NULL)
		return *name != '\0' ? name : rest;
	return arena_printf(arena, "%s %s", name, rest);
}

static const struct command *
make(const struct directory_kind *kind, const struct object_verb *verb,
    struct arena *arena)
{
	struct object_command *made = arena_zalloc(arena, sizeof(*made));
	size_t words = verb->has_name ? object_name_words(kind) : 0;
	size_t more = verb->has_new_name ? kind->key_count : 0;

	made->kind = kind;
	made->verb = verb;
	made->command = (struct command){
		.name = arena_printf(arena, "%s %s", directory_kind_word(kind),
		    verb->name),
		.help = verb->help,
		.text = verb->text,
		.arguments = arguments_of(kind, verb, arena),
		.examples = object_examples(kind, verb, arena),
		.min_args = words + more + verb->min_args,
		.max_args = verb->max_args == SIZE_MAX ? SIZE_MAX :
		    words + more + verb->max_args,
		.add_help = verb->has_values ? add_help : NULL,
		.run = verb->run,
	};
	take_options(&made->command, kind, verb, arena);
	return &made->command;
}

void
object_commands_add(struct vec *commands)
{
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		for (size_t j = 0; object_verbs[j] != NULL; j++)
			if (object_verbs[j]->fits == NULL ||
			    object_verbs[j]->fits(directory_kinds[i]))
				*(const struct command **)vec_push(commands) =
				    make(directory_kinds[i], object_verbs[j],
				    commands->arena);
}

bool
object_command_is(const struct command *command)
{
	for (size_t i = 0; object_verbs[i] != NULL; i++)
		if (command->run == object_verbs[i]->run)
			return true;
	return false;
}

const struct directory_kind *
object_command_kind(const struct command *command)
{
	return ((const struct object_command *)(const void *)command)->kind;
}

const struct object_verb *
object_command_verb(const struct command *command)
{
	return ((const struct object_command *)(const void *)command)->verb;
}
