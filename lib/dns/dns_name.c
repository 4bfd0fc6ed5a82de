/* SPDX-License-Identifier: ISC */
/* dns_name.c - domain names between text and wire, in one canonical form. */
#include "dns/dns_name.h"

#include "base/octets.h"

#define LABEL_MAX 63		/* RFC 1035 2.3.4 */
#define WIRE_MAX 255
#define HOPS_MAX 16		/* pointers in front of one label; usual is one */

/* A name that is being written; wire_len is what it takes on the wire. */
struct writer {
	char *text;
	size_t len;
	size_t label_len;
	size_t wire_len;
};

static void
writer_init(struct writer *writer, char *text)
{
	*writer = (struct writer){ .text = text, .wire_len = 1 };
	text[0] = '\0';
}

/* What stands for itself in a name as text: neither '.' nor '\\'. */
static const bool plain[256] = {
	['!' ... '-'] = true, ['/' ... '['] = true, [']' ... '~'] = true,
};

static int
put_byte(struct writer *writer, unsigned char byte)
{
	/* The first byte of a label brings the label's length, too. */
	writer->wire_len += writer->label_len == 0 ? 2 : 1;
	if (++writer->label_len > LABEL_MAX || writer->wire_len > WIRE_MAX)
		return -1;
	if (writer->label_len == 1 && writer->len != 0)
		writer->text[writer->len++] = '.';
	if (plain[byte]) {
		writer->text[writer->len++] = char_lower((char)byte);
	} else {
		writer->text[writer->len++] = '\\';
		writer->text[writer->len++] = (char)('0' + byte / 100);
		writer->text[writer->len++] = (char)('0' + byte / 10 % 10);
		writer->text[writer->len++] = (char)('0' + byte % 10);
	}
	writer->text[writer->len] = '\0';
	return 0;
}

/* The byte that an escape at text[*at], behind the backslash, stands for. */
static int
read_escape(struct str text, size_t *at, unsigned char *byte_r)
{
	uint64_t number;

	if (*at >= text.len)
		return -1;
	if (!char_is_digit(text.data[*at])) {
		*byte_r = (unsigned char)text.data[(*at)++];
		return 0;
	}
	if (text.len - *at < 3 ||
	    str_to_u64(str_sub(text, *at, 3), 255, &number) < 0)
		return -1;
	*at += 3;
	*byte_r = (unsigned char)number;
	return 0;
}

/* A label whose bytes stand for themselves, as in nearly all names, or as much
 * of one as does, in one go. How long it is; 0: byte by byte then. */
static size_t
put_label(struct writer *writer, struct str text)
{
	size_t most = text.len < LABEL_MAX ? text.len : LABEL_MAX, len = 0;
	char *to;

	while (len < most && plain[(unsigned char)text.data[len]])
		len++;
	if (len == 0 || writer->wire_len + len + 1 > WIRE_MAX)
		return 0;
	writer->wire_len += len + 1;
	writer->label_len = len;
	if (writer->len != 0)
		writer->text[writer->len++] = '.';
	to = writer->text + writer->len;
	for (size_t i = 0; i < len; i++)
		to[i] = char_lower(text.data[i]);
	to[len] = '\0';
	writer->len += len;
	return len;
}

int
dns_name_parse(struct str text, char buf[DNS_NAME_SIZE], struct str *name_r)
{
	struct writer writer;

	writer_init(&writer, buf);
	if (str_is(text, "."))
		text.len = 0;
	for (size_t at = 0; at < text.len; ) {
		size_t taken = writer.label_len != 0 ? 0 :
		    put_label(&writer, str_from_pos(text, at));
		unsigned char byte;

		if (taken != 0) {
			at += taken;
			continue;
		}
		byte = (unsigned char)text.data[at++];
		if (byte == '.') {
			if (writer.label_len == 0)
				return -1;
			writer.label_len = 0;
			continue;
		}
		if (byte == '\\' && read_escape(text, &at, &byte) < 0)
			return -1;
		if (put_byte(&writer, byte) < 0)
			return -1;
	}
	*name_r = str_of(buf, writer.len);
	return 0;
}

/* The next label of a name: where its bytes begin and how many they are (0:
 * the root). Follows pointers. Every pointer must lead to before the bytes
 * that the name took since the last one: so there is no way to go round. */
static int
next_label(const uint8_t *packet, size_t len, size_t *at, size_t *start,
    size_t *end_r)
{
	for (int hops = 0; *at < len && packet[*at] >= 0xc0; hops++) {
		size_t target;

		if (len - *at < 2 || hops == HOPS_MAX)
			return -1;
		target = octets_be(packet + *at, 2) & 0x3fff;
		if (*end_r == 0)
			*end_r = *at + 2;
		if (target >= *start)
			return -1;
		*at = *start = target;
	}
	/* The other two high bits have no meaning (RFC 6891 5). */
	if (*at >= len || packet[*at] > LABEL_MAX || packet[*at] >= len - *at)
		return -1;
	return 0;
}

int
dns_name_read(const uint8_t *packet, size_t len, size_t *at,
    char buf[DNS_NAME_SIZE], struct str *name_r)
{
	size_t here = *at, start = *at, end = 0;
	struct writer writer;

	writer_init(&writer, buf);
	for (;;) {
		size_t label_len;

		if (next_label(packet, len, &here, &start, &end) < 0)
			return -1;
		label_len = packet[here++];
		if (label_len == 0)
			break;
		writer.label_len = 0;
		for (size_t i = 0; i < label_len; i++)
			if (put_byte(&writer, packet[here + i]) < 0)
				return -1;
		here += label_len;
	}
	*at = end != 0 ? end : here;
	*name_r = str_of(buf, writer.len);
	return 0;
}
