/* SPDX-License-Identifier: ISC */
/* fuzz_policy_socketmap.c - look-ups of Postfix's as a connection reads them. */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "policyd/socketmap.h"

/* Nothing outside of the text, and the same however it is torn. */
static void
check_request(struct str text)
{
	struct socketmap_request request;

	if (socketmap_parse(text, &request) < 0 || request.map == NULL)
		return;
	must(request.key.data > text.data &&
	    request.key.data + request.key.len < text.data + text.len);
	must(request.key.len <= SOCKETMAP_CONTENT_MAX);
}

static void
check_torn(struct str text, size_t len)
{
	struct str content, again;
	size_t looked = 0, len_again;

	if (netstring_parse(text, SOCKETMAP_CONTENT_MAX, &content,
	    &len_again) != NETSTRING_WHOLE)
		return;
	must(len == len_again && content.data + content.len + 1 ==
	    text.data + len);
	for (size_t i = 0; i < len; i++) {
		must(netstring_parse(str_sub(text, 0, i),
		    SOCKETMAP_CONTENT_MAX, &again, &len_again) ==
		    NETSTRING_PARTIAL);
		must(socketmap_len(str_sub(text, 0, i), &looked) == 0);
	}
}

/* What is written is read again. */
static void
check_answer(struct str content)
{
	struct arena *arena = arena_new(0);
	enum socketmap_status status, again;
	const char *text, *text_again;
	struct str bytes, inside;
	size_t len;

	if (socketmap_parse_answer(arena, content, &status, &text) == 0 &&
	    strlen(text) < content.len) {
		bytes = socketmap_answer(arena, status, text);
		must(netstring_parse(bytes, bytes.len, &inside, &len) ==
		    NETSTRING_WHOLE && len == bytes.len);
		must(socketmap_parse_answer(arena, inside, &again,
		    &text_again) == 0 && again == status &&
		    strcmp(text, text_again) == 0);
	}
	arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_of((const char *)data, size);
	size_t len, looked = 0;

	check_answer(rest);
	while ((len = socketmap_len(rest, &looked)) != 0) {
		must(len <= rest.len);
		check_request(str_sub(rest, 0, len));
		if (size < 300)
			check_torn(rest, len);
		rest = str_from_pos(rest, len);
	}
	must(rest.len < SOCKETMAP_REQUEST_MAX);
	return 0;
}
