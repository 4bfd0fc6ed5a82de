/* SPDX-License-Identifier: ISC */
/* tnef.c - the files within winmail.dat ([MS-OXTNEF]).
 *
 * A stream of attributes: level, id, length, data, checksum ([MS-OXTNEF] 2.1.3).
 * An attachment begins with its rendering data and has its name and content in
 * attributes of its own, or in MAPI properties ([MS-OXTNEF] 2.1.3.4). A message
 * within an attachment is a stream again and waits like everything that is found
 * within content. The message has its text in up to three forms, of which clients
 * show one: all are read. Checksums are not compared: clients read on. */
#include "base/arena.h"
#include "base/octets.h"
#include "mime/charset.h"
#include "mime/reader_private.h"
#include "mime/rtf.h"

#define SIGNATURE 0x223e9f78u		/* [MS-OXTNEF] 2.1.3.1 */

enum {					/* [MS-OXTNEF] 2.1.3.3 */
	ATT_BODY = 0x0002800c,
	ATT_ATTACH_TITLE = 0x00018010,
	ATT_ATTACH_DATA = 0x0006800f,
	ATT_ATTACH_RENDERING = 0x00069002,
	ATT_MAPI_PROPS = 0x00069003,
	ATT_ATTACHMENT = 0x00069005,
};

enum {					/* [MS-OXPROPS] */
	PROP_BODY = 0x1000,
	PROP_RTF = 0x1009,
	PROP_HTML = 0x1013,
	PROP_DISPLAY_NAME = 0x3001,
	PROP_ATTACH_DATA = 0x3701,
	PROP_ATTACH_NAME = 0x3704,
	PROP_ATTACH_LONG_NAME = 0x3707,
	PROP_ATTACH_TYPE = 0x370e,
};

enum {					/* [MS-OXCDATA] 2.11.1 */
	TYPE_OBJECT = 0x0d,
	TYPE_STRING8 = 0x1e,
	TYPE_UNICODE = 0x1f,
	TYPE_BINARY = 0x102,
	TYPE_MANY = 0x1000,
};

/* What is left to be read. Nothing is read beyond its end; failed says that
 * something was missing. */
struct stream {
	struct str rest;
	bool failed;
};

static struct str
take(struct stream *stream, size_t len)
{
	struct str taken = str_sub(stream->rest, 0, len);

	if (taken.len < len)
		stream->failed = true;
	stream->rest = str_from_pos(stream->rest, len);
	return taken;
}

/* Little endian; 0 when it is not there. */
static uint32_t
take_number(struct stream *stream, size_t octets)
{
	struct str bytes = take(stream, octets);

	return bytes.len < octets ? 0 : octets_le(bytes.data, octets);
}

/* --- one attachment, or the message itself -------------------------------------------- */

struct item {
	struct str name, long_name;
	struct str type;		/* "image/png" */
	struct str content;
	bool is_message;		/* content is a stream of its own */
	struct str body, html;
	struct str rtf;			/* compressed */
	bool is_open;			/* there is an attachment */
};

struct tnef {
	struct mime_reader *reader;
	struct mime_part *part;
	struct item item;		/* the attachment */
	struct item message;
};

/* Without the NUL at its end. */
static struct str
until_nul(struct str text)
{
	ptrdiff_t nul = str_find(text, '\0');

	return nul >= 0 ? str_sub(text, 0, (size_t)nul) : text;
}

static struct str
text_of(const struct tnef *tnef, unsigned type, struct str octets)
{
	struct charset_reading read;

	charset_read(tnef->reader->arena, type == TYPE_UNICODE
	    ? STR("utf-16le") : STR(""), octets, &read);
	return until_nul(read.text);
}

static void
set_type(struct mime_part *part, struct arena *arena, struct str type)
{
	ptrdiff_t slash = str_find(type, '/');

	if (slash <= 0 || (size_t)slash + 1 == type.len)
		return;
	type = str_lower(arena, type);
	part->type = str_sub(type, 0, (size_t)slash);
	part->subtype = str_from_pos(type, (size_t)slash + 1);
}

static void
end_attachment(struct tnef *tnef)
{
	struct item *item = &tnef->item;
	struct mime_part *file;
	struct str name = item->long_name.len != 0 ? item->long_name
	    : item->name;

	if (item->is_open && (name.len != 0 || item->content.len != 0)) {
		file = sink_file(tnef->reader, tnef->part, MIME_FROM_TNEF,
		    name, item->content, TRANSFER_BINARY);
		if (file != NULL)
			set_type(file, tnef->reader->arena, item->type);
		if (file != NULL && item->is_message)
			reader_later(tnef->reader, (struct pending){
			    .part = file, .content = item->content,
			    .as = AS_TNEF });
	}
	*item = (struct item){ .is_open = false };
}

/* A text of the message. */
static void
add_body(struct tnef *tnef, const char *subtype, struct str text)
{
	struct mime_part *part;
	struct charset_reading read;

	if (text.len == 0)
		return;
	part = reader_add_part(tnef->reader, tnef->part, MIME_FROM_TNEF);
	if (part == NULL)
		return;
	part->type = STR("text");
	part->subtype = str_from(subtype);
	part->size = text.len;
	charset_read(tnef->reader->arena, STR(""), text, &read);
	text = str_copy(tnef->reader->arena, read.text);
	part->charset_used = str_from(read.used);
	part->text = text_line_ends((char *)text.data, text.len);
}

/* It may be a page of HTML. */
static void
add_rtf(struct tnef *tnef, struct str packed)
{
	struct mime_reader *reader = tnef->reader;
	size_t max = (size_t)reader->limits->max_text_bytes;
	struct rtf_reading read;
	struct str rtf;

	if (packed.len == 0)
		return;
	if (max > reader->text_left)
		max = reader->text_left;
	/* Tags are not all of it: the whole may be larger than its text. */
	if (!rtf_unpack(reader->arena, packed, 4 * max, &rtf) ||
	    !rtf_read(reader->arena, rtf, max, &read)) {
		odd(tnef->part, MIME_ODD_bad_tnef);
		return;
	}
	if (read.is_cut || rtf.len == 4 * max)
		odd(tnef->part, MIME_ODD_limit_text);
	reader->text_left -= read.text.len;
	add_body(tnef, read.is_html ? "html" : "plain", read.text);
}

/* --- properties ------------------------------------------------------------------------- */

static size_t
fixed_size(unsigned type)
{
	switch (type) {
	case 0x05:		/* double */
	case 0x06:		/* currency */
	case 0x07:		/* time of an application */
	case 0x14:		/* 64 bits */
	case 0x40:		/* time */
		return 8;
	case 0x48:		/* GUID */
		return 16;
	default:		/* 2 octets are filled up */
		return 4;
	}
}

static bool
has_length(unsigned type)
{
	return type == TYPE_OBJECT || type == TYPE_STRING8 ||
	    type == TYPE_UNICODE || type == TYPE_BINARY;
}

static size_t
padding(size_t len)
{
	return (4 - len % 4) % 4;
}

/* A value with its length. An object's begins with the name of its interface. */
static struct str
take_sized(struct stream *stream)
{
	size_t len = take_number(stream, 4);
	struct str value = take(stream, len);

	/* The last one of a stream may go without. */
	if (!stream->failed)
		stream->rest = str_from_pos(stream->rest, padding(len));
	return value;
}

/* The last one of the values, for all we want have one. */
static struct str
take_value(struct stream *stream, unsigned type)
{
	struct str value = STR("");
	unsigned base = type & ~(unsigned)TYPE_MANY;
	bool is_sized = has_length(base);
	uint32_t count = is_sized || base != type ? take_number(stream, 4) : 1;

	for (uint32_t i = 0; i < count && !stream->failed; i++)
		value = is_sized ? take_sized(stream)
		    : take(stream, fixed_size(base));
	return value;
}

/* A property that has a name instead of a number. */
static void
skip_name(struct stream *stream)
{
	take(stream, 16);
	if (take_number(stream, 4) == 0)
		take(stream, 4);
	else
		take_sized(stream);
}

static void
set_property(struct tnef *tnef, struct item *item, unsigned id, unsigned type,
    struct str value)
{
	switch (id) {
	case PROP_ATTACH_NAME:
		if (item->name.len == 0)
			item->name = text_of(tnef, type, value);
		break;
	case PROP_ATTACH_LONG_NAME:
		item->long_name = text_of(tnef, type, value);
		break;
	case PROP_DISPLAY_NAME:
		if (item->is_open && item->name.len == 0)
			item->name = text_of(tnef, type, value);
		break;
	case PROP_ATTACH_TYPE:
		item->type = text_of(tnef, type, value);
		break;
	case PROP_ATTACH_DATA:
		item->is_message = type == TYPE_OBJECT;
		item->content = type == TYPE_OBJECT
		    ? str_from_pos(value, 16) : value;
		break;
	case PROP_BODY:
		item->body = text_of(tnef, type, value);
		break;
	case PROP_RTF:
		item->rtf = value;
		break;
	case PROP_HTML:
		item->html = type == TYPE_BINARY ? value
		    : text_of(tnef, type, value);
		break;
	default:
		break;
	}
}

static void
read_properties(struct tnef *tnef, struct item *item, struct str data)
{
	struct stream stream = { data, false };
	uint32_t count = take_number(&stream, 4);

	for (uint32_t i = 0; i < count && !stream.failed; i++) {
		unsigned type = take_number(&stream, 2);
		unsigned id = take_number(&stream, 2);
		struct str value;

		if (id >= 0x8000)
			skip_name(&stream);
		value = take_value(&stream, type);
		if (!stream.failed)
			set_property(tnef, item, id, type, value);
	}
	if (stream.failed)
		odd(tnef->part, MIME_ODD_bad_tnef);
}

/* --- attributes --------------------------------------------------------------------------- */

static void
read_attribute(struct tnef *tnef, uint32_t id, struct str data)
{
	switch (id) {
	case ATT_ATTACH_RENDERING:
		end_attachment(tnef);
		tnef->item.is_open = true;
		break;
	case ATT_ATTACH_TITLE:
		tnef->item.is_open = true;
		tnef->item.name = text_of(tnef, TYPE_STRING8,
		    until_nul(data));
		break;
	case ATT_ATTACH_DATA:
		tnef->item.is_open = true;
		tnef->item.content = data;
		break;
	case ATT_ATTACHMENT:
		tnef->item.is_open = true;
		read_properties(tnef, &tnef->item, data);
		break;
	case ATT_BODY:
		tnef->message.body = until_nul(data);
		break;
	case ATT_MAPI_PROPS:
		read_properties(tnef, &tnef->message, data);
		break;
	default:
		break;
	}
}

void
tnef_read(struct mime_reader *reader, struct mime_part *part,
    struct str content)
{
	struct tnef tnef = { .reader = reader, .part = part };
	struct stream stream = { content, false };

	if (take_number(&stream, 4) != SIGNATURE) {
		odd(part, MIME_ODD_bad_tnef);
		return;
	}
	odd(part, MIME_ODD_tnef);
	take(&stream, 2);	/* the key */
	while (stream.rest.len != 0 && !stream.failed) {
		uint32_t id, len;
		struct str data;

		take(&stream, 1);	/* the level */
		id = take_number(&stream, 4);
		len = take_number(&stream, 4);
		data = take(&stream, len);
		take(&stream, 2);	/* the checksum */
		read_attribute(&tnef, id, data);
	}
	if (stream.failed)
		odd(part, MIME_ODD_bad_tnef);
	end_attachment(&tnef);
	add_body(&tnef, "plain", tnef.message.body);
	add_body(&tnef, "html", tnef.message.html);
	add_rtf(&tnef, tnef.message.rtf);
}
