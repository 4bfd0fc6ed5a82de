/* SPDX-License-Identifier: ISC */
/* rules_milter.c - what the running milter is asked about rules. */
#include "cli/rules_milter.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/ctl.h"
#include "base/map.h"
#include "base/net.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/output.h"
#include "json/node.h"
#include "json/read.h"
#include "milter/settings.h"

#define ASK_MS 10000
/* All rules are read again, on a machine that is busy with mail. */
#define RELOAD_MS 120000
#define REFUSED "refused "

/* --- reload -------------------------------------------------------------------- */

/* Its socket is not there, or nobody listens on it any more. */
static bool
is_running(const char *path, struct arena *arena)
{
	const char *error;
	int fd = net_connect_unix(path, ASK_MS, arena, &error);

	if (fd < 0)
		return errno != ENOENT && errno != ECONNREFUSED;
	close(fd);
	return true;
}

int
rules_reload(const struct conf *conf, struct arena *arena)
{
	const struct milter_settings *settings = conf_get(conf,
	    &milter_section);
	const char *path = settings->common.ctl_admin, *error;
	struct str answer;

	if (!is_running(path, arena)) {
		printf("no milter runs here: they count when it starts\n");
		return CLI_OK;
	}
	fflush(stdout);
	if (ctl_ask(path, "reload", STR(""), RELOAD_MS, arena, &answer,
	    &error) == 0) {
		printf("the milter has taken them up\n");
		return CLI_OK;
	}
	/* Its reason begins with a code, which is for programs. */
	if (str_has_prefix_nocase(str_from(error), STR(REFUSED)))
		error += sizeof(REFUSED) - 1;
	cli_error("the milter has not taken them up, what it had stays in "
	    "force: %s", clean_text(arena, error));
	return CLI_FAILED;
}

/* --- hits ---------------------------------------------------------------------- */

/* The administrator's socket, or that of the plugins where this user may not use
 * it. */
static const char *
socket_of(const struct milter_settings *settings)
{
	return access(settings->common.ctl_admin, W_OK) < 0 &&
	    errno == EACCES ? settings->common.ctl_plugin :
	    settings->common.ctl_admin;
}

static void
take_figures(const struct node *answer, struct arena *arena,
    struct rules_figures *figures)
{
	const struct node *rules = node_find(answer, "rules");

	figures->messages = (uint64_t)node_number(answer, "messages");
	for (size_t i = 0; rules != NULL && i < rules->count; i++) {
		const struct node *rule = &rules->items[i];
		const char *name = node_text(rule, "rule");
		struct rule_figures known = {
			(uint64_t)node_number(rule, "hits"),
			node_number(rule, "score"),
		};

		if (name != NULL)
			map_put(figures->rules, str_from(name),
			    arena_memdup(arena, &known, sizeof(known)));
	}
}

int
rules_ask_figures(const struct conf *conf, struct arena *arena,
    struct rules_figures *figures_r)
{
	const struct node *node = NULL;
	const char *error;
	struct str answer;

	*figures_r = (struct rules_figures){ .rules = map_new(arena) };
	if (ctl_ask(socket_of(conf_get(conf, &milter_section)), "rules",
	    STR(""), ASK_MS, arena, &answer, &error) == 0)
		node = json_read(arena, answer, &error);
	if (node == NULL) {
		cli_error("the milter does not tell what has hit: %s",
		    clean_text(arena, error));
		return CLI_FAILED;
	}
	take_figures(node, arena, figures_r);
	return CLI_OK;
}

struct rule_figures
rules_figures_of(const struct rules_figures *figures, struct str name)
{
	const struct rule_figures *known = map_find(figures->rules, name);

	return known != NULL ? *known : (struct rule_figures){ 0 };
}
