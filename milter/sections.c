/* SPDX-License-Identifier: ISC */
/* sections.c - the sections of the configuration that the milter reads. */
#include <assert.h>
#include <pthread.h>

#include "base/vec.h"
#include "directory/directory_settings.h"
#include "dns/dns_settings.h"
#include "mail/host.h"
#include "mail/policy.h"
#include "mail/sections.h"
#include "milter/action.h"
#include "milter/check.h"
#include "milter/engine.h"
#include "milter/settings.h"
#include "mime/reader.h"
#include "rules/settings.h"
#include "store/store_settings.h"

#define SECTIONS_MAX 128

/* Collected once, then never changed. */
static const struct section *sections[SECTIONS_MAX];
static pthread_once_t sections_once = PTHREAD_ONCE_INIT;

static void
add_section(size_t *count, const struct section *section)
{
	assert(*count < SECTIONS_MAX - 1);
	sections[(*count)++] = section;
}

static void
collect_sections(void)
{
	size_t count = 0;

	add_section(&count, &host_section);
	add_section(&count, &store_section);
	add_section(&count, &directory_section);
	add_section(&count, &milter_section);
	add_section(&count, &mime_section);
	add_section(&count, &rules_section);
	for (size_t i = 0; checks[i] != NULL; i++)
		add_section(&count, checks[i]->section);
	for (size_t i = 0; actions[i] != NULL; i++)
		add_section(&count, actions[i]->section);
	add_section(&count, &dns_section);
	for (size_t i = 0; policy_sections[i] != NULL; i++)
		add_section(&count, policy_sections[i]);
}

const struct section *const *
engine_sections(void)
{
	pthread_once(&sections_once, collect_sections);
	return sections;
}

const struct section *const *
engine_other_sections(void)
{
	return sections_not_of_milter;
}
