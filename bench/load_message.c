/* SPDX-License-Identifier: ISC */
/* load_message.c - cuts a file into headers and a CRLF body. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "load_message.h"

/* The end of the line that begins at AT: its LF, or END. */
static char *
line_end(char *at, char *end)
{
	char *lf = memchr(at, '\n', (size_t)(end - at));

	return lf != NULL ? lf : end;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The colon of a header line (RFC 5322 3.6.8, blanks before it: 4.5), or NULL. */
static char *
find_colon(char *at, char *end)
{
	char *name_end = at;

	while (name_end < end && *name_end > ' ' && *name_end < 127 &&
	    *name_end != ':')
		name_end++;
	if (name_end == at)
		return NULL;
	for (char *c = name_end; c < end; c++) {
		if (*c == ':')
			return c;
		if (!is_blank(*c))
			return NULL;
	}
	return NULL;
}

/* Where the header that begins at AT ends: behind its last folded line. */
static char *
header_end(char *at, char *end)
{
	char *next = line_end(at, end);

	while (next + 1 < end && is_blank(next[1]))
		next = line_end(next + 1, end);
	return next;
}

/* Makes CRLF line ends LF, in place; returns the new end. */
static char *
drop_cr(char *at, char *end)
{
	char *to = at;

	for (char *c = at; c < end; c++) {
		if (*c != '\r' || (c + 1 < end && c[1] != '\n'))
			*to++ = *c;
	}
	return to;
}

static void
add_header(struct load_message *msg, char *name, char *colon, char *end)
{
	char *name_end = name;

	if ((msg->header_count & 31) == 0) {
		msg->headers = realloc(msg->headers,
		    (msg->header_count + 32) * sizeof(*msg->headers));
		if (msg->headers == NULL)
			abort();
	}
	while (name_end < colon && !is_blank(*name_end))
		name_end++;
	*name_end = '\0';
	*drop_cr(colon + 1, end) = '\0';
	msg->headers[msg->header_count].name = name;
	msg->headers[msg->header_count].value = colon + 1;
	msg->header_count++;
	msg->size += strlen(name) + strlen(colon + 1) + 3;
}

static void
copy_body(struct load_message *msg, const char *at, const char *end)
{
	size_t lines = 1;
	char *to;

	for (const char *c = at; c < end; c++)
		lines += *c == '\n';
	to = msg->body = malloc((size_t)(end - at) + lines + 1);
	if (to == NULL)
		abort();
	for (const char *c = at; c < end; c++) {
		if (*c == '\n' && (c == at || c[-1] != '\r'))
			*to++ = '\r';
		*to++ = *c;
	}
	/* SMTP has whole lines only (RFC 5321 4.1.1.4). */
	if (at < end && end[-1] != '\n') {
		*to++ = '\r';
		*to++ = '\n';
	}
	msg->body_len = (size_t)(to - msg->body);
	msg->size += msg->body_len + 2;
}

void
load_message_parse(char *text, size_t len, struct load_message *msg_r)
{
	char *at = text;
	char *end = text + len;
	char *colon;

	memset(msg_r, 0, sizeof(*msg_r));
	msg_r->text = text;
	if (len >= 5 && memcmp(at, "From ", 5) == 0) {
		at = line_end(at, end);
		at += at < end;
	}
	while ((colon = find_colon(at, line_end(at, end))) != NULL) {
		char *stop = header_end(at, end);

		add_header(msg_r, at, colon, stop);
		at = stop < end ? stop + 1 : end;
	}
	if (at < end && *at == '\r')
		at++;
	if (at < end && *at == '\n')
		at++;
	copy_body(msg_r, at, end);
}

void
load_message_done(struct load_message *msg)
{
	free(msg->name);
	free(msg->headers);
	free(msg->body);
	free(msg->text);
	memset(msg, 0, sizeof(*msg));
}
