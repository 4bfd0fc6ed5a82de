/* SPDX-License-Identifier: ISC */
/* fuzz_access.c - maps of access lists, and mail that is looked up in them.
 *
 * The first byte says the kind, the rest of the first line is a name by which
 * everything of the mail is called; what follows is the map.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/vec.h"
#include "fuzz.h"
#include "mail/access.h"
#include "mail/host.h"
#include "mail/policy.h"
#include "mail/txn.h"

#define SECTIONS_MAX 16

static const char conf_text[] = "host { recipient_delimiter +; }\n"
    "class staff { }\ndomain example.org { class staff; }\n"
    "user ann@example.org { }\n";

static const struct site *
make_site(struct arena *arena)
{
	const struct section *sections[SECTIONS_MAX] = { &host_section };
	const char *error = "";
	const struct site *site;
	struct conf *conf;

	for (size_t i = 0; policy_sections[i] != NULL; i++)
		sections[i + 1] = policy_sections[i];
	conf = conf_parse("fuzz", conf_text, sections, NULL, arena, &error);
	site = conf != NULL ? site_from_conf(arena, conf, &error) : NULL;
	if (site == NULL)
		fprintf(stderr, "%s\n", error);
	must(site != NULL);
	conf_unref(&conf);
	return site;
}

static void
set_facts(struct txn *txn, const char *name)
{
	const char *error;

	if (netaddr_parse(str_from(name), &txn->client.address) < 0)
		netaddr_parse(STR("192.0.2.7"), &txn->client.address);
	txn->client.name = txn->client.helo = txn->client.login = name;
	txn_set_sender(txn, name, &error);
	if (txn_add_rcpt(txn, name, &error) < 0)
		txn_add_rcpt(txn, "ann@example.org", &error);
}

/* An entry that names the sender as he is must be found, and beat all. */
static void
check_sender(struct access_table *table, struct txn *txn)
{
	const char *word = str_dup(txn->arena, address_print(txn->arena,
	    &txn->sender)), *error;
	const struct access_entry entry = {
		.source = { .name = "own", .is_final = true },
		.words[ACCESS_SENDER] = { 1, &word },
		.action = ACCESS_DENY,
	};
	const struct access_found *found;

	if (txn->sender.local.len == 0 || txn->sender.domain.len == 0)
		return;
	/* Words are texts of the configuration. */
	if (str_find(txn->sender.local, '\0') >= 0)
		return;
	must(access_add(table, &entry, &error) == 0);
	found = access_find(table, txn, NULL, true);
	must(found != NULL && strcmp(found->name, "own") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const owner = "ann@example.org";
	struct arena *arena = arena_new(0);
	struct access_table *table = access_table_new(arena);
	struct str text = str_of((const char *)data, size), name;
	const struct setting_list owners = { 1, &owner };
	struct access_map map = { .source = { .name = "fuzz" }, .path = "fuzz",
		.action = ACCESS_DEFER };
	const char *error = NULL;
	struct txn *txn;
	int status;

	if (!str_cut(&text, '\n', &name) || name.len == 0) {
		arena_free(&arena);
		return 0;
	}
	map.kind = (enum access_kind)((uint8_t)name.data[0] % ACCESS_KINDS);
	if ((name.data[0] & 64) != 0)
		map.source.owners = &owners;
	status = access_add_lines(table, &map, text, &error);
	must((status < 0) == (error != NULL));
	must(status == 0 || strncmp(error, "fuzz:", 5) == 0);
	txn = txn_new(make_site(arena), 0);
	set_facts(txn, str_dup(arena, str_from_pos(name, 1)));
	access_find(table, txn, vec_at(&txn->rcpts, 0), false);
	access_find(table, txn, vec_at(&txn->rcpts, 0), true);
	check_sender(table, txn);
	txn_free(&txn);
	arena_free(&arena);
	return 0;
}
