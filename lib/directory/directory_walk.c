/* SPDX-License-Identifier: ISC */
/* directory_walk.c - all objects of a kind, a page after the other. */
#include "directory/directory_walk.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directory/directory_private.h"

#define PAGE 500

/* --- what belongs to a domain ---------------------------------------------- */

/* example.org, @example.org, ann@example.org */
static bool
text_is_of(const char *text, const char *domain)
{
	const char *at = strrchr(text, '@');

	return strcmp(at != NULL ? at + 1 : text, domain) == 0;
}

static bool
row_is_of(const struct directory_object *object, const char *key,
    const char *domain, struct arena *arena)
{
	struct setting_list texts = value_texts(directory_kind_row(
	    object->kind, key), object->values, arena);

	for (size_t i = 0; i < texts.count; i++)
		if (!text_is_of(texts.texts[i], domain))
			return false;
	return texts.count != 0;
}

/* By its owner, or by a list of those that it is for. A single name that it
 * mentions says nothing. */
static bool
object_is_of(const struct directory_object *object, const char *domain,
    struct arena *arena)
{
	const struct directory_kind *kind = object->kind;
	const struct directory_reference *reference = kind->references;

	if (kind->domain_key != NULL)
		return row_is_of(object, kind->domain_key, domain, arena);
	for (; reference != NULL && reference->key != NULL; reference++) {
		const struct setting *row = directory_kind_row(kind,
		    reference->key);

		if ((reference->how == REFERENCE_OWNER ||
		    row->kind == SETTING_LIST) &&
		    row_is_of(object, row->key, domain, arena))
			return true;
	}
	return false;
}

/* --- pages ----------------------------------------------------------------- */

struct walk {
	struct directory *directory;
	struct arena *arena;
	const struct directory_kind *kind;
	const char *domain;		/* in its spelling, or NULL */
	directory_visit *visit;
	void *arg;
	struct db_error *error_r;
	struct arena *keys;		/* of the last one */
	const char *const *after;
};

static int
visit_page(struct walk *walk, const struct vec *objects, struct arena *page)
{
	for (size_t i = 0; i < objects->len; i++) {
		const struct directory_object *object =
		    *(struct directory_object **)vec_at(objects, i);

		if ((walk->domain == NULL || object_is_of(object,
		    walk->domain, page)) && walk->visit(walk->arg, object,
		    page, walk->error_r) < 0)
			return -1;
	}
	return 0;
}

static void
keep_key(struct walk *walk, const struct directory_object *object)
{
	size_t count = walk->kind->key_count;
	const char **key;

	arena_free(&walk->keys);
	walk->keys = arena_new(0);
	key = arena_alloc(walk->keys, count * sizeof(*key));
	for (size_t i = 0; i < count; i++)
		key[i] = arena_strdup(walk->keys, value_key(object, i));
	walk->after = key;
}

/* How many there were; -1: trouble. */
static int
walk_page(struct walk *walk, struct arena *page)
{
	const struct directory_query query = {
		.domain = walk->kind->domain_key != NULL ? walk->domain : NULL,
		.after = walk->after,
		.limit = PAGE,
	};
	struct vec objects;

	vec_init(&objects, page, sizeof(struct directory_object *));
	if (directory_list(walk->directory, page, walk->kind, &query,
	    &objects, walk->error_r) < 0 ||
	    visit_page(walk, &objects, page) < 0) {
		walk->error_r->text = arena_strdup(walk->arena,
		    walk->error_r->text);
		return -1;
	}
	if (objects.len == PAGE)
		keep_key(walk, *(struct directory_object **)vec_at(&objects,
		    PAGE - 1));
	return (int)objects.len;
}

int
directory_walk(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *domain,
    directory_visit *visit, void *arg, struct db_error *error_r)
{
	struct walk walk = { .directory = directory, .arena = arena,
	    .kind = kind, .visit = visit, .arg = arg, .error_r = error_r };
	const char *const *key;
	int count;

	if (domain != NULL) {
		if (directory_spell_key(&kind_domain, &domain, arena, &key,
		    error_r) < 0)
			return -1;
		walk.domain = key[0];
	}
	do {
		struct arena *page = arena_new(0);

		count = walk_page(&walk, page);
		arena_free(&page);
	} while (count == PAGE);
	arena_free(&walk.keys);
	return count < 0 ? -1 : 0;
}
