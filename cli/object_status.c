/* SPDX-License-Identifier: ISC */
/* object_status.c - objects that may be suspended. */
#include "cli/object_status.h"

#include "cli/object.h"

bool
object_has_status(const struct directory_kind *kind)
{
	return directory_kind_row(kind, "status") != NULL;
}

int
object_set_status(struct object_job *job, const char *status)
{
	struct directory_object *object;
	const char *reason;

	if (object_find(job, &object) < 0)
		return -1;
	if (directory_object_set(object, "status", &status, 1, job->arena,
	    &reason) < 0)
		return directory_refuse(job->arena, &job->error, "%s",
		    reason);
	return directory_put(job->directory, job->arena, object, PUT_CHANGE,
	    &job->error);
}
