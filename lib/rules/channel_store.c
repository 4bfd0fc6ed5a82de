/* SPDX-License-Identifier: ISC */
/* channel_store.c - the sets on the disk: made aside, swapped by one rename. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "rules/channel.h"

#define TARGET_MAX 255
#define HELD_MAX ((size_t)64 << 10)
#define REASON_MAX ((size_t)4096)
/* sets/set.X/NAME/FILE */
#define DEPTH_MAX 4

struct channel_store {
	struct arena *arena;
	const char *directory;
	int lock;
	char *work, *set;	/* NULL: there is none under way */
};

static const char *
path_in(const struct channel_store *store, const char *name)
{
	return arena_printf(store->arena, "%s/%s", store->directory, name);
}

static int
fail(struct channel_store *store, const char *path, const char **error_r)
{
	*error_r = arena_printf(store->arena, "%s: %s", path,
	    strerror(errno));
	return -1;
}

/* --- rubbish ------------------------------------------------------------------------- */

static void
remove_tree(int folder, const char *name, int depth)
{
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		unlinkat(folder, name, 0);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 && depth < DEPTH_MAX)
			remove_tree(fd, entry->d_name, depth + 1);
	closedir(dir);
	unlinkat(folder, name, AT_REMOVEDIR);
}

/* "set.XXXXXX" that a link leads to; "": nowhere. */
static const char *
target_of(const struct channel_store *store, const char *link)
{
	char target[TARGET_MAX + 1];
	ssize_t len = readlink(path_in(store, link), target, TARGET_MAX);
	struct str name = str_of(target, len > 0 ? (size_t)len : 0);

	if (!str_has_prefix_nocase(name, STR("sets/")) ||
	    str_find(str_from_pos(name, 5), '/') >= 0)
		return "";
	return str_dup(store->arena, str_from_pos(name, 5));
}

/* Sets that are neither in use nor kept, and what was fetched: of an update that
 * was stopped, or older. */
static void
remove_rubbish(const struct channel_store *store)
{
	const char *current = target_of(store, "current");
	const char *previous = target_of(store, "previous");
	const char *sets = path_in(store, "sets");
	DIR *dir = opendir(sets);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "set.", 4) == 0 &&
		    strcmp(entry->d_name, current) != 0 &&
		    strcmp(entry->d_name, previous) != 0)
			remove_tree(dirfd(dir), entry->d_name, 1);
	if (dir != NULL)
		closedir(dir);
	dir = opendir(store->directory);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "work.", 5) == 0)
			remove_tree(dirfd(dir), entry->d_name, 1);
	if (dir != NULL)
		closedir(dir);
}

/* --- open and close ------------------------------------------------------------------- */

static int
make_folder(struct channel_store *store, const char *path,
    const char **error_r)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ?
	    fail(store, path, error_r) : 0;
}

static int
take_lock(struct channel_store *store, const char **error_r)
{
	const char *path = path_in(store, "lock");

	store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0644);
	if (store->lock < 0)
		return fail(store, path, error_r);
	if (flock(store->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	*error_r = arena_printf(store->arena, "%s: another update is under "
	    "way", store->directory);
	close(store->lock);
	return -1;
}

int
channel_store_open(struct arena *arena, const char *directory,
    struct channel_store **store_r, const char **error_r)
{
	struct channel_store *store = arena_zalloc(arena, sizeof(*store));

	store->arena = arena;
	store->directory = arena_strdup(arena, directory);
	if (make_folder(store, directory, error_r) < 0 ||
	    make_folder(store, path_in(store, "sets"), error_r) < 0 ||
	    take_lock(store, error_r) < 0)
		return -1;
	remove_rubbish(store);
	*store_r = store;
	return 0;
}

void
channel_store_close(struct channel_store **store)
{
	if (*store == NULL)
		return;
	remove_rubbish(*store);
	close((*store)->lock);
	*store = NULL;
}

/* --- what is there ----------------------------------------------------------------------- */

const char *
channel_current(struct arena *arena, const char *directory)
{
	struct channel_store store = { .arena = arena,
		.directory = directory };
	const char *name = target_of(&store, "current");

	return *name == '\0' ? NULL :
	    arena_printf(arena, "%s/sets/%s", directory, name);
}

uint64_t
channel_version(struct arena *arena, const char *set, const char *name)
{
	struct str text;
	const char *error;
	uint64_t version;

	if (set == NULL || channel_read_file(arena,
	    arena_printf(arena, "%s/%s/VERSION", set, name), 64, &text,
	    &error) < 0 ||
	    str_to_u64(str_trim(text), UINT64_MAX, &version) < 0)
		return 0;
	return version;
}

uint64_t
channel_store_held(struct channel_store *store, const char *name)
{
	struct str text, line, word;
	uint64_t version, held = 0;
	const char *error;

	if (channel_read_file(store->arena, path_in(store, "held"), HELD_MAX,
	    &text, &error) < 0)
		return 0;
	while (str_cut(&text, '\n', &line))
		if (str_cut(&line, ' ', &word) && str_is(word, name) &&
		    str_to_u64(line, UINT64_MAX, &version) == 0)
			held = version;
	return held;
}

/* Where this cannot be written, who ran the update has seen the reason. */
void
channel_store_set_failed(struct channel_store *store, const char *reason)
{
	const char *path = path_in(store, "failed");
	const char *fresh = path_in(store, "failed.new");
	const char *error;

	if (reason == NULL)
		unlink(path);
	else if (channel_write_file(store->arena, fresh, str_sub(
	    str_from(reason), 0, REASON_MAX), &error) < 0 ||
	    rename(fresh, path) < 0)
		unlink(fresh);
}

const char *
channel_failed(struct arena *arena, const char *directory)
{
	struct str reason;
	const char *error;

	return channel_read_file(arena, arena_printf(arena, "%s/failed",
	    directory), REASON_MAX, &reason, &error) < 0 ? NULL : reason.data;
}

/* --- a new set ---------------------------------------------------------------------------- */

static char *
make_named(struct channel_store *store, const char *pattern,
    const char **error_r)
{
	char *path = arena_strdup(store->arena, path_in(store, pattern));

	if (mkdtemp(path) == NULL) {
		fail(store, path, error_r);
		return NULL;
	}
	return path;
}

int
channel_store_begin(struct channel_store *store, const char **set_r,
    const char **work_r, const char **error_r)
{
	store->set = make_named(store, "sets/set.XXXXXX", error_r);
	if (store->set == NULL)
		return -1;
	store->work = make_named(store, "work.XXXXXX", error_r);
	if (store->work == NULL)
		return -1;
	*set_r = store->set;
	*work_r = store->work;
	/* The daemon reads it. */
	return chmod(store->set, 0755) < 0 ? fail(store, store->set, error_r) :
	    0;
}

/* The files are never changed, so they may stand in two sets. */
int
channel_store_keep(struct channel_store *store, const char *name,
    const char **error_r)
{
	const char *current = channel_current(store->arena, store->directory);
	const char *from, *to;
	struct dirent *entry;
	int result = 0;
	DIR *dir;

	if (current == NULL)
		return 0;
	from = arena_printf(store->arena, "%s/%s", current, name);
	to = arena_printf(store->arena, "%s/%s", store->set, name);
	dir = opendir(from);
	if (dir == NULL)
		return 0;
	if (make_folder(store, to, error_r) < 0)
		result = -1;
	while (result == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && linkat(dirfd(dir),
		    entry->d_name, AT_FDCWD, arena_printf(store->arena,
		    "%s/%s", to, entry->d_name), 0) < 0)
			result = fail(store, to, error_r);
	closedir(dir);
	return result;
}

/* --- swapping --------------------------------------------------------------------------------- */

static int
sync_all(struct channel_store *store, const char **error_r)
{
	return syncfs(store->lock) < 0 ?
	    fail(store, store->directory, error_r) : 0;
}

/* The link leads to sets/NAME from now on. */
static int
swap_link(struct channel_store *store, const char *link, const char *name,
    const char **error_r)
{
	const char *fresh = path_in(store, arena_printf(store->arena,
	    "%s.new", link));

	unlink(fresh);
	if (symlink(arena_printf(store->arena, "sets/%s", name), fresh) < 0)
		return fail(store, fresh, error_r);
	if (rename(fresh, path_in(store, link)) < 0)
		return fail(store, fresh, error_r);
	return 0;
}

/* `previous` first: stopped between the two, both are the set in use. */
static int
swap(struct channel_store *store, const char *name, const char **error_r)
{
	const char *current = target_of(store, "current");

	if (sync_all(store, error_r) < 0 || (*current != '\0' &&
	    swap_link(store, "previous", current, error_r) < 0) ||
	    swap_link(store, "current", name, error_r) < 0)
		return -1;
	return sync_all(store, error_r);
}

int
channel_store_commit(struct channel_store *store, const char **error_r)
{
	return swap(store, strrchr(store->set, '/') + 1, error_r);
}

/* What is left by going back is held back; what one goes back to, no more. */
static int
write_held(struct channel_store *store, const char *left, const char *to,
    const char **error_r)
{
	const char *path = path_in(store, "held");
	const char *fresh = path_in(store, "held.new");
	DIR *dir = opendir(left);
	struct dirent *entry;
	struct buf text;

	buf_init(&text, store->arena);
	buf_add_text(&text, "");
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		uint64_t was = channel_version(store->arena, left,
		    entry->d_name);

		if (was > channel_version(store->arena, to, entry->d_name))
			buf_printf(&text, "%s %llu\n", entry->d_name,
			    (unsigned long long)was);
	}
	if (dir != NULL)
		closedir(dir);
	if (channel_write_file(store->arena, fresh, buf_str(&text),
	    error_r) < 0)
		return -1;
	return rename(fresh, path) < 0 ? fail(store, path, error_r) : 0;
}

int
channel_store_rollback(struct channel_store *store, const char **error_r)
{
	const char *current = target_of(store, "current");
	const char *previous = target_of(store, "previous");

	if (*previous == '\0' || strcmp(current, previous) == 0) {
		*error_r = "there is no set before this one";
		return -1;
	}
	if (write_held(store, path_in(store, arena_printf(store->arena,
	    "sets/%s", current)), path_in(store, arena_printf(store->arena,
	    "sets/%s", previous)), error_r) < 0)
		return -1;
	return swap(store, previous, error_r);
}
