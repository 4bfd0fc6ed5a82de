/* SPDX-License-Identifier: ISC */
/* limit.c - how much of something is allowed: "100/1h 1000/1d". */
#include "mail/limit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/setting.h"
#include "base/vec.h"

#define SECOND_MS INT64_C(1000)
#define YEAR_MS (366 * 24 * 3600 * SECOND_MS)
/* What a store counts exactly. */
#define AMOUNT_MAX (INT64_C(1) << 50)

static const struct setting window_rows[] = {
	SETTING_SIZE_ROW("amount", struct limit_window, amount, NULL,
	    0, AMOUNT_MAX, ""),
	SETTING_DURATION_ROW("window", struct limit_window, window_ms, NULL,
	    SECOND_MS, YEAR_MS, ""),
};

static int
parse_part(const struct setting *row, struct str text,
    struct limit_window *window, struct arena *arena, const char **error_r)
{
	const char *one = str_dup(arena, text);

	return setting_parse(row, window, &one, 1, arena, error_r);
}

static int
parse_window(struct str text, struct vec *windows, const char **error_r)
{
	struct arena *arena = windows->arena;
	struct limit_window *window;
	struct str rest = text, amount;

	str_cut(&rest, '/', &amount);
	if (rest.data == NULL) {
		*error_r = arena_printf(arena, "'%.*s' is no limit such as "
		    "100/1h", STR_ARG(text));
		return -1;
	}
	if (windows->len == LIMIT_WINDOWS_MAX) {
		*error_r = arena_printf(arena, "more than %d windows",
		    LIMIT_WINDOWS_MAX);
		return -1;
	}
	window = vec_push(windows);
	return parse_part(&window_rows[0], amount, window, arena, error_r) < 0 ||
	    parse_part(&window_rows[1], rest, window, arena, error_r) < 0
	    ? -1 : 0;
}

static int
by_window(const void *a, const void *b)
{
	const struct limit_window *one = a, *other = b;

	return one->window_ms < other->window_ms ? -1
	    : one->window_ms > other->window_ms;
}

static int
take_windows(struct vec *windows, struct limit *limit, const char **error_r)
{
	const struct limit_window *all = windows->items;

	qsort(windows->items, windows->len, windows->item_size, by_window);
	for (size_t i = 1; i < windows->len; i++) {
		if (all[i].window_ms != all[i - 1].window_ms)
			continue;
		*error_r = "a window stands there twice";
		return -1;
	}
	*limit = (struct limit){ LIMIT_WINDOWS, windows->len, all };
	return 0;
}

int
limit_parse(struct arena *arena, const char *const *texts, size_t count,
    struct limit *limit_r, const char **error_r)
{
	struct str rest, piece;
	struct vec windows;

	*limit_r = (struct limit){ .kind = LIMIT_NONE };
	if (count == 1 && strcmp(texts[0], "none") == 0)
		return 0;
	limit_r->kind = LIMIT_UNLIMITED;
	if (count == 1 && strcmp(texts[0], "unlimited") == 0)
		return 0;
	vec_init(&windows, arena, sizeof(struct limit_window));
	for (size_t i = 0; i < count; i++) {
		rest = str_from(texts[i]);
		while (str_cut(&rest, ',', &piece))
			if (parse_window(piece, &windows, error_r) < 0)
				return -1;
	}
	return take_windows(&windows, limit_r, error_r);
}

const char *
limit_print(struct arena *arena, const struct limit *limit)
{
	struct buf text;

	if (limit->kind != LIMIT_WINDOWS)
		return limit->kind == LIMIT_NONE ? "none" : "unlimited";
	buf_init(&text, arena);
	for (size_t i = 0; i < limit->count; i++) {
		const struct limit_window *window = &limit->windows[i];

		buf_printf(&text, "%s%s/%s", i == 0 ? "" : " ",
		    setting_print(&window_rows[0], window, arena),
		    setting_print(&window_rows[1], window, arena));
	}
	return text.data;
}

const char *
limit_span(struct arena *arena, int64_t window_ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {
		{ 24 * 3600 * SECOND_MS, "day" }, { 3600 * SECOND_MS, "hour" },
		{ 60 * SECOND_MS, "minute" }, { SECOND_MS, "second" },
		{ 1, "millisecond" },
	};
	size_t i = 0;

	while (window_ms % units[i].ms != 0)
		i++;
	if (window_ms == units[i].ms)
		return units[i].name;
	return arena_printf(arena, "%" PRId64 " %ss", window_ms / units[i].ms,
	    units[i].name);
}
