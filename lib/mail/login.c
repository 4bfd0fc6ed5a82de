/* SPDX-License-Identifier: ISC */
/* login.c - Postfix's login map, kept as its own text with a hash index. */
#include "mail/login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "mail/address.h"

#define LOGIN_FILE_MAX ((size_t)1 << 30)

/* The text is rewritten in place, each entry as "key NUL logins NUL", so that a
 * map of a hundred megabytes costs little more than its file. */
struct login_map {
	char *text;
	uint32_t *slots;	/* where an entry begins, plus one; 0: free */
	size_t slot_count;	/* a power of two; 0: no map was given */
	char delimiter;
};

struct reader {
	struct login_map *map;
	struct arena *arena;
	const char *name;
	const char **error_r;
	size_t line;		/* the line that is read */
	/* The entry that is put together: its text, its first line. */
	char *entry;
	size_t entry_len;
	size_t entry_line;
	size_t duplicates;
	size_t duplicate_line;	/* of the first of them */
};

static uint32_t *
find_slot(const struct login_map *map, struct str key)
{
	size_t mask = map->slot_count - 1;
	size_t slot = (size_t)hash_bytes(key.data, key.len) & mask;

	for (; map->slots[slot] != 0; slot = (slot + 1) & mask)
		if (str_is(key, map->text + map->slots[slot] - 1))
			break;
	return &map->slots[slot];
}

static int
fail(struct reader *reader, size_t line, const char *reason)
{
	*reader->error_r = arena_printf(reader->arena, "%s:%zu: %s",
	    reader->name, line, reason);
	return -1;
}

/* Up to the first blank outside quotes; -1: a quote is left open. */
static ptrdiff_t
key_len(struct str entry)
{
	bool is_quoted = false;
	size_t i = 0;

	for (; i < entry.len; i++) {
		if (entry.data[i] == '\\' && i + 1 < entry.len)
			i++;
		else if (entry.data[i] == '"')
			is_quoted = !is_quoted;
		else if (char_is_space(entry.data[i]) && !is_quoted)
			break;
	}
	return is_quoted ? -1 : (ptrdiff_t)i;
}

static int
end_entry(struct reader *reader)
{
	char *entry = reader->entry;
	size_t len = reader->entry_len;
	ptrdiff_t end = key_len(str_of(entry, len));
	uint32_t *slot;

	if (entry == NULL)
		return 0;
	if (end < 0)
		return fail(reader, reader->entry_line, "a '\"' is left open");
	if ((size_t)end == len)
		return fail(reader, reader->entry_line,
		    "no logins behind the address");
	if (entry[end - 1] == ':')
		return fail(reader, reader->entry_line,
		    "the address ends with ':', as in an alias file");
	for (ptrdiff_t i = 0; i < end; i++)
		entry[i] = char_lower(entry[i]);
	entry[end] = '\0';
	entry[len] = '\0';
	slot = find_slot(reader->map, str_of(entry, (size_t)end));
	if (*slot == 0)
		*slot = (uint32_t)(entry - reader->map->text) + 1;
	else if (reader->duplicates++ == 0)
		reader->duplicate_line = reader->entry_line;
	reader->entry = NULL;
	return 0;
}

/* One line without its LF. What is written never overtakes what is read: an
 * entry's line end, and the blanks cut from it, make room for its NULs. */
static int
read_line(struct reader *reader, struct str line, char **free)
{
	bool is_continued = line.len != 0 && char_is_space(line.data[0]);
	struct str text = str_trim(line);

	if (text.len == 0 || text.data[0] == '#')
		return 0;
	if (is_continued) {
		if (reader->entry == NULL)
			return fail(reader, reader->line, "begins with white "
			    "space, but there is no line before to continue");
		reader->entry[reader->entry_len++] = ' ';
	} else {
		if (end_entry(reader) < 0)
			return -1;
		reader->entry = *free;
		reader->entry_len = 0;
		reader->entry_line = reader->line;
	}
	memmove(reader->entry + reader->entry_len, text.data, text.len);
	reader->entry_len += text.len;
	*free = reader->entry + reader->entry_len + 1;
	return 0;
}

static size_t
count_lines(struct str text)
{
	size_t count;
	struct str line;

	for (count = 0; str_cut(&text, '\n', &line); count++)
		;
	return count;
}

static void
warn_of_duplicates(const struct reader *reader)
{
	if (reader->duplicates != 0)
		log_warn(NULL, "login_map %s: %zu of the addresses stand there "
		    "more than once (line %zu is the first); the first entry "
		    "holds", reader->name, reader->duplicates,
		    reader->duplicate_line);
}

/* text is the map's own, with room for one byte behind it. */
static struct login_map *
build(struct arena *arena, const char *name, char *text, size_t len,
    char delimiter, const char **error_r)
{
	struct login_map *map = arena_zalloc(arena, sizeof(*map));
	struct reader reader = { .map = map, .arena = arena, .name = name,
	    .error_r = error_r };
	struct str rest = str_of(text, len), line;
	size_t needed = 2 * count_lines(rest);
	char *free = text;

	map->text = text;
	map->delimiter = delimiter;
	for (map->slot_count = 16; map->slot_count < needed; )
		map->slot_count *= 2;
	map->slots = arena_zalloc(arena,
	    map->slot_count * sizeof(*map->slots));
	while (str_cut(&rest, '\n', &line)) {
		reader.line++;
		if (str_find(line, '\0') >= 0) {
			fail(&reader, reader.line, "a NUL byte");
			return NULL;
		}
		if (read_line(&reader, line, &free) < 0)
			return NULL;
	}
	if (end_entry(&reader) < 0)
		return NULL;
	warn_of_duplicates(&reader);
	return map;
}

struct login_map *
login_map_parse(struct arena *arena, const char *name, struct str text,
    char delimiter, const char **error_r)
{
	return build(arena, name, str_dup(arena, text), text.len, delimiter,
	    error_r);
}

/* The whole file in the arena, a byte of room behind it. NULL with errno. */
static char *
read_all(struct arena *arena, int fd, size_t *len_r)
{
	struct stat st;
	size_t len = 0;
	ssize_t got = 0;
	char *text;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > LOGIN_FILE_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		return NULL;
	}
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	while (len < (size_t)st.st_size) {
		got = read(fd, text + len, (size_t)st.st_size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	*len_r = len;
	return got < 0 ? NULL : text;
}

struct login_map *
login_map_load(struct arena *arena, const char *path, char delimiter,
    const char **error_r)
{
	size_t len = 0;
	char *text;
	int fd;

	if (path == NULL)
		return arena_zalloc(arena, sizeof(struct login_map));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	text = fd >= 0 ? read_all(arena, fd, &len) : NULL;
	if (text == NULL)
		*error_r = arena_printf(arena, "login_map %s: %s", path,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return text == NULL ? NULL
	    : build(arena, path, text, len, delimiter, error_r);
}

/* The logins of an entry, or NULL. */
static const char *
find_logins(const struct login_map *map, struct str key)
{
	uint32_t at = *find_slot(map, key);

	return at != 0 ? map->text + at - 1 + key.len + 1 : NULL;
}

static bool
names_login(const char *logins, const char *login)
{
	static const char separators[] = ", \t\r\n";
	size_t wanted = strlen(login);

	while (*(logins += strspn(logins, separators)) != '\0') {
		size_t len = strcspn(logins, separators);

		if (len == wanted && str_is_nocase(str_of(logins, len), login))
			return true;
		logins += len;
	}
	return false;
}

/* The first entry that Postfix would find for the address, or NULL. */
static const char *
find_owners(const struct login_map *map, const struct address *address)
{
	struct arena *scratch = arena_new(1024);
	struct str full = str_lower(scratch, address_print(scratch, address));
	struct str bare = address_canonical(scratch, address, map->delimiter);
	const char *logins = find_logins(map, full);
	ptrdiff_t at = str_find_last(full, '@');

	if (logins == NULL && !str_eq(bare, full))
		logins = find_logins(map, bare);
	if (logins == NULL && at >= 0)
		logins = find_logins(map, str_from_pos(full, (size_t)at));
	arena_free(&scratch);
	return logins;
}

bool
login_may_use(const struct login_map *map, const char *login,
    const struct address *address)
{
	const char *domain = strrchr(login, '@');
	const char *logins;

	if (map->slot_count == 0)
		return domain != NULL && address->domain.len != 0 &&
		    str_is_nocase(address->domain, domain + 1);
	logins = find_owners(map, address);
	return logins != NULL && names_login(logins, login);
}
