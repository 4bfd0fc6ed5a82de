/* SPDX-License-Identifier: ISC */
/* sa_forged.c - eval: tests of mail that claims to come from large providers
 * (Plugin/HeaderEval.pm): what their hosts always write must be there. */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "rules/place/sa_private.h"

/* An address of a host, near enough. */
#define IP "\\[?(?:[0-9a-f]*[.:]){2,}[0-9a-f]+\\]?"
#define STATE_MIN 60

/* A provider: whose author's domain it is, and what proves that it was there. */
struct provider {
	const char *domain;
	/* Regular expressions over Received, white space squeezed; with an
	 * address where the message tells of its origin alone. */
	const char *proofs[8];
	const char *origin;	/* the field that must tell of it; NULL: none */
};

static const struct provider yahoo = { "yahoo.com", {
	"by web\\S+\\.mail\\S*\\.yahoo\\.com via HTTP",
	"by sonic\\S+\\.consmr\\.mail\\S*\\.yahoo\\.com with HTTP",
	"by smtp\\S+\\.yahoo\\.com with SMTP",
	"from " IP " by \\S+\\.(?:groups|scd|dcn)\\.yahoo\\.com with NNFMP",
	"by \\w+\\.\\w+\\.yahoo\\.com \\(\\d+\\.\\d+\\.\\d+/\\d+\\.\\d+\\.\\d+"
	    "\\)(?: with ESMTP)? id \\w+",
	NULL }, NULL };
static const struct provider eudora = { "eudoramail.com", {
	"by \\S*whowhere.com;", NULL }, "x-sender-ip" };
static const struct provider hotmail = { "hotmail.com", {
	"from (?:\\S*\\.)?hotmail.com \\(\\S+\\.hotmail(?:\\.msn)?\\.com[ )]",
	"from \\S*\\.hotmail.com \\(" IP "[ ):]",
	"from \\S+ by \\S+\\.hotmail(?:\\.msn)?\\.com with HTTP;",
	"from \\[66\\.218.\\S+\\] by \\S+\\.yahoo\\.com",
	NULL }, "x-originating-ip" };

struct prepared {
	const struct provider *provider;
	const struct pattern *proofs[8], *ip;
	const struct pattern *claim;	/* hotmail: somebody says the name */
};

static int
prepare(const struct call_setup *setup, const struct provider *provider,
    void **prepared_r, const char **error_r)
{
	struct prepared *prepared = arena_zalloc(setup->arena,
	    sizeof(*prepared));

	prepared->provider = provider;
	for (size_t i = 0; provider->proofs[i] != NULL; i++)
		if ((prepared->proofs[i] = sa_pattern(setup,
		    provider->proofs[i], 0, error_r)) == NULL)
			return -1;
	prepared->ip = sa_pattern(setup, IP, PATTERN_CASELESS, error_r);
	prepared->claim = sa_pattern(setup,
	    "(?:from |HELO |helo=)\\S*hotmail\\.com\\b", 0, error_r);
	*prepared_r = prepared;
	return prepared->ip != NULL && prepared->claim != NULL ? 0 : -1;
}

static int
prepare_yahoo(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return prepare(setup, &yahoo, prepared_r, error_r);
}

static int
prepare_eudora(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return prepare(setup, &eudora, prepared_r, error_r);
}

static int
prepare_hotmail(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return prepare(setup, &hotmail, prepared_r, error_r);
}

/* --- what several ask ------------------------------------------------------------------ */

/* Lists that cut off Received leave nothing to judge. */
static bool
is_cut_off(struct view *view)
{
	struct str received = sa_get_text(view, "received");
	struct str list = sa_get_text(view, "mailing-list");

	if (received.data == NULL ||
	    sa_has(received, "from groups.msn.com ("))
		return true;
	return sa_has(list, "contact ") && sa_has(list, "; run by ezmlm") &&
	    sa_has(sa_get_text(view, "delivered-to"), "mailing list ") &&
	    sa_has(received, " invoked ") && sa_has(received, "qmail ");
}

static bool
is_from(struct view *view, const char *domain)
{
	struct str from = sa_address_of(view, "from");
	struct str wanted = str_from(domain);

	return str_has_suffix_nocase(from, wanted) && (from.len ==
	    wanted.len || !char_is_alnum(from.data[from.len - wanted.len - 1]));
}

/* Who sends mail on keeps what the hosts before wrote in another field. */
static struct str
received_of(struct view *view)
{
	struct str further = sa_get_text(view, "x-received");

	return sa_squeeze(view, further.len != 0 &&
	    sa_get_text(view, "resent-from").len != 0 &&
	    sa_get_text(view, "resent-to").len != 0 ? further :
	    sa_get_text(view, "received"));
}

static bool
is_proven(struct view *view, const struct prepared *prepared)
{
	struct str received = received_of(view);

	if (prepared->provider->origin != NULL && !sa_matches(view,
	    prepared->ip, sa_get_text(view, prepared->provider->origin)))
		return false;
	for (size_t i = 0; prepared->proofs[i] != NULL; i++)
		if (sa_matches(view, prepared->proofs[i], received))
			return true;
	return false;
}

/* --- tests ------------------------------------------------------------------------------- */

/* Has the newest relay outside, or one of ours, a name there? */
static bool
has_yahoo_relay(struct view *view)
{
	const struct sa_relays *relays = sa_relays(view);

	for (size_t i = 0; i < relays->relays.len &&
	    i <= relays->trusted_count; i++)
		if (str_has_suffix_nocase(((struct sa_relay *)vec_at(
		    &relays->relays, i))->rdns, STR(".yahoo.com")))
			return true;
	return false;
}

static double
run_yahoo(struct view *view, const void *prepared)
{
	return is_from(view, "yahoo.com") && !is_cut_off(view) &&
	    !has_yahoo_relay(view) && !is_proven(view, prepared);
}

static double
run_eudora(struct view *view, const void *prepared)
{
	return is_from(view, "eudoramail.com") && !is_cut_off(view) &&
	    !is_proven(view, prepared);
}

/* Nothing to say about it: a list, a page, or the provider's hosts. */
static bool
is_hotmail_fine(struct view *view, const struct prepared *prepared)
{
	struct str received = sa_squeeze(view, sa_get_text(view, "received"));

	return is_cut_off(view) || sa_has(received,
	    "from mail pickup service by hotmail.com with Microsoft SMTPSVC;")
	    || (sa_has(sa_get_text(view, "x-originatororg"), "hotmail.com") &&
	    sa_has(received, ".outlook.com (")) || is_proven(view, prepared);
}

static bool
claims_hotmail(struct view *view, const struct prepared *prepared)
{
	return sa_matches(view, prepared->claim,
	    sa_squeeze(view, sa_get_text(view, "received")));
}

static double
run_forged_hotmail(struct view *view, const void *prepared)
{
	return claims_hotmail(view, prepared) &&
	    !is_hotmail_fine(view, prepared);
}

static double
run_no_hotmail(struct view *view, const void *prepared)
{
	return is_from(view, "hotmail.com") &&
	    !claims_hotmail(view, prepared) &&
	    !is_hotmail_fine(view, prepared);
}

static double
run_gmail(struct view *view, const void *prepared)
{
	struct str further = sa_get_text(view, "x-received");

	(void)prepared;
	if (!is_from(view, "gmail.com"))
		return 0;
	if (sa_has(further, " with SMTP id ") && (sa_has(further, "by 10.") ||
	    sa_has(further, "by 2002:a")))
		return 0;
	if (sa_has(sa_get_text(view, "received"),
	    "by smtp.googlemail.com with ESMTPSA id "))
		return 0;
	return sa_get_text(view, "x-gm-message-state").len < STATE_MIN ||
	    sa_get_text(view, "x-google-smtp-source").len < STATE_MIN;
}

static bool
is_juno_host(struct str received)
{
	return (sa_has(received, "juno.com") || sa_has(received, "untd.com")) &&
	    (sa_has(received, "[") || sa_has(received, "("));
}

static double
run_juno(struct view *view, const void *prepared)
{
	struct str received = sa_get_text(view, "received");
	struct str mailer = sa_get_text(view, "x-mailer");

	(void)prepared;
	if (!is_from(view, "juno.com") || is_cut_off(view))
		return 0;
	if (sa_get_text(view, "x-originating-ip").len != 0)
		return !is_juno_host(received) || !sa_has(mailer, "Juno ");
	/* Without it nothing can say where it began. */
	return 1;
}

static double
run_aol(struct view *view, const void *prepared)
{
	struct str received = sa_squeeze(view, sa_get_text(view, "received"));
	struct str lower = str_lower(view->arena, received);
	const char *at = lower.len == 0 ? NULL :
	    memmem(lower.data, lower.len, " rly-", 5);
	const char *end = lower.data + lower.len;

	(void)prepared;
	if (at == NULL || end - at < 10 || !char_is_alpha(at[5]) ||
	    !char_is_alpha(at[6]) || !char_is_digit(at[7]) ||
	    !char_is_digit(at[8]) || at[9] != '.')
		return 0;
	return !sa_has(received, "/AOL-") &&
	    !sa_has(received, "ESMTP id RELAY") &&
	    !sa_has(received, "ESMTP id MAILRELAY") &&
	    !sa_has(received, "ESMTP id MAILIN");
}

static double
run_gated(struct view *view, const void *prepared)
{
	(void)prepared;
	return is_cut_off(view);
}

/* Lists and gateways that write an id of their own. */
static double
run_id_not_usable(struct view *view, const void *prepared)
{
	struct str unsubscribe = str_lower(view->arena, str_trim(
	    sa_get_text(view, "list-unsubscribe")));
	struct str received = sa_get_text(view, "received");

	(void)prepared;
	if (sa_has(unsubscribe, "<mailto:") &&
	    str_has_suffix_nocase(unsubscribe, STR(">")) &&
	    (sa_has(unsubscribe, "<mailto:leave-") ||
	    sa_has(unsubscribe, "-unsubscribe@")))
		return 1;
	return is_cut_off(view) || sa_has(received, "/CWT/DCE)") ||
	    sa_has(received, "iPlanet Messaging Server");
}

const struct call call_check_for_forged_yahoo_received_headers = {
	"check_for_forged_yahoo_received_headers", NULL, prepare_yahoo,
	run_yahoo };
const struct call call_check_for_forged_eudoramail_received_headers = {
	"check_for_forged_eudoramail_received_headers", NULL, prepare_eudora,
	run_eudora };
const struct call call_check_for_forged_hotmail_received_headers = {
	"check_for_forged_hotmail_received_headers", NULL, prepare_hotmail,
	run_forged_hotmail };
const struct call call_check_for_no_hotmail_received_headers = {
	"check_for_no_hotmail_received_headers", NULL, prepare_hotmail,
	run_no_hotmail };
const struct call call_check_for_forged_gmail_received_headers = {
	"check_for_forged_gmail_received_headers", NULL, NULL, run_gmail };
const struct call call_check_for_forged_juno_received_headers = {
	"check_for_forged_juno_received_headers",
	"hosts of mail.com and webmail of untd.com are not told apart", NULL,
	run_juno };
const struct call call_check_for_fake_aol_relay_in_rcvd = {
	"check_for_fake_aol_relay_in_rcvd", NULL, NULL, run_aol };
const struct call call_gated_through_received_hdr_remover = {
	"gated_through_received_hdr_remover", NULL, NULL, run_gated };
const struct call call_check_messageid_not_usable = {
	"check_messageid_not_usable", NULL, NULL, run_id_not_usable };
