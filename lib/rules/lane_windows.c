/* SPDX-License-Identifier: ISC */
/* lane_windows.c - which patterns cannot match a text, seen from its runs of
 * octets.
 *
 * 64 windows are a block: for each distance from a window's start and each octet
 * a word says in which of them this octet may stand there. The words of eight
 * octets of the text, one behind the other, have those bits in common whose
 * windows begin here; mostly none is left behind the fourth. */
#include "rules/lane_windows.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/pattern_window.h"

#define BLOCK 64
#define FRONT 4
/* What stands behind the end of a text. */
#define BEHIND 256

struct block {
	uint64_t words[WINDOW_LEN][BEHIND + 1];
};

/* Windows of a pattern: from first on, count of them. */
struct run {
	uint32_t first, count;
};

struct lane_windows {
	struct arena *arena;
	struct vec runs;	/* struct run */
	struct block *blocks[LANE_WINDOWS_BLOCKS];
	uint32_t count;
};

struct lane_windows *
lane_windows_new(struct arena *arena)
{
	struct lane_windows *windows = arena_zalloc(arena, sizeof(*windows));

	windows->arena = arena;
	vec_init(&windows->runs, arena, sizeof(struct run));
	return windows;
}

static void
add_window(struct lane_windows *windows, const struct pattern_window *window)
{
	struct block **block = &windows->blocks[windows->count / BLOCK];
	uint64_t bit = UINT64_C(1) << windows->count % BLOCK;

	if (*block == NULL)
		*block = arena_zalloc(windows->arena, sizeof(**block));
	for (unsigned i = 0; i < WINDOW_LEN; i++)
		for (unsigned octet = 0; octet <= BEHIND; octet++)
			if (i >= window->len || (octet != BEHIND &&
			    octets_have(&window->sets[i], octet)))
				(*block)->words[i][octet] |= bit;
	windows->count++;
}

void
lane_windows_add(struct lane_windows *windows,
    const struct pattern_window *of_pattern, size_t count)
{
	struct run *run = vec_push(&windows->runs);

	*run = (struct run){ .first = windows->count };
	if (windows->count + count > LANE_WINDOWS_BLOCKS * BLOCK)
		return;
	run->count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		add_window(windows, &of_pattern[i]);
}

/* Windows that begin at the first of these octets. */
static inline uint64_t
begin_at(const struct block *block, const unsigned char *at)
{
	uint64_t word = block->words[0][at[0]];

	for (unsigned i = 1; i < FRONT; i++)
		word &= block->words[i][at[i]];
	for (unsigned i = FRONT; i < WINDOW_LEN && word != 0; i++)
		word &= block->words[i][at[i]];
	return word;
}

/* The same where the text ends before a window would. */
static uint64_t
begin_near_end(const struct block *block, const unsigned char *at, size_t left)
{
	uint64_t word = ~UINT64_C(0);

	for (unsigned i = 0; i < WINDOW_LEN; i++)
		word &= block->words[i][i < left ? at[i] : BEHIND];
	return word;
}

void
lane_windows_look(const struct lane_windows *windows, struct str text,
    struct lane_seen *seen)
{
	const unsigned char *data = (const unsigned char *)text.data;
	size_t blocks = (windows->count + BLOCK - 1) / BLOCK;

	for (size_t i = 0; i < blocks; i++) {
		const struct block *block = windows->blocks[i];
		uint64_t word = 0;
		size_t at = 0;

		for (; at + WINDOW_LEN <= text.len; at++)
			word |= begin_at(block, data + at);
		for (; at < text.len; at++)
			word |= begin_near_end(block, data + at, text.len - at);
		seen->blocks[i] = word;
	}
}

bool
lane_windows_met(const struct lane_windows *windows, size_t i,
    const struct lane_seen *seen)
{
	const struct run *run = vec_at(&windows->runs, i);

	if (run->count == 0)
		return true;
	for (uint32_t n = run->first; n < run->first + run->count; n++)
		if ((seen->blocks[n / BLOCK] >> n % BLOCK & 1) != 0)
			return true;
	return false;
}
