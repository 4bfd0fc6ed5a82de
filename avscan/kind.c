/* SPDX-License-Identifier: ISC */
/* kind.c - what a file is by how its bytes begin. */
#include "avscan/kind.h"

#include <string.h>

#include "base/vec.h"

#define SIGNATURE(kind, at, text) \
	{ SCAN_KIND_##kind, at, sizeof(text) - 1, text }
#define PDF_WITHIN 1024

/* The first that fits; the longer ones stand before the shorter. */
static const struct {
	enum scan_kind kind;
	size_t at, len;
	const char *bytes;
} signatures[] = {
	SIGNATURE(zip, 0, "PK\3\4"),
	SIGNATURE(zip, 0, "PK\5\6"),
	SIGNATURE(zip, 0, "PK00PK\3\4"),	/* in one volume after all */
	SIGNATURE(zip, 0, "PK\7\10PK\3\4"),
	SIGNATURE(rar, 0, "Rar!\x1a\7"),
	SIGNATURE(sevenzip, 0, "7z\xbc\xaf\x27\x1c"),
	SIGNATURE(cab, 0, "MSCF\0\0\0\0"),
	SIGNATURE(gzip, 0, "\x1f\x8b"),
	SIGNATURE(bzip2, 0, "BZh"),
	SIGNATURE(xz, 0, "\xfd" "7zXZ\0"),
	SIGNATURE(zstd, 0, "\x28\xb5\x2f\xfd"),
	SIGNATURE(lzma, 0, "\x5d\0\0"),
	SIGNATURE(compress, 0, "\x1f\x9d"),
	SIGNATURE(ole, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
	SIGNATURE(rtf, 0, "{\\rt"),	/* Word reads no more of it */
	SIGNATURE(elf_program, 0, "\x7f" "ELF"),
	SIGNATURE(mac_program, 0, "\xfe\xed\xfa\xce"),
	SIGNATURE(mac_program, 0, "\xfe\xed\xfa\xcf"),
	SIGNATURE(mac_program, 0, "\xce\xfa\xed\xfe"),
	SIGNATURE(mac_program, 0, "\xcf\xfa\xed\xfe"),
	SIGNATURE(java_class, 0, "\xca\xfe\xba\xbe"),
	SIGNATURE(dos_program, 0, "MZ"),
	SIGNATURE(shortcut, 0, "L\0\0\0\1\x14\2\0"),
	SIGNATURE(script, 0, "#!"),
	SIGNATURE(onenote, 0,
	    "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"),
	SIGNATURE(image, 0, "\x89PNG\r\n"),
	SIGNATURE(image, 0, "\xff\xd8\xff"),
	SIGNATURE(image, 0, "GIF8"),
	SIGNATURE(cpio, 0, "07070"),
	SIGNATURE(ar, 0, "!<arch>\n"),
	SIGNATURE(tar, 257, "ustar"),
	SIGNATURE(iso, 0x8001, "CD001"),
};

static bool
has_at(struct str head, size_t at, const char *bytes, size_t len)
{
	return head.len >= at + len &&
	    memcmp(head.data + at, bytes, len) == 0;
}

/* "-lh5-", "-lz4-", behind two bytes. */
static bool
is_lha(struct str head)
{
	return head.len >= 21 && head.data[2] == '-' && head.data[3] == 'l' &&
	    (head.data[4] == 'h' || head.data[4] == 'z') &&
	    head.data[6] == '-';
}

/* Without a signature, as of before POSIX: the sum of its first block's bytes
 * stands in it in octal, with blanks in its own place. */
static bool
is_tar(struct str head)
{
	enum { BLOCK = 512, SUM_AT = 148, SUM_LEN = 8 };
	unsigned sum = 0, told = 0;

	if (head.len < BLOCK || head.data[0] == '\0')
		return false;
	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' '
		    : (unsigned char)head.data[i];
	for (size_t i = SUM_AT; i < SUM_AT + SUM_LEN; i++)
		if (head.data[i] >= '0' && head.data[i] <= '7')
			told = told * 8 + (unsigned)(head.data[i] - '0');
	return sum == told;
}

enum scan_kind
kind_of(struct str head)
{
	struct str begin = str_sub(head, 0, PDF_WITHIN);

	if (head.len == 0)
		return SCAN_KIND_empty;
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++)
		if (has_at(head, signatures[i].at, signatures[i].bytes,
		    signatures[i].len))
			return signatures[i].kind;
	if (is_lha(head))
		return SCAN_KIND_lha;
	if (is_tar(head))
		return SCAN_KIND_tar;
	/* Readers find the header within the first kilobyte. */
	if (memmem(begin.data, begin.len, "%PDF-", 5) != NULL)
		return SCAN_KIND_pdf;
	return SCAN_KIND_unknown;
}

bool
kind_is_archive(enum scan_kind kind)
{
	return kind >= SCAN_KIND_zip && kind <= SCAN_KIND_compress;
}

bool
kind_is_read(enum scan_kind kind)
{
	return kind_is_archive(kind) || kind == SCAN_KIND_ole ||
	    kind == SCAN_KIND_rtf || kind == SCAN_KIND_pdf;
}

bool
kind_is_program(enum scan_kind kind)
{
	return kind == SCAN_KIND_dos_program ||
	    kind == SCAN_KIND_elf_program || kind == SCAN_KIND_mac_program;
}
