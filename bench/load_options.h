/* SPDX-License-Identifier: ISC */
/* load_options.h - the command line of the load generator. */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

#include "load_message.h"
#include "load_run.h"

struct load_options {
	struct load_plan plan;
	struct load_envelope envelope;	/* for messages without their own */
	char *const *sockets;		/* as many as the plan has hops */
	const char *corpus;		/* NULL: one made message */
	const char *envelopes;		/* TSV, or NULL */
	size_t corpus_limit;
	size_t made_size;
};

/*
 * 0: run; 1: --help was printed; -1: a mistake, said on stderr.  Strings
 * point into ARGV.
 */
int load_options_parse(int argc, char **argv, struct load_options *options_r);

/*
 * A socket as libmilter spells it: unix:PATH, local:PATH, a PATH with a
 * slash, inet:PORT@HOST, inet6:PORT@HOST; "policy:" in front makes it one of
 * a policy service.  0, or -1 and a line on stderr.
 */
int load_options_socket(const char *text, struct load_hop *hop_r);

#endif
