/* SPDX-License-Identifier: ISC */
/* sa_read.c - the files and folders of SpamAssassin's rules. */
#include "rules/sa_read_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/map.h"

/* The stock rules have 1.6 MB in 57 files. */
#define FILE_MAX ((size_t)16 << 20)
#define ALL_MAX ((size_t)128 << 20)
#define INCLUDE_DEPTH_MAX 8

/* --- one file ------------------------------------------------------------- */

static int
fail(struct sa_reader *reader, const char *path, const char *reason,
    const char **error_r)
{
	*error_r = arena_printf(reader->arena, "%s: %s", path, reason);
	return -1;
}

static int
read_all(struct sa_reader *reader, int fd, char *text, size_t size,
    size_t *len_r, const char *path, const char **error_r)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = read(fd, text + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(reader, path, strerror(errno), error_r);
		if (got == 0)
			break;
		len += (size_t)got;
	}
	*len_r = len;
	return 0;
}

/* The text stays in the arena: rules are slices of it. */
static int
read_open(struct sa_reader *reader, int fd, const char *path, char **text_r,
    size_t *len_r, const char **error_r)
{
	struct stat status;
	size_t size;

	if (fstat(fd, &status) < 0)
		return fail(reader, path, strerror(errno), error_r);
	if (!S_ISREG(status.st_mode))
		return fail(reader, path, "it is no file", error_r);
	size = (size_t)status.st_size;
	if (size > FILE_MAX || reader->bytes + size > ALL_MAX)
		return fail(reader, path, "it is too large for rules",
		    error_r);
	*text_r = arena_alloc(reader->arena, size + 1);
	if (read_all(reader, fd, *text_r, size, len_r, path, error_r) < 0)
		return -1;
	reader->bytes += *len_r;
	return 0;
}

static void
read_lines(struct sa_reader *reader, const char *path, char *text, size_t len)
{
	struct sa_file *file = arena_zalloc(reader->arena, sizeof(*file));
	struct draft_origin outer = reader->origin;

	file->path = path;
	file->outer = reader->file;
	vec_init(&file->ifs, reader->arena, sizeof(struct sa_if));
	reader->file = file;
	reader->depth++;
	reader->origin = (struct draft_origin){ path, 0 };
	sa_read_text(reader, text, len);
	reader->depth--;
	reader->file = file->outer;
	reader->origin = outer;
}

static int
read_opened(struct sa_reader *reader, int fd, const char *path,
    const char **error_r)
{
	size_t len;
	char *text;

	if (read_open(reader, fd, path, &text, &len, error_r) < 0)
		return -1;
	read_lines(reader, path, text, len);
	return 0;
}

int
sa_read_file(struct sa_reader *reader, const char *path, const char **error_r)
{
	int fd, result;

	/* As SpamAssassin: each file once, which ends circles too. */
	if (map_find(reader->files, str_from(path)) != NULL)
		return 0;
	if (reader->depth == INCLUDE_DEPTH_MAX)
		return fail(reader, path, "files include each other too deep",
		    error_r);
	path = arena_strdup(reader->arena, path);
	map_put(reader->files, str_from(path), reader);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fail(reader, path, strerror(errno), error_r);
	result = read_opened(reader, fd, path, error_r);
	close(fd);
	return result;
}

/* --- a folder ------------------------------------------------------------- */

static int
is_pre(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && str_has_suffix_nocase(
	    str_from(entry->d_name), STR(".pre"));
}

static int
is_cf(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && str_has_suffix_nocase(
	    str_from(entry->d_name), STR(".cf"));
}

/* The channel of the project first, that others may change its scores. */
static int
compare_names(const struct dirent **a, const struct dirent **b)
{
	static const char first[] = "updates_spamassassin_org.cf";

	if (strcmp((*a)->d_name, first) == 0)
		return -1;
	if (strcmp((*b)->d_name, first) == 0)
		return 1;
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
read_entry(struct sa_reader *reader, const char *folder, const char *name,
    const char **error_r)
{
	const char *path = arena_printf(reader->arena, "%s/%s", folder, name);
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return 0;
	return sa_read_file(reader, path, error_r);
}

static int
read_suffix(struct sa_reader *reader, const char *folder,
    int (*is_meant)(const struct dirent *), const char **error_r)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_meant, compare_names);
	int result = 0;

	if (count < 0)
		return fail(reader, folder, strerror(errno), error_r);
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = read_entry(reader, folder, entries[i]->d_name,
			    error_r);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* -1: it is not there. */
static int
find_folder(struct sa_reader *reader, const char *path, bool *is_folder_r,
    const char **error_r)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return fail(reader, path, strerror(errno), error_r);
	*is_folder_r = S_ISDIR(status.st_mode);
	return 0;
}

static int
read_pre(struct sa_reader *reader, const char *path, const char **error_r)
{
	bool is_folder;

	if (find_folder(reader, path, &is_folder, error_r) < 0)
		return -1;
	return is_folder ? read_suffix(reader, path, is_pre, error_r) : 0;
}

static int
read_cf(struct sa_reader *reader, const char *path, const char **error_r)
{
	bool is_folder;

	if (find_folder(reader, path, &is_folder, error_r) < 0)
		return -1;
	return is_folder ? read_suffix(reader, path, is_cf, error_r) :
	    sa_read_file(reader, path, error_r);
}

static void
reader_init(struct sa_reader *reader, struct draft *draft)
{
	*reader = (struct sa_reader){ .draft = draft, .arena = draft->arena,
		.files = map_new(draft->arena) };
	sa_directives_init(reader);
	sa_plugins_init(reader);
}

void
sa_parse(struct draft *draft, const char *name, struct str text)
{
	struct sa_reader reader;

	reader_init(&reader, draft);
	read_lines(&reader, arena_strdup(draft->arena, name),
	    str_dup(draft->arena, text), text.len);
}

int
sa_read_paths(struct draft *draft, const char *const *paths, size_t count,
    const char **error_r)
{
	struct sa_reader reader;

	reader_init(&reader, draft);
	for (size_t i = 0; i < count; i++)
		if (read_pre(&reader, paths[i], error_r) < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (read_cf(&reader, paths[i], error_r) < 0)
			return -1;
	return 0;
}

int
sa_read(struct draft *draft, const char *path, const char **error_r)
{
	return sa_read_paths(draft, &path, 1, error_r);
}
