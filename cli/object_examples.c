/* SPDX-License-Identifier: ISC */
/* object_examples.c - for --help: one object of each kind, as somebody would
 * make it, and change it later. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "cli/object_command.h"
#include "directory/kind.h"

static const struct example {
	const struct directory_kind *kind;
	const char *name, *added, *set;
} examples[] = {
	{ &kind_policy, "", NULL, "greylist=yes" },
	{ &kind_class, "staff", "limits=outbound=500/1h", "greylist=yes" },
	{ &kind_domain, "example.org", "class=staff",
	  "catch_all=ann@example.org" },
	{ &kind_user, "ann@example.org", "name=\"Ann Miller\" quota=2g",
	  "class=staff" },
	{ &kind_identity, "ann@example.org boss@example.org", "",
	  "description=deputy" },
	{ &kind_alias, "sales@example.org",
	  "to=ann@example.org to=joe@example.net", "to+=bob@example.net" },
	{ &kind_access, "newsletters", "client=192.0.2.0/24 action=deny",
	  "client+=198.51.100.7" },
	{ &kind_throttle, "slow", "unit=recipients limit=500/1d",
	  "limit=100/1h limit=500/1d" },
	{ &kind_dkim_key, "example.org s2026",
	  "file=/etc/mailreeve/keys/s2026.pem", "state=retired" },
	{ &kind_disclaimer, "imprint", "text=\"Example Ltd, Berlin\"",
	  "for=@example.org" },
	{ &kind_header_rule, "no-mailer", "field=X-Mailer action=remove",
	  "for=@example.org" },
	{ &kind_admin, "ann@example.org", "role=domain domains=example.org",
	  "role=support" },
};

const char *
object_examples(const struct directory_kind *kind,
    const struct object_verb *verb, struct arena *arena)
{
	bool is_add = strcmp(verb->name, "add") == 0;
	const char *word = directory_kind_word(kind);

	if (!verb->has_values)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		const struct example *example = &examples[i];
		const char *values = is_add ? example->added : example->set;

		if (example->kind == kind)
			return arena_printf(arena, "%s %s%s%s%s%s\n", word,
			    verb->name, *example->name != '\0' ? " " : "",
			    example->name, *values != '\0' ? " " : "",
			    values);
	}
	return NULL;
}
