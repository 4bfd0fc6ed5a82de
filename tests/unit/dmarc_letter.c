/* SPDX-License-Identifier: ISC */
/* dmarc_letter.c - for tests: a message before the check dmarc. */
#include "dmarc_letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/vec.h"
#include "dmarc_bench.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "fixture.h"
#include "mail/verdict.h"
#include "mail_site.h"
#include "section_text.h"

extern const struct check check_dmarc;

static const char site_text[] =
    "host { authserv_id mx; signing_networks 198.51.100.0/24;\n"
    "    trusted_relays 198.18.0.0/24;\n"
    "    trusted_forwarders 203.0.113.0/24 mx.alumni.example\n"
    "        *.forward.example signer.example; }\n"
    "class strict { dmarc_on_reject refuse; }\n"
    "domain ours.example { }\n"
    "domain strict.example { class strict; }\n"
    "user strict@ours.example { class strict; }\n"
    "user mild@ours.example { dmarc_on_reject quarantine; }\n"
    "user open@ours.example { dmarc_on_quarantine accept; }\n";

static const char zone_text[] =
    "_dmarc.bank.example\tTXT\tv=DMARC1; p=reject\n"
    "bank.example\tA\t192.0.2.80\n"
    "_dmarc.lame.bank.example\tTXT\t!SERVFAIL\n"
    "_dmarc.soft.example\tTXT\tv=DMARC1; p=quarantine\n"
    "_dmarc.watch.example\tTXT\tv=DMARC1; p=none\n"
    "_dmarc.test.example\tTXT\tv=DMARC1; p=reject; t=y\n"
    "_dmarc.test2.example\tTXT\tv=DMARC1; p=quarantine; t=y\n"
    "_dmarc.shop.example\tTXT\tv=DMARC1; p=none; np=reject\n"
    "www.shop.example\tA\t192.0.2.81\n"
    "_dmarc.xn--bcher-kva.example\tTXT\tv=DMARC1; p=reject\n"
    "_dmarc.silent.example\tTXT\t!TIMEOUT\n"
    "_dmarc.evil.example\tTXT\tv=DMARC1; p=none\n";

/* --- the checks that it waits for ----------------------------------------- */

static enum check_status
fake_spf_run(struct check_run *run, const char **error_r)
{
	const struct neighbour_settings *settings = run->settings;

	*error_r = "the test lets it fail";
	if (settings->fails)
		return CHECK_FAILED;
	run->txn->auth.spf = dmarc_spf_of(run->txn->arena, settings->facts);
	return CHECK_DONE;
}

static enum check_status
fake_dkim_run(struct check_run *run, const char **error_r)
{
	const struct neighbour_settings *settings = run->settings;

	if (run->txn->stage < STAGE_MESSAGE)
		return CHECK_WAIT;
	*error_r = "the test lets it fail";
	if (settings->fails)
		return CHECK_FAILED;
	run->txn->auth.dkim = dmarc_dkim_of(run->txn->arena, settings->facts);
	return CHECK_DONE;
}

static const struct check fake_spf = { .name = "spf",
	.first_stage = STAGE_MAIL, .run = fake_spf_run };
static const struct check fake_dkim = { .name = "dkim",
	.first_stage = STAGE_HEADERS, .run = fake_dkim_run };

/* --- one message ---------------------------------------------------------- */

static void
write_letter(struct post *post, const struct letter *letter)
{
	struct txn *txn = post->txn;
	const char *error = NULL;

	assert_int_equal(netaddr_parse(str_from(letter->client != NULL
	    ? letter->client : "192.0.2.1"), &txn->client.address), 0);
	txn->client.name = letter->name;
	txn->client.login = letter->login;
	assert_int_equal(txn_set_sender(txn, "<x@bounce.example>", &error), 0);
	assert_int_equal(txn_add_rcpt(txn, letter->rcpt != NULL
	    ? letter->rcpt : "<joe@ours.example>", &error), 0);
	for (size_t i = 0; i < ARRAY_LEN(letter->more_rcpts) &&
	    letter->more_rcpts[i] != NULL; i++)
		assert_int_equal(txn_add_rcpt(txn, letter->more_rcpts[i],
		    &error), 0);
	fixture_add_fields(&txn->headers, letter->headers, '\n');
	if (letter->is_too_large)
		txn->body_left_out = "the body has more than 10 bytes";
}

static struct neighbour_settings
neighbour(enum neighbour is, const char *facts)
{
	return (struct neighbour_settings){ .common = { .enabled = is != OFF },
		.facts = facts, .fails = is == FAILS };
}

/* With the table in the order of milter/checks.list. */
void
dmarc_letter_begin(struct post *post, const struct letter *letter)
{
	struct arena *arena = arena_new(0);
	const char *error = NULL;

	*post = (struct post){ .arena = arena };
	post->conf = section_text_read(arena, check_dmarc.section,
	    arena_printf(arena, "check dmarc { %s }\n",
	    letter->settings != NULL ? letter->settings : ""));
	post->dns = zone_source_parse("zone", str_from(zone_text), arena, &error);
	assert_non_null(post->dns);
	post->txn = txn_new(mail_site(arena, site_text), 0);
	write_letter(post, letter);
	post->spf = neighbour(letter->spf_is, letter->spf);
	post->dkim = neighbour(letter->dkim_is, letter->dkim);
	post->entries[0] = (struct chain_entry){ &fake_spf, &post->spf };
	post->entries[1] = (struct chain_entry){ &fake_dkim, &post->dkim };
	post->entries[2] = (struct chain_entry){ &check_dmarc,
		conf_get(post->conf, check_dmarc.section) };
	post->chain = chain_new(post->txn, post->entries,
	    ARRAY_LEN(post->entries), post->dns);
	post->txn->stage = STAGE_HEADERS;
	chain_run(post->chain);
	post->txn->stage = STAGE_MESSAGE;
	chain_finish(post->chain, clock_steady_ms() + 60000);
}

void
dmarc_letter_end(struct post *post)
{
	txn_free(&post->txn);
	dns_source_free(&post->dns);
	conf_unref(&post->conf);
	arena_free(&post->arena);
}

const struct finding *
dmarc_letter_finding(struct post *post, size_t i)
{
	const struct vec *items = &chain_findings(post->chain)->items;

	for (size_t k = 0; k < items->len; k++) {
		const struct finding *finding = vec_at(items, k);

		if (strcmp(finding->check, "dmarc") == 0 && i-- == 0)
			return finding;
	}
	return NULL;
}

const char *
dmarc_letter_outcome(struct post *post)
{
	const struct finding *finding = dmarc_letter_finding(post, 0);
	const char *override = post->txn->auth.dmarc_override;

	return arena_printf(post->arena, "%s %s%s%s",
	    result_text(finding->result), decision_text(finding->suggested),
	    override != NULL ? " " : "", override != NULL ? override : "");
}

const struct verdict *
dmarc_letter_verdict(struct post *post)
{
	post->txn->direction = direction_of(post->txn);
	return verdict_of(post->txn, chain_findings(post->chain),
	    MODE_ENFORCE);
}
