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
	struct setting_list channels;	/* "NAME=URL" (channel.h) */
	const char *channel_directory;
	const char *channel_set;	/* no row: try this set in place of the
					 * one in use; NULL */
	const char *keyring, *channel_ca, *canary;
	int64_t canary_changes, channel_errors;
	const char *cache;
	int64_t compile_memory;		/* bytes */
	int64_t match_limit;
	int64_t max_text;		/* bytes */
};

extern const struct section rules_section;

#endif
