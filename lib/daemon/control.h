/* SPDX-License-Identifier: ISC */
/* control.h - the two control sockets of a daemon. */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <stdbool.h>

#include "base/ctl.h"
#include "daemon/settings.h"

/* Zeroed, it is closed. */
struct control {
	struct ctl_server *admin, *plugin;
};

/* Serve the verbs (ctl_open(), ctl.h) where the settings say; those for tests,
 * on the administrator's socket, only with a test clock. 0, or -1 with the
 * reason; what is open then is the caller's to close. */
int control_open(struct control *control, struct loop *loop,
    const struct daemon_settings *settings, bool has_test_clock,
    const struct ctl_verb *verbs, void *arg, struct arena *arena,
    const char **error_r);
void control_close(struct control *control);

#endif
