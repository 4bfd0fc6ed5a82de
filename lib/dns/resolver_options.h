/* SPDX-License-Identifier: ISC */
/* resolver_options.h - what libunbound is told, as text. */
#ifndef DNS_RESOLVER_OPTIONS_H
#define DNS_RESOLVER_OPTIONS_H

#include <stddef.h>

struct arena;
struct dns_settings;

/* An option of unbound.conf(5). */
struct resolver_option {
	const char *name;		/* "module-config:" */
	const char *value;
};

struct resolver_options {
	const struct resolver_option *items;
	size_t count;
	size_t max_under_way;		/* what the descriptors allow */
};

/* A name that libunbound denies by itself, in every configuration. */
#define RESOLVER_LOCAL_NAME "mailreeve-start.invalid."

/* What follows from the settings, but for the servers; in arena. */
void resolver_options_make(const struct dns_settings *settings,
    struct arena *arena, struct resolver_options *options_r);

#endif
