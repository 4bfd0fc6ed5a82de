/* SPDX-License-Identifier: ISC */
/* archive.c - what lies in an archive, by libarchive, from memory alone.
 *
 * Only the format that the file begins as is enabled, so that what is listed
 * depends on nothing else; and none of the filters that would start a program.
 * Of each entry the first bytes are read, which say what it is; of those that
 * somebody can read in turn all. What is skipped within a compressed stream is
 * unpacked and counted too. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#include "avscan/entry_name.h"
#include "avscan/kind.h"
#include "avscan/look.h"
#include "base/arena.h"
#include "base/octets.h"
#include "base/vec.h"

/* Smaller ones are no bombs. */
#define BOMB_BYTES ((uint64_t)16 * 1024 * 1024)
#define BUFFER_FIRST ((size_t)64 * 1024)

typedef int enable(struct archive *);

struct format {
	enum scan_kind kind;
	enable *format, *filter;	/* one of them is NULL */
};

static int
enable_rar(struct archive *archive)
{
	archive_read_support_format_rar(archive);
	return archive_read_support_format_rar5(archive);
}

/* Those that unpack themselves. */
static int
enable_behind_program(struct archive *archive)
{
	archive_read_support_format_zip_seekable(archive);
	archive_read_support_format_7zip(archive);
	return enable_rar(archive);
}

static const struct format formats[] = {
	{ SCAN_KIND_zip, archive_read_support_format_zip, NULL },
	{ SCAN_KIND_rar, enable_rar, NULL },
	{ SCAN_KIND_sevenzip, archive_read_support_format_7zip, NULL },
	{ SCAN_KIND_tar, archive_read_support_format_tar, NULL },
	{ SCAN_KIND_cab, archive_read_support_format_cab, NULL },
	{ SCAN_KIND_lha, archive_read_support_format_lha, NULL },
	{ SCAN_KIND_iso, archive_read_support_format_iso9660, NULL },
	{ SCAN_KIND_cpio, archive_read_support_format_cpio, NULL },
	{ SCAN_KIND_ar, archive_read_support_format_ar, NULL },
	{ SCAN_KIND_gzip, NULL, archive_read_support_filter_gzip },
	{ SCAN_KIND_bzip2, NULL,
	    archive_read_support_filter_bzip2 },
	{ SCAN_KIND_xz, NULL, archive_read_support_filter_xz },
	{ SCAN_KIND_zstd, NULL, archive_read_support_filter_zstd },
	{ SCAN_KIND_lzma, NULL, archive_read_support_filter_lzma },
	{ SCAN_KIND_compress, NULL,
	    archive_read_support_filter_compress },
	{ SCAN_KIND_dos_program, enable_behind_program, NULL },
};

/* One archive that is walked through. */
struct walk {
	struct look *look;
	const struct piece *piece;
	struct archive *archive;
	bool is_stream;		/* nothing can be skipped for nothing */
	bool is_over;
	uint64_t claimed;	/* sizes of its entries, added up */
	char *buffer;		/* of the entry */
	size_t len, capacity;
};

/* Names in UTF-16 become UTF-8 in a UTF-8 locale alone. */
static const char *
prepare(void)
{
	entry_name_prepare();
	return setlocale(LC_CTYPE, "C.UTF-8") == NULL
	    ? "there is no locale C.UTF-8" : NULL;
}

static const struct format *
find_format(enum scan_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (formats[i].kind == kind)
			return &formats[i];
	return NULL;
}

static bool
fits(const struct piece *piece)
{
	return find_format(piece->kind) != NULL;
}

/* --- the bytes of an entry ------------------------------------------------ */

static int
make_room(struct walk *walk, size_t more)
{
	size_t wanted = walk->capacity < BUFFER_FIRST ? BUFFER_FIRST
	    : walk->capacity;
	char *larger;

	while (wanted < walk->len + more)
		wanted *= 2;
	if (wanted == walk->capacity)
		return 0;
	larger = realloc(walk->buffer, wanted);
	if (larger == NULL) {
		look_mark(walk->look, SCAN_MARK_limit_memory);
		return -1;
	}
	walk->buffer = larger;
	walk->capacity = wanted;
	return 0;
}

/* Until the buffer has so many bytes, or the entry no more. false: it cannot be
 * read further. */
static bool
read_up_to(struct walk *walk, size_t wanted)
{
	while (walk->len < wanted) {
		la_ssize_t got;

		if (make_room(walk, wanted - walk->len < BUFFER_FIRST
		    ? wanted - walk->len : BUFFER_FIRST) < 0)
			return false;
		got = archive_read_data(walk->archive, walk->buffer +
		    walk->len, wanted - walk->len < walk->capacity - walk->len
		    ? wanted - walk->len : walk->capacity - walk->len);
		if (got <= 0)
			return got == 0;
		walk->len += (size_t)got;
		if (!look_unpack(walk->look, (size_t)got))
			return false;
	}
	return true;
}

/* Go to the end of the entry where the library would do so without counting. */
static void
pass_over(struct walk *walk)
{
	bool goes_on = true;

	while (walk->is_stream && goes_on) {
		walk->len = 0;
		goes_on = read_up_to(walk, BUFFER_FIRST) && walk->len != 0;
	}
	if (walk->is_stream && look_unpack_left(walk->look) == 0)
		walk->is_over = true;
}

/* --- an entry ------------------------------------------------------------- */

static bool
is_wanted(struct str name)
{
	for (const struct parser *const *parser = parsers; *parser != NULL;
	    parser++)
		if ((*parser)->wants_entry != NULL &&
		    (*parser)->wants_entry(name))
			return true;
	return false;
}

static void
tell_parsers(struct walk *walk, struct str name, struct str data)
{
	for (const struct parser *const *parser = parsers; *parser != NULL;
	    parser++)
		if ((*parser)->read_entry != NULL)
			(*parser)->read_entry(walk->look, name, data);
}

static void
look_within(struct walk *walk, struct str name, enum scan_kind kind)
{
	struct look *look = walk->look;
	/* One byte beyond what is allowed tells that there is more. */
	uint64_t most = look_unpack_left(look) + 1;
	struct str data;

	read_up_to(walk, walk->len + (size_t)(most < SIZE_MAX / 2 ? most
	    : SIZE_MAX / 2));
	data = str_of(walk->buffer, walk->len);
	tell_parsers(walk, name, data);
	if (kind_is_archive(kind) && kind_is_archive(walk->piece->kind))
		look_mark(look, SCAN_MARK_archive_nested);
	if (kind_is_read(kind))
		look_at(look, data, name, walk->piece->depth + 1);
}

/* The bytes of the entry that came last, which is no directory. */
static enum scan_kind
read_content(struct walk *walk, struct str name)
{
	size_t entry = walk->look->answer.entries.len - 1;
	enum scan_kind kind;

	walk->len = 0;
	if (look_unpack_left(walk->look) == 0) {
		look_mark(walk->look, SCAN_MARK_limit_unpacked);
		return SCAN_KIND_unknown;
	}
	read_up_to(walk, KIND_HEAD);
	kind = kind_of(str_of(walk->buffer, walk->len));
	((struct scan_entry *)vec_at(&walk->look->answer.entries,
	    entry))->kind = kind;
	if (kind_is_program(kind))
		look_mark(walk->look, SCAN_MARK_program);
	if (kind_is_read(kind) || is_wanted(name))
		look_within(walk, name, kind);
	else
		tell_parsers(walk, name, STR(""));
	return kind;
}

/* The name that gzip keeps, "" without (RFC 1952 2.3: FLG.FEXTRA and FLG.FNAME
 * behind ten bytes). */
static struct str
gzip_name(struct str data)
{
	enum { FLAGS_AT = 3, EXTRA = 4, NAME = 8, HEAD = 10 };
	struct str rest = str_from_pos(data, HEAD);
	struct str name = STR("");
	int flags = data.len > HEAD ? data.data[FLAGS_AT] : 0;

	if ((flags & EXTRA) != 0 && rest.len >= 2)
		rest = str_from_pos(rest, 2 + octets_le(rest.data, 2));
	if ((flags & NAME) != 0)
		str_cut(&rest, '\0', &name);
	return name.data == NULL ? STR("") : name;
}

/* A single file behind a filter has the name of none. */
static struct str
name_of(const struct walk *walk, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname_utf8(entry);

	if (archive_format(walk->archive) == ARCHIVE_FORMAT_RAW)
		return walk->piece->kind == SCAN_KIND_gzip
		    ? gzip_name(walk->piece->data) : STR("");
	if (name == NULL)
		name = archive_entry_pathname(entry);
	return entry_name(walk->look->arena, walk->piece->kind,
	    str_from(name));
}

static void
count_claimed(struct walk *walk, const struct scan_entry *entry)
{
	uint64_t packed = walk->piece->data.len;

	/* No sum of sizes runs over. */
	walk->claimed += entry->size < UINT64_MAX - walk->claimed
	    ? entry->size : UINT64_MAX - walk->claimed;
	if (walk->claimed > BOMB_BYTES &&
	    walk->claimed / walk->look->limits.ratio > packed)
		look_mark(walk->look, SCAN_MARK_archive_bomb);
}

static void
take_entry(struct walk *walk, struct archive_entry *from)
{
	struct str name = name_of(walk, from);
	struct scan_entry *entry = look_add_entry(walk->look, name,
	    walk->piece->depth + 1);
	bool is_encrypted = archive_entry_is_encrypted(from) != 0;

	if (entry == NULL) {
		walk->is_over = true;
		return;
	}
	name = entry->name;
	entry->is_encrypted = is_encrypted;
	entry->is_directory = archive_entry_filetype(from) == AE_IFDIR;
	entry->has_size = archive_entry_size_is_set(from) != 0;
	if (entry->has_size && archive_entry_size(from) > 0)
		entry->size = (uint64_t)archive_entry_size(from);
	count_claimed(walk, entry);
	if (is_encrypted) {
		look_mark(walk->look, SCAN_MARK_archive_encrypted);
		tell_parsers(walk, name, STR(""));
	} else if (!entry->is_directory) {
		read_content(walk, name);
		pass_over(walk);
	}
}

/* --- the archive ---------------------------------------------------------- */

/* Do its first bytes prove little? */
static bool
is_doubtful(enum scan_kind kind)
{
	return kind == SCAN_KIND_dos_program || kind == SCAN_KIND_lzma ||
	    kind == SCAN_KIND_compress || kind == SCAN_KIND_lha;
}

static void
tell_failure(struct walk *walk)
{
	if (archive_errno(walk->archive) == ENOMEM)
		look_mark(walk->look, SCAN_MARK_limit_memory);
	/* One whose list is encrypted cannot be read at all. */
	look_mark(walk->look,
	    archive_read_has_encrypted_entries(walk->archive) > 0
	    ? SCAN_MARK_archive_encrypted : SCAN_MARK_archive_broken);
}

static void
walk_through(struct walk *walk)
{
	struct archive_entry *entry;

	/* What fails for one entry alone does not fail without end. */
	for (uint32_t i = 0; !walk->is_over && i <=
	    walk->look->limits.entries; i++) {
		int status = archive_read_next_header(walk->archive, &entry);

		if (status == ARCHIVE_EOF)
			return;
		if (status == ARCHIVE_FATAL && i == 0 &&
		    is_doubtful(walk->piece->kind))
			return;
		look_mark(walk->look, SCAN_MARK_archive);
		if (status == ARCHIVE_FATAL) {
			tell_failure(walk);
			return;
		}
		if (status == ARCHIVE_OK || status == ARCHIVE_WARN)
			take_entry(walk, entry);
		else
			look_mark(walk->look, SCAN_MARK_archive_broken);
	}
}

/* NULL: it is none, or there is no memory. */
static struct archive *
open_archive(const struct piece *piece, enable *format, enable *filter)
{
	struct archive *archive = archive_read_new();

	if (archive == NULL)
		return NULL;
	format(archive);
	if (filter != NULL)
		filter(archive);
	if (archive_read_open_memory(archive, piece->data.data,
	    piece->data.len) == ARCHIVE_OK)
		return archive;
	archive_read_free(archive);
	return NULL;
}

/* What is behind a filter: the library would take many zeros for an empty
 * archive, and read no further. Raw is a single file. */
static enable *
format_behind(const struct piece *piece, enable *filter)
{
	struct archive *archive = open_archive(piece,
	    archive_read_support_format_raw, filter);
	char head[KIND_TAR_HEAD];
	enum scan_kind kind = SCAN_KIND_unknown;
	struct archive_entry *entry;
	la_ssize_t got;

	if (archive != NULL &&
	    archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		got = archive_read_data(archive, head, sizeof(head));
		kind = kind_of(str_of(head, got > 0 ? (size_t)got : 0));
	}
	archive_read_free(archive);
	if (kind == SCAN_KIND_tar || kind == SCAN_KIND_cpio)
		return find_format(kind)->format;
	return archive_read_support_format_raw;
}

static void
read_archive(struct look *look, const struct piece *piece)
{
	const struct format *format = find_format(piece->kind);
	struct walk walk = { .look = look, .piece = piece,
		.is_stream = format->filter != NULL };

	walk.archive = open_archive(piece, walk.is_stream
	    ? format_behind(piece, format->filter) : format->format,
	    format->filter);
	if (walk.archive != NULL)
		walk_through(&walk);
	else if (!is_doubtful(piece->kind))
		look_mark(look, SCAN_MARK_archive_broken);
	archive_read_free(walk.archive);
	free(walk.buffer);
}

const struct parser parser_archive = {
	.prepare = prepare,
	.fits = fits,
	.read = read_archive,
};
