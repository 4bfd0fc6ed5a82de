/* SPDX-License-Identifier: ISC */
/* lane_hyperscan.c - many patterns in one database of Hyperscan. */
#ifdef HAVE_HYPERSCAN
#include "rules/lane_engine.h"

#include <hs/hs.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/vec.h"
#include "rules/pattern.h"

static const char no_memory[] = "there is not enough memory";

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

/* --- forms ---------------------------------------------------------------- */

enum form { FORM_EXACT, FORM_PLAIN, FORM_WEAK, FORM_NONE };

/* An expression on its way into a database. */
struct entry {
	struct lane_expression *expression;
	unsigned id;
	enum form form;
};

static const char *
text_of(const struct entry *entry)
{
	const char *const texts[] = {
		[FORM_EXACT] = entry->expression->exact,
		[FORM_PLAIN] = entry->expression->plain,
		[FORM_WEAK] = entry->expression->weak,
		[FORM_NONE] = NULL,
	};

	return texts[entry->form];
}

static unsigned
flags_of(const struct entry *entry)
{
	unsigned flags = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;
	unsigned wanted = entry->expression->flags;

	if ((wanted & PATTERN_CASELESS) != 0)
		flags |= HS_FLAG_CASELESS;
	if ((wanted & PATTERN_MULTILINE) != 0)
		flags |= HS_FLAG_MULTILINE;
	if ((wanted & PATTERN_DOTALL) != 0)
		flags |= HS_FLAG_DOTALL;
	if (entry->form != FORM_EXACT)
		flags |= HS_FLAG_PREFILTER;
	return flags;
}

/* Nearly all that it does not take is known from the words of the pattern. */
static bool
is_taken(const struct entry *entry)
{
	hs_compile_error_t *error = NULL;
	hs_expr_info_t *info = NULL;
	bool is_good = hs_expression_info(text_of(entry), flags_of(entry),
	    &info, &error) == HS_SUCCESS;

	free(info);
	hs_free_compile_error(error);
	return is_good;
}

/* The form, or the next one that there is and that is taken. */
static void
settle_form(struct entry *entry)
{
	while (entry->form != FORM_NONE && (text_of(entry) == NULL ||
	    !is_taken(entry)))
		entry->form++;
	entry->expression->way = entry->form == FORM_NONE ? LANE_ALONE :
	    entry->form == FORM_EXACT ? LANE_EXACT : LANE_CANDIDATE;
}

static void
lower_form(struct entry *entry)
{
	entry->form++;
	settle_form(entry);
}

/* --- compiling ------------------------------------------------------------ */

/* Time grows faster than their number: 507 patterns of real rules take 15 s in
 * one database, 7 s in two. Each database more is one more pass over the text. */
#define GROUP_MOST 500

/* So few are not worth several databases: each is a pass of its own, and over a
 * short text that is most of what it takes. */
#define SPLIT_LEAST 16

struct compiling {
	struct vec *databases;
	uint64_t most_mapped;	/* 0: no bound */
	const char *error;	/* NULL: good so far */
	const char **texts;	/* of one group */
	unsigned *flags, *ids;
};

static void
serialize(struct compiling *compiling, hs_database_t *database)
{
	struct vec *databases = compiling->databases;
	char *bytes;
	size_t len;
	int code = hs_serialize_database(database, &bytes, &len);

	hs_free_database(database);
	if (code != HS_SUCCESS) {
		compiling->error = no_memory;
		return;
	}
	*(struct str *)vec_push(databases) = str_of(bytes, len);
	arena_on_free(databases->arena, free, bytes);
}

enum outcome {
	MADE,
	REFUSED,		/* as a whole */
	REFUSED_ONE,
};

/* The limit that was there before is given back: ours alone are not to end for
 * want of memory. */
static hs_error_t
compile_bounded(const struct compiling *compiling, size_t count,
    hs_database_t **database_r, hs_compile_error_t **error_r)
{
	struct rlimit before, now;
	hs_error_t code;

	if (getrlimit(RLIMIT_AS, &before) < 0)
		before.rlim_cur = before.rlim_max = RLIM_INFINITY;
	now = before;
	if (compiling->most_mapped != 0 &&
	    compiling->most_mapped < before.rlim_cur)
		now.rlim_cur = compiling->most_mapped;
	(void)setrlimit(RLIMIT_AS, &now);
	code = hs_compile_multi(compiling->texts, compiling->flags,
	    compiling->ids, (unsigned)count, HS_MODE_BLOCK, NULL, database_r,
	    error_r);
	(void)setrlimit(RLIMIT_AS, &before);
	return code;
}

/* A database of these, which one of them may stand in the way of. */
static enum outcome
compile_once(struct compiling *compiling, const struct entry *entries,
    size_t count, size_t *culprit_r)
{
	hs_compile_error_t *error;
	hs_database_t *database;
	int place;

	for (size_t i = 0; i < count; i++) {
		compiling->texts[i] = text_of(&entries[i]);
		compiling->flags[i] = flags_of(&entries[i]);
		compiling->ids[i] = entries[i].id;
	}
	if (compile_bounded(compiling, count, &database, &error) ==
	    HS_SUCCESS) {
		serialize(compiling, database);
		return MADE;
	}
	/* It does not say so by a code. */
	if (strstr(error->message, "allocate") != NULL)
		compiling->error = no_memory;
	place = error->expression;
	hs_free_compile_error(error);
	if (place < 0 || (size_t)place >= count)
		return REFUSED;
	*culprit_r = (size_t)place;
	return REFUSED_ONE;
}

static bool
is_strong(const struct entry *entry)
{
	return entry->form == FORM_EXACT || entry->form == FORM_PLAIN;
}

/* One that lost its place goes to the end; how many are left. */
static size_t
lower_one(struct entry *entries, size_t count, size_t place)
{
	struct entry entry = entries[place];

	lower_form(&entry);
	if (is_strong(&entry)) {
		entries[place] = entry;
		return count;
	}
	entries[place] = entries[count - 1];
	entries[count - 1] = entry;
	return count - 1;
}

/* Of what is refused as a whole, each half is tried, down to those that are
 * refused alone: these get their next form. So deep as halves can be. */
static void
compile_group(struct compiling *compiling, struct entry *entries,
    size_t count)
{
	while (count > 0 && compiling->error == NULL) {
		size_t culprit = 0;

		switch (compile_once(compiling, entries, count, &culprit)) {
		case MADE:
			return;
		case REFUSED:
			if (count > 1) {
				compile_group(compiling, entries, count / 2);
				compile_group(compiling, entries + count / 2,
				    count - count / 2);
				return;
			}
			break;
		case REFUSED_ONE:
			break;
		}
		count = lower_one(entries, count, culprit);
	}
}

/* Together with others they would be no faster, and take several times as much
 * memory and time to make. */
static void
compile_weak(struct compiling *compiling, struct entry *entry)
{
	size_t culprit;

	if (compiling->error == NULL && entry->form == FORM_WEAK &&
	    compile_once(compiling, entry, 1, &culprit) != MADE)
		lower_form(entry);
}

/* How many stand in front now, the strong ones. */
static size_t
sort_entries(struct entry *entries, size_t count)
{
	size_t strong = 0;

	for (size_t i = 0; i < count; i++) {
		struct entry entry = entries[i];

		if (!is_strong(&entry))
			continue;
		entries[i] = entries[strong];
		entries[strong++] = entry;
	}
	return strong;
}

/* Compile these in so many databases, each of as many as the others. */
static void
compile_groups(struct compiling *compiling, struct entry *entries,
    size_t count)
{
	size_t groups = (count + GROUP_MOST - 1) / GROUP_MOST;

	for (size_t i = 0; i < groups; i++) {
		size_t first = count * i / groups;

		compile_group(compiling, entries + first,
		    count * (i + 1) / groups - first);
	}
}

/* How many stand in front now, those of a group. */
static size_t
sort_group(struct entry *entries, size_t count, unsigned group)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		struct entry entry = entries[i];

		if (entry.expression->group != group)
			continue;
		entries[i] = entries[found];
		entries[found++] = entry;
	}
	return found;
}

static void
compile_strong(struct compiling *compiling, struct entry *entries,
    size_t count)
{
	if (count < SPLIT_LEAST) {
		compile_groups(compiling, entries, count);
		return;
	}
	for (unsigned group = 0; group < LANE_GROUPS; group++) {
		size_t found = sort_group(entries, count, group);

		compile_groups(compiling, entries, found);
		entries += found;
		count -= found;
	}
}

static struct entry *
make_entries(struct arena *arena, struct lane_expression *expressions,
    size_t count)
{
	struct entry *entries = arena_alloc(arena, count * sizeof(*entries));

	for (size_t i = 0; i < count; i++) {
		entries[i] = (struct entry){ &expressions[i], (unsigned)i,
			FORM_EXACT };
		settle_form(&entries[i]);
	}
	return entries;
}

int
lane_engine_compile(struct lane_expression *expressions, size_t count,
    uint64_t most_mapped, struct vec *databases, const char **error_r)
{
	struct arena *arena = databases->arena;
	struct entry *entries = make_entries(arena, expressions, count);
	size_t strong = sort_entries(entries, count);
	struct compiling compiling = {
		.databases = databases,
		.most_mapped = most_mapped,
		.texts = arena_alloc(arena, count * sizeof(char *)),
		.flags = arena_alloc(arena, count * sizeof(unsigned)),
		.ids = arena_alloc(arena, count * sizeof(unsigned)),
	};

	compile_strong(&compiling, entries, strong);
	for (size_t i = 0; i < count; i++)
		compile_weak(&compiling, &entries[i]);
	*error_r = compiling.error;
	return compiling.error == NULL ? 0 : -1;
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
