/* SPDX-License-Identifier: ISC */
/* lanes_cache.c - databases of lanes from a file, and into it.
 *
 * The content of the file has, for each part of a lane that is worth a database,
 * in order: the ways of its expressions, an octet each; how many databases it
 * has; the length of each, and the database. Numbers have 8 octets, the lowest
 * first. */
#include "rules/lane_private.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/mapped.h"
#include "mime/digest.h"
#include "rules/lanes_file.h"

/* Another one: what is written, or what patterns become, has changed. */
static const char format[] = "7";

static void
make_key(struct lanes *lanes, unsigned char key_r[LANES_KEY_SIZE])
{
	struct arena *arena = arena_new(0);
	struct digest *digest = digest_new(arena);
	struct str version = lane_engine_version(arena);

	/* With their NULs: what follows cannot be taken for part of them. */
	digest_begin(digest);
	digest_add(digest, str_of(format, sizeof(format)));
	digest_add(digest, str_of(version.data, version.len + 1));
	digest_add(digest, lanes_describe(lanes, arena));
	digest_end(digest, key_r);
	arena_free(&arena);
}

const char *
lanes_cache_name(struct lanes *lanes)
{
	unsigned char key[LANES_KEY_SIZE];
	struct buf name;

	if (lanes->name != NULL)
		return lanes->name;
	make_key(lanes, key);
	buf_init(&name, lanes->arena);
	for (size_t i = 0; i < sizeof(key); i++)
		buf_printf(&name, "%02x", key[i]);
	buf_add_text(&name, ".lanes");
	lanes->name = name.data;
	return lanes->name;
}

static void
count_part(void *count, struct lane_part *part)
{
	(void)part;
	++*(size_t *)count;
}

static bool
wants_database(const struct lanes *lanes)
{
	size_t count = 0;

	lanes_each_part(lanes, count_part, &count);
	return count != 0;
}

/* --- loading -------------------------------------------------------------- */

struct loading {
	struct lanes *lanes;
	struct str rest;
	const char *error;	/* NULL: good so far */
};

static const char other_patterns[] = "it is not of these patterns";

static bool
take_ways(struct loading *loading, struct lane_part *part)
{
	if (loading->rest.len < part->count)
		return false;
	for (size_t i = 0; i < part->count; i++) {
		unsigned char way = (unsigned char)loading->rest.data[i];

		if (way > LANE_EXACT)
			return false;
		part->expressions[i].way = way;
	}
	loading->rest = str_from_pos(loading->rest, part->count);
	return true;
}

static bool
take_number(struct loading *loading, uint64_t *number_r)
{
	*number_r = 0;
	if (loading->rest.len < sizeof(*number_r))
		return false;
	for (size_t i = 0; i < sizeof(*number_r); i++)
		*number_r |= (uint64_t)(unsigned char)loading->rest.data[i] <<
		    8 * i;
	loading->rest = str_from_pos(loading->rest, sizeof(*number_r));
	return true;
}

static void
take_database(struct loading *loading, struct lane_part *part)
{
	struct lane_database *database;
	uint64_t len;

	if (!take_number(loading, &len) || len > loading->rest.len) {
		loading->error = other_patterns;
		return;
	}
	database = lane_engine_load(loading->lanes->arena,
	    str_sub(loading->rest, 0, (size_t)len), &loading->error);
	loading->rest = str_from_pos(loading->rest, (size_t)len);
	if (database != NULL)
		*(struct lane_database **)vec_push(&part->databases) =
		    database;
}

static void
load_part(void *arg, struct lane_part *part)
{
	struct loading *loading = arg;
	uint64_t count = 0;

	if (loading->error == NULL && (!take_ways(loading, part) ||
	    !take_number(loading, &count)))
		loading->error = other_patterns;
	for (uint64_t i = 0; i < count && loading->error == NULL; i++)
		take_database(loading, part);
	lane_part_settle(loading->lanes, part);
}

/* PCRE2 serves alone again. */
static void
unload_part(void *arg, struct lane_part *part)
{
	part->databases.len = 0;
	for (size_t i = 0; i < part->count; i++)
		part->expressions[i].way = LANE_ALONE;
	lane_part_settle(arg, part);
}

static enum lanes_state
load_content(struct lanes *lanes, struct str content, const char *path,
    const char **error_r)
{
	struct loading loading = { .lanes = lanes, .rest = content };

	lanes_each_part(lanes, load_part, &loading);
	if (loading.error == NULL && loading.rest.len == 0) {
		lanes_file_touch(path);
		return LANES_READY;
	}
	lanes_each_part(lanes, unload_part, lanes);
	*error_r = arena_printf(lanes->arena, "%s: %s", path,
	    loading.error == NULL ? "it has more than it should" :
	    loading.error);
	return LANES_COMPILING;
}

static enum lanes_state
load_file(struct lanes *lanes, struct arena *arena, const char *directory,
    const char **error_r)
{
	unsigned char key[LANES_KEY_SIZE];
	const char *path = arena_printf(arena, "%s/%s", directory,
	    lanes_cache_name(lanes)), *error;
	struct str content;

	make_key(lanes, key);
	switch (lanes_file_read(arena, path, key, &content, &error)) {
	case LANES_FILE_GOOD:
		return load_content(lanes, content, path, error_r);
	case LANES_FILE_ABSENT:
		return LANES_COMPILING;
	case LANES_FILE_DAMAGED:
		*error_r = arena_strdup(lanes->arena, error);
		return LANES_COMPILING;
	case LANES_FILE_UNREADABLE:
		break;
	}
	*error_r = arena_strdup(lanes->arena, error);
	return LANES_FAILED;
}

static enum lanes_state
load_databases(struct lanes *lanes, const char *cache_directory,
    const char **error_r)
{
	struct arena *arena;
	enum lanes_state state;

	if (!lane_engine_is_here())
		return LANES_WITHOUT;
	if (!wants_database(lanes))
		return LANES_READY;
	arena = arena_new(0);
	state = load_file(lanes, arena, cache_directory, error_r);
	arena_free(&arena);
	return state;
}

static void
open_windows(void *lanes, struct lane_part *part)
{
	lane_part_open_windows(lanes, part);
}

enum lanes_state
lanes_load(struct lanes *lanes, const char *cache_directory,
    const char **error_r)
{
	enum lanes_state state;

	*error_r = NULL;
	state = load_databases(lanes, cache_directory, error_r);
	lanes_each_part(lanes, open_windows, lanes);
	return state;
}

/* --- compiling ------------------------------------------------------------ */

struct compiling {
	struct lanes *lanes;
	struct buf content;
	uint64_t most_mapped;	/* 0: no bound */
	const char *error;
};

static void
put_number(struct buf *out, uint64_t number)
{
	for (int shift = 0; shift < 64; shift += 8)
		buf_add_char(out, (char)(number >> shift & 0xff));
}

static void
put_part(struct buf *out, const struct lane_part *part,
    const struct vec *databases)
{
	for (size_t i = 0; i < part->count; i++)
		buf_add_char(out, (char)part->expressions[i].way);
	put_number(out, databases->len);
	for (size_t i = 0; i < databases->len; i++) {
		const struct str *bytes = vec_at(databases, i);

		put_number(out, bytes->len);
		buf_add_str(out, *bytes);
	}
}

static void
compile_part(void *arg, struct lane_part *part)
{
	struct compiling *compiling = arg;
	struct arena *arena;
	struct vec databases;
	const char *error;

	if (compiling->error != NULL)
		return;
	arena = arena_new(0);
	vec_init(&databases, arena, sizeof(struct str));
	if (lane_engine_compile(part->expressions, part->count,
	    compiling->most_mapped, &databases, &error) == 0) {
		put_part(&compiling->content, part, &databases);
	} else {
		compiling->error = arena_strdup(compiling->content.arena,
		    error);
		compiling->lanes->lacks_memory = true;
	}
	arena_free(&arena);
}

static int
compile_file(struct lanes *lanes, struct arena *arena, const char *directory,
    const char **error_r)
{
	struct compiling compiling = { .lanes = lanes };
	uint64_t mapped = mapped_bytes();
	unsigned char key[LANES_KEY_SIZE];

	/* What is mapped already is not what compiling takes. Where the system
	 * tells no size there is no bound: compiling is worth more than that. */
	if (mapped != 0 && lanes->compile_memory != 0)
		compiling.most_mapped = mapped + lanes->compile_memory;
	buf_init(&compiling.content, arena);
	lanes_each_part(lanes, compile_part, &compiling);
	/* The ways that were found are those of the file: it is to be loaded
	 * before they count. */
	lanes_each_part(lanes, unload_part, lanes);
	if (compiling.error != NULL) {
		*error_r = compiling.error;
		return -1;
	}
	make_key(lanes, key);
	if (lanes_file_write(arena, directory, lanes_cache_name(lanes), key,
	    buf_str(&compiling.content), error_r) < 0)
		return -1;
	lanes_file_prune(arena, directory);
	return 0;
}

/* Who waited for another compiler may find its file. One that does not load is
 * none, whatever its checksum says. */
static bool
is_there(struct lanes *lanes, struct arena *arena, const char *directory)
{
	const char *error;
	bool is_ready = !lanes->is_forced &&
	    load_file(lanes, arena, directory, &error) == LANES_READY;

	lanes_each_part(lanes, unload_part, lanes);
	return is_ready;
}

void
lanes_bound_memory(struct lanes *lanes, uint64_t bytes)
{
	lanes->compile_memory = bytes;
}

bool
lanes_lack_memory(const struct lanes *lanes)
{
	return lanes->lacks_memory;
}

void
lanes_compile_anew(struct lanes *lanes)
{
	lanes->is_forced = true;
}

int
lanes_compile(struct lanes *lanes, const char *cache_directory,
    const char **error_r)
{
	struct arena *arena;
	const char *error = NULL;
	int lock, result = 0;

	if (!lane_engine_is_here()) {
		*error_r = "there is no Hyperscan for this processor";
		return -1;
	}
	if (!wants_database(lanes))
		return 0;
	arena = arena_new(0);
	lock = lanes_file_lock(arena, cache_directory, &error);
	if (lock < 0 || (!is_there(lanes, arena, cache_directory) &&
	    compile_file(lanes, arena, cache_directory, &error) < 0)) {
		*error_r = arena_strdup(lanes->arena, error);
		result = -1;
	}
	if (lock >= 0)
		close(lock);
	arena_free(&arena);
	return result;
}
