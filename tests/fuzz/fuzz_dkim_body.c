/* SPDX-License-Identifier: ISC */
/* fuzz_dkim_body.c - canonical bodies: what is canonical stays as it is, and
 * the words that lib/auth looks at give what single bytes give. */
#include <string.h>

#include "auth/dkim_body.h"
#include "base/arena.h"
#include "fuzz.h"

static void
append(void *arg, struct str piece)
{
	buf_add_str(arg, piece);
}

static struct str
canonical(struct arena *arena, struct str body, enum dkim_canon canon)
{
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, "");
	dkim_body_canonicalize(body, canon, append, &text);
	return buf_str(&text);
}

/* RFC 6376 3.4.4, a byte at a time. */
static struct str
relaxed_slowly(struct arena *arena, struct str body)
{
	size_t line_ends = 0;
	bool has_blank = false;
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < body.len; i++) {
		char c = body.data[i];
		bool ends_line = c == '\r' && i + 1 < body.len &&
		    body.data[i + 1] == '\n';

		line_ends += ends_line;
		i += ends_line;
		has_blank = !ends_line && (has_blank || c == ' ' || c == '\t');
		if (ends_line || ((c == ' ' || c == '\t') &&
		    i + 1 < body.len))
			continue;
		for (; line_ends != 0; line_ends--)
			buf_add_text(&text, "\r\n");
		if (has_blank)
			buf_add_char(&text, ' ');
		if (c != ' ' && c != '\t')
			buf_add_char(&text, c);
		has_blank = false;
	}
	buf_add_text(&text, text.len != 0 ? "\r\n" : "");
	return buf_str(&text);
}

static void
check(struct arena *arena, struct str body, enum dkim_canon canon)
{
	struct str once = canonical(arena, body, canon);
	struct dkim_body_hash hashes[2] = { { .length = body.len / 2 },
		{ .length = UINT64_MAX } };
	struct dkim_body_hash again = { .length = UINT64_MAX };

	/* Blanks in front of a missing line end gain one, and are gone then. */
	if (canon == DKIM_SIMPLE ||
	    str_has_suffix_nocase(body, STR("\r\n")))
		must(str_eq(canonical(arena, once, canon), once));
	must(once.len == 0 || (once.len >= 2 &&
	    memcmp(once.data + once.len - 2, "\r\n", 2) == 0));
	must(once.len <= body.len + 2);
	must(dkim_body_hash(body, canon, hashes, 2) == once.len);
	must(dkim_body_hash(once, DKIM_SIMPLE, &again, 1) >= once.len);
	if (once.len != 0 && str_eq(canonical(arena, once, DKIM_SIMPLE), once))
		must(memcmp(again.hash, hashes[1].hash,
		    sizeof(again.hash)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str body = str_of((const char *)data, size);

	check(arena, body, DKIM_SIMPLE);
	check(arena, body, DKIM_RELAXED);
	must(str_eq(canonical(arena, body, DKIM_RELAXED),
	    relaxed_slowly(arena, body)));
	arena_free(&arena);
	return 0;
}
