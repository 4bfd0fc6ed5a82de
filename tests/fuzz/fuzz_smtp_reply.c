/* SPDX-License-Identifier: ISC */
/* fuzz_smtp_reply.c - what a server says that should speak SMTP. */
#include "base/arena.h"
#include "fuzz_pieces.h"
#include "smtp/smtp_extensions.h"
#include "smtp/smtp_reply.h"
#include "smtp/smtp_send.h"

/* The same text may be the answer to EHLO. */
static void
note(struct buf *out, const struct smtp_reply *reply)
{
	const struct smtp_mail mail = { .content = STR("A: b\r\n\r\n\xc3\xa9") };
	struct smtp_extensions extensions;

	must(reply->code >= 200 && reply->code <= 559);
	must(reply->text.len <= SMTP_REPLY_BYTES_MAX + SMTP_REPLY_LINES_MAX);
	smtp_extensions_read(reply->text, &extensions);
	must(extensions.has_size || extensions.size_max == 0);
	buf_printf(out, "%u ", reply->code);
	buf_add_str(out, reply->text);
	if (smtp_extensions_use(&extensions, &mail, out) == NULL)
		must(extensions.has_8bitmime);
}

/* All that is said, when it comes in pieces of step bytes. */
static struct str
read_all(struct arena *arena, const uint8_t *data, size_t size, size_t step)
{
	struct smtp_reader *reader = smtp_reader_new();
	struct smtp_reply reply;
	const char *error = NULL;
	struct buf out;
	int found = 0;

	buf_init(&out, arena);
	for (size_t at = 0; at < size && found >= 0; at += step) {
		smtp_reader_feed(reader, data + at,
		    size - at < step ? size - at : step);
		while ((found = smtp_reader_next(reader, &reply, &error)) == 1)
			note(&out, &reply);
	}
	if (found < 0)
		buf_add_text(&out, error);
	else
		buf_printf(&out, "%d", smtp_reader_is_empty(reader));
	smtp_reader_free(&reader);
	return buf_str(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_pieces(read_all, data, size);
	return 0;
}
