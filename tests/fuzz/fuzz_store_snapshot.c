/* SPDX-License-Identifier: ISC */
/* fuzz_store_snapshot.c - snapshots of the store in memory, and each operation
 * on what stood in them. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "store/memory.h"
#include "store/memory_private.h"
#include "store/op.h"
#include "store/request.h"

/* Of entries that the seeds have. */
static const struct {
	const char *op;
	struct str keys[2], args[8];
	size_t key_count, arg_count;
	int64_t numbers[8];	/* in one more argument, when there are any */
	size_t number_count;
} requests[] = {
	{ "settle", { { "name", 4 } }, { { "confirm", 7 }, { "2000", 4 } },
	  1, 2, { 0 }, 0 },
	{ "settle", { { "other", 5 } }, { { "release", 7 }, { "2000", 4 } },
	  1, 2, { 0 }, 0 },
	{ "charge", { { "count", 5 }, { "name", 4 } }, { { "charge", 6 } },
	  2, 1, { 2000, STORE_NEVER, 7202000, 60000, 1000, 10, 2 }, 7 },
	{ "charge", { { "count", 5 }, { "new", 3 } }, { { "force", 5 } },
	  2, 1, { 3000, 70000, 7202000, 60000, 1000, 10, 9 }, 7 },
	{ "settle", { { "new", 3 } }, { { "release", 7 }, { "4000", 4 } },
	  1, 2, { 0 }, 0 },
	{ "greylist", { { "grey", 4 }, { "client", 6 } },
	  { { "2000", 4 }, { "100", 3 }, { "9000", 4 }, { "9000", 4 },
	  { "3", 1 } }, 2, 5, { 0 }, 0 },
	{ "id", { { "instance", 8 }, { "queue", 5 } },
	  { { "2000", 4 }, { "9000", 4 }, { "ID", 2 }, { "c", 1 } }, 2, 4,
	  { 0 }, 0 },
};

static void
run_all(struct memory *memory)
{
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		const struct store_op *op = store_op_find(
		    str_from(requests[i].op));
		struct request texts;
		struct store_request request;
		const char *error;
		struct vec values;

		request_init(&texts, arena);
		for (size_t j = 0; j < requests[i].arg_count; j++)
			request_text(&texts, requests[i].args[j]);
		if (requests[i].number_count != 0)
			request_doubles(&texts, requests[i].numbers,
			    requests[i].number_count);
		request = (struct store_request){
			.op = op,
			.keys = requests[i].keys,
			.key_count = requests[i].key_count,
			.args = texts.args.items,
			.arg_count = texts.args.len,
		};
		vec_init(&values, arena, sizeof(struct str));
		if (op->run(memory, &request, &values, &error) != 0)
			abort();
	}
	arena_free(&arena);
}

/* What was written is read again, all of it. */
static void
write_and_read(const struct memory *memory)
{
	struct memory *again = memory_new();
	int fd = memfd_create("snapshot", 0);
	off_t size;
	void *bytes;

	if (memory_snapshot_write(memory, fd) != 0)
		abort();
	size = lseek(fd, 0, SEEK_END);
	bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory_snapshot_parse(again, str_of(bytes, (size_t)size)) !=
	    SNAPSHOT_LOADED || again->count != memory->count)
		abort();
	munmap(bytes, (size_t)size);
	close(fd);
	memory_drop(again);
}

/* The first byte tells whether the sum is made right, which chance never
 * would. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory *memory = memory_new();
	struct arena *arena = arena_new(0);
	struct buf bytes;
	uint64_t sum;

	buf_init(&bytes, arena);
	if (size > 0)
		buf_add(&bytes, data + 1, size - 1);
	sum = memory_snapshot_sum(buf_str(&bytes));
	if (size > 0 && data[0] % 4 != 0)
		buf_add(&bytes, &sum, sizeof(sum));
	if (memory_snapshot_parse(memory, buf_str(&bytes)) !=
	    SNAPSHOT_LOADED) {
		if (memory->count != 0)
			abort();
	} else {
		write_and_read(memory);
		run_all(memory);
		write_and_read(memory);
	}
	memory_drop(memory);
	arena_free(&arena);
	return 0;
}
