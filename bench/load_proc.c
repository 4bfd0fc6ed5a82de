/* SPDX-License-Identifier: ISC */
/* load_proc.c - sums /proc over process trees. */
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load_proc.h"

struct process {
	pid_t pid;
	pid_t parent;
	unsigned long long child_ticks;	/* of children waited for */
	bool is_ours;
};

struct process_table {
	struct process *rows;
	size_t count;
};

static bool
read_stat(pid_t pid, struct process *process_r)
{
	char path[64], line[1024];
	unsigned long long child_user, child_system;
	const char *at = NULL;
	FILE *file;
	int parent;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	/* The name may hold anything, even blanks and parentheses. */
	if (fgets(line, sizeof(line), file) != NULL)
		at = strrchr(line, ')');
	fclose(file);
	if (at == NULL || sscanf(at, ") %*c %d %*d %*d %*d %*d %*u %*u %*u "
	    "%*u %*u %*u %*u %llu %llu", &parent, &child_user,
	    &child_system) != 3)
		return false;
	process_r->pid = pid;
	process_r->parent = parent;
	process_r->child_ticks = child_user + child_system;
	process_r->is_ours = false;
	return true;
}

static void
read_table(struct process_table *table)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	memset(table, 0, sizeof(*table));
	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if ((table->count & 63) == 0)
			table->rows = realloc(table->rows,
			    (table->count + 64) * sizeof(*table->rows));
		if (table->rows == NULL)
			abort();
		table->count += read_stat((pid_t)atoi(entry->d_name),
		    &table->rows[table->count]);
	}
	if (proc != NULL)
		closedir(proc);
}

static void
mark(struct process_table *table, pid_t pid)
{
	for (size_t i = 0; i < table->count; i++) {
		struct process *process = &table->rows[i];

		if (process->is_ours)
			continue;
		if (process->pid == pid)
			process->is_ours = true;
		else if (process->parent == pid)
			mark(table, process->pid);
	}
}

/* All processes; is_ours are those of COUNT PIDS and their descendants. */
static void
read_trees(const pid_t *pids, size_t count, struct process_table *table_r)
{
	read_table(table_r);
	for (size_t i = 0; i < count; i++)
		mark(table_r, pids[i]);
}

/* The number behind KEY in a file of "Key:  number kB" lines, or -1. */
static long
read_kb(pid_t pid, const char *name, const char *key)
{
	char path[64], line[256];
	size_t len = strlen(key);
	long kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "r");
	while (file != NULL && kb < 0 &&
	    fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, key, len) == 0)
			kb = atol(line + len);
	}
	if (file != NULL)
		fclose(file);
	return kb;
}

static void
add_memory(pid_t pid, struct load_usage *usage)
{
	long rss = read_kb(pid, "status", "VmRSS:");
	long peak = read_kb(pid, "status", "VmHWM:");
	long pss = read_kb(pid, "smaps_rollup", "Pss:");

	usage->rss_kb += rss > 0 ? rss : 0;
	usage->rss_peak_kb += peak > 0 ? peak : 0;
	if (pss < 0 || usage->pss_kb < 0)
		usage->pss_kb = -1;
	else
		usage->pss_kb += pss;
}

/* CPU of PROCESS in seconds.  Its own is exact: a short run has few ticks. */
static double
cpu_of(const struct process *process)
{
	double seconds = (double)process->child_ticks /
	    (double)sysconf(_SC_CLK_TCK);
	struct timespec own;
	clockid_t clock;

	if (clock_getcpuclockid(process->pid, &clock) == 0 &&
	    clock_gettime(clock, &own) == 0)
		seconds += (double)own.tv_sec + (double)own.tv_nsec / 1e9;
	return seconds;
}

void
load_proc_read(const pid_t *pids, size_t count, struct load_usage *usage_r)
{
	struct process_table table;

	memset(usage_r, 0, sizeof(*usage_r));
	if (count == 0)
		return;
	read_trees(pids, count, &table);
	for (size_t i = 0; i < table.count; i++) {
		if (!table.rows[i].is_ours)
			continue;
		usage_r->processes++;
		usage_r->cpu_seconds += cpu_of(&table.rows[i]);
		add_memory(table.rows[i].pid, usage_r);
	}
	free(table.rows);
}

void
load_proc_reset_peak(const pid_t *pids, size_t count)
{
	struct process_table table;

	if (count == 0)
		return;
	read_trees(pids, count, &table);
	for (size_t i = 0; i < table.count; i++) {
		char path[64];
		FILE *file;

		if (!table.rows[i].is_ours)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/clear_refs",
		    (int)table.rows[i].pid);
		file = fopen(path, "w");
		if (file == NULL)
			continue;
		fputs("5\n", file);	/* proc(5): resets VmHWM */
		fclose(file);
	}
	free(table.rows);
}
