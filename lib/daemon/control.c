/* SPDX-License-Identifier: ISC */
/* control.c - the two control sockets of a daemon. */
#include "daemon/control.h"

int
control_open(struct control *control, struct loop *loop,
    const struct daemon_settings *settings, bool has_test_clock,
    const struct ctl_verb *verbs, void *arg, struct arena *arena,
    const char **error_r)
{
	control->admin = ctl_open(loop, settings->ctl_admin,
	    has_test_clock ? CTL_TEST : CTL_ADMIN, verbs, arg, arena, error_r);
	if (control->admin == NULL)
		return -1;
	control->plugin = ctl_open(loop, settings->ctl_plugin, CTL_PLUGIN,
	    verbs, arg, arena, error_r);
	return control->plugin == NULL ? -1 : 0;
}

void
control_close(struct control *control)
{
	ctl_close(&control->admin);
	ctl_close(&control->plugin);
}
