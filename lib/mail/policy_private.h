/* SPDX-License-Identifier: ISC */
/* policy_private.h - the sections of a policy source, as structs. */
#ifndef MAIL_POLICY_PRIVATE_H
#define MAIL_POLICY_PRIVATE_H

#include "base/setting.h"
#include "mail/policy.h"

/* In each, values hold what stands in that section; conf_origin() tells which
 * of them do. */
struct global_section {
	struct policy_values values;
};

struct class_section {
	const char *name;
	struct policy_values values;
};

struct domain_section {
	const char *name;
	const char *class_name;
	bool is_local;
	struct policy_values values;
};

struct dkim_key_section {
	const char *name;
	const char *file;
};

struct user_section {
	const char *name;
	const char *class_name;
	struct policy_values values;
};

struct alias_section {
	const char *name;
	const char *to;
};

extern const struct section policy_section, class_section, domain_section,
    dkim_key_section, user_section, alias_section;

#endif
