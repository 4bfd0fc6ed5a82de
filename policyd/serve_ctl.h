/* SPDX-License-Identifier: ISC */
/* serve_ctl.h - the verbs that the running policyd answers. */
#ifndef POLICYD_SERVE_CTL_H
#define POLICYD_SERVE_CTL_H

#include <stdbool.h>

struct ctl_verb;

/* Their argument is the struct server. Each table ends with a NULL name. */
const struct ctl_verb *serve_admin_verbs(bool has_test_clock);
const struct ctl_verb *serve_plugin_verbs(void);

#endif
