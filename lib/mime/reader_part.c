/* SPDX-License-Identifier: ISC */
/* reader_part.c - parts begin and end: headers, contents, delimiters. */
#include "base/arena.h"
#include "mail/header.h"
#include "mime/reader_private.h"

/* A notice for clients that know no MIME is no longer. */
#define BEFORE_USUAL 256

static void
hang(struct mime_part *part, struct mime_part *above)
{
	part->above = above;
	if (above == NULL)
		return;
	part->depth = above->depth + 1;
	if (above->last_below != NULL)
		above->last_below->next = part;
	else
		above->below = part;
	above->last_below = part;
}

struct mime_part *
reader_add_part(struct mime_reader *reader, struct mime_part *above,
    enum mime_source source)
{
	struct mime_part *part;

	if (reader->message.part_count >= (size_t)reader->limits->max_parts) {
		odd(above, MIME_ODD_limit_parts);
		return NULL;
	}
	part = arena_zalloc(reader->arena, sizeof(*part));
	hang(part, above);
	part->number = ++reader->message.part_count;
	part->source = source;
	part->raw_at = reader->at;
	if (above != NULL && (source != MIME_FROM_STRUCTURE ||
	    reader->outer != NULL)) {
		part->raw_at = above->raw_at;
		part->raw_size = above->raw_size;
	}
	part->type = part->subtype = part->charset = part->charset_used =
	    part->name = part->content_id = part->text = STR("");
	vec_init(&part->params, reader->arena, sizeof(struct mime_param));
	vec_init(&part->fields, reader->arena, sizeof(struct header));
	return part;
}

/* --- parts begin and end ------------------------------------------------------- */

/* The header of a part begins here, below this one. */
void
reader_begin_part(struct mime_reader *reader, struct mime_part *above)
{
	struct mime_part *part = reader_add_part(reader, above,
	    MIME_FROM_STRUCTURE);

	reader->container = NULL;
	if (part == NULL) {
		reader->reading = READ_NOTHING;
		return;
	}
	reader->part = part;
	reader->reading = READ_HEADER;
	header_begin(reader);
}

/* Boundaries: struct str; none: the one that will be guessed. */
void
reader_begin_container(struct mime_reader *reader, const struct vec *boundaries)
{
	struct container *container = arena_zalloc(reader->arena,
	    sizeof(*container));

	container->part = reader->part;
	container->boundaries = *boundaries;
	for (size_t i = 0; i < boundaries->len; i++)
		opens_push(&reader->opens, container,
		    *(struct str *)vec_at(boundaries, i));
	if (boundaries->len == 0)
		opens_push(&reader->opens, container, STR(""));
	reader->container = container;
	reader->reading = READ_BEFORE;
	sink_begin(reader, reader->part, TRANSFER_BINARY);
}

static void
note_repeated(const struct mime_reader *reader, const struct vec *boundaries)
{
	for (size_t i = 0; i < boundaries->len; i++)
		if (opens_find(&reader->opens,
		    *(struct str *)vec_at(boundaries, i)) != NULL)
			odd(reader->part, MIME_ODD_repeated_boundary);
}

static void
begin_leaf(struct mime_reader *reader, enum transfer transfer)
{
	reader->reading = READ_CONTENT;
	sink_begin(reader, reader->part, transfer);
}

/* A part of a part too deep down is text, whatever it is. */
static void
begin_flat(struct mime_reader *reader)
{
	odd(reader->part, MIME_ODD_limit_depth);
	reader->part->kind = MIME_TEXT;
	begin_leaf(reader, reader->part->transfer);
}

void
reader_content(struct mime_reader *reader, const struct vec *boundaries)
{
	struct mime_part *part = reader->part;
	enum pending_as as;

	reader->end_len = 0;
	if (reader->outer == NULL)
		part->raw_at = reader->at;
	if ((part->kind == MIME_CONTAINER || part->kind == MIME_MESSAGE) &&
	    part->depth >= (size_t)reader->limits->max_depth) {
		begin_flat(reader);
	} else if (part->kind == MIME_CONTAINER) {
		note_repeated(reader, boundaries);
		reader_begin_container(reader, boundaries);
	} else if (reader_opens(part, &as) && as == AS_MESSAGE) {
		begin_leaf(reader, TRANSFER_BINARY);
	} else if (part->kind == MIME_MESSAGE) {
		reader_begin_part(reader, part);
	} else {
		begin_leaf(reader, part->transfer);
	}
}

/* Does it begin with a field? Then it only says that it is encoded: a colon is
 * none of the characters of base64. (Quoted-printable may be read twice.) */
static bool
seems_plain(struct str raw)
{
	size_t at = 0;

	while (at < raw.len && raw.data[at] > ' ' && raw.data[at] != ':')
		at++;
	return at != 0 && at < raw.len && raw.data[at] == ':';
}

/* A multipart whose delimiter never came: raw is all that it has. Encoded, it is
 * looked into once more; else it is text. */
static void
end_without_parts(struct mime_reader *reader, struct str raw)
{
	struct mime_part *part = reader->part, *text;

	if (transfer_is_coded(part->transfer) && reader->outer != part) {
		reader_later(reader, (struct pending){ part, raw,
		    AS_CONTAINER, part->transfer,
		    reader->container->boundaries });
		return;
	}
	if (!mime_has(part->oddities, MIME_ODD_no_boundary))
		odd(part, MIME_ODD_boundary_missing);
	if (str_trim(raw).len == 0)
		return;
	text = reader_add_part(reader, part, MIME_FROM_STRUCTURE);
	if (text == NULL)
		return;
	text->type = STR("text");
	text->subtype = STR("plain");
	text->raw_at = part->raw_at;
	text->raw_size = part->raw_size;
	text->size = raw.len;
	text_read(reader, text, raw);
}

/* The raw octets of a message that is encoded, or says so. */
static void
end_encoded_message(struct mime_reader *reader, struct mime_part *part,
    struct str raw)
{
	bool is_plain = part->transfer != TRANSFER_QUOTED && seems_plain(raw);

	reader_later(reader, (struct pending){ .part = part, .content = raw,
	    .as = AS_MESSAGE, .transfer = is_plain ? TRANSFER_BINARY
	    : part->transfer });
}

static void
end_leaf(struct mime_reader *reader)
{
	struct mime_part *part = reader->part;
	struct str octets = sink_end(reader);
	enum pending_as as;

	if (part->kind == MIME_TEXT || str_is(part->type, "text"))
		text_read(reader, part, octets);
	else if (reader_opens(part, &as) && as == AS_MESSAGE)
		end_encoded_message(reader, part, octets);
	else if (reader_opens(part, &as))
		reader_later(reader, (struct pending){ .part = part,
		    .content = octets, .as = as });
}

static void
set_raw_size(struct mime_reader *reader, struct mime_part *part, uint64_t end)
{
	if (reader->outer == NULL) {
		part->raw_size = end > part->raw_at ? end - part->raw_at : 0;
		return;
	}
	part->raw_at = reader->outer->raw_at;
	part->raw_size = reader->outer->raw_size;
}

/* What is read ends at this octet of the body. A message without header has one
 * part below it in turn. */
static void
end_current(struct mime_reader *reader, uint64_t end)
{
	enum reading reading;

	while (reader->reading == READ_HEADER)
		header_end(reader, false);
	reading = reader->reading;
	set_raw_size(reader, reader->part, end);
	if (reading == READ_CONTENT)
		end_leaf(reader);
	else if (reading == READ_BEFORE)
		end_without_parts(reader, sink_end(reader));
}

/* Everything within this one has ended; NULL: all. */
static void
end_within(struct mime_reader *reader, const struct container *container,
    uint64_t end)
{
	const struct mime_part *stop = container != NULL ? container->part
	    : reader->outer;

	for (struct mime_part *part = reader->part; part != stop;
	    part = part->above)
		set_raw_size(reader, part, end);
	while (reader->opens.stack.len != 0) {
		const struct container *top = opens_top(&reader->opens)->container;

		if (top == container)
			break;
		if (top->has_come && !top->is_closed &&
		    reader->reading != READ_NOTHING)
			odd(top->part, MIME_ODD_not_closed);
		opens_pop(&reader->opens);
	}
}

/* --- delimiters ------------------------------------------------------------------ */

/* The multipart is closed. When one around it has the same boundary, the next
 * delimiter is of that one. */
static void
close_container(struct mime_reader *reader, struct open *open)
{
	struct container *container = open->container;

	container->is_closed = true;
	reader->container = container;
	reader->reading = READ_BEHIND;
	if (open->older >= 0 && open == opens_top(&reader->opens)) {
		const struct open *older = vec_at(&reader->opens.stack,
		    (size_t)open->older);

		if (older->container != container && open->boundary.len ==
		    older->boundary.len && open->hash == older->hash)
			opens_pop(&reader->opens);
	}
}

/* What stood before the first delimiter is not shown. */
static void
end_before(struct mime_reader *reader)
{
	if (str_trim(sink_drop(reader)).len > BEFORE_USUAL)
		odd(reader->part, MIME_ODD_text_outside);
}

static void
at_delimiter(struct mime_reader *reader, struct open *open, bool is_close)
{
	struct container *container = open->container;
	size_t place = (size_t)(open - (struct open *)reader->opens.stack.items);
	uint64_t end = reader->line_at - reader->end_len;

	reader->end_len = 0;
	if (reader->reading == READ_BEFORE && reader->container == container)
		end_before(reader);
	else
		end_current(reader, end);
	end_within(reader, container, end);
	reader->part = container->part;
	container->has_come = true;
	if (is_close) {
		/* A header that ended here may have opened others. */
		close_container(reader, vec_at(&reader->opens.stack, place));
		return;
	}
	if (container->is_closed)
		odd(container->part, MIME_ODD_text_outside);
	reader_begin_part(reader, container->part);
}

/* Without blanks at its end. */
static struct str
trim_end(struct str text)
{
	while (text.len != 0 && char_is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* Keep a boundary that the line may mean: one that nobody named, or an open one
 * with text behind it. */
static void
keep_guess(struct mime_reader *reader, struct str text)
{
	struct str word = text;

	word.len = 0;
	while (word.len < text.len && !char_is_blank(text.data[word.len]))
		word.len++;
	if (word.len == text.len || opens_find(&reader->opens, word) == NULL) {
		if (reader->reading != READ_BEFORE ||
		    reader->container->has_guess || text.len == 0)
			return;
		word = text;
	}
	buf_clear(&reader->guess);
	buf_add_str(&reader->guess, word);
	reader->has_guess = true;
}

bool
reader_delimiter(struct mime_reader *reader, struct str line)
{
	struct str text = trim_end(str_from_pos(line, 2));
	struct open *open = opens_find(&reader->opens, text);
	bool is_close = open == NULL && text.len > 2 &&
	    str_has_suffix_nocase(text, STR("--"));

	if (is_close)
		open = opens_find(&reader->opens,
		    str_sub(text, 0, text.len - 2));
	if (open == NULL) {
		keep_guess(reader, text);
		return false;
	}
	at_delimiter(reader, open, is_close);
	return true;
}

/* The container in whose front part it stands has this boundary. */
static void
open_guess(struct mime_reader *reader, struct str boundary)
{
	struct container *container = reader->container;

	container->has_guess = true;
	if (!mime_has(container->part->oddities, MIME_ODD_no_boundary))
		odd(container->part, MIME_ODD_boundary_missing);
	opens_push(&reader->opens, container,
	    str_copy(reader->arena, boundary));
}

void
reader_guess(struct mime_reader *reader, struct str line)
{
	struct str boundary = buf_str(&reader->guess);
	struct open *open;

	if (!str_has_prefix_nocase(line, STR("Content-")) ||
	    reader->reading == READ_HEADER)
		return;
	open = opens_find(&reader->opens, boundary);
	if (open == NULL && reader->reading == READ_BEFORE)
		open_guess(reader, boundary);
	else if (open != NULL)
		odd(open->container->part, MIME_ODD_bad_delimiter);
	open = opens_find(&reader->opens, boundary);
	if (open != NULL)
		at_delimiter(reader, open, false);
}

void
reader_finish(struct mime_reader *reader)
{
	lines_end(reader);
	if (reader->reading != READ_NOTHING)
		end_current(reader, reader->at);
	end_within(reader, NULL, reader->at);
}
