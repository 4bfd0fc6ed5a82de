/* SPDX-License-Identifier: ISC */
/* fuzz_mime_within.c - winmail.dat, S/MIME, and files within text, of any
 * octets. */
#include "base/arena.h"
#include "fuzz.h"
#include "mail/spool.h"
#include "mime/part.h"
#include "mime/reader.h"

static const struct mime_limits limits = {
	.max_depth = 6,
	.max_parts = 40,
	.max_header_bytes = 512,
	.max_text_bytes = 8192,
	.max_content_bytes = 8192,
};

static const char *const types[] = {
	" application/ms-tnef",
	" application/pkcs7-mime",
	" text/plain; charset=iso-8859-1",
	" text/plain; format=flowed; delsp=yes",
	" message/rfc822",
};

static void
check_part(const struct mime_part *part)
{
	must(part->number <= (unsigned)limits.max_parts);
	must(part->above == NULL || part->above->below != NULL);
	must(part->kind != MIME_FILE || part->has_sha256);
}

/* The first octet says what it is taken for, the second how it is encoded. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const transfers[] = { " binary", " base64",
	    " quoted-printable", " x-uuencode" };
	struct arena *arena = arena_new(0);
	struct spool *like = spool_new(NULL, 1 << 16);
	struct mime_reader *reader = mime_reader_new(arena, &limits, like);
	const struct mime_message *message;
	struct str text = { (const char *)data, size };

	if (size >= 2) {
		mime_reader_field(reader, STR("Content-Type"), str_from(
		    types[data[0] % ARRAY_LEN(types)]));
		mime_reader_field(reader, STR("Content-Transfer-Encoding"),
		    str_from(transfers[data[1] % ARRAY_LEN(transfers)]));
	}
	mime_reader_feed(reader, str_from_pos(text, 2));
	message = mime_reader_end(reader);
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		check_part(part);
	arena_free(&arena);
	spool_free(&like);
	return 0;
}
