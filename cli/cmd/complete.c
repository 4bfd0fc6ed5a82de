/* SPDX-License-Identifier: ISC */
/* complete.c - mailreeve complete: what a word of the command line may become.
 *
 * A shell asks with all words behind "mailreeve", the last of which is being
 * typed, and gets one word on each line. It never complains: what cannot be
 * asked has nothing to offer.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/directory.h"
#include "cli/object_command.h"
#include "cli/rules.h"
#include "mail/policy.h"
#include "rules/ruleset.h"

/* More than so many names help nobody. */
#define NAMES_MAX 100

/* A command line that is being typed. */
struct line {
	struct command_run *run;
	const char *typed;		/* the last word */
	const struct command *command;
	const struct command_option *option;	/* whose value it is; NULL */
	const char **args;		/* before the last word */
	size_t arg_count;
	const char *config;
};

/* What stands before it in the same word ("class=") stays. */
static void
offer(const struct line *line, const char *prefix, const char *word,
    const char *suffix)
{
	const char *whole = arena_printf(line->run->arena, "%s%s%s", prefix,
	    word, suffix);

	if (strncmp(whole, line->typed, strlen(line->typed)) == 0)
		puts(whole);
}

/* --- commands -------------------------------------------------------------- */

/* The words number `at` of commands that begin with those before; a name of
 * several commands comes once, for they stand together. */
static void
offer_commands(const struct line *line, const char *first)
{
	const struct command *const *command = command_table();
	struct str last = { 0 };

	for (; *command != NULL; command++) {
		struct str rest = str_from((*command)->name), word;

		str_cut(&rest, ' ', &word);
		if (first != NULL && !str_is(word, first))
			continue;
		if (first != NULL)
			word = rest;
		if ((*command)->is_hidden || word.len == 0 ||
		    str_eq(word, last))
			continue;
		offer(line, "", str_dup(line->run->arena, word), "");
		last = word;
	}
}

static void
offer_options(const struct line *line)
{
	const struct command *command = line->command;

	for (size_t i = 0; i < command->row_count; i++)
		offer(line, "--", command->rows[i].name, "");
	offer(line, "--", "help", "");
}

/* --- names ----------------------------------------------------------------- */

/* Those of a kind that begin with what is typed behind prefix. first: the first
 * word of a name of two, when it is the second that is typed. */
static void
offer_names(const struct line *line, const struct directory_kind *kind,
    const char *first, const char *prefix)
{
	struct arena *arena = line->run->arena;
	struct directory_query query = { .first = first, .limit = NAMES_MAX };
	struct directory *directory;
	struct db_error error;
	struct vec objects;

	if (strncmp(line->typed, prefix, strlen(prefix)) != 0)
		return;
	if (first == NULL && line->typed[strlen(prefix)] != '\0')
		query.prefix = line->typed + strlen(prefix);
	vec_init(&objects, arena, sizeof(struct directory_object *));
	directory = cli_directory_open(line->run, line->config, DB_READ);
	if (directory == NULL || directory_list(directory, arena, kind,
	    &query, &objects, &error) < 0)
		return;
	for (size_t i = 0; i < objects.len; i++) {
		const struct directory_object *object =
		    *(struct directory_object **)vec_at(&objects, i);
		const struct setting *row = &kind->rows[first != NULL];

		offer(line, prefix, *(const char *const *)(const void *)
		    ((const char *)object->values + row->offset), "");
	}
}

/* What a row may name. */
static void
offer_references(const struct line *line, const struct directory_kind *kind,
    const char *key, const char *prefix)
{
	const struct directory_reference *reference = kind->references;

	for (; reference != NULL && reference->key != NULL; reference++)
		if (strcmp(reference->key, key) == 0)
			offer_names(line, reference->to, NULL, arena_printf(
			    line->run->arena, "%s%s", prefix,
			    reference->prefix));
}

/* A new address is in a domain that is there. */
static void
offer_address(const struct line *line)
{
	const char *at = strchr(line->typed, '@');

	if (at != NULL)
		offer_names(line, &kind_domain, NULL, arena_strndup(
		    line->run->arena, line->typed,
		    (size_t)(at + 1 - line->typed)));
}

static void
offer_new_name(const struct line *line, const struct directory_kind *kind)
{
	const char *key = kind->rows[line->arg_count % kind->key_count].key;

	if (kind->is_address)
		offer_address(line);
	else
		offer_references(line, kind, key, "");
}

static void
offer_name(const struct line *line, const struct directory_kind *kind,
    size_t at)
{
	offer_names(line, kind, at == 0 ? NULL :
	    line->args[line->arg_count - 1], "");
}

/* --- keys and values ------------------------------------------------------- */

static void
offer_policies(const struct line *line, const char *suffix)
{
	size_t count;
	const struct setting *policies = policy_rows(&count);

	for (size_t i = 0; i < count; i++)
		offer(line, "", policies[i].key, suffix);
}

static void
offer_keys(const struct line *line, const struct directory_kind *kind)
{
	size_t count = kind->row_count - kind->derived_count;

	for (size_t i = kind->key_count; i < count; i++)
		offer(line, "", kind->rows[i].key, "=");
	if (kind->has_policy)
		offer_policies(line, "=");
}

static const struct setting *
row_of(const struct directory_kind *kind, const char *key)
{
	const struct setting *row = directory_kind_row(kind, key);
	size_t count;
	const struct setting *policies = policy_rows(&count);

	for (size_t i = 0; row == NULL && kind->has_policy && i < count; i++)
		if (strcmp(policies[i].key, key) == 0)
			row = &policies[i];
	return row;
}

static void
offer_values(const struct line *line, const struct directory_kind *kind,
    const char *equals)
{
	struct arena *arena = line->run->arena;
	size_t len = (size_t)(equals - line->typed);
	const char *prefix = arena_strndup(arena, line->typed, len + 1);
	const struct setting *row;

	if (len != 0 && (equals[-1] == '+' || equals[-1] == '-'))
		len--;
	row = row_of(kind, arena_strndup(arena, line->typed, len));
	if (row == NULL)
		return;
	for (size_t i = 0; row->kind == SETTING_WORD && row->words[i] != NULL;
	    i++)
		offer(line, prefix, row->words[i], "");
	if (row->kind == SETTING_BOOL) {
		offer(line, prefix, "yes", "");
		offer(line, prefix, "no", "");
	}
	offer_references(line, kind, row->key, prefix);
}

static void
offer_object(const struct line *line)
{
	const struct directory_kind *kind =
	    object_command_kind(line->command);
	const struct object_verb *verb = object_command_verb(line->command);
	size_t words = verb->has_name ? object_name_words(kind) : 0;
	const char *equals = strchr(line->typed, '=');

	if (line->arg_count < words && strcmp(verb->name, "add") != 0)
		offer_name(line, kind, line->arg_count);
	else if (line->arg_count < words || verb->has_new_name)
		offer_new_name(line, kind);
	else if (verb->has_values && equals == NULL)
		offer_keys(line, kind);
	else if (verb->has_values)
		offer_values(line, kind, equals);
}

/* KIND NAME... */
static void
offer_audit(const struct line *line)
{
	const struct directory_kind *kind;

	if (line->arg_count == 0) {
		for (size_t i = 0; directory_kinds[i] != NULL; i++)
			offer(line, "", directory_kind_word(
			    directory_kinds[i]), "");
		return;
	}
	kind = object_kind_find(line->args[0]);
	if (kind != NULL && line->arg_count <= object_name_words(kind))
		offer_name(line, kind, line->arg_count - 1);
}

static bool
takes_rules(const struct command *command)
{
	static const char *const names[] = { "rules show", "rules explain",
		"rules list" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(command->name, names[i]) == 0)
			return true;
	return false;
}

/* Those for other rules only too, once their names are begun. */
static void
offer_rules(const struct line *line)
{
	bool is_any = line->typed[0] == '\0';
	size_t count = 0;
	struct rules rules;

	if (rules_open(line->run, line->config, &rules) == CLI_OK) {
		const struct vec *all = &ruleset_draft(rules.ruleset)->rules;

		for (size_t i = 0; i < all->len && count < NAMES_MAX; i++) {
			const struct draft_rule *rule =
			    *(struct draft_rule **)vec_at(all, i);
			const char *name = str_dup(line->run->arena,
			    rule->name);

			if (strncmp(name, line->typed,
			    strlen(line->typed)) != 0 ||
			    (is_any && (rule->flags & RULE_INNER) != 0))
				continue;
			offer(line, "", name, "");
			count++;
		}
	}
	rules_close(&rules);
}

/* --- the words before ------------------------------------------------------ */

static const struct command_option *
find_option(const struct command *command, const char *word)
{
	for (size_t i = 0; i < command->row_count; i++) {
		const struct command_option *row = &command->rows[i];

		if ((strncmp(word, "--", 2) == 0 &&
		    strcmp(word + 2, row->name) == 0) || (word[0] == '-' &&
		    row->letter != '\0' && word[1] == row->letter &&
		    word[2] == '\0'))
			return row;
	}
	return NULL;
}

/* Options and arguments between the command and the last word. */
static void
read_words(struct line *line, const char *const *words, size_t count)
{
	line->args = arena_zalloc(line->run->arena,
	    (count + 1) * sizeof(*line->args));
	for (size_t i = 0; i < count; i++) {
		const char *word = words[i];

		if (line->option != NULL) {
			if (strcmp(line->option->name, "config") == 0)
				line->config = word;
			line->option = NULL;
		} else if (strncmp(word, "--config=", 9) == 0)
			line->config = word + 9;
		else if (word[0] != '-')
			line->args[line->arg_count++] = word;
		else
			line->option = find_option(line->command, word);
		if (line->option != NULL && line->option->argument == NULL)
			line->option = NULL;
	}
}

static void
offer_words(const struct line *line)
{
	if (line->option != NULL) {
		if (strcmp(line->option->name, "domain") == 0)
			offer_names(line, &kind_domain, NULL, "");
		return;
	}
	if (line->typed[0] == '-')
		offer_options(line);
	else if (object_command_is(line->command))
		offer_object(line);
	else if (strcmp(line->command->name, "audit") == 0)
		offer_audit(line);
	else if (takes_rules(line->command))
		offer_rules(line);
	else if (strcmp(line->command->name, "setting list") == 0)
		offer_policies(line, "");
	else if (strcmp(line->command->name, "help") == 0)
		offer_commands(line, line->arg_count != 0 ?
		    line->args[0] : NULL);
}

static int
run_complete(struct command_run *run)
{
	size_t count = run->arg_count - 1, used;
	struct line line = { .run = run, .typed = run->args[count] };
	const char **before = arena_zalloc(run->arena,
	    (count + 1) * sizeof(*before));

	for (size_t i = 0; i < count; i++)
		before[i] = run->args[i];
	line.command = command_find(before, &used);
	if (line.command != NULL) {
		read_words(&line, before + used, count - used);
		offer_words(&line);
	} else if (count < 2)
		offer_commands(&line, before[0]);
	return CLI_OK;
}

const struct command cmd_complete = {
	.name = "complete",
	.help = "Print what the last word may become, for a shell.",
	.arguments = "WORD...",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.is_hidden = true,
	.run = run_complete,
};
