/* SPDX-License-Identifier: ISC */
/* resolver.h - DNS answers from servers, asked in a thread of their own. */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

struct arena;
struct dns_settings;
struct dns_source;

/* A source as the settings (section dns) say: their zone file, or a resolver
 * with a thread and a cache. settings must live as long. Call it after the
 * process has forked for the last time; the thread takes no signals.
 * NULL with the reason; the text lives in arena. */
struct dns_source *resolver_new(const struct dns_settings *settings,
    struct arena *arena, const char **error_r);

#endif
