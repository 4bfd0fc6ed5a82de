/* SPDX-License-Identifier: ISC */
/* dkim_sign.c - signs what our own people send (RFC 6376, RFC 8463). */
#include "auth/dkim_sign.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "mail/edit.h"
#include "mail/policy.h"
#include "mail/spool.h"
#include "milter/action.h"
#include "milter/action/signing.h"
#include "milter/check.h"
#include "milter/keys.h"

/*
 * What is signed, and as whom, stands in signing.c. Whatever is not signed says
 * why in the event.
 *
 * Postfix may still change the message behind us: a body that says it is 8bit
 * becomes quoted-printable for a receiver without 8BITMIME, and a line of more
 * than 998 bytes it breaks for every receiver (smtp_line_length_limit). The
 * signature would be broken there, so encode_body sees to it beforehand. What
 * that could not encode is left unsigned: a broken signature is worth as much
 * as none (RFC 6376 6.1), and looks like forgery to people. Who wants it
 * otherwise says eight_bit_body sign (nearly all receivers take 8 bits) or
 * long_lines sign (where Postfix breaks none).
 */

struct dkim_sign_settings {
	struct action_common common;
	int eight_bit_body;
	int long_lines;
};

enum unsafe { UNSAFE_SIGN, UNSAFE_UNSIGNED };

static const char *const unsafe_words[] = { "sign", "unsigned", NULL };

/* What is being signed, for whom. */
struct job {
	struct action_run *run;
	struct signing signing;
	struct str body;
	struct dkim_body_risks risks;
	struct buf done;	/* "s1 (rsa-sha256), s2 …" */
	struct buf missing;	/* selectors whose key cannot be used */
};

/* Why no signature would reach the receiver whole, or NULL. */
static const char *
find_risk(const struct job *job)
{
	const struct dkim_sign_settings *settings = job->run->settings;

	if (settings->long_lines == UNSAFE_UNSIGNED &&
	    (job->risks.has_long_line ||
	    dkim_header_has_long_line(&job->run->txn->headers)))
		return "a line has more than 998 bytes, and Postfix would "
		    "break it";
	if (job->risks.has_8bit && settings->eight_bit_body == UNSAFE_UNSIGNED)
		return "the body has 8-bit bytes, and Postfix may encode them";
	return NULL;
}

static void
note(struct buf *list, const char *selector, const char *algorithm)
{
	buf_printf(list, "%ss=%s", list->len != 0 ? ", " : "", selector);
	if (algorithm != NULL)
		buf_printf(list, " (%s)", algorithm);
}

static enum dkim_signing
sign_with(struct job *job, const struct policy_key *policy_key,
    const struct dkim_key *key, const char **reason_r)
{
	struct txn *txn = job->run->txn;
	struct str value;
	enum dkim_signing signing = dkim_sign_message(txn->arena, key,
	    job->signing.author.domain, policy_key->selector, txn->now_ms,
	    &txn->headers, job->body, &value, reason_r);

	if (signing != DKIM_SIGNED)
		return signing;
	edit_insert_header(txn, job->run->name, STR("DKIM-Signature"), value);
	note(&job->done, policy_key->selector, dkim_key_algorithm(key));
	return signing;
}

/* Sign with all keys of one algorithm. */
static enum dkim_signing
sign_by_algorithm(struct job *job, enum dkim_algorithm algorithm,
    const char **reason_r)
{
	enum dkim_signing signing = DKIM_SIGNED;

	for (size_t i = 0; i < job->signing.key_count && signing == DKIM_SIGNED; i++) {
		const struct dkim_key *key = key_table_find(job->run->keys,
		    &job->signing.keys[i]);

		if (key != NULL && key->algorithm == algorithm)
			signing = sign_with(job, &job->signing.keys[i], key, reason_r);
	}
	return signing;
}

/* RSA comes last and so stands on top: readers that know one signature and one
 * algorithm look there (RFC 8463 5). */
static enum dkim_signing
sign_all(struct job *job, const char **reason_r)
{
	enum dkim_signing signing = sign_by_algorithm(job,
	    DKIM_ED25519_SHA256, reason_r);

	return signing != DKIM_SIGNED ? signing
	    : sign_by_algorithm(job, DKIM_RSA_SHA256, reason_r);
}

static void
find_missing(struct job *job)
{
	for (size_t i = 0; i < job->signing.key_count; i++)
		if (key_table_find(job->run->keys, &job->signing.keys[i]) == NULL)
			note(&job->missing, job->signing.keys[i].selector, NULL);
}

static int
skip(struct action_run *run, const char *reason)
{
	run->detail = arena_printf(run->txn->arena, "not signed: %s", reason);
	return 0;
}

/* No key can be used at all. */
static int
do_without_key(struct job *job, const char **error_r)
{
	const char *text = arena_printf(job->run->txn->arena,
	    "the key %s of %.*s cannot be used", job->missing.data,
	    STR_ARG(job->signing.author.domain));

	if (job->signing.values->on_missing_key == ON_MISSING_KEY_UNSIGNED)
		return skip(job->run, text);
	*error_r = text;
	return -1;
}

static int
finish(struct job *job)
{
	struct str missing = buf_str(&job->missing);

	job->run->detail = arena_printf(job->run->txn->arena,
	    "d=%.*s %s%s%.*s%s", STR_ARG(job->signing.author.domain), job->done.data,
	    missing.len != 0 ? "; cannot be used: " : "", STR_ARG(missing),
	    job->risks.has_8bit ? "; 8-bit body: holds where 8BITMIME is "
	    "taken" : "");
	return 0;
}

static int
dkim_sign_apply(struct action_run *run, const char **error_r)
{
	struct txn *txn = run->txn;
	struct job job = { .run = run, .body = STR("") };
	const char *reason;

	if (!signing_may_be(txn))
		return 0;
	buf_init(&job.done, txn->arena);
	buf_init(&job.missing, txn->arena);
	reason = signing_find(txn, &job.signing);
	if (reason != NULL)
		return skip(run, reason);
	if (run->gap != NULL) {
		*error_r = run->gap;
		return -1;
	}
	if (txn->body != NULL && spool_data(txn->body, &job.body) < 0) {
		*error_r = arena_printf(txn->arena,
		    "the body cannot be read: %s", strerrordesc_np(errno));
		return -1;
	}
	job.risks = dkim_body_look(job.body);
	reason = find_risk(&job);
	if (reason != NULL)
		return skip(run, reason);
	find_missing(&job);
	switch (sign_all(&job, &reason)) {
	case DKIM_UNSIGNABLE:
		return skip(run, reason);
	case DKIM_SIGNING_FAILED:
		*error_r = reason;
		return -1;
	case DKIM_SIGNED:
		break;
	}
	return job.done.len == 0 ? do_without_key(&job, error_r)
	    : finish(&job);
}

static const struct setting rows[] = {
	ACTION_COMMON_ROWS(struct dkim_sign_settings, "defer"),
	SETTING_WORD_ROW("eight_bit_body", struct dkim_sign_settings,
	    eight_bit_body, unsafe_words, "unsigned",
	    "Sign a body that still has 8-bit bytes after encode_body, which "
	    "Postfix may encode for a receiver without 8BITMIME, or leave it "
	    "unsigned."),
	SETTING_WORD_ROW("long_lines", struct dkim_sign_settings, long_lines,
	    unsafe_words, "unsigned",
	    "Sign a message that still has lines over 998 bytes, in its body "
	    "or in a signed field, which Postfix breaks unless "
	    "smtp_line_length_limit is 0, or leave it unsigned."),
};

static const struct section section = {
	.name = "action",
	.label = "dkim_sign",
	.help = "Signs outbound and internal mail with all keys of the domain "
	    "in From: when a login owns that address, when the client is in "
	    "signing_networks, or when it was made on this host.",
	.size = sizeof(struct dkim_sign_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct action action_dkim_sign = {
	.name = "dkim_sign",
	.wants_body = true,
	.section = &section,
	.apply = dkim_sign_apply,
};
