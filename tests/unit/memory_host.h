/* SPDX-License-Identifier: ISC */
/* memory_host.h - for tests: a store in memory on a socket, as policyd has it. */
#ifndef UNIT_MEMORY_HOST_H
#define UNIT_MEMORY_HOST_H

#include <stdint.h>

#include "store/remote_server.h"
#include "store/store_settings.h"

/* The store, its socket in a folder of its own, and a thread that serves it. */
struct memory_host;
struct memory_host *memory_host_new(void);
void memory_host_free(struct memory_host **host);

/* Its clients' settings, with this time for an operation. */
struct store_settings memory_host_settings(const struct memory_host *host,
    int64_t timeout_ms);
const char *memory_host_path(const struct memory_host *host);

/* Nobody looks at its connections, and somebody does again. */
void memory_host_pause(struct memory_host *host);
void memory_host_resume(struct memory_host *host);
/* The socket is gone with all connections; and there again, with what the store
 * had. */
void memory_host_stop(struct memory_host *host);
void memory_host_start(struct memory_host *host);

/* While it is paused. */
struct remote_server_stats memory_host_stats(const struct memory_host *host);
struct store *memory_host_store(struct memory_host *host);

#endif
