/* SPDX-License-Identifier: ISC */
/* trial.c - for tests: one check over one transaction that a table describes. */
#include "trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "fixture.h"
#include "mail_site.h"
#include "milter/chain.h"

static const char site_text[] =
    "host { host_id mx.example.org; authserv_id auth.example.org;\n"
    "    signing_networks 198.51.100.0/24; trusted_relays 198.18.0.0/24; }\n"
    "domain example.org { }\n";

/* Everything that a trial must give back when its arena goes. */
struct holdings {
	struct conf *conf;
	struct dns_source *source;
	struct txn *txn;
};

static void
release(void *arg)
{
	struct holdings *holdings = arg;

	txn_free(&holdings->txn);
	dns_source_free(&holdings->source);
	conf_unref(&holdings->conf);
}

static void
load(struct arena *arena, const struct check *check,
    const struct trial *trial, struct holdings *holdings)
{
	const struct section *const sections[] = { check->section, NULL };
	const char *error = NULL;

	holdings->conf = conf_parse("trial", arena_printf(arena,
	    "check %s { %s }\n", check->name,
	    trial->settings != NULL ? trial->settings : ""), sections, NULL,
	    arena, &error);
	if (holdings->conf == NULL)
		fail_msg("%s", error);
	holdings->source = zone_source_parse("trial", str_from(trial->zone),
	    arena, &error);
	if (holdings->source == NULL)
		fail_msg("%s", error);
}

/* What Postfix tells at each stage. */
static void
reach(struct txn *txn, const struct trial *trial, enum stage stage)
{
	struct client *client = &txn->client;
	const char *error;

	txn->stage = stage;
	if (stage == STAGE_CONNECT) {
		client->is_local = trial->is_local;
		if (trial->client != NULL)
			assert_int_equal(netaddr_parse(str_from(trial->client),
			    &client->address), 0);
	} else if (stage == STAGE_HELO) {
		client->helo = trial->helo;
	} else if (stage == STAGE_MAIL) {
		client->login = trial->login;
		if (trial->mail_from != NULL)
			txn_set_sender(txn, trial->mail_from, &error);
	} else if (stage == STAGE_HEADERS) {
		fixture_add_fields(&txn->headers, trial->headers, '\n');
	}
}

const struct findings *
trial_findings(struct arena *arena, const struct check *check,
    const struct trial *trial, const struct txn **txn_r)
{
	struct holdings *holdings = arena_zalloc(arena, sizeof(*holdings));
	struct chain_entry entry = { .check = check };
	struct chain *chain;

	arena_on_free(arena, release, holdings);
	load(arena, check, trial, holdings);
	entry.settings = conf_get(holdings->conf, check->section);
	holdings->txn = txn_new(mail_site(arena, site_text), 0);
	chain = chain_new(holdings->txn, arena_memdup(arena, &entry,
	    sizeof(entry)), 1, holdings->source);
	for (enum stage stage = STAGE_CONNECT; stage < STAGE_MESSAGE; stage++) {
		reach(holdings->txn, trial, stage);
		chain_run(chain);
	}
	reach(holdings->txn, trial, STAGE_MESSAGE);
	chain_finish(chain, clock_steady_ms() + 1000);
	*txn_r = holdings->txn;
	return chain_findings(chain);
}

const struct finding *
trial_run(struct arena *arena, const struct check *check,
    const struct trial *trial)
{
	const struct txn *txn;
	const struct findings *findings = trial_findings(arena, check, trial,
	    &txn);

	assert_int_equal(findings->items.len, 1);
	return vec_at(&findings->items, 0);
}
