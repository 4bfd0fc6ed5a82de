/* SPDX-License-Identifier: ISC */
/* directory_object.c - an object in memory: set, printed, and judged. */
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "directory/directory_private.h"
#include "directory/kind_spell.h"
#include "mail/policy.h"
#include "mail/policy_load.h"

#define TEXT_MAX 65536

int
directory_refuse(struct arena *arena, struct db_error *error_r,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_r->trouble = DB_REFUSED;
	error_r->text = arena_vprintf(arena, format, args);
	va_end(args);
	return -1;
}

/* --- making and setting ---------------------------------------------------- */

struct directory_object *
directory_object_new(const struct directory_kind *kind, struct arena *arena)
{
	struct directory_object *object = arena_zalloc(arena, sizeof(*object));
	const struct setting *policies;
	size_t count;

	object->kind = kind;
	object->values = arena_zalloc(arena, kind->size);
	for (size_t i = 0; i < kind->row_count; i++)
		setting_default(&kind->rows[i], object->values, arena);
	if (kind->has_policy) {
		policies = policy_rows(&count);
		object->policy = arena_zalloc(arena, sizeof(*object->policy));
		object->has_policy = arena_zalloc(arena, count);
		for (size_t i = 0; i < count; i++)
			setting_default(&policies[i], object->policy, arena);
	}
	return object;
}

struct directory_object *
directory_object_copy(const struct directory_object *object,
    struct arena *arena)
{
	struct directory_object *copy = arena_memdup(arena, object,
	    sizeof(*object));
	size_t count;

	copy->values = arena_memdup(arena, object->values,
	    object->kind->size);
	if (copy->policy != NULL) {
		policy_rows(&count);
		copy->policy = arena_memdup(arena, object->policy,
		    sizeof(*object->policy));
		copy->has_policy = arena_memdup(arena, object->has_policy,
		    count);
	}
	return copy;
}

static void
unset(const struct setting *row, void *values, struct arena *arena)
{
	char *field = (char *)values + row->offset;

	if (row->kind == SETTING_LIST)
		*(struct setting_list *)(void *)field =
		    (struct setting_list){ 0 };
	else if (row->kind == SETTING_TEXT)
		*(const char **)(void *)field = NULL;
	setting_default(row, values, arena);
}

static int
set_policy(struct directory_object *object, const char *key,
    const char *const *texts, size_t count, struct arena *arena,
    const char **error_r)
{
	size_t row_count, i = 0;
	const struct setting *rows = policy_rows(&row_count);

	while (i < row_count && strcmp(rows[i].key, key) != 0)
		i++;
	if (i == row_count || object->policy == NULL) {
		*error_r = arena_printf(arena, "unknown option '%s' in '%s'",
		    key, object->kind->name);
		return -1;
	}
	if (count == 0)
		unset(&rows[i], object->policy, arena);
	else if (setting_parse(&rows[i], object->policy, texts, count, arena,
	    error_r) < 0)
		return -1;
	object->has_policy[i] = count != 0;
	return 0;
}

int
directory_object_set(struct directory_object *object, const char *key,
    const char *const *texts, size_t count, struct arena *arena,
    const char **error_r)
{
	const struct directory_kind *kind = object->kind;
	const struct setting *row = directory_kind_row(kind, key);

	if (row == NULL)
		return set_policy(object, key, texts, count, arena, error_r);
	if (row >= kind->rows + kind->row_count - kind->derived_count) {
		*error_r = arena_printf(arena, "'%s' follows from '%s'", key,
		    kind->rows[0].key);
		return -1;
	}
	if (count != 0)
		return setting_parse(row, object->values, texts, count, arena,
		    error_r);
	unset(row, object->values, arena);
	return 0;
}

/* --- printing -------------------------------------------------------------- */

const char *
directory_object_name(const struct directory_object *object,
    struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < object->kind->key_count; i++)
		buf_printf(&out, "%s%s", i != 0 ? " " : "",
		    value_key(object, i));
	return out.data;
}

const char *
directory_object_print(const struct directory_object *object,
    struct arena *arena)
{
	const struct directory_kind *kind = object->kind;
	size_t count = kind->row_count - kind->derived_count;
	const struct setting *rows;
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, kind->name);
	for (size_t i = 0; i < kind->key_count; i++) {
		buf_add_char(&out, ' ');
		setting_quote(&out, value_key(object, i));
	}
	buf_add_text(&out, " {\n");
	for (size_t i = kind->key_count; i < count; i++)
		if (!directory_value_is_default(&kind->rows[i],
		    object->values, arena))
			buf_printf(&out, "\t%s %s;\n", kind->rows[i].key,
			    setting_print(&kind->rows[i], object->values,
			    arena));
	rows = policy_rows(&count);
	for (size_t i = 0; i < count && object->policy != NULL; i++)
		if (object->has_policy[i])
			buf_printf(&out, "\t%s %s;\n", rows[i].key,
			    setting_print(&rows[i], object->policy, arena));
	buf_add_text(&out, "}\n");
	return out.data;
}

/* --- judging --------------------------------------------------------------- */

/* What both databases and the configuration's text can hold: UTF-8 without
 * control characters, but for the ends of lines in a text that is no key. */
const char *
directory_judge_text(const char *text, bool is_key)
{
	struct str rest = str_from(text);

	if (rest.len > (is_key ? KIND_KEY_MAX : TEXT_MAX))
		return is_key ? "more than 254 octets" :
		    "more than 65536 octets";
	while (rest.len != 0) {
		size_t len = utf8_char_len(rest);
		unsigned char c = (unsigned char)rest.data[0];

		if (len == 0)
			return "it is not UTF-8";
		if ((c < ' ' && (is_key || (c != '\n' && c != '\t'))) ||
		    c == 0x7f)
			return "control characters stand in it";
		rest = str_from_pos(rest, len);
	}
	return NULL;
}

static int
judge_texts(const struct setting *row, const void *values, bool is_key,
    struct arena *arena, struct db_error *error_r)
{
	struct setting_list texts = value_texts(row, values, arena);

	for (size_t i = 0; i < texts.count; i++) {
		const char *reason = directory_judge_text(texts.texts[i],
		    is_key);

		if (reason != NULL)
			return directory_refuse(arena, error_r, "%s: %s",
			    row->key, reason);
	}
	if (texts.count != 0 ||
	    (!is_key && (row->flags & SETTING_REQUIRED) == 0))
		return 0;
	return directory_refuse(arena, error_r, "%s: it must be set",
	    row->key);
}

static int
spell(const struct directory_kind *kind, void *values, struct arena *arena,
    struct db_error *error_r)
{
	const char *key = NULL, *error = NULL;

	if (kind->spell(values, arena, &key, &error) == 0)
		return 0;
	return directory_refuse(arena, error_r, "%s%s%s",
	    key != NULL ? key : "", key != NULL ? ": " : "", error);
}

int
directory_spell_key(const struct directory_kind *kind,
    const char *const *key, struct arena *arena,
    const char *const **spelled_r, struct db_error *error_r)
{
	struct directory_object object = { .kind = kind };

	object.values = arena_zalloc(arena, kind->size);
	for (size_t i = 0; i < kind->key_count; i++) {
		*(const char **)(void *)((char *)object.values +
		    kind->rows[i].offset) = key[i];
		if (judge_texts(&kind->rows[i], object.values, true, arena,
		    error_r) < 0)
			return -1;
	}
	if (spell(kind, object.values, arena, error_r) < 0)
		return -1;
	*spelled_r = value_keys(&object, arena);
	return 0;
}

/* What has no spelling is no other object either. */
bool
directory_is_same(const struct directory_object *before,
    struct directory_object *object, struct arena *arena)
{
	struct db_error error;

	return spell(object->kind, object->values, arena, &error) == 0 &&
	    strcmp(directory_object_print(before, arena),
	    directory_object_print(object, arena)) == 0;
}

static int
is_there(struct directory *directory, const struct directory_kind *kind,
    const char *name, struct arena *arena, bool *is_there_r,
    struct db_error *error_r)
{
	const char *const *key;
	struct db_params params = { 0 };
	struct db_rows rows;
	struct buf sql;

	if (directory_spell_key(kind, &name, arena, &key, error_r) < 0)
		return -1;
	buf_init(&sql, arena);
	buf_printf(&sql, "SELECT 1 FROM %s", kind->table);
	sql_where_key(&sql, kind, 1);
	sql_param_key(&params, kind, key);
	if (db_run(directory->db, arena, sql.data, &params, &rows,
	    error_r) < 0)
		return -1;
	*is_there_r = rows.count != 0;
	return 0;
}

static int
refuse_absent(const struct directory_reference *reference, const char *name,
    struct arena *arena, struct db_error *error_r)
{
	const char *word = directory_kind_word(reference->to);

	return directory_refuse(arena, error_r, "%s: there is no %s %s; "
	    "'mailreeve %s add %s' makes it", reference->key, word, name, word,
	    name);
}

/* What stands behind a row must be there. */
static int
check_reference(struct directory *directory,
    const struct directory_object *object,
    const struct directory_reference *reference, struct arena *arena,
    struct db_error *error_r)
{
	const struct setting *row = directory_kind_row(object->kind,
	    reference->key);
	struct setting_list texts = value_texts(row, object->values, arena);
	bool is_found;

	for (size_t i = 0; i < texts.count; i++) {
		if (is_there(directory, reference->to, texts.texts[i], arena,
		    &is_found, error_r) < 0)
			return -1;
		if (!is_found)
			return refuse_absent(reference, texts.texts[i], arena,
			    error_r);
	}
	return 0;
}

static int
judge_policy(const struct directory_object *object, struct arena *arena,
    struct db_error *error_r)
{
	const char *key = NULL, *error;
	size_t count;
	const struct setting *rows = policy_rows(&count);

	if (object->policy == NULL)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (object->has_policy[i] && judge_texts(&rows[i],
		    object->policy, false, arena, error_r) < 0)
			return -1;
	if (policy_limits_check(object->policy, arena, &key, &error) == 0)
		return 0;
	return directory_refuse(arena, error_r, "%s: %s", key, error);
}

int
directory_validate(struct directory *directory,
    const struct directory_object *before, struct directory_object *object,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_kind *kind = object->kind;
	const struct directory_reference *reference = kind->references;
	size_t count = kind->row_count - kind->derived_count;

	for (size_t i = 0; i < count; i++)
		if (judge_texts(&kind->rows[i], object->values,
		    i < kind->key_count, arena, error_r) < 0)
			return -1;
	if (spell(kind, object->values, arena, error_r) < 0 ||
	    judge_policy(object, arena, error_r) < 0)
		return -1;
	for (; reference != NULL && reference->key != NULL; reference++)
		if (reference->how != REFERENCE_MENTIONS &&
		    check_reference(directory, object, reference, arena,
		    error_r) < 0)
			return -1;
	return kind->check == NULL ? 0 : kind->check(directory,
	    before != NULL ? before->values : NULL, object->values, arena,
	    error_r);
}

int
directory_validate_gone(struct directory *directory,
    const struct directory_object *object, struct arena *arena,
    struct db_error *error_r)
{
	const struct directory_kind *kind = object->kind;

	if (kind->check_gone == NULL || kind->check_gone(directory,
	    object->values, arena, error_r) == 0)
		return 0;
	db_spoil(directory->db);
	return -1;
}
