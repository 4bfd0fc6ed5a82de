/* SPDX-License-Identifier: ISC */
/* lane_hyperscan.c - many patterns in one database of Hyperscan. */
#ifdef HAVE_HYPERSCAN
#include "rules/lane_engine.h"

#include <hs/hs.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/vec.h"
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

static bool
is_weak(const struct lane_expression *expression)
{
	return expression->text == expression->weak;
}

/* Exact, else as a prefilter, else what is weaker, else not at all. */
static void
lower_way(struct lane_expression *expression)
{
	if (expression->way == LANE_EXACT) {
		expression->way = LANE_CANDIDATE;
	} else if (!is_weak(expression)) {
		expression->text = expression->weak;
		expression->way = expression->text == NULL ? LANE_ALONE :
		    LANE_CANDIDATE;
	} else {
		expression->way = LANE_ALONE;
	}
}

static void
find_way(struct lane_expression *expression)
{
	expression->way = expression->is_approximate ? LANE_CANDIDATE :
	    LANE_EXACT;
	if (expression->text == NULL) {
		expression->way = LANE_CANDIDATE;
		lower_way(expression);
	}
	while (expression->way != LANE_ALONE && !is_taken(expression))
		lower_way(expression);
}

struct input {
	const char **texts;
	unsigned *flags, *ids, count;
};

/* Those of one database: all but the weak ones. */
static void
gather(struct input *input, const struct lane_expression *expressions,
    size_t count)
{
	input->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (expressions[i].way == LANE_ALONE ||
		    is_weak(&expressions[i]))
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
		    !is_weak(&expressions[i]) && !compiles(&expressions[i])) {
			lower_way(&expressions[i]);
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
	lower_way(&expressions[input->ids[place]]);
	return true;
}

static int
serialize(struct vec *databases, hs_database_t *database, const char **error_r)
{
	struct str *written = vec_push(databases);
	char *bytes;
	size_t len;
	int code = hs_serialize_database(database, &bytes, &len);

	hs_free_database(database);
	if (code != HS_SUCCESS) {
		*error_r = "the database cannot be written down";
		return -1;
	}
	*written = str_of(bytes, len);
	arena_on_free(databases->arena, free, bytes);
	return 0;
}

static int
compile_strong(struct lane_expression *expressions, size_t count,
    struct vec *databases, const char **error_r)
{
	struct arena *arena = databases->arena;
	struct input input = {
		.texts = arena_alloc(arena, count * sizeof(*input.texts)),
		.flags = arena_alloc(arena, count * sizeof(*input.flags)),
		.ids = arena_alloc(arena, count * sizeof(*input.ids)),
	};
	hs_compile_error_t *error;
	hs_database_t *database;

	for (;;) {
		int place;

		gather(&input, expressions, count);
		if (input.count == 0)
			return 0;
		if (hs_compile_multi(input.texts, input.flags, input.ids,
		    input.count, HS_MODE_BLOCK, NULL, &database,
		    &error) == HS_SUCCESS)
			return serialize(databases, database, error_r);
		*error_r = arena_strdup(arena, error->message);
		place = error->expression;
		hs_free_compile_error(error);
		if (!lower(&input, expressions, count, place))
			return -1;
	}
}

/* Together with others they would be no faster, and take several times as much
 * memory and time to make: one database each. */
static int
compile_weak(struct lane_expression *expression, unsigned id,
    struct vec *databases, const char **error_r)
{
	unsigned flags = flags_of(expression);
	hs_compile_error_t *error = NULL;
	hs_database_t *database;

	if (hs_compile_multi(&expression->text, &flags, &id, 1, HS_MODE_BLOCK,
	    NULL, &database, &error) == HS_SUCCESS)
		return serialize(databases, database, error_r);
	hs_free_compile_error(error);
	expression->way = LANE_ALONE;
	return 0;
}

int
lane_engine_compile(struct lane_expression *expressions, size_t count,
    struct vec *databases, const char **error_r)
{
	for (size_t i = 0; i < count; i++) {
		find_way(&expressions[i]);
		if (expressions[i].way != LANE_ALONE &&
		    !is_weak(&expressions[i]) &&
		    strlen(expressions[i].text) > LONG_EXPRESSION)
			(void)lower_each(&expressions[i], 1);
	}
	if (compile_strong(expressions, count, databases, error_r) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (expressions[i].way != LANE_ALONE &&
		    is_weak(&expressions[i]) &&
		    compile_weak(&expressions[i], (unsigned)i, databases,
		    error_r) < 0)
			return -1;
	return 0;
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

void
lane_engine_scan(const struct lane_database *database,
    struct lane_engine_scratch *scratch, struct str text,
    void (*found)(void *arg, size_t id), void *arg)
{
	struct report report = { found, arg };

	/* What can go wrong is ours: a scratch that does not fit, or that
	 * another thread has. */
	if (hs_scan((const hs_database_t *)database,
	    text.data == NULL ? "" : text.data, (unsigned)text.len, 0,
	    scratch->scratch, on_match, &report) != HS_SUCCESS)
		abort();
}

#endif
