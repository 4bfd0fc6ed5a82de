/* SPDX-License-Identifier: ISC */
/* daemon.h - asking a running daemon over its control socket. */
#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include "base/str.h"
#include "cli/command.h"

struct node;

/* What every command has that asks a daemon; the first member of its struct. */
struct daemon_options {
	const char *config;
	const char *socket;
	bool wants_json;
};

#define DAEMON_OPTION_ROWS(type, member)                                     \
	OPTION_CONFIG_ROW(type, member.config),                              \
	OPTION_TEXT_ROW("socket", type, member.socket, "PATH",               \
	    "Ask at this control socket instead of the configured one."),    \
	OPTION_FLAG_ROW("json", type, member.wants_json,                     \
	    "Print the answer of the daemon as it is, in JSON.")

/* Ask the milter: at the administrator's socket, or at that of the plugins
 * where this user may not use the first. The answer, and what it says as a
 * tree. CLI_OK, or another code: cli_error() has said why. */
int daemon_ask(struct command_run *run, const struct daemon_options *options,
    const char *verb, struct str json, struct str *answer_r,
    const struct node **node_r);

#endif
