/* SPDX-License-Identifier: ISC */
/* configuration.c - a daemon reads its configuration, and says what it thinks. */
#include "daemon/configuration.h"

#include "base/conf.h"
#include "base/log.h"

struct conf *
configuration_load(const char *path, const struct section *const *sections,
    const struct section *const *others, struct arena *arena,
    const char **error_r)
{
	struct conf *conf = conf_load(path, sections, others, arena, error_r);
	const char *warning;

	for (size_t i = 0; conf != NULL &&
	    (warning = conf_warning(conf, i)) != NULL; i++)
		log_warn(NULL, "%s", warning);
	return conf;
}

void
configuration_log_restart(const struct conf *start, const struct conf *fresh,
    struct arena *arena)
{
	const char *const *texts;
	size_t count = conf_restart_wanted(start, fresh, arena, &texts);

	for (size_t i = 0; i < count; i++)
		log_warn(NULL, "%s", texts[i]);
}
