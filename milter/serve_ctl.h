/* SPDX-License-Identifier: ISC */
/* serve_ctl.h - the verbs that the running milter answers. */
#ifndef MILTER_SERVE_CTL_H
#define MILTER_SERVE_CTL_H

#include "base/ctl.h"

struct events;
struct rule_hits;
struct server;
struct verb_daemon;

/* For control_open(), with the struct server as their argument. */
extern const struct ctl_verb serve_verbs[];

/* What only these verbs want to know of a server (serve.c). */
struct events *server_events(const struct server *server);
struct rule_hits *server_rule_hits(const struct server *server);
const struct verb_daemon *server_self(const struct server *server);

#endif
