/* SPDX-License-Identifier: ISC */
/* daemon.h - asking the running daemons over their control sockets. */
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
	    "Ask the daemon at this control socket alone, instead of those " \
	    "of the configuration."),                                        \
	OPTION_FLAG_ROW("json", type, member.wants_json,                     \
	    "Print the answer as it is, in JSON.")

#define DAEMON_ANSWERS_MAX 4

/* What one of them said. */
struct daemon_answer {
	const char *path;		/* its control socket */
	const char *error;		/* NULL: it has answered */
	bool is_not_found;		/* it does not know what was asked for */
	struct str text;
	const struct node *node;	/* text as a tree */
};

struct daemon_answers {
	struct daemon_answer items[DAEMON_ANSWERS_MAX];
	size_t count;
};

/* Find the daemons of this host: those that have a section in the configuration
 * or whose control socket is there; the milter when there are none. Of the two
 * sockets of each the administrator's, or that of the plugins where this user
 * may not use the first. CLI_OK with a path in each answer, or CLI_USAGE:
 * cli_error() has said why. */
int daemon_find(struct command_run *run, const struct daemon_options *options,
    struct daemon_answers *answers_r);

/* The same for policyd alone. */
int daemon_find_policyd(struct command_run *run,
    const struct daemon_options *options, struct daemon_answers *answers_r);

/* Ask each of them: answer or error. */
void daemon_ask(struct command_run *run, struct daemon_answers *answers,
    const char *verb, struct str json);

/* Tell by cli_error() who did not answer. How many. */
size_t daemon_complain(const struct daemon_answers *answers);

/* The answer to `why ID` of each of them. */
void daemon_ask_why(struct command_run *run, struct daemon_answers *answers,
    const char *id);

#endif
