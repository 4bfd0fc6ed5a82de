/* SPDX-License-Identifier: ISC */
/* fuzz_message.c - stored messages split into fields and body. */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "mail/header.h"
#include "mail/message.h"

/* A value holds no line end but folds. */
static void
check_field(struct str name, struct str value)
{
	must(header_name_is_valid(name) || name.len > 998);
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] != '\n')
			continue;
		must(i + 1 < value.len);
		must(value.data[i + 1] == ' ' || value.data[i + 1] == '\t');
	}
}

/* Every LF stands behind a CR, and the last line is ended. */
static void
check_piece(struct str piece, char *last)
{
	must(piece.len != 0);
	for (size_t i = 0; i < piece.len; i++) {
		if (piece.data[i] == '\n')
			must(*last == '\r');
		*last = piece.data[i];
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct message message;
	struct str name, value, piece;
	char last = '\n';

	message_begin(&message, arena, str_of((const char *)data, size));
	while (message_next_field(&message, &name, &value))
		check_field(name, value);
	while (message_next_piece(&message, &piece))
		check_piece(piece, &last);
	must(last == '\n');
	must(message.rest.len == 0);
	arena_free(&arena);
	return 0;
}
