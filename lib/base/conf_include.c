/* SPDX-License-Identifier: ISC */
/* conf_include.c - files into the parser, and the files that they include. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf_private.h"

static int
fail_file(struct conf_parser *parser, const struct conf_token *at,
    const char *path, const char *reason)
{
	if (at == NULL)
		return conf_fail_at(parser, path, "%s", reason);
	return conf_fail(parser, at->place, "cannot include '%s': %s", path,
	    reason);
}

static const char *
check_file(const struct conf_parser *parser, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_size > parser->file_max)
		return parser->file_max == CONF_FILE_MAX ?
		    "larger than 16 MB" : "larger than 1 GB";
	for (size_t i = 0; i < parser->open_count; i++)
		if (parser->open[i].device == st->st_dev &&
		    parser->open[i].inode == st->st_ino)
			return "it includes itself";
	if (parser->open_count == CONF_INCLUDES_MAX)
		return "more than 16 files include each other";
	if (parser->files == CONF_FILES_MAX)
		return "more than 10000 files";
	return NULL;
}

/* All of the file. It may grow while it is read: then what fits. */
static const char *
read_all(int fd, size_t size, struct arena *arena, struct str *text_r)
{
	char *data = arena_alloc(arena, size);
	size_t len = 0;

	while (len < size) {
		ssize_t got = read(fd, data + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return strerror(errno);
		if (got == 0)
			break;
		len += (size_t)got;
	}
	*text_r = str_of(data, len);
	return NULL;
}

static int
parse_open_file(struct conf_parser *parser, int fd, const char *path,
    const struct conf_token *at, const struct conf_body *body)
{
	struct conf_body outer = *body;
	struct conf_source source;
	struct arena *arena;
	struct stat st;
	const char *reason;
	struct str text;
	int result;

	if (fstat(fd, &st) < 0)
		return fail_file(parser, at, path, strerror(errno));
	reason = check_file(parser, &st);
	if (reason != NULL)
		return fail_file(parser, at, path, reason);
	arena = arena_new(0);
	reason = read_all(fd, (size_t)st.st_size, arena, &text);
	if (reason == NULL) {
		parser->files++;
		parser->open[parser->open_count++] =
		    (struct conf_file_id){ st.st_dev, st.st_ino };
		outer.opened = NULL;
		conf_source_init(&source, path, text, arena);
		source.has_raw = parser->has_raw;
		result = parser->read(parser, &source, &outer);
		parser->open_count--;
	} else {
		result = fail_file(parser, at, path, reason);
	}
	arena_free(&arena);
	return result;
}

int
conf_parse_file(struct conf_parser *parser, const char *path,
    const struct conf_token *at, const struct conf_body *body)
{
	/* Without O_NONBLOCK a FIFO would stop us here. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int result;

	if (fd < 0)
		return fail_file(parser, at, path, strerror(errno));
	result = parse_open_file(parser, fd, path, at, body);
	close(fd);
	return result;
}

static bool
is_pattern(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

/* The path, sought beside the including file. In a pattern the folder of that
 * file stands for itself, whatever characters it has. */
static const char *
beside(struct arena *arena, const char *file, const char *path,
    bool is_a_pattern)
{
	const char *slash = strrchr(file, '/');
	struct buf out;

	if (path[0] == '/' || slash == NULL)
		return path;
	buf_init(&out, arena);
	for (const char *c = file; c <= slash; c++) {
		if (is_a_pattern && strchr("*?[]\\", *c) != NULL)
			buf_add_char(&out, '\\');
		buf_add_char(&out, *c);
	}
	buf_add_text(&out, path);
	return out.data;
}

/* glob() met a folder that it cannot read. One that is not there is as if it
 * were empty; what another one holds must not be missed in silence. */
static int
is_fatal(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static int
include_all(struct conf_parser *parser, const char *pattern,
    const struct conf_token *at, const struct conf_body *body)
{
	glob_t found = { 0 };
	int result, error = glob(pattern, 0, is_fatal, &found);

	if (error == GLOB_NOMATCH) {
		conf_warn(parser, at->place, "no file matches '%s'", pattern);
		return 0;
	}
	if (error != 0) {
		result = fail_file(parser, at, pattern, strerror(errno));
		globfree(&found);
		return result;
	}
	result = 0;
	for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
		/* Its name lives on in places, beyond the glob. */
		const char *path = arena_strdup(parser->conf->arena,
		    found.gl_pathv[i]);

		result = conf_parse_file(parser, path, at, body);
	}
	globfree(&found);
	return result;
}

int
conf_include(struct conf_parser *parser, const struct conf_token *pattern,
    const struct conf_body *body)
{
	bool is_a_pattern = is_pattern(pattern->text);
	const char *path = beside(parser->conf->arena, pattern->place.file,
	    pattern->text, is_a_pattern);

	if (is_a_pattern)
		return include_all(parser, path, pattern, body);
	return conf_parse_file(parser, path, pattern, body);
}
