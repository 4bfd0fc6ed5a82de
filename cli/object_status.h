/* SPDX-License-Identifier: ISC */
/* object_status.h - objects that may be suspended. */
#ifndef CLI_OBJECT_STATUS_H
#define CLI_OBJECT_STATUS_H

#include <stdbool.h>

struct directory_kind;
struct object_job;

bool object_has_status(const struct directory_kind *kind);
/* Find the object of the job, and give it this status. 0, or -1 with
 * job->error. */
int object_set_status(struct object_job *job, const char *status);

#endif
