/* SPDX-License-Identifier: ISC */
/* conf_tables.c - small tables of sections for the tests of conf. */
#include "conf_tables.h"

#include <string.h>

#include "base/vec.h"

static const struct setting dns_rows[] = {
	SETTING_DURATION_ROW("timeout", struct dns_values, timeout_ms, "2s",
	    100, 30000, "How long an answer may take."),
	SETTING_LIST_ROW("servers", struct dns_values, servers, "system",
	    "Whom to ask."),
	SETTING_TEXT_ROW("note", struct dns_values, note, NULL, "Anything.",
	    .flags = SETTING_AT_START),
};

static int
check_dns(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct dns_values *dns = values;

	(void)arena;
	if (dns->note != NULL && strcmp(dns->note, "wrong") == 0) {
		*error_r = "this is wrong";
		return -1;
	}
	for (size_t i = 0; i < dns->servers.count; i++) {
		if (strcmp(dns->servers.texts[i], "bad") != 0)
			continue;
		*key_r = "servers";
		*error_r = "'bad' is not an address";
		return -1;
	}
	return 0;
}

const struct section dns_table = {
	.name = "dns", .help = "Questions.",
	.size = sizeof(struct dns_values),
	.rows = dns_rows, .row_count = ARRAY_LEN(dns_rows),
	.check = check_dns,
};

static const struct setting check_rows[] = {
	SETTING_BOOL_ROW("enabled", struct check_values, enabled, "yes",
	    "Run it."),
	SETTING_INT_ROW("minimum_bits", struct check_values, minimum_bits,
	    "1024", 512, 4096, "Shorter keys count as none."),
};

const struct section iprev_table = {
	.name = "check", .label = "iprev", .help = "Names of clients.",
	.size = sizeof(struct check_values),
	.rows = check_rows, .row_count = 1,
};

const struct section dkim_table = {
	.name = "check", .label = "dkim", .help = "Signatures.",
	.size = sizeof(struct check_values),
	.rows = check_rows, .row_count = ARRAY_LEN(check_rows),
};

static const struct setting key_rows[] = {
	SETTING_TEXT_ROW("file", struct key_values, file, NULL, "The key.",
	    .flags = SETTING_REQUIRED),
};

const struct section key_table = {
	.name = "dkim_key", .is_named = true, .help = "A key.",
	.size = sizeof(struct key_values),
	.rows = key_rows, .row_count = ARRAY_LEN(key_rows),
};

static const struct setting domain_rows[] = {
	SETTING_TEXT_ROW("class", struct domain_values, class_name, NULL,
	    "Its class."),
	SETTING_BOOL_ROW("local", struct domain_values, is_local, "yes",
	    "Delivered here."),
};

static const struct section *const domain_inner[] = { &key_table, NULL };

const struct section domain_table = {
	.name = "domain", .is_named = true, .help = "A domain.",
	.size = sizeof(struct domain_values),
	.rows = domain_rows, .row_count = ARRAY_LEN(domain_rows),
	.inner = domain_inner,
};

const struct section other_table = { .name = "throttle", .help = "Limits." };

const struct section other_check_table = {
	.name = "check", .label = "bayes", .help = "Statistics.",
};

const struct section *const tables[] = {
	&dns_table, &iprev_table, &dkim_table, &domain_table, NULL,
};

const struct section *const other_tables[] = {
	&other_table, &other_check_table, NULL,
};
