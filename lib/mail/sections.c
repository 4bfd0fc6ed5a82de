/* SPDX-License-Identifier: ISC */
/* sections.c - the sections of the configuration that a daemon passes over. */
#include "mail/sections.h"

#include "base/setting.h"

static const struct section avscan = { .name = "avscan" };
static const struct section milter = { .name = "milter" };
static const struct section mime = { .name = "mime" };
static const struct section rules = { .name = "rules" };
static const struct section check = { .name = "check" };
static const struct section action = { .name = "action" };

const struct section *const sections_not_of_policyd[] = {
	&milter, &mime, &rules, &check, &action, &avscan, NULL,
};

static const struct section policyd = { .name = "policyd" };
static const struct section rule = { .name = "rule" };
static const struct section access = { .name = "access" };
static const struct section throttle = { .name = "throttle" };
static const struct section notices = { .name = "notices" };
static const struct section socketmap = { .name = "socketmap" };

const struct section *const sections_not_of_milter[] = {
	&policyd, &rule, &access, &throttle, &notices, &socketmap, &avscan,
	NULL,
};

static const struct section host = { .name = "host" };
static const struct section store = { .name = "store" };
static const struct section directory = { .name = "directory" };
static const struct section dns = { .name = "dns" };
static const struct section policy = { .name = "policy" };
static const struct section class = { .name = "class" };
static const struct section domain = { .name = "domain" };
static const struct section user = { .name = "user" };
static const struct section alias = { .name = "alias" };

const struct section *const sections_not_of_avscan[] = {
	&milter, &mime, &rules, &check, &action, &policyd, &rule, &access,
	&throttle, &notices, &socketmap, &host, &store, &directory, &dns,
	&policy, &class, &domain, &user, &alias, NULL,
};
