/* SPDX-License-Identifier: ISC */
/* fuzz_scan_answer.c - what a worker that is owned by a stranger answers, and
 * what a client asks. */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "fuzz.h"
#include "scan/answer.h"
#include "scan/request.h"

static void
must_be_clean(struct str text, size_t max, const char *controls)
{
	must(text.len <= max);
	while (text.len != 0) {
		size_t len = utf8_char_len(text);

		must(len != 0 && text.data[0] != '\0');
		must((unsigned char)text.data[0] >= 0x20 ||
		    strchr(controls, text.data[0]) != NULL);
		text = str_from_pos(text, len);
	}
}

/* What was read can be written, and read again as the same. */
static void
check_answer(struct arena *arena, const struct scan_answer *answer)
{
	struct scan_answer again;
	struct buf first, second;

	for (size_t i = 0; i < answer->entries.len; i++) {
		const struct scan_entry *entry = vec_at(&answer->entries, i);

		must_be_clean(entry->name, SCAN_NAME_MAX, "");
		must(entry->kind < SCAN_KIND_COUNT);
		must(entry->depth <= SCAN_DEPTH_MAX);
	}
	for (size_t i = 0; i < answer->links.len; i++)
		must_be_clean(*(struct str *)vec_at(&answer->links, i),
		    SCAN_LINK_MAX, "");
	must_be_clean(answer->type, SCAN_TYPE_MAX, "");
	must_be_clean(answer->text, SCAN_TEXT_MAX, "\n\t");
	must(answer->unread < SCAN_UNREAD_COUNT);
	buf_init(&first, arena);
	buf_init(&second, arena);
	scan_answer_write(answer, &first);
	must(scan_answer_read(arena, buf_str(&first), &again) == 0);
	scan_answer_write(&again, &second);
	must(str_eq(buf_str(&first), buf_str(&second)));
}

static void
check_request(struct str bytes)
{
	struct scan_request request;
	int result = scan_request_read(bytes, &request);

	/* What has come whole was not whole before, nor wrong. */
	if (result == 1) {
		must(request.name.len <= SCAN_REQUEST_NAME_MAX);
		for (size_t len = 0; len < bytes.len; len++)
			must(scan_request_read(str_sub(bytes, 0, len),
			    &request) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct scan_answer answer;
	struct buf text;

	if (scan_answer_read(arena, bytes, &answer) == 0)
		check_answer(arena, &answer);
	must_be_clean(scan_answer_clean(arena, bytes, 100), 100, "");
	buf_init(&text, arena);
	scan_answer_add_text(&text, bytes, 100);
	must_be_clean(buf_str(&text), 100, "\n\t");
	check_request(bytes);
	arena_free(&arena);
	return 0;
}
