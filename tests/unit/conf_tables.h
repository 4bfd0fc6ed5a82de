/* SPDX-License-Identifier: ISC */
/* conf_tables.h - small tables of sections for the tests of conf. */
#ifndef TESTS_CONF_TABLES_H
#define TESTS_CONF_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/setting.h"

struct dns_values {
	int64_t timeout_ms;
	struct setting_list servers;
	const char *note;		/* holds after a restart only */
};

struct check_values {
	bool enabled;
	int64_t minimum_bits;
};

struct domain_values {
	const char *name;
	const char *class_name;
	bool is_local;
};

struct key_values {
	const char *name;
	const char *file;		/* required */
};

/* A dns whose servers has "bad" in it is refused, by that key; one whose note
 * is "wrong" is refused as a whole. */
extern const struct section dns_table;
extern const struct section iprev_table;	/* check iprev */
extern const struct section dkim_table;		/* check dkim */
extern const struct section domain_table;	/* with dkim_key inside */
extern const struct section key_table;
extern const struct section other_table;	/* of another daemon: throttle */
extern const struct section other_check_table;	/* check bayes, there too */

extern const struct section *const tables[];	/* all but the two others */
extern const struct section *const other_tables[];

#endif
