/* SPDX-License-Identifier: ISC */
/* transfer.c - which transfer encoding it is, and its decoder. */
#include "mime/transfer.h"

#include <string.h>

#include "base/vec.h"
#include "mail/lexer.h"
#include "mime/transfer_private.h"

/* By any of these names; the first one of each is its own. */
static const struct {
	const char *name;
	enum transfer transfer;
} names[] = {
	{ "7bit", TRANSFER_7BIT },		/* RFC 2045 6.1 */
	{ "8bit", TRANSFER_8BIT },
	{ "binary", TRANSFER_BINARY },
	{ "quoted-printable", TRANSFER_QUOTED },
	{ "base64", TRANSFER_BASE64 },
	{ "x-uuencode", TRANSFER_UUENCODE },
	{ "x-yenc", TRANSFER_YENC },
	{ "unknown", TRANSFER_UNKNOWN },
	{ "7-bit", TRANSFER_7BIT },
	{ "8-bit", TRANSFER_8BIT },
	{ "uuencode", TRANSFER_UUENCODE },
	{ "x-uue", TRANSFER_UUENCODE },
	{ "uue", TRANSFER_UUENCODE },
	{ "x-yencode", TRANSFER_YENC },
	{ "yenc", TRANSFER_YENC },
};

static bool
is_name_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_';
}

enum transfer
transfer_parse(struct str value)
{
	struct lexer lexer;
	struct str name;

	lexer_init(&lexer, value);
	lexer_skip_cfws(&lexer, NULL);
	lexer_take(&lexer, '"');
	name = lexer_run(&lexer, is_name_char);
	if (name.len == 0 && lexer.at == value.len)
		return TRANSFER_7BIT;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_is_nocase(name, names[i].name))
			return names[i].transfer;
	return TRANSFER_UNKNOWN;
}

const char *
transfer_text(enum transfer transfer)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].transfer == transfer)
			return names[i].name;
	return "unknown";
}

void
transfer_begin(struct transfer_decoder *decoder, enum transfer transfer)
{
	memset(decoder, 0, offsetof(struct transfer_decoder, held));
	decoder->transfer = transfer;
}

static size_t
decode_nothing(struct transfer_decoder *decoder, struct str in, char *out)
{
	if (decoder->transfer == TRANSFER_7BIT && !str_is_ascii(in))
		decoder->oddities |= mime_odd(MIME_ODD_octets_8bit);
	if (in.len != 0)
		memcpy(out, in.data, in.len);
	return in.len;
}

size_t
transfer_decode(struct transfer_decoder *decoder, struct str in, char *out)
{
	switch (decoder->transfer) {
	case TRANSFER_QUOTED:
		return transfer_quoted_decode(decoder, in, out);
	case TRANSFER_BASE64:
		return transfer_base64_decode(decoder, in, out);
	case TRANSFER_UUENCODE:
		return transfer_uu_decode(decoder, in, out);
	case TRANSFER_YENC:
		return transfer_yenc_decode(decoder, in, out);
	case TRANSFER_7BIT:
	case TRANSFER_8BIT:
	case TRANSFER_BINARY:
	case TRANSFER_UNKNOWN:
		break;
	}
	return decode_nothing(decoder, in, out);
}

size_t
transfer_end(struct transfer_decoder *decoder, char *out)
{
	switch (decoder->transfer) {
	case TRANSFER_QUOTED:
		return transfer_quoted_end(decoder, out);
	case TRANSFER_BASE64:
		return transfer_base64_end(decoder, out);
	case TRANSFER_UUENCODE:
		return transfer_uu_end(decoder, out);
	case TRANSFER_YENC:
		return transfer_yenc_end(decoder, out);
	case TRANSFER_7BIT:
	case TRANSFER_8BIT:
	case TRANSFER_BINARY:
	case TRANSFER_UNKNOWN:
		break;
	}
	return 0;
}

/* No encoding makes more bytes than it reads, but for what was held. */
size_t
transfer_room(size_t len)
{
	return len + TRANSFER_HELD_MAX + 1;
}
