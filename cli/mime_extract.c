/* SPDX-License-Identifier: ISC */
/* mime_extract.c - the files of a message, written under harmless names. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "cli/clean.h"
#include "cli/mime.h"
#include "cli/output.h"
#include "mail/spool.h"
#include "mime/part.h"

/* Of a name's bytes; its end, where its kind stands, is kept. */
#define NAME_MAX_BYTES 100

/* What stands behind the last slash of either kind. */
static struct str
last_component(struct str name)
{
	ptrdiff_t slash = str_find_last(name, '/');
	ptrdiff_t backslash = str_find_last(name, '\\');

	return str_from_pos(name,
	    (size_t)((slash > backslash ? slash : backslash) + 1));
}

/* Letters, digits, and what no shell and no file manager takes for more. */
static bool
is_harmless(struct str character)
{
	if (character.len > 1)
		return true;
	return char_is_alnum(character.data[0]) ||
	    strchr("-_.+@ ()", character.data[0]) != NULL;
}

const char *
mime_safe_name(struct arena *arena, const struct mime_part *part)
{
	struct str name = last_component(part->name);
	struct buf safe;

	buf_init(&safe, arena);
	buf_printf(&safe, "%02u-", part->number);
	if (name.len == 0)
		name = str_from(arena_printf(arena, "part.%.*s",
		    STR_ARG(part->subtype)));
	while (name.len > NAME_MAX_BYTES ||
	    (name.len > 0 && (name.data[0] & 0xc0) == 0x80))
		name = str_from_pos(name, 1);
	/* Control characters and reversed text are '?' from here on. */
	name = str_from(clean_str(arena, name));
	while (name.len > 0) {
		struct str character = str_sub(name, 0, utf8_char_len(name));

		if (is_harmless(character))
			buf_add_str(&safe, character);
		else
			buf_add_char(&safe, '_');
		name = str_from_pos(name, character.len);
	}
	return safe.data;
}

static int
write_all(int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t done = write(fd, bytes.data, bytes.len);

		if (done < 0 && errno != EINTR)
			return -1;
		bytes = str_from_pos(bytes, done > 0 ? (size_t)done : 0);
	}
	return 0;
}

/* 0, or -1 with errno; nothing is left then. */
static int
write_file(int directory, const char *name, struct str bytes)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return -1;
	error = write_all(fd, bytes) < 0 ? errno : 0;
	/* What the disk has no room for may be told here only. */
	if (close(fd) < 0 && error == 0)
		error = errno;
	if (error == 0)
		return 0;
	unlinkat(directory, name, 0);
	errno = error;
	return -1;
}

static int
open_directory(struct arena *arena, const char *path)
{
	int fd;

	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		cli_error("cannot make the folder '%s': %s",
		    clean_text(arena, path), strerror(errno));
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		cli_error("cannot open the folder '%s': %s",
		    clean_text(arena, path), strerror(errno));
	return fd;
}

static int
extract_part(const struct mime_story *story, const struct mime_part *part,
    int directory, const char *path, struct buf *out)
{
	struct arena *arena = story->arena;
	const char *name = mime_safe_name(arena, part);
	struct str bytes;

	if (spool_data(part->content, &bytes) < 0 ||
	    write_file(directory, name, bytes) < 0) {
		cli_error("cannot write '%s/%s': %s%s", clean_text(arena, path),
		    name, strerror(errno), errno == EEXIST ?
		    "; give an empty folder" : "");
		return -1;
	}
	buf_printf(out, "part %u, %s: %s/%s%s\n", part->number,
	    clean_text(arena, mime_type_text(arena, part)),
	    clean_text(arena, path), name,
	    mime_has(part->oddities, MIME_ODD_limit_content) ?
	    " (cut at the limit)" : "");
	return 0;
}

unsigned
mime_extract(const struct mime_story *story, const char *directory,
    struct buf *out)
{
	int fd = open_directory(story->arena, directory);
	unsigned failed = 0;

	if (fd < 0)
		return 1;
	for (const struct mime_part *part = story->message->root;
	    part != NULL; part = mime_part_after(part))
		if (part->content != NULL)
			failed += extract_part(story, part, fd, directory,
			    out) < 0;
	close(fd);
	return failed;
}
