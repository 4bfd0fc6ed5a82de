/* SPDX-License-Identifier: ISC */
/* channel_fetch.c - from a channel's address to a folder of rules that may be
 * tried. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/vec.h"
#include "rules/channel.h"

#define ARCHIVE_MAX ((size_t)32 << 20)
#define UNPACKED_MAX ((size_t)128 << 20)
#define SIDE_MAX ((size_t)64 << 10)
#define LISTING_MAX ((size_t)4 << 20)
#define MIRRORS_MAX 32
#define NAME_MAX_LEN 100

static const char mirrored_by[] = "MIRRORED.BY";

static bool
is_name(struct str name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN ||
	    !char_is_alnum(name.data[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) &&
		    strchr("._-", name.data[i]) == NULL)
			return false;
	return true;
}

static bool
is_address(struct str url)
{
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.data[i] <= ' ' ||
		    url.data[i] == 0x7f)
			return false;
	return (str_has_prefix_nocase(url, STR("https://")) && url.len > 8) ||
	    (str_has_prefix_nocase(url, STR("file:/")) && url.len > 6);
}

int
channel_parse(struct arena *arena, const char *text,
    struct channel *channel_r, const char **error_r)
{
	struct str url = str_from(text), name;

	if (!str_cut(&url, '=', &name) || !is_name(name) ||
	    !is_address(url)) {
		*error_r = arena_printf(arena, "\"%s\" is no channel: "
		    "NAME=https://... or NAME=file:/..., the name of letters, "
		    "digits, '.', '_' and '-'", text);
		return -1;
	}
	channel_r->name = str_dup(arena, name);
	while (url.data[url.len - 1] == '/')
		url.len--;
	channel_r->url = str_dup(arena, url);
	return 0;
}

/* --- one file ------------------------------------------------------------------------- */

/* NULL: it is not of this host. */
static const char *
local_path(const char *url)
{
	if (strncmp(url, "file:/", 6) != 0)
		return NULL;
	return strncmp(url, "file:///", 8) == 0 ? url + 7 : url + 5;
}

static int
copy_local(struct arena *arena, const char *from, const char *to, size_t max,
    const char **error_r)
{
	struct str content;

	if (access(from, F_OK) < 0 && errno == ENOENT)
		return 1;
	return channel_read_file(arena, from, max, &content, error_r) < 0 ?
	    -1 : channel_write_file(arena, to, content, error_r);
}

/* 0; 1: it is not there; -1 with the reason. */
static int
fetch_file(struct arena *arena, const struct channel_fetch *fetch,
    const char *url, const char *path, size_t max, const char **error_r)
{
	const char *local = local_path(url);
	int fd, result;

	if (local != NULL)
		return copy_local(arena, local, path, max, error_r);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0644);
	if (fd < 0) {
		*error_r = arena_printf(arena, "%s: %s", path,
		    strerror(errno));
		return -1;
	}
	result = fetch->get(fetch->arg, url, fd, max, error_r);
	if (close(fd) < 0 && result == 0) {
		*error_r = arena_printf(arena, "%s: %s", path,
		    strerror(errno));
		return -1;
	}
	return result;
}

static int
fetch_text(struct arena *arena, const struct channel_fetch *fetch,
    const char *url, const char *work, struct str *text_r,
    const char **error_r)
{
	const char *path = arena_printf(arena, "%s/text", work);
	int result = fetch_file(arena, fetch, url, path, LISTING_MAX, error_r);

	return result != 0 ? result : channel_read_file(arena, path,
	    LISTING_MAX, text_r, error_r);
}

/* --- which version, from where ------------------------------------------------------------ */

/* Lines of an address each, with a weight behind it that is not looked at. */
static void
read_mirrors(struct arena *arena, struct str text, struct vec *mirrors)
{
	struct str line, word;

	while (str_cut(&text, '\n', &line) && mirrors->len < MIRRORS_MAX) {
		line = str_trim(line);
		if (line.len == 0 || line.data[0] == '#' ||
		    !str_cut(&line, ' ', &word))
			continue;
		while (word.len > 0 && word.data[word.len - 1] == '/')
			word.len--;
		if (is_address(word))
			*(const char **)vec_push(mirrors) =
			    str_dup(arena, word);
	}
}

/* Any of them first, that no single one has all the work. */
static void
order_mirrors(struct vec *mirrors, const char *name)
{
	const char **items = mirrors->items, *last;
	size_t turns = (size_t)hash_bytes(name, strlen(name)) % mirrors->len;

	while (turns-- > 0) {
		last = items[mirrors->len - 1];
		memmove(items + 1, items,
		    (mirrors->len - 1) * sizeof(*items));
		items[0] = last;
	}
}

int
channel_mirrors(struct arena *arena, const struct channel_fetch *fetch,
    const struct channel *channel, const char *work, struct vec *mirrors_r,
    const char **error_r)
{
	const char *url = channel->url;
	struct str text;
	int result;

	vec_init(mirrors_r, arena, sizeof(const char *));
	if (!str_has_suffix_nocase(str_from(url), str_from(mirrored_by))) {
		*(const char **)vec_push(mirrors_r) = url;
		return 0;
	}
	result = fetch_text(arena, fetch, url, work, &text, error_r);
	if (result < 0)
		return -1;
	if (result == 0)
		read_mirrors(arena, text, mirrors_r);
	if (mirrors_r->len > 0) {
		order_mirrors(mirrors_r, channel->name);
		return 0;
	}
	*error_r = arena_printf(arena, result == 1 ?
	    "%s: it is not there" : "%s: it names no mirror behind https:",
	    url);
	return -1;
}

/* The largest N of all "N.tar.gz" in a text; 0: there is none. */
static uint64_t
newest_in(struct str text)
{
	static const char ending[] = ".tar.gz";
	uint64_t newest = 0, version;
	const char *found;

	while ((found = memmem(text.data, text.len, ending,
	    sizeof(ending) - 1)) != NULL) {
		size_t end = (size_t)(found - text.data), begin = end;

		while (begin > 0 && char_is_digit(text.data[begin - 1]))
			begin--;
		if (str_to_u64(str_sub(text, begin, end - begin), UINT64_MAX,
		    &version) == 0 && version > newest)
			newest = version;
		text = str_from_pos(text, end + sizeof(ending) - 1);
	}
	return newest;
}

static int
newest_local(struct arena *arena, const char *path, uint64_t *version_r,
    const char **error_r)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir == NULL) {
		*error_r = arena_printf(arena, "%s: %s", path,
		    strerror(errno));
		return -1;
	}
	*version_r = 0;
	while ((entry = readdir(dir)) != NULL) {
		struct str name = str_from(entry->d_name);
		uint64_t version = newest_in(name);

		if (str_has_suffix_nocase(name, STR(".tar.gz")) &&
		    version > *version_r)
			*version_r = version;
	}
	closedir(dir);
	return 0;
}

/* A mirror says it in a file VERSION, or by the list of its files. */
static int
newest_remote(struct arena *arena, const struct channel_fetch *fetch,
    const char *mirror, const char *work, uint64_t *version_r,
    const char **error_r)
{
	struct str text;
	int result = fetch_text(arena, fetch, arena_printf(arena, "%s/VERSION",
	    mirror), work, &text, error_r);

	if (result == 0 &&
	    str_to_u64(str_trim(text), UINT64_MAX, version_r) == 0)
		return 0;
	if (result >= 0)
		result = fetch_text(arena, fetch, arena_printf(arena, "%s/",
		    mirror), work, &text, error_r);
	if (result == 0)
		*version_r = newest_in(text);
	else if (result == 1)
		*error_r = arena_printf(arena, "%s/: it is not there", mirror);
	return result == 0 ? 0 : -1;
}

int
channel_newest(struct arena *arena, const struct channel_fetch *fetch,
    const char *mirror, const char *work, uint64_t *version_r,
    const char **error_r)
{
	const char *local = local_path(mirror);
	int result = local != NULL ?
	    newest_local(arena, local, version_r, error_r) :
	    newest_remote(arena, fetch, mirror, work, version_r, error_r);

	if (result == 0 && *version_r == 0) {
		*error_r = arena_printf(arena, "%s: there is no version in "
		    "it", mirror);
		return -1;
	}
	return result;
}

/* --- from the archive to the set ------------------------------------------------------------- */

/* "# UPDATE version N" in a file of the channel: an old archive under a new
 * number is signed as well. */
static bool
is_of_version(struct str content, uint64_t version)
{
	static const char mark[] = "# UPDATE version ";
	struct str line;
	uint64_t stated;

	while (str_cut(&content, '\n', &line))
		if (str_has_prefix_nocase(line, str_from(mark)) &&
		    str_to_u64(str_trim(str_from_pos(line,
		    sizeof(mark) - 1)), UINT64_MAX, &stated) == 0 &&
		    stated != version)
			return false;
	return true;
}

/* What the reader of rules takes for blanks. */
static struct str
cut_word(struct str *line)
{
	struct str word;
	size_t at = 0, end;

	while (at < line->len && strchr(" \t\r\v\f", line->data[at]) != NULL)
		at++;
	for (end = at; end < line->len &&
	    strchr(" \t\r\v\f", line->data[end]) == NULL;)
		end++;
	word = str_sub(*line, at, end - at);
	*line = str_from_pos(*line, end);
	return word;
}

/* Files of a channel include none but those beside them. */
static bool
includes_others(struct str content)
{
	struct str line, word;

	if (str_has_prefix_nocase(content, STR("\xef\xbb\xbf")))
		content = str_from_pos(content, 3);
	while (str_cut(&content, '\n', &line)) {
		word = cut_word(&line);
		if (str_is_nocase(word, "lang")) {
			cut_word(&line);
			word = cut_word(&line);
		}
		if (str_is_nocase(word, "include") &&
		    str_find(line, '/') >= 0)
			return true;
	}
	return false;
}

static int
write_file(struct arena *arena, const char *folder, struct str name,
    struct str content, uint64_t version, const char **error_r)
{
	const char *file = str_dup(arena, name);

	if (!is_of_version(content, version)) {
		*error_r = arena_printf(arena, "%s is of another version than "
		    "%llu", file, (unsigned long long)version);
		return -1;
	}
	if (includes_others(content)) {
		*error_r = arena_printf(arena, "%s includes a file that is not "
		    "beside it", file);
		return -1;
	}
	return channel_write_file(arena, arena_printf(arena, "%s/%s", folder,
	    file), content, error_r);
}

static int
write_files(struct arena *arena, struct str archive, const char *folder,
    uint64_t version, const char **error_r)
{
	struct channel_tar tar = { .rest = archive };
	struct str name, content;
	size_t written = 0;
	int result;

	while ((result = channel_tar_next(&tar, &name, &content,
	    error_r)) > 0) {
		if (!str_has_suffix_nocase(name, STR(".cf")))
			continue;
		if (write_file(arena, folder, name, content, version,
		    error_r) < 0)
			return -1;
		written++;
	}
	if (result == 0 && written == 0) {
		*error_r = "there are no rules in it";
		return -1;
	}
	return result;
}

static int
unpack(struct arena *arena, const char *path, char *folder,
    uint64_t version, const char **error_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status;
	struct str archive;

	if (fd < 0 || mkdtemp(folder) == NULL || chmod(folder, 0755) < 0) {
		*error_r = arena_printf(arena, "%s: %s", folder,
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	status = channel_run(arena, (const char *const []){ "gzip", "-dc",
	    NULL }, fd, UNPACKED_MAX, &archive, error_r);
	close(fd);
	if (status > 0)
		*error_r = "it is no gzip file, or damaged";
	if (status != 0 ||
	    write_files(arena, archive, folder, version, error_r) < 0)
		return -1;
	return channel_write_file(arena, arena_printf(arena, "%s/VERSION",
	    folder), str_from(arena_printf(arena, "%llu\n",
	    (unsigned long long)version)), error_r);
}

static int
fetch_all(struct arena *arena, const struct channel_fetch *fetch,
    const char *url, const char *path, const char **error_r)
{
	static const struct {
		const char *ending;
		size_t max;
	} files[] = {
		{ "", ARCHIVE_MAX }, { ".sha512", SIDE_MAX },
		{ ".asc", SIDE_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *from = arena_printf(arena, "%s%s", url,
		    files[i].ending);
		int result = fetch_file(arena, fetch, from,
		    arena_printf(arena, "%s%s", path, files[i].ending),
		    files[i].max, error_r);

		if (result == 1)
			*error_r = arena_printf(arena, "%s: it is not there",
			    from);
		if (result != 0)
			return -1;
	}
	return 0;
}

int
channel_get(struct arena *arena, const struct channel_fetch *fetch,
    const struct channel *channel, const char *mirror, uint64_t version,
    const char *keyring, const char *work, const char *set,
    const char **error_r)
{
	const char *url = arena_printf(arena, "%s/%llu.tar.gz", mirror,
	    (unsigned long long)version);
	const char *path = arena_printf(arena, "%s/archive.tar.gz", work);
	/* A mirror before this one may have got as far. */
	char *folder = arena_printf(arena, "%s/unpacked.XXXXXX", work);
	const char *error;

	if (fetch_all(arena, fetch, url, path, error_r) < 0)
		return -1;
	if (channel_check_digest(arena, path, arena_printf(arena,
	    "%s.sha512", path), &error) == 0 &&
	    channel_check_signature(arena, path, arena_printf(arena,
	    "%s.asc", path), keyring, work, &error) == 0 &&
	    unpack(arena, path, folder, version, &error) == 0) {
		if (rename(folder, arena_printf(arena, "%s/%s", set,
		    channel->name)) == 0)
			return 0;
		error = strerror(errno);
	}
	*error_r = arena_printf(arena, "%s: %s", url, error);
	return -1;
}
