/* SPDX-License-Identifier: ISC */
/* load_proc.h - CPU time and memory of the processes under load. */
#ifndef BENCH_LOAD_PROC_H
#define BENCH_LOAD_PROC_H

#include <stddef.h>
#include <sys/types.h>

struct load_usage {
	int processes;
	double cpu_seconds;	/* user and system, of dead children too */
	long rss_kb;
	long rss_peak_kb;	/* since load_proc_reset_peak, if that worked */
	long pss_kb;		/* -1: not readable */
};

/*
 * Sums over PIDS and all their descendants (threads count with their
 * process).  A process that is gone counts nothing.
 */
void load_proc_read(const pid_t *pids, size_t count,
    struct load_usage *usage_r);

/* Begins a new peak of memory where the kernel lets us. */
void load_proc_reset_peak(const pid_t *pids, size_t count);

#endif
