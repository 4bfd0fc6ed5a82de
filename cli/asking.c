/* SPDX-License-Identifier: ISC */
/* asking.c - the daemons behind sockets as a command asks them, which has no loop
 * of its own. */
#include "cli/asking.h"

#include <stddef.h>
#include <string.h>

#include "base/asker.h"
#include "base/descriptors.h"
#include "base/loop.h"

static void *
run(void *arg)
{
	struct asking *asking = arg;

	loop_run(asking->loop);
	asker_close(&asking->asker);
	return NULL;
}

int
asking_begin(struct asking *asking, const char **error_r)
{
	int error;

	/* A question has a descriptor or two. */
	descriptors_raise();
	*asking = (struct asking){ .loop = loop_new() };
	asking->asker = asker_open(asking->loop);
	if (asking->asker == NULL) {
		*error_r = "no descriptor is left";
	} else {
		error = pthread_create(&asking->thread, NULL, run, asking);
		if (error == 0)
			return 0;
		*error_r = strerror(error);
		asker_close(&asking->asker);
	}
	loop_free(&asking->loop);
	return -1;
}

void
asking_end(struct asking *asking)
{
	if (asking->loop == NULL)
		return;
	loop_stop(asking->loop);
	pthread_join(asking->thread, NULL);
	loop_free(&asking->loop);
}
