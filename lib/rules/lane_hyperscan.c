/* SPDX-License-Identifier: ISC */
/* lane_hyperscan.c - many patterns in one database of Hyperscan. */
#ifdef HAVE_HYPERSCAN
#include "rules/lane_engine.h"

#include <hs/hs.h>
#include <limits.h>
#include <stdlib.h>

#include "base/arena.h"
#include "rules/pattern.h"

/* Of longer ones it is known only by trying whether it takes them. */
#define LONG_EXPRESSION 500

struct lane_engine_scratch {
	hs_scratch_t *scratch;
};

bool
lane_engine_is_here(void)
{
	return hs_valid_platform() == HS_SUCCESS;
}

struct str
lane_engine_version(struct arena *arena)
{
	hs_platform_info_t platform = { .tune = 0 };

	(void)hs_populate_platform(&platform);
	return str_from(arena_printf(arena, "%s tune=%u features=%llx",
	    hs_version(), platform.tune, platform.cpu_features));
}

/* --- compiling ------------------------------------------------------------ */

static unsigned
flags_of(const struct lane_expression *expression)
{
	unsigned flags = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;

	if ((expression->flags & PATTERN_CASELESS) != 0)
		flags |= HS_FLAG_CASELESS;
	if ((expression->flags & PATTERN_MULTILINE) != 0)
		flags |= HS_FLAG_MULTILINE;
	if ((expression->flags & PATTERN_DOTALL) != 0)
		flags |= HS_FLAG_DOTALL;
	if ((expression->flags & PATTERN_UTF) != 0)
		flags |= HS_FLAG_UTF8 | HS_FLAG_UCP;
	if (expression->way == LANE_CANDIDATE)
		flags |= HS_FLAG_PREFILTER;
	return flags;
}

/* Nearly all that it does not take is known from the words of the pattern. */
static bool
is_taken(const struct lane_expression *expression)
{
	hs_compile_error_t *error = NULL;
	hs_expr_info_t *info = NULL;
	bool is_good = hs_expression_info(expression->text,
	    flags_of(expression), &info, &error) == HS_SUCCESS;

	free(info);
	hs_free_compile_error(error);
	return is_good;
}

static void
find_way(struct lane_expression *expression)
{
	expression->way = expression->text == NULL ? LANE_ALONE : LANE_EXACT;
	while (expression->way != LANE_ALONE && !is_taken(expression))
		expression->way--;
}

struct input {
	const char **texts;
	unsigned *flags, *ids, count;
};

static void
gather(struct input *input, const struct lane_expression *expressions,
    size_t count)
{
	input->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (expressions[i].way == LANE_ALONE)
			continue;
		input->texts[input->count] = expressions[i].text;
		input->flags[input->count] = flags_of(&expressions[i]);
		input->ids[input->count++] = (unsigned)i;
	}
}

/* Does it make a database of its own? */
static bool
compiles(const struct lane_expression *expression)
{
	hs_compile_error_t *error = NULL;
	hs_database_t *database = NULL;
	bool is_good = hs_compile(expression->text, flags_of(expression),
	    HS_MODE_BLOCK, NULL, &database, &error) == HS_SUCCESS;

	hs_free_compile_error(error);
	hs_free_database(database);
	return is_good;
}

/* What it finds out only when it has seen all, it says of none of them ("Pattern
 * is too large."): each is tried by itself. */
static bool
lower_each(struct lane_expression *expressions, size_t count)
{
	bool has_lowered = false;

	for (size_t i = 0; i < count; i++)
		while (expressions[i].way != LANE_ALONE &&
		    !compiles(&expressions[i])) {
			expressions[i].way--;
			has_lowered = true;
		}
	return has_lowered;
}

/* An expression that made the whole fail gets a lower way. False: none did. */
static bool
lower(const struct input *input, struct lane_expression *expressions,
    size_t count, int place)
{
	if (place < 0 || (unsigned)place >= input->count)
		return lower_each(expressions, count);
	expressions[input->ids[place]].way--;
	return true;
}

static int
serialize(struct arena *arena, hs_database_t *database, struct str *bytes_r,
    const char **error_r)
{
	char *bytes;
	size_t len;
	int code = hs_serialize_database(database, &bytes, &len);

	hs_free_database(database);
	if (code != HS_SUCCESS) {
		*error_r = "the database cannot be written down";
		return -1;
	}
	*bytes_r = str_of(bytes, len);
	arena_on_free(arena, free, bytes);
	return 0;
}

int
lane_engine_compile(struct arena *arena, struct lane_expression *expressions,
    size_t count, struct str *bytes_r, const char **error_r)
{
	struct input input = {
		.texts = arena_alloc(arena, count * sizeof(*input.texts)),
		.flags = arena_alloc(arena, count * sizeof(*input.flags)),
		.ids = arena_alloc(arena, count * sizeof(*input.ids)),
	};
	hs_compile_error_t *error;
	hs_database_t *database;

	for (size_t i = 0; i < count; i++) {
		find_way(&expressions[i]);
		if (expressions[i].way != LANE_ALONE &&
		    strlen(expressions[i].text) > LONG_EXPRESSION)
			(void)lower_each(&expressions[i], 1);
	}
	*bytes_r = STR("");
	for (;;) {
		int place;

		gather(&input, expressions, count);
		if (input.count == 0)
			return 0;
		if (hs_compile_multi(input.texts, input.flags, input.ids,
		    input.count, HS_MODE_BLOCK, NULL, &database,
		    &error) == HS_SUCCESS)
			return serialize(arena, database, bytes_r, error_r);
		*error_r = arena_strdup(arena, error->message);
		place = error->expression;
		hs_free_compile_error(error);
		if (!lower(&input, expressions, count, place))
			return -1;
	}
}

/* --- databases ------------------------------------------------------------ */

static void
free_database(void *database)
{
	hs_free_database(database);
}

struct lane_database *
lane_engine_load(struct arena *arena, struct str bytes, const char **error_r)
{
	hs_database_t *database;
	int code = hs_deserialize_database(bytes.data, bytes.len, &database);

	if (code != HS_SUCCESS) {
		*error_r = arena_printf(arena, "Hyperscan does not take the "
		    "database (error %d)", code);
		return NULL;
	}
	arena_on_free(arena, free_database, database);
	return (struct lane_database *)database;
}

size_t
lane_engine_bytes(const struct lane_database *database)
{
	size_t bytes = 0;

	(void)hs_database_size((const hs_database_t *)database, &bytes);
	return bytes;
}

/* --- scanning ------------------------------------------------------------- */

static void
free_scratch(void *data)
{
	struct lane_engine_scratch *scratch = data;

	hs_free_scratch(scratch->scratch);
}

struct lane_engine_scratch *
lane_engine_scratch_new(struct arena *arena)
{
	struct lane_engine_scratch *scratch = arena_zalloc(arena,
	    sizeof(*scratch));

	arena_on_free(arena, free_scratch, scratch);
	return scratch;
}

void
lane_engine_scratch_add(struct lane_engine_scratch *scratch,
    const struct lane_database *database)
{
	if (hs_alloc_scratch((const hs_database_t *)database,
	    &scratch->scratch) != HS_SUCCESS)
		abort();
}

struct report {
	void (*found)(void *arg, size_t id);
	void *arg;
};

static int
on_match(unsigned id, unsigned long long from, unsigned long long to,
    unsigned flags, void *arg)
{
	const struct report *report = arg;

	(void)from;
	(void)to;
	(void)flags;
	report->found(report->arg, id);
	return 0;
}

bool
lane_engine_scan(const struct lane_database *database,
    struct lane_engine_scratch *scratch, struct str text,
    void (*found)(void *arg, size_t id), void *arg)
{
	struct report report = { found, arg };

	/* Nothing was reported when it refuses: it looks at its arguments
	 * first. */
	return text.len <= UINT_MAX && hs_scan((const hs_database_t *)database,
	    text.data == NULL ? "" : text.data, (unsigned)text.len, 0,
	    scratch->scratch, on_match, &report) == HS_SUCCESS;
}

#endif
