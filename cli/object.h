/* SPDX-License-Identifier: ISC */
/* object.h - what the commands about objects of the directory have in common. */
#ifndef CLI_OBJECT_H
#define CLI_OBJECT_H

#include "cli/object_command.h"
#include "directory/directory.h"

struct conf;

/* One run of such a command. */
struct object_job {
	struct command_run *run;
	struct arena *arena;
	const struct directory_kind *kind;
	const struct object_options *options;
	const char *const *key;		/* the words of the name */
	const char *const *words;	/* what stands behind it */
	size_t word_count;
	struct directory *directory;
	const struct conf *conf;
	/* What it has made or set; NULL: nothing. */
	const struct directory_object *made;
	struct db_error error;
	bool is_misused;		/* the words are to blame for it */
};

/* Take the words apart, open the directory. An enum cli_exit: unless it is
 * CLI_OK, cli_error() has said why. */
int object_job_begin(struct object_job *job, struct command_run *run,
    enum db_use use);
/* Tell job->error by cli_error(); CLI_FAILED, or CLI_USAGE. */
int object_job_fail(const struct object_job *job);

/* The object of the name. -1 with job->error; when there is none, with a name
 * that may be meant. */
int object_find(struct object_job *job, struct directory_object **object_r);
/* "user ann@example.org". Arena text. */
const char *object_title(const struct directory_object *object,
    struct arena *arena);
/* The name as the directory spells it, whether or not it is there:
 * "ann@example.org". NULL with the reason. */
const char *object_spelled_name(const struct directory_kind *kind,
    const char *const *key, struct arena *arena, const char **error_r);

/* Set what the words say (KEY=VALUE, KEY=, KEY+=VALUE, KEY-=VALUE). -1 with
 * job->error. */
int object_set_words(struct object_job *job, struct directory_object *object);
/* What may be wrong with a list among them that was refused: "; …", or "". */
const char *object_words_remedy(const struct object_job *job);

/* --- printing (object_print.c, object_show.c) --- */

/* A value for people, on one line; "" when there is none. Arena text. */
const char *object_value(const struct setting *row, const void *values,
    struct arena *arena);
/* The status, where this kind has one and it is not "active"; else NULL. */
const char *object_status(const struct directory_object *object,
    struct arena *arena);
/* class=staff quota=2g: what differs from the defaults, but for the status. */
const char *object_settings(const struct directory_object *object,
    struct arena *arena);

struct json_writer;
/* The members of the object's JSON, inside of an object that was begun. */
void object_put_json(struct json_writer *json,
    const struct directory_object *object);
/* A member with the value, as its kind is. */
void object_put_value(struct json_writer *json, const struct setting *row,
    const void *values);

/* --- changing (object_change.c) --- */

/* The whole run of a verb that changes something: make the change in one
 * transaction, print it, as the audit has it; with --dry-run it is taken back.
 * make gives 0, or -1 with job->error. An enum cli_exit. */
int object_change(struct command_run *run,
    int (*make)(struct object_job *job));
/* The same; but what would change is shown first, and asked for, unless it is
 * sure (--yes). */
int object_change_asked(struct command_run *run,
    int (*make)(struct object_job *job));

/* --- the audit (object_audit.c) --- */

/* What was done: "set user ann@example.org", with a line below it for each
 * value that differs; wants_values: also of what is new or gone. */
void object_audit_print(struct buf *out, const struct directory_audit *entry,
    bool wants_values);
/* On one line of JSON. */
void object_audit_json(struct buf *out, const struct directory_audit *entry);

#endif
