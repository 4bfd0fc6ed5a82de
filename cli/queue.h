/* SPDX-License-Identifier: ISC */
/* queue.h - what the commands about held mail have in common. */
#ifndef CLI_QUEUE_H
#define CLI_QUEUE_H

#include "base/str.h"
#include "base/vec.h"
#include "cli/daemon.h"

struct json_writer;
struct node;

/* What each of them has; the first member of its struct. */
struct queue_options {
	struct daemon_options daemon;	/* config, wants_json */
	const char *helper;
	const char *postfix;
};

#define QUEUE_OPTION_ROWS(type, member)                                      \
	OPTION_CONFIG_ROW(type, member.daemon.config),                       \
	OPTION_TEXT_ROW("helper", type, member.helper, "PATH",               \
	    "Ask mailreeve-queue at this socket, instead of "                \
	    "/run/mailreeve/queue.ctl; as root too."),                       \
	OPTION_TEXT_ROW("postfix", type, member.postfix, "DIR",              \
	    "Root only: of the Postfix instance whose main.cf is in DIR.")

/* What their --help says of rights. */
#define QUEUE_RIGHTS_TEXT                                                    \
	"Root asks Postfix by itself; members of the group mailreeve-admin do so " \
	"through mailreeve-queue, which systemd starts for them "            \
	"(mailreeve-queue.socket)."

/* Who put a message on hold, as far as the daemons remember. */
enum queue_holder {
	HELD_BY_MAILREEVE,
	HELD_BY_OTHERS,		/* a daemon knows it, and did not hold it */
	HELD_BY_NOBODY_KNOWS,
};

struct queue_held {
	const struct node *message;	/* of `list`, see queue/queue.h */
	const char *queue_id;
	const char *id;			/* ours; NULL: not known */
	enum queue_holder holder;
	const char *reason;		/* for people; NULL: not known */
};

/* Ask for what only root may do, see queue/queue.h. NULL: it failed, cli_error()
 * has said why. */
const struct node *queue_ask(struct command_run *run,
    const struct queue_options *options, const char *verb, struct str json);

/* All that is on hold, oldest first (struct queue_held), with what the daemons
 * know of it. An enum cli_exit: unless it is CLI_OK, cli_error() has said why. */
int queue_list(struct command_run *run, const struct queue_options *options,
    struct vec *held_r);

/* The one line in which a message is told: "2026-11-21 19:21 UTC, 238 bytes,
 * from <ann@example.org> to <bob@example.net> and 2 more". Arena text. */
const char *queue_text(struct arena *arena, const struct queue_held *held);

/* {"messages":[…]} of queue/request.h, begun and ended around those that are
 * put into it; id and reason may be NULL. */
void queue_request_begin(struct json_writer *json, struct buf *out);
void queue_request_put(struct json_writer *json, const char *queue_id,
    const char *id, const char *reason);
struct str queue_request_end(struct json_writer *json);

/* The daemons that remember what they decided (queue_why.c). */
struct queue_whys {
	struct command_run *run;
	struct daemon_answers daemons;	/* those that answer */
};

int queue_whys_begin(struct queue_whys *whys, struct command_run *run,
    const struct queue_options *options);
/* Fill in holder, reason and, where it was not known, id. A daemon that does not
 * answer is complained about once. */
void queue_whys_find(struct queue_whys *whys, struct queue_held *held);

#endif
