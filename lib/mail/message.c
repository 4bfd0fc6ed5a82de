/* SPDX-License-Identifier: ISC */
/* message.c - the bytes of a stored message, split as a mail server would. */
#include "mail/message.h"

#include <string.h>

#include "base/arena.h"

#define MESSAGE_PIECE_SIZE ((size_t)64 * 1024)

/* Bytes up to and with the next LF, or all. */
static size_t
line_len(struct str s)
{
	ptrdiff_t end = str_find(s, '\n');

	return end < 0 ? s.len : (size_t)end + 1;
}

/* "From joe Mon Jan 1", quoted by ">" or not. Postfix's smtpd makes a field
 * X-Mailbox-Line of each that stands in front. */
static bool
is_mailbox_line(struct str s)
{
	while (s.len != 0 && s.data[0] == '>')
		s = str_from_pos(s, 1);
	return s.len >= 5 && memcmp(s.data, "From ", 5) == 0;
}

void
message_begin(struct message *message, struct arena *arena, struct str bytes)
{
	*message = (struct message){ .arena = arena, .rest = bytes,
		.last = '\n' };
	while (is_mailbox_line(message->rest))
		message->rest = str_from_pos(message->rest,
		    line_len(message->rest));
}

/* The length of the name if a field begins here, else 0; the place of its
 * colon (RFC 5322 2.2, blanks before the colon by 4.5). */
static size_t
name_len(struct str line, size_t *colon_r)
{
	size_t len = 0, colon;

	while (len < line.len && line.data[len] > ' ' &&
	    line.data[len] < 0x7f && line.data[len] != ':')
		len++;
	for (colon = len; colon < line.len; colon++)
		if (!char_is_blank(line.data[colon]))
			break;
	if (colon == line.len || line.data[colon] != ':')
		return 0;
	*colon_r = colon;
	return len;
}

/* The line and those that continue it. */
static size_t
field_len(struct str s)
{
	size_t len = line_len(s);

	while (len < s.len && char_is_blank(s.data[len]))
		len += line_len(str_from_pos(s, len));
	return len;
}

static struct str
cut_line_end(struct str s)
{
	if (s.len != 0 && s.data[s.len - 1] == '\n')
		s.len--;
	if (s.len != 0 && s.data[s.len - 1] == '\r')
		s.len--;
	return s;
}

/* CRLF to LF within a field. */
static struct str
unify_folds(struct arena *arena, struct str value)
{
	char *copy;
	size_t len = 0;

	if (str_find(value, '\r') < 0)
		return value;
	copy = arena_alloc(arena, value.len);
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] != '\r' || i + 1 == value.len ||
		    value.data[i + 1] != '\n')
			copy[len++] = value.data[i];
	return str_of(copy, len);
}

static void
end_header(struct message *message)
{
	struct str line = str_sub(message->rest, 0, line_len(message->rest));

	if (line.len == 0)
		return;
	if (cut_line_end(line).len == 0)
		message->rest = str_from_pos(message->rest, line.len);
	else
		message->has_bare_lines = true;
}

bool
message_next_field(struct message *message, struct str *name_r,
    struct str *value_r)
{
	struct str field;
	size_t len, colon = 0;

	len = name_len(str_sub(message->rest, 0, line_len(message->rest)),
	    &colon);
	if (len == 0) {
		end_header(message);
		return false;
	}
	field = str_sub(message->rest, 0, field_len(message->rest));
	message->rest = str_from_pos(message->rest, field.len);
	*name_r = str_sub(field, 0, len);
	*value_r = unify_folds(message->arena,
	    cut_line_end(str_from_pos(field, colon + 1)));
	return true;
}

/* Move bytes up to the next LF, or as many as there is room for, to piece.
 * The number of bytes written. */
static size_t
move_line(struct message *message, char *piece, size_t room)
{
	struct str line = str_sub(message->rest, 0, room - 2);
	ptrdiff_t end = str_find(line, '\n');
	size_t len;

	if (end >= 0)
		line.len = (size_t)end;
	len = line.len;
	memcpy(piece, line.data, len);
	if (len != 0)
		message->last = line.data[len - 1];
	message->rest = str_from_pos(message->rest, len);
	/* A last line that was not ended is ended here. */
	if (end < 0 && message->rest.len != 0)
		return len;
	if (end >= 0)
		message->rest = str_from_pos(message->rest, 1);
	if (message->last != '\r')
		piece[len++] = '\r';
	piece[len++] = '\n';
	message->last = '\n';
	return len;
}

bool
message_next_piece(struct message *message, struct str *piece_r)
{
	size_t len = 0;

	if (message->piece == NULL)
		message->piece = arena_alloc(message->arena,
		    MESSAGE_PIECE_SIZE);
	while (message->rest.len != 0 && MESSAGE_PIECE_SIZE - len > 2)
		len += move_line(message, message->piece + len,
		    MESSAGE_PIECE_SIZE - len);
	*piece_r = str_of(message->piece, len);
	return len != 0;
}
