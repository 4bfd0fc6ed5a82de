/* SPDX-License-Identifier: ISC */
/* object_dependents.h - what names an object, told. */
#ifndef CLI_OBJECT_DEPENDENTS_H
#define CLI_OBJECT_DEPENDENTS_H

#include "base/vec.h"

struct buf;
struct json_writer;
struct object_job;

/* Ask for what names the object of the job (struct directory_dependent). -1
 * with job->error. */
int object_dependents(struct object_job *job, struct vec *dependents);

/* A table of the first of each way to name it, below this title; nothing where
 * nothing names it. The addresses of a domain are not in it. */
void object_dependents_print(struct buf *out, const char *title,
    const struct vec *dependents);
/* A member "named_by": [{"kind", "name", "key"}]. */
void object_dependents_json(struct json_writer *json,
    const struct vec *dependents);

#endif
