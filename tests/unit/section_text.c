/* SPDX-License-Identifier: ISC */
/* section_text.c - for tests: configurations that only one section reads. */
#include "section_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/conf.h"

struct conf *
section_text_read(struct arena *arena, const struct section *section,
    const char *text)
{
	const struct section *const sections[] = { section, NULL };
	const char *error = NULL;
	struct conf *conf = conf_parse("test.conf", text, sections, NULL,
	    arena, &error);

	if (conf == NULL)
		fail_msg("%s: %s", text, error);
	return conf;
}

void
section_text_refused(struct arena *arena, const struct section *section,
    const char *text, const char *words)
{
	const struct section *const sections[] = { section, NULL };
	const char *error = "nothing";

	if (conf_parse("test.conf", text, sections, NULL, arena, &error) !=
	    NULL)
		fail_msg("%s: was taken", text);
	if (strstr(error, words) == NULL ||
	    strstr(error, "test.conf:1:") == NULL)
		fail_msg("%s: %s", text, error);
}
