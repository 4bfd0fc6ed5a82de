/* SPDX-License-Identifier: ISC */
/* serve_compile.c - the process that compiles the patterns of all rules. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/log.h"
#include "daemon/settings.h"
#include "milter/engine.h"
#include "milter/serve_rules.h"
#include "milter/settings.h"
#include "rules/compile.h"
#include "rules/load.h"
#include "rules/ruleset.h"
#include "rules/settings.h"

/* Mail goes before it. */
#define NICE 15

static const int statuses[] = {
	[RULES_COMPILED] = EXIT_SUCCESS,
	[RULES_NOT_COMPILED] = EXIT_FAILURE,
	[RULES_TOO_LARGE] = COMPILE_TOO_LARGE,
};

static int
compile(const struct conf *conf, struct arena *arena)
{
	const struct milter_settings *milter = conf_get(conf,
	    &milter_section);
	const struct rules_settings *settings = conf_get(conf,
	    &rules_section);
	enum rules_compiled result = RULES_NOT_COMPILED;
	struct ruleset *ruleset;
	const char *error;

	log_open("mailreeve-milter", milter->common.log_target ==
	    LOG_TARGET_SYSLOG);
	ruleset = rules_load(settings, arena, &error);
	if (ruleset != NULL)
		result = rules_compile(ruleset, settings, &error);
	if (result != RULES_COMPILED)
		log_error(NULL, "the patterns of rules were not compiled: %s",
		    error);
	ruleset_unref(&ruleset);
	return statuses[result];
}

int
compile_rules(const char *conf_path)
{
	struct arena *arena = arena_new(0);
	const char *error;
	struct conf *conf;
	int status = EXIT_FAILURE;

	/* Without the daemon nobody waits for it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, NICE);
	log_open("mailreeve-milter", false);
	conf = conf_load(conf_path, engine_sections(),
	    engine_other_sections(), arena, &error);
	if (conf != NULL)
		status = compile(conf, arena);
	else
		log_error(NULL, "the patterns of rules were not compiled: %s",
		    error);
	conf_unref(&conf);
	arena_free(&arena);
	return status;
}
