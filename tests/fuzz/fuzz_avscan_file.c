/* SPDX-License-Identifier: ISC */
/* fuzz_avscan_file.c - files as workers read them: our own parsers, and what we
 * make of libarchive's entries. */
#include "avscan/look.h"
#include "base/arena.h"
#include "fuzz.h"

extern const struct parser parser_ole, parser_ooxml, parser_rtf;

static const struct file_limits limits = { .size = 1 << 20,
	.unpacked = 1 << 20, .ratio = 100, .entries = 100, .depth = 4,
	.text = 1000 };

/* What is found is what a client takes, whatever the file. */
static void
check_answer(struct arena *arena, const struct look *look)
{
	struct scan_answer answer;
	struct buf bytes;

	buf_init(&bytes, arena);
	scan_answer_write(&look->answer, &bytes);
	must(scan_answer_read(arena, buf_str(&bytes), &answer) == 0);
	must(answer.entries.len <= limits.entries);
	must(answer.text.len <= limits.text);
}

/* The first byte says what reads the rest: one parser of ours alone, or all that
 * it fits but libmagic, which sees whole files only. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct piece piece = { .depth = 0 };
	struct look look;

	if (size != 0) {
		piece.data = str_of((const char *)data + 1, size - 1);
		look_init(&look, arena, &limits);
		switch (data[0] % 4) {
		case 0:
			parser_ole.read(&look, &piece);
			break;
		case 1:
			parser_rtf.read(&look, &piece);
			break;
		case 2:
			parser_ooxml.read_entry(&look, STR("word/x.rels"),
			    piece.data);
			break;
		default:
			look_at(&look, piece.data, STR("x"), 1);
			look_end(&look, 1000);
		}
		check_answer(arena, &look);
	}
	arena_free(&arena);
	return 0;
}
