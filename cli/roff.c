/* SPDX-License-Identifier: ISC */
/* roff.c - texts as mandoc reads them. */
#include "cli/roff.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

/* Does a sentence end before the blank at c? mandoc wants each on a line. */
static bool
ends_sentence(const char *text, const char *c)
{
	return c != text && strchr(".?!", c[-1]) != NULL &&
	    c[1] >= 'A' && c[1] <= 'Z';
}

/* A character that roff shall not read as its own. */
static void
add_char(struct buf *out, const char *text, const char *c)
{
	bool is_word_start = c == text || c[-1] == ' ' || c[-1] == '[';

	if (*c == '\\')
		buf_add_text(out, "\\e");
	else if (*c == '"')
		buf_add_text(out, "\\(dq");
	else if (*c == '-' && (is_word_start || c[-1] == '-'))
		buf_add_text(out, "\\-");	/* an option, not a hyphen */
	else
		buf_add_char(out, *c);
}

void
roff_text(struct buf *out, const char *text)
{
	buf_add_text(out, "\\&");
	for (const char *c = text; *c != '\0'; c++)
		if (*c == '\n' || (*c == ' ' && ends_sentence(text, c)))
			buf_add_text(out, "\n\\&");
		else
			add_char(out, text, c);
	buf_add_char(out, '\n');
}

void
roff_argument(struct buf *out, const char *text)
{
	buf_add_text(out, "\"\\&");
	for (const char *c = text; *c != '\0'; c++)
		add_char(out, text, c);
	buf_add_char(out, '"');
}
