/* SPDX-License-Identifier: ISC */
/* mail_site.c - for tests: a site from the text of a configuration. */
#include "mail_site.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/conf.h"
#include "base/vec.h"
#include "mail/host.h"
#include "mail/policy.h"

#define SECTIONS_MAX 16

struct site *
mail_site_try(struct arena *arena, const char *text, const char **error_r)
{
	const struct section *sections[SECTIONS_MAX] = { &host_section };
	struct conf *conf;
	struct site *site;

	for (size_t i = 0; policy_sections[i] != NULL; i++) {
		if (i + 2 >= ARRAY_LEN(sections))
			abort();
		sections[i + 1] = policy_sections[i];
	}
	conf = conf_parse("test", text, sections, NULL, arena, error_r);
	if (conf == NULL)
		return NULL;
	site = site_from_conf(arena, conf, error_r);
	/* The site must not need it any longer. */
	conf_unref(&conf);
	return site;
}

struct site *
mail_site(struct arena *arena, const char *text)
{
	const char *error = NULL;
	struct site *site = mail_site_try(arena, text, &error);

	if (site == NULL) {
		fprintf(stderr, "the test's configuration: %s\n", error);
		abort();
	}
	return site;
}
