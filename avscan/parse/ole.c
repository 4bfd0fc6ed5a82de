/* SPDX-License-Identifier: ISC */
/* ole.c - documents that are compound files: macros, encryption, what is packed
 * in them.
 *
 * The directory is read from end to end, not as the tree that it claims to be:
 * what hangs nowhere is told as well, and no tree leads us in circles. Of the
 * streams a few have a look at their beginning. */
#include <string.h>

#include "avscan/kind.h"
#include "avscan/look.h"
#include "avscan/parse/cfb.h"
#include "base/arena.h"
#include "base/octets.h"
#include "base/vec.h"

/* More streams of one kind a document needs not have. */
#define STREAMS_MAX 64
#define NATIVE_MAX ((size_t)64 * 1024 * 1024)
#define WORKBOOK_HEAD ((size_t)256 * 1024)
#define WORD_HEAD 16
#define WORD_MAGIC 0xa5ec
#define WORD_ENCRYPTED 0x01		/* of the byte at 11 */

/* Word: the flag fEncrypted ([MS-DOC] 2.5.2). */
static void
read_word(struct look *look, const struct piece *piece, struct cfb *cfb,
    const struct cfb_entry *entry)
{
	struct str head = cfb_read(cfb, entry, WORD_HEAD);

	(void)piece;
	if (head.len == WORD_HEAD && octets_le_in(head, 0, 2) == WORD_MAGIC &&
	    (head.data[11] & WORD_ENCRYPTED) != 0)
		look_mark(look, SCAN_MARK_document_encrypted);
}

/* Excel: its records up to the end of the first part ([MS-XLS] 2.4.28: a sheet
 * of macros; 2.4.117: a password). */
static void
read_workbook(struct look *look, const struct piece *piece, struct cfb *cfb,
    const struct cfb_entry *entry)
{
	enum { FILEPASS = 0x2f, BOUNDSHEET = 0x85, END = 0x0a, MACROS = 1 };
	struct str rest = cfb_read(cfb, entry, WORKBOOK_HEAD);

	(void)piece;
	while (rest.len >= 4 && octets_le_in(rest, 0, 2) != END) {
		uint32_t type = octets_le_in(rest, 0, 2);
		struct str record = str_sub(rest, 4, octets_le_in(rest, 2, 2));

		if (type == FILEPASS)
			look_mark(look, SCAN_MARK_document_encrypted);
		if (type == BOUNDSHEET && record.len > 5 &&
		    record.data[5] == MACROS)
			look_mark(look, SCAN_MARK_macros_sheet);
		rest = str_from_pos(rest, 4 + record.len);
	}
}

/* Take the text up to the next NUL off *rest. */
static struct str
cut_text(struct str *rest)
{
	struct str text = STR("");

	str_cut(rest, '\0', &text);
	return text;
}

/* What is in the file that was packed: behind two numbers and the path of a copy
 * that there once was, its size and its bytes. */
static struct str
native_content(struct str rest)
{
	uint32_t path_len = octets_le_in(rest, 4, 4);
	struct str behind = str_from_pos(rest, (size_t)8 + path_len);

	return str_sub(behind, 4, octets_le_in(behind, 0, 4));
}

/* A file that was dragged into the document ([MS-OLEDS] 2.3.6 has its size; what
 * follows is the packager's: two bytes, a label, a path). */
static void
read_native(struct look *look, const struct piece *piece, struct cfb *cfb,
    const struct cfb_entry *entry)
{
	struct str rest = str_from_pos(cfb_read(cfb, entry, NATIVE_MAX), 6);
	struct str label = cut_text(&rest), path = cut_text(&rest), content;
	struct scan_entry *added;

	look_mark(look, SCAN_MARK_embedded_file);
	added = look_add_entry(look, label.len != 0 ? label : path,
	    piece->depth + 1);
	if (added == NULL)
		return;
	content = native_content(rest);
	added->size = content.len;
	added->has_size = true;
	added->kind = kind_of(content);
	if (look_unpack(look, content.len))
		look_at(look, content, label, piece->depth + 1);
}

/* What stands for something by its name. Names fold case ([MS-CFB] 2.6.4); a
 * control character in front is '?'. */
static const struct {
	const char *name;
	int mark;		/* enum scan_mark, or -1 */
	void (*read)(struct look *look, const struct piece *piece,
	    struct cfb *cfb, const struct cfb_entry *entry);
} known[] = {
	{ "VBA", SCAN_MARK_macros, NULL },
	{ "_VBA_PROJECT", SCAN_MARK_macros, NULL },
	{ "_VBA_PROJECT_CUR", SCAN_MARK_macros, NULL },
	{ "Macros", SCAN_MARK_macros, NULL },
	{ "EncryptedPackage", SCAN_MARK_document_encrypted, NULL },
	{ "EncryptedSummary", SCAN_MARK_document_encrypted, NULL },
	{ "ObjectPool", SCAN_MARK_embedded_object, NULL },
	{ "?Ole10Native", SCAN_MARK_embedded_object, read_native },
	{ "Package", SCAN_MARK_embedded_object, NULL },
	{ "Equation Native", SCAN_MARK_equation, NULL },
	{ "?OCXNAME", SCAN_MARK_activex, NULL },
	{ "?OCXDATA", SCAN_MARK_activex, NULL },
	{ "Ctls", SCAN_MARK_activex, NULL },
	{ "WordDocument", -1, read_word },
	{ "Workbook", -1, read_workbook },
	{ "Book", -1, read_workbook },
};

/* The equation editor's class, whatever its streams are called. */
static const unsigned char equation_class[16] = { 0x02, 0xce, 0x02, 0, 0, 0,
	0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };

static void
read_entry(struct look *look, const struct piece *piece, struct cfb *cfb,
    const struct cfb_entry *entry, size_t *streams)
{
	struct str name = str_from(entry->name);

	if (memcmp(entry->clsid, equation_class, sizeof(equation_class)) == 0)
		look_mark(look, SCAN_MARK_equation);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!str_is_nocase(name, known[i].name))
			continue;
		if (known[i].mark >= 0)
			look_mark(look, (enum scan_mark)known[i].mark);
		if (known[i].read != NULL && entry->type == CFB_STREAM &&
		    (*streams)++ < STREAMS_MAX)
			known[i].read(look, piece, cfb, entry);
	}
}

static bool
fits(const struct piece *piece)
{
	return piece->kind == SCAN_KIND_ole;
}

static void
read_ole(struct look *look, const struct piece *piece)
{
	struct cfb_entry entry;
	size_t streams = 0;
	struct cfb cfb;

	look_mark(look, SCAN_MARK_document_ole);
	if (cfb_open(&cfb, piece->data, look->arena) < 0) {
		look_mark(look, SCAN_MARK_document_broken);
		return;
	}
	for (size_t i = 0; i < cfb_count(&cfb); i++) {
		cfb_entry(&cfb, i, &entry);
		if (entry.type != CFB_FREE)
			read_entry(look, piece, &cfb, &entry, &streams);
	}
	if (cfb.is_cut)
		look_mark(look, SCAN_MARK_document_broken);
}

const struct parser parser_ole = {
	.fits = fits,
	.read = read_ole,
};
