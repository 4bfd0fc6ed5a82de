/* SPDX-License-Identifier: ISC */
/* serve_ctl.h - the verbs that the running avscan answers. */
#ifndef AVSCAN_SERVE_CTL_H
#define AVSCAN_SERVE_CTL_H

#include "base/ctl.h"

/* For control_open(), with the struct server as their argument. */
extern const struct ctl_verb serve_verbs[];

#endif
