/* SPDX-License-Identifier: ISC */
/* served_directory.c - what a running daemon knows of the directory. */
#include "directory/served_directory.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "directory/directory_settings.h"
#include "directory/inquiry.h"
#include "directory/policies.h"

struct served_directory {
	struct inquiry *inquiry;	/* NULL: there is no directory */
	struct policies *policies;	/* NULL with it */
};

struct served_directory *
served_directory_open(const struct directory_settings *settings,
    char delimiter, struct arena *arena, const char **error_r)
{
	struct served_directory *directory = calloc(1, sizeof(*directory));

	if (directory == NULL)
		abort();
	if (settings->kind == DIRECTORY_NONE)
		return directory;
	directory->inquiry = inquiry_new(settings, arena, error_r);
	if (directory->inquiry == NULL) {
		served_directory_close(&directory);
		return NULL;
	}
	directory->policies = policies_new(directory->inquiry, delimiter,
	    (size_t)settings->cache_size, settings->stale_ms);
	return directory;
}

void
served_directory_close(struct served_directory **directory)
{
	struct served_directory *old = *directory;

	*directory = NULL;
	if (old == NULL)
		return;
	policies_free(&old->policies);
	inquiry_free(&old->inquiry);
	free(old);
}

struct policies *
served_directory_policies(const struct served_directory *directory)
{
	return directory->policies;
}

struct inquiry *
served_directory_inquiry(const struct served_directory *directory)
{
	return directory->inquiry;
}

const char *
served_directory_degraded(const struct served_directory *directory,
    struct arena *arena)
{
	const char *why = NULL;

	if (directory->inquiry != NULL)
		why = inquiry_degraded(directory->inquiry, arena);
	return why == NULL ? NULL : arena_printf(arena, "the directory cannot "
	    "be asked, what was known last serves: %s", why);
}

static const struct {
	const char *name, *type, *help;
} figures[] = {
	{ "asked_total", "counter", "Addresses asked about." },
	{ "hits_total", "counter", "Of these, known already." },
	{ "stale_total", "counter", "Of these, answered by what was known "
	    "last." },
	{ "addresses", "gauge", "Addresses that are known." },
	{ "generation", "gauge", "The state of the directory that is known "
	    "of." },
};

void
served_directory_write_metrics(const struct served_directory *directory,
    const char *daemon, struct buf *out)
{
	struct policies_stats stats;
	int64_t values[ARRAY_LEN(figures)];

	if (directory->policies == NULL)
		return;
	policies_count(directory->policies, &stats);
	values[0] = stats.asked;
	values[1] = stats.hits;
	values[2] = stats.stale;
	values[3] = (int64_t)stats.count;
	values[4] = inquiry_generation(directory->inquiry);
	for (size_t i = 0; i < ARRAY_LEN(figures); i++)
		buf_printf(out, "# HELP mailreeve_%s_directory_%s %s\n"
		    "# TYPE mailreeve_%s_directory_%s %s\n"
		    "mailreeve_%s_directory_%s %" PRId64 "\n", daemon,
		    figures[i].name, figures[i].help, daemon, figures[i].name,
		    figures[i].type, daemon, figures[i].name, values[i]);
}
