/* SPDX-License-Identifier: ISC */
/* trial.c - for tests: one check over one transaction that a table describes. */
#include "section_text.h"
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

static struct conf *
read_settings(struct arena *arena, const struct check *check,
    const struct trial *trial)
{
	return section_text_read(arena, check->section, arena_printf(arena,
	    "check %s { %s }\n", check->name,
	    trial->settings != NULL ? trial->settings : ""));
}

static struct dns_source *
read_zone(struct arena *arena, const struct trial *trial)
{
	const char *error = NULL;
	struct dns_source *source = zone_source_parse("trial",
	    str_from(trial->zone), arena, &error);

	if (source == NULL)
		fail_msg("%s", error);
	return source;
}

/* One check, over the transaction that it makes. */
static struct chain *
new_chain(struct arena *arena, const struct check *check,
    const struct conf *conf, struct dns_source *source, struct txn **txn_r)
{
	const struct chain_entry entry = { check,
	    conf_get(conf, check->section) };

	*txn_r = txn_new(mail_site(arena, site_text), 0);
	return chain_new(*txn_r, arena_memdup(arena, &entry, sizeof(entry)), 1,
	    source);
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
	struct chain *chain;

	arena_on_free(arena, release, holdings);
	holdings->conf = read_settings(arena, check, trial);
	holdings->source = read_zone(arena, trial);
	chain = new_chain(arena, check, holdings->conf, holdings->source,
	    &holdings->txn);
	for (enum stage stage = STAGE_CONNECT; stage < STAGE_MESSAGE; stage++) {
		reach(holdings->txn, trial, stage);
		chain_run(chain);
	}
	reach(holdings->txn, trial, STAGE_MESSAGE);
	chain_finish(chain, clock_steady_ms() + 60000);
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

void
trial_begin(struct trial_steps *steps, const struct check *check,
    const struct trial *trial)
{
	struct arena *arena = arena_new(0);

	*steps = (struct trial_steps){ .trial = trial, .arena = arena,
	    .conf = read_settings(arena, check, trial),
	    .next = STAGE_CONNECT };
	dns_held_init(&steps->dns);
	steps->chain = new_chain(arena, check, steps->conf, &steps->dns.source,
	    &steps->txn);
}

void
trial_end(struct trial_steps *steps)
{
	txn_free(&steps->txn);
	dns_held_done(&steps->dns);
	conf_unref(&steps->conf);
	arena_free(&steps->arena);
}

bool
trial_waits(struct trial_steps *steps)
{
	return chain_run(steps->chain) != 0;
}

bool
trial_reach(struct trial_steps *steps, enum stage stage)
{
	bool waits = false;

	for (; steps->next <= stage; steps->next++) {
		reach(steps->txn, steps->trial, steps->next);
		waits = trial_waits(steps);
	}
	return waits;
}

const struct finding *
trial_finding(const struct trial_steps *steps, size_t i)
{
	return vec_at(&chain_findings(steps->chain)->items, i);
}
