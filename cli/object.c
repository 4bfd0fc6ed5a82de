/* SPDX-License-Identifier: ISC */
/* object.c - what the commands about objects of the directory begin with. */
#include "cli/object.h"

#include "base/arena.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "cli/clean.h"
#include "cli/directory.h"
#include "cli/output.h"

/* Among so many objects one is sought that may be meant. */
#define SUGGEST_MAX 1000

static const char *const *
take_key(struct object_job *job)
{
	const char **key;

	if (!object_is_single(job->kind))
		return job->run->args;
	key = arena_alloc(job->arena, sizeof(*key));
	*key = job->kind->rows[0].default_text;
	return key;
}

int
object_job_begin(struct object_job *job, struct command_run *run,
    enum db_use use)
{
	size_t used = 0;

	*job = (struct object_job){
		.run = run,
		.arena = run->arena,
		.kind = object_command_kind(run->command),
		.options = run->options,
	};
	if (object_command_verb(run->command)->has_name) {
		used = object_name_words(job->kind);
		job->key = take_key(job);
	}
	/* Without words there is no list of them. */
	job->words = used > 0 ? run->args + used : run->args;
	job->word_count = run->arg_count - used;
	job->directory = cli_directory_open_with(run, job->options->config,
	    use, &job->conf);
	return job->directory != NULL ? CLI_OK : CLI_USAGE;
}

int
object_job_fail(const struct object_job *job)
{
	if (job->error.trouble == DB_REFUSED)
		cli_error("%s: %s%s", job->run->command->name,
		    job->error.text, object_words_remedy(job));
	else
		cli_error("%s", job->error.text);
	return job->is_misused ? CLI_USAGE : CLI_FAILED;
}

const char *
object_title(const struct directory_object *object, struct arena *arena)
{
	const char *word = directory_kind_word(object->kind);

	if (object_is_single(object->kind))
		return word;
	return arena_printf(arena, "%s %s", word, clean_text(arena,
	    directory_object_name(object, arena)));
}

const char *
object_spelled_name(const struct directory_kind *kind,
    const char *const *key, struct arena *arena, const char **error_r)
{
	struct directory_object *object = directory_object_new(kind, arena);
	const char *row_key;

	for (size_t i = 0; i < kind->key_count; i++)
		if (directory_object_set(object, kind->rows[i].key, &key[i], 1,
		    arena, error_r) < 0)
			return NULL;
	if (kind->spell(object->values, arena, &row_key, error_r) < 0)
		return NULL;
	return directory_object_name(object, arena);
}

/* --- finding --------------------------------------------------------------- */

/* Among those that begin like this, the first of them. */
static const char *
find_similar(struct object_job *job, const char *name, const char *prefix)
{
	const struct directory_query query = { .prefix = prefix,
	    .limit = SUGGEST_MAX };
	struct suggest suggest;
	struct db_error error;
	struct vec objects;

	vec_init(&objects, job->arena, sizeof(struct directory_object *));
	if (directory_list(job->directory, job->arena, job->kind, &query,
	    &objects, &error) < 0)
		return NULL;
	suggest_begin(&suggest, str_from(name));
	for (size_t i = 0; i < objects.len; i++)
		suggest_offer(&suggest, directory_object_name(
		    *(struct directory_object **)vec_at(&objects, i),
		    job->arena));
	return suggest_best(&suggest);
}

/* A name that may be meant; NULL: none is near, or it cannot be asked. Of many
 * those that begin with the same letter are worth a look. */
static const char *
find_meant(struct object_job *job, const char *name)
{
	const char *similar = find_similar(job, name, NULL);

	return similar != NULL ? similar : find_similar(job, name,
	    arena_strndup(job->arena, name, utf8_char_len(str_from(name))));
}

static int
refuse_absent(struct object_job *job)
{
	const char *word = directory_kind_word(job->kind);
	const char *name, *similar, *reason;

	name = object_spelled_name(job->kind, job->key, job->arena, &reason);
	if (name == NULL)
		return directory_refuse(job->arena, &job->error, "%s",
		    reason);
	similar = find_meant(job, name);
	if (similar != NULL)
		return directory_refuse(job->arena, &job->error, "there is no "
		    "%s %s, did you mean '%s'?", word, clean_text(job->arena,
		    name), clean_text(job->arena, similar));
	return directory_refuse(job->arena, &job->error, "there is no %s %s; "
	    "'mailreeve %s list' has them all", word, clean_text(job->arena,
	    name), word);
}

int
object_find(struct object_job *job, struct directory_object **object_r)
{
	if (directory_find(job->directory, job->arena, job->kind, job->key,
	    object_r, &job->error) < 0)
		return -1;
	if (*object_r != NULL)
		return 0;
	if (!object_is_single(job->kind))
		return refuse_absent(job);
	/* Nothing of it has been set yet. */
	*object_r = directory_object_new(job->kind, job->arena);
	return 0;
}
