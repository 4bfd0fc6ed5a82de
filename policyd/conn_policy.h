/* SPDX-License-Identifier: ISC */
/* conn_policy.h - connections that speak Postfix's policy protocol. */
#ifndef POLICYD_CONN_POLICY_H
#define POLICYD_CONN_POLICY_H

#include "policyd/conn.h"

struct hearing;
struct instances;
struct rulebook;
struct ruling;

/* The arg of its service. */
struct policy_service {
	struct instances *instances;
	/* The rulebook in force, as a reference of the caller's. */
	struct rulebook *(*rulebook)(void *arg);
	/* A request is decided; its answer is about to leave. */
	void (*decided)(void *arg, struct hearing *hearing,
	    const struct ruling *ruling);
	/* What came was no request that we can read: why. */
	void (*unread)(void *arg, const char *reason);
	void *arg;
};

extern const struct conn_protocol policy_protocol;

#endif
