/* SPDX-License-Identifier: ISC */
/* settings.h - the section "rules" of the configuration. */
#ifndef RULES_SETTINGS_H
#define RULES_SETTINGS_H

#include <stdint.h>

#include "base/setting.h"

struct rules_settings {
	const char *directory;		/* NULL: rules_stock_directory() */
	const char *local;		/* need not be there */
	struct setting_list spamassassin;	/* files and folders */
	const char *cache;
	int64_t match_limit;
	int64_t max_text;		/* bytes */
};

extern const struct section rules_section;

#endif
