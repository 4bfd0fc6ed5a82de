/* SPDX-License-Identifier: ISC */
/* serve_ctl.h - the verbs that the running avscan answers. */
#ifndef AVSCAN_SERVE_CTL_H
#define AVSCAN_SERVE_CTL_H

#include <stdbool.h>

struct ctl_verb;

/* For ctl_open() with the server as their argument. */
const struct ctl_verb *serve_admin_verbs(bool has_test_clock);
const struct ctl_verb *serve_plugin_verbs(void);

#endif
