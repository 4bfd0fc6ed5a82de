/* SPDX-License-Identifier: ISC */
/* smtp_reply.c - what an SMTP or LMTP server says, reply by reply. */
#include "smtp/smtp_reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct smtp_reader {
	struct arena *arena;
	struct buf in;		/* fed, not read */
	struct buf text;	/* lines of the reply that is being read */
	unsigned code;		/* of its lines */
	int lines;
	bool is_whole;		/* it was handed out */
	const char *error;	/* NULL: all is well */
};

struct smtp_reader *
smtp_reader_new(void)
{
	struct arena *arena = arena_new(0);
	struct smtp_reader *reader = arena_zalloc(arena, sizeof(*reader));

	reader->arena = arena;
	buf_init(&reader->in, arena);
	buf_init(&reader->text, arena);
	return reader;
}

void
smtp_reader_free(struct smtp_reader **reader)
{
	struct arena *arena;

	if (*reader == NULL)
		return;
	arena = (*reader)->arena;
	*reader = NULL;
	arena_free(&arena);
}

void
smtp_reader_feed(struct smtp_reader *reader, const void *data, size_t len)
{
	if (reader->error == NULL)
		buf_add(&reader->in, data, len);
}

/* The code, or 0: there is none (RFC 5321 4.2: Reply-code). */
static unsigned
code_of(struct str line)
{
	const char *at = line.data;

	if (line.len < 3 || at[0] < '2' || at[0] > '5' || at[1] < '0' ||
	    at[1] > '5' || !char_is_digit(at[2]))
		return 0;
	return (unsigned)(at[0] - '0') * 100 + (unsigned)(at[1] - '0') * 10 +
	    (unsigned)(at[2] - '0');
}

static void
begin_reply(struct smtp_reader *reader)
{
	reader->is_whole = false;
	reader->lines = 0;
	buf_clear(&reader->text);
}

/* One line without its end. Why it is none of a reply; NULL: it is. */
static const char *
take_line(struct smtp_reader *reader, struct str line)
{
	unsigned code = code_of(line);

	if (code == 0 || (line.len > 3 && line.data[3] != ' ' &&
	    line.data[3] != '-'))
		return "what it says is no reply";
	/* (RFC 5321 4.2.1: the same code in each line) */
	if (reader->lines != 0 && code != reader->code)
		return "the lines of its reply have different codes";
	if (++reader->lines > SMTP_REPLY_LINES_MAX ||
	    reader->text.len + line.len > SMTP_REPLY_BYTES_MAX)
		return "its reply is too long";
	reader->code = code;
	if (reader->lines > 1)
		buf_add_char(&reader->text, '\n');
	buf_add_str(&reader->text, str_from_pos(line, 4));
	reader->is_whole = line.len == 3 || line.data[3] == ' ';
	return NULL;
}

/* Read lines until a reply is whole: how many bytes that took. */
static size_t
take_lines(struct smtp_reader *reader)
{
	struct str rest = buf_str(&reader->in), line;
	ptrdiff_t end;

	while (reader->error == NULL && !reader->is_whole &&
	    (end = str_find(rest, '\n')) >= 0) {
		line = str_sub(rest, 0, (size_t)end);
		rest = str_from_pos(rest, (size_t)end + 1);
		if (line.len != 0 && line.data[line.len - 1] == '\r')
			line.len--;
		reader->error = line.len > SMTP_REPLY_LINE_MAX
		    ? "a line of its reply is too long"
		    : take_line(reader, line);
	}
	if (reader->error == NULL && !reader->is_whole &&
	    rest.len > SMTP_REPLY_LINE_MAX)
		reader->error = "a line of its reply is too long";
	return reader->in.len - rest.len;
}

int
smtp_reader_next(struct smtp_reader *reader, struct smtp_reply *reply_r,
    const char **error_r)
{
	size_t taken;

	if (reader->is_whole)
		begin_reply(reader);
	taken = take_lines(reader);
	if (taken != 0) {
		reader->in.len -= taken;
		memmove(reader->in.data, reader->in.data + taken,
		    reader->in.len);
	}
	if (reader->error != NULL) {
		*error_r = reader->error;
		return -1;
	}
	if (!reader->is_whole)
		return 0;
	reply_r->code = reader->code;
	reply_r->text = buf_str(&reader->text);
	return 1;
}

bool
smtp_reader_is_empty(const struct smtp_reader *reader)
{
	return reader->in.len == 0 && (reader->is_whole || reader->lines == 0);
}
