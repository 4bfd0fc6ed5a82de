/* SPDX-License-Identifier: ISC */
/* input.c - a whole file, or standard input, for the commands. */
#include "cli/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#define INPUT_MAX (1u << 30)
#define CHUNK 65536

static int
read_all(FILE *file, struct buf *out)
{
	size_t got;

	do {
		buf_reserve(out, CHUNK);
		got = fread(out->data + out->len, 1, CHUNK, file);
		out->len += got;
		out->data[out->len] = '\0';
	} while (got != 0 && out->len <= INPUT_MAX);
	if (ferror(file))
		return -1;
	errno = EFBIG;
	return out->len > INPUT_MAX ? -1 : 0;
}

int
input_read(const char *path, struct arena *arena, struct str *text_r,
    const char **error_r)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	struct buf text;
	int result = -1;

	buf_init(&text, arena);
	if (file != NULL)
		result = read_all(file, &text);
	if (result < 0)
		*error_r = arena_printf(arena, "%s: %s",
		    is_stdin ? "stdin" : path, strerror(errno));
	if (file != NULL && !is_stdin)
		fclose(file);
	*text_r = buf_str(&text);
	return result;
}
