/* SPDX-License-Identifier: ISC */
/* serve_limits.h - what addresses have used of their limits, for ctl. */
#ifndef POLICYD_SERVE_LIMITS_H
#define POLICYD_SERVE_LIMITS_H

#include <stdbool.h>

#include "base/str.h"

struct loop;
struct rulebook;

/* The questions under way: the store answers them in the loop's time. */
struct serve_limits;

/* NULL and errno when the process has no descriptor left. */
struct serve_limits *serve_limits_new(struct loop *loop);
/* After the control sockets are closed. */
void serve_limits_free(struct serve_limits **limits);

/* A verb of ctl.h with the argument {"address": …, "name": …}: what the address
 * has used (throttle_usage.h), or that is forgotten. */
int serve_limits_ask(struct serve_limits *limits, struct rulebook *rulebook,
    bool is_reset, struct str json, struct buf *out, const char **error_r);

#endif
