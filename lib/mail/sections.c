/* SPDX-License-Identifier: ISC */
/* sections.c - the sections of the configuration that one daemon alone reads. */
#include "mail/sections.h"

#include "base/setting.h"

static const struct section milter = { .name = "milter" };
static const struct section check = { .name = "check" };
static const struct section action = { .name = "action" };

const struct section *const sections_of_milter[] = {
	&milter, &check, &action, NULL,
};

static const struct section policyd = { .name = "policyd" };
static const struct section rule = { .name = "rule" };
static const struct section access = { .name = "access" };
static const struct section throttle = { .name = "throttle" };
static const struct section notices = { .name = "notices" };
static const struct section socketmap = { .name = "socketmap" };

const struct section *const sections_of_policyd[] = {
	&policyd, &rule, &access, &throttle, &notices, &socketmap, NULL,
};
