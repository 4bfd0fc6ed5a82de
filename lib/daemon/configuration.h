/* SPDX-License-Identifier: ISC */
/* configuration.h - a daemon reads its configuration, and says what it thinks. */
#ifndef DAEMON_CONFIGURATION_H
#define DAEMON_CONFIGURATION_H

struct arena;
struct conf;
struct section;

/* conf_load(), with its warnings in the log. */
struct conf *configuration_load(const char *path,
    const struct section *const *sections,
    const struct section *const *others, struct arena *arena,
    const char **error_r);

/* Log what a reload has left as it was at the start. */
void configuration_log_restart(const struct conf *start,
    const struct conf *fresh, struct arena *arena);

#endif
