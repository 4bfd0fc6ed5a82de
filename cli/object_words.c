/* SPDX-License-Identifier: ISC */
/* object_words.c - KEY=VALUE words become the values of an object.
 *
 * A value is one word, whatever stands in it. A list has its key several times,
 * in the order of the list: to=ann@example.org to=bob@example.org. KEY= takes a
 * value away; KEY+=VALUE and KEY-=VALUE change a list that is there.
 */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/suggest.h"
#include "cli/clean.h"
#include "cli/object.h"
#include "mail/policy.h"

enum how { HOW_SET, HOW_ADD, HOW_REMOVE };

/* A word taken apart. */
struct word {
	const char *key, *value;
	enum how how;
	const struct setting *row;
};

struct reader {
	struct object_job *job;
	struct directory_object *object;
	struct map *seen;		/* struct vec of texts, by key */
};

static int
refuse(const struct reader *reader, const char *reason)
{
	reader->job->is_misused = true;
	return directory_refuse(reader->job->arena, &reader->job->error, "%s",
	    reason);
}

/* --- which key ------------------------------------------------------------- */

static const struct setting *
policy_row(const char *key)
{
	size_t count;
	const struct setting *rows = policy_rows(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

static const char *
suggest_key(const struct directory_kind *kind, const char *typed)
{
	size_t count, own = kind->row_count - kind->derived_count;
	const struct setting *policies = policy_rows(&count);
	struct suggest suggest;

	suggest_begin(&suggest, str_from(typed));
	for (size_t i = kind->key_count; i < own; i++)
		suggest_offer(&suggest, kind->rows[i].key);
	for (size_t i = 0; kind->has_policy && i < count; i++)
		suggest_offer(&suggest, policies[i].key);
	return suggest_best(&suggest);
}

/* "setting, class, domain and user have it" */
static const char *
who_has_policy(struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		if (directory_kinds[i]->has_policy)
			buf_printf(&out, "%s%s", out.len != 0 ? ", " : "",
			    directory_kind_word(directory_kinds[i]));
	return out.data;
}

static int
refuse_key(const struct reader *reader, const char *key)
{
	const struct directory_kind *kind = reader->job->kind;
	struct arena *arena = reader->job->arena;
	const char *similar = suggest_key(kind, key);
	const char *shown = clean_text(arena, key);

	if (!kind->has_policy && policy_row(key) != NULL)
		return refuse(reader, arena_printf(arena, "'%s' is a policy "
		    "value: these have such: %s", shown,
		    who_has_policy(arena)));
	if (similar != NULL)
		return refuse(reader, arena_printf(arena, "unknown key '%s', "
		    "did you mean '%s'?", shown, similar));
	return refuse(reader, arena_printf(arena, "unknown key '%s'; "
	    "'mailreeve %s --help' lists them", shown,
	    reader->job->run->command->name));
}

static int
find_row(const struct reader *reader, struct word *word)
{
	const struct directory_kind *kind = reader->job->kind;
	struct arena *arena = reader->job->arena;

	word->row = directory_kind_row(kind, word->key);
	if (word->row == NULL && kind->has_policy)
		word->row = policy_row(word->key);
	if (word->row == NULL)
		return refuse_key(reader, word->key);
	if (word->row >= kind->rows &&
	    word->row < kind->rows + kind->key_count)
		return refuse(reader, arena_printf(arena, "'%s' is the name: "
		    "'mailreeve %s rename' changes it", word->key,
		    directory_kind_word(kind)));
	if (word->how != HOW_SET && word->row->kind != SETTING_LIST)
		return refuse(reader, arena_printf(arena, "'%s' is no list: "
		    "%s=VALUE sets it", word->key, word->key));
	return 0;
}

static int
take_apart(const struct reader *reader, const char *text, struct word *word)
{
	struct arena *arena = reader->job->arena;
	const char *equals = strchr(text, '=');
	size_t len;

	if (equals == NULL || equals == text)
		return refuse(reader, arena_printf(arena, "'%s' is not "
		    "KEY=VALUE, such as description=\"of the second floor\"",
		    clean_text(arena, text)));
	len = (size_t)(equals - text);
	word->how = equals[-1] == '+' ? HOW_ADD :
	    equals[-1] == '-' ? HOW_REMOVE : HOW_SET;
	word->key = arena_strndup(arena, text,
	    len - (word->how != HOW_SET ? 1 : 0));
	word->value = equals + 1;
	return find_row(reader, word);
}

/* --- what becomes of it ---------------------------------------------------- */

static const struct setting_list *
list_of(const struct reader *reader, const struct setting *row)
{
	const struct directory_object *object = reader->object;
	const void *values = directory_kind_row(object->kind, row->key) !=
	    NULL ? object->values : object->policy;

	return (const void *)((const char *)values + row->offset);
}

/* The texts of a key so far: those of this command line, and before them, when
 * it begins by adding or removing, those that are there. */
static struct vec *
texts_of(const struct reader *reader, const struct word *word)
{
	struct arena *arena = reader->job->arena;
	struct vec *texts = map_find(reader->seen, str_from(word->key));
	const struct setting_list *there;

	if (texts != NULL)
		return texts;
	texts = arena_alloc(arena, sizeof(*texts));
	vec_init(texts, arena, sizeof(const char *));
	map_put(reader->seen, str_from(word->key), texts);
	if (word->how == HOW_SET)
		return texts;
	there = list_of(reader, word->row);
	for (size_t i = 0; i < there->count; i++)
		*(const char **)vec_push(texts) = there->texts[i];
	return texts;
}

static int
take_out(const struct reader *reader, struct vec *texts,
    const struct word *word)
{
	struct arena *arena = reader->job->arena;
	size_t kept = 0;

	for (size_t i = 0; i < texts->len; i++) {
		const char *text = *(const char **)vec_at(texts, i);

		if (!str_eq_nocase(str_from(text), str_from(word->value)))
			*(const char **)vec_at(texts, kept++) = text;
	}
	if (kept == texts->len)
		return refuse(reader, arena_printf(arena, "'%s' does not stand "
		    "in '%s'", clean_text(arena, word->value), word->key));
	texts->len = kept;
	return 0;
}

static int
collect(const struct reader *reader, const struct word *word)
{
	struct vec *texts = texts_of(reader, word);

	if (word->how == HOW_REMOVE)
		return take_out(reader, texts, word);
	if (word->row->kind != SETTING_LIST && texts->len != 0)
		return refuse(reader, arena_printf(reader->job->arena,
		    "'%s' is given twice", word->key));
	if (*word->value != '\0')
		*(const char **)vec_push(texts) = word->value;
	return 0;
}

static int
apply(const struct reader *reader)
{
	struct arena *arena = reader->job->arena;
	const char *error;
	struct str key;
	size_t at = 0;
	void *value;

	while (map_next(reader->seen, &at, &key, &value)) {
		const char *name = str_dup(arena, key);
		const struct vec *texts = value;

		if (directory_object_set(reader->object, name, texts->items,
		    texts->len, arena, &error) < 0)
			return refuse(reader, arena_printf(arena, "%s: %s",
			    name, error));
	}
	return 0;
}

int
object_set_words(struct object_job *job, struct directory_object *object)
{
	struct reader reader = { job, object, map_new(job->arena) };

	for (size_t i = 0; i < job->word_count; i++) {
		struct word word = { 0 };

		if (take_apart(&reader, job->words[i], &word) < 0 ||
		    collect(&reader, &word) < 0)
			return -1;
	}
	return apply(&reader);
}

/* People write lists as they know them from elsewhere. */
const char *
object_words_remedy(const struct object_job *job)
{
	for (size_t i = 0; i < job->word_count; i++) {
		struct str value = str_from(job->words[i]), key;
		const struct setting *row;

		str_cut(&value, '=', &key);
		row = directory_kind_row(job->kind, str_dup(job->arena, key));
		if (row != NULL && row->kind == SETTING_LIST &&
		    (str_find(value, ',') >= 0 || str_find(value, ' ') >= 0))
			return arena_printf(job->arena, "; several are several "
			    "words: %s=A %s=B", row->key, row->key);
	}
	return "";
}
