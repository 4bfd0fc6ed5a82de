/* SPDX-License-Identifier: ISC */
/* fuzz_encode.c - bodies made 7-bit clean: what comes out is, needs nothing
 * more, and decodes to what it was. */
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "fuzz.h"
#include "mail/encode.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mail/spool.h"

static struct str
content_of(struct spool *spool)
{
	struct str content;

	must(spool_data(spool, &content) == 0);
	return content;
}

static void
check_clean(struct str body)
{
	struct str line;

	must(str_is_ascii(body));
	while (str_cut(&body, '\n', &line))
		must(line.len <= ENCODE_LINE_MAX + 1);
}

/* A second time there is nothing to do. */
static void
check_settled(struct arena *arena, struct header_list *headers,
    const struct encoded *encoded, struct str body)
{
	struct spool *out = spool_new(NULL, 65536);
	struct encoded again;
	const char *reason;

	if (encoded->transfer != NULL) {
		struct header *field = (struct header *)header_first(headers,
		    "Content-Transfer-Encoding");

		if (field != NULL)
			field->value = str_from(encoded->transfer);
		else
			header_list_add(headers,
			    STR("Content-Transfer-Encoding"),
			    str_from(encoded->transfer));
	}
	must(encode_body(arena, headers, body, out, &again, &reason) ==
	    ENCODE_DONE);
	must(!again.has_new_body && again.transfer == NULL);
	must(str_eq(content_of(out), body));
	spool_free(&out);
}

/* Any message. */
static void
check_message(struct arena *arena, struct str bytes)
{
	struct spool *spool = spool_new(NULL, 65536);
	struct spool *out = spool_new(NULL, 65536);
	struct header_list headers;
	struct message message;
	struct str name, value;
	struct encoded encoded;
	const char *reason;

	header_list_init(&headers, arena);
	message_begin(&message, arena, bytes);
	while (message_next_field(&message, &name, &value))
		header_list_add(&headers, name, value);
	while (message_next_piece(&message, &value))
		must(spool_add(spool, value.data, value.len) == 0);
	if (encode_body(arena, &headers, content_of(spool), out, &encoded,
	    &reason) == ENCODE_DONE) {
		check_clean(content_of(out));
		check_settled(arena, &headers, &encoded, content_of(out));
		must(encoded.has_new_body ||
		    str_eq(content_of(out), content_of(spool)));
	}
	spool_free(&spool);
	spool_free(&out);
}

/* RFC 2045 6.7, of what has no faults. */
static struct str
decode_quoted(struct arena *arena, struct str text)
{
	struct buf bytes;

	buf_init(&bytes, arena);
	buf_add_text(&bytes, "");
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '=') {
			buf_add_char(&bytes, text.data[i]);
			continue;
		}
		must(i + 2 < text.len);
		if (text.data[i + 1] != '\r')
			buf_add_char(&bytes, (char)
			    (char_hex_value(text.data[i + 1]) * 16 +
			    char_hex_value(text.data[i + 2])));
		i += 2;
	}
	return buf_str(&bytes);
}

/* Any content, as one part of a message or all of it. */
static void
check_content(struct arena *arena, struct str content, const char *type)
{
	struct spool *out = spool_new(NULL, 65536);
	struct header_list headers;
	struct encoded encoded;
	const char *reason;
	struct str bytes;

	header_list_init(&headers, arena);
	header_list_add(&headers, STR("Content-Type"), str_from(type));
	if (encode_body(arena, &headers, content, out, &encoded, &reason) ==
	    ENCODE_DONE && encoded.has_new_body) {
		bytes = content_of(out);
		if (encoded.quoted != 0)
			bytes = decode_quoted(arena, bytes);
		else
			must(base64_decode(arena, bytes, &bytes) == 0);
		must(str_eq(bytes, content));
	}
	spool_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str bytes = str_of((const char *)data, size);
	struct buf content;

	buf_init(&content, arena);
	for (size_t i = 0; i < size; i++)
		if (data[i] == '\n')
			buf_add_text(&content, "\r\n");
		else if (data[i] != '\r')
			buf_add_char(&content, (char)data[i]);
	buf_add_text(&content, "\r\n");
	check_message(arena, bytes);
	check_content(arena, buf_str(&content), "text/plain");
	check_content(arena, buf_str(&content), "image/png");
	check_content(arena, bytes, "text/plain");
	arena_free(&arena);
	return 0;
}
