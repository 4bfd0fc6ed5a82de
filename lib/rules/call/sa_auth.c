/* SPDX-License-Identifier: ISC */
/* sa_auth.c - eval: tests of SPF, DKIM and DMARC (Plugin/SPF.pm, Plugin/DKIM.pm,
 * Plugin/DMARC.pm), answered by what the checks of those names found. */
#include "rules/call/sa_eval.h"

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "mail/address.h"
#include "mail/txn.h"
#include "rules/draft.h"
#include "rules/place/sa_options.h"

/* --- SPF ------------------------------------------------------------------------------ */

static int
prepare_result(const struct call_setup *setup, enum result result,
    void **prepared_r)
{
	enum result *prepared = arena_alloc(setup->arena, sizeof(*prepared));

	*prepared = result;
	*prepared_r = prepared;
	return 0;
}

/* Of the sender, and of the name at HELO. */
static double
run_spf(struct view *view, const void *prepared)
{
	const struct spf_verdict *spf = view->txn->auth.spf;

	return spf != NULL && spf->result == *(const enum result *)prepared;
}

static double
run_helo(struct view *view, const void *prepared)
{
	const struct spf_verdict *spf = view->txn->auth.spf_helo;

	return spf != NULL && spf->result == *(const enum result *)prepared;
}

static int
prepare_pass(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_result(setup, RESULT_PASS, prepared_r);
}

static int
prepare_neutral(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_result(setup, RESULT_NEUTRAL, prepared_r);
}

static int
prepare_none(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_result(setup, RESULT_NONE, prepared_r);
}

static int
prepare_softfail(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_result(setup, RESULT_SOFTFAIL, prepared_r);
}

static int
prepare_fail(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_result(setup, RESULT_FAIL, prepared_r);
}

static int
prepare_permerror(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_result(setup, RESULT_PERMERROR, prepared_r);
}

static int
prepare_temperror(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_result(setup, RESULT_TEMPERROR, prepared_r);
}

/* --- DKIM ----------------------------------------------------------------------------- */

/* A signature that holds, of one of the domains (count 0: of any): these want a
 * key that is long enough. */
static bool
has_valid(struct view *view, const struct str *domains, size_t count)
{
	const struct dkim_verdicts *dkim = view->txn->auth.dkim;
	unsigned bits = sa_options_of(view)->key_bits;

	for (size_t i = 0; dkim != NULL && i < dkim->count; i++) {
		const struct dkim_verdict *verdict = &dkim->verdicts[i];
		bool is_asked = count == 0;

		if (!is_asked && verdict->key_bits != 0 &&
		    verdict->key_bits < bits)
			continue;

		for (size_t j = 0; j < count; j++)
			is_asked |= domains[j].len != 0 && str_eq_nocase(
			    str_from(verdict->domain), domains[j]);
		if (is_asked && verdict->result == RESULT_PASS)
			return true;
	}
	return false;
}

static double
run_signed(struct view *view, const void *prepared)
{
	const struct dkim_verdicts *dkim = view->txn->auth.dkim;

	(void)prepared;
	return dkim != NULL && dkim->count != 0;
}

static double
run_valid(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;

	return has_valid(view, args->texts, args->count);
}

static double
run_author(struct view *view, const void *prepared)
{
	struct str domain = sa_domain_of(view->arena,
	    sa_address_of(view, "from"));

	(void)prepared;
	return domain.len != 0 && has_valid(view, &domain, 1);
}

static double
run_sender(struct view *view, const void *prepared)
{
	struct str domain = sa_domain_of(view->arena,
	    sa_address_of(view, "envelopefrom"));

	(void)prepared;
	return domain.len != 0 && has_valid(view, &domain, 1);
}

/* --- DMARC ------------------------------------------------------------------------------ */

static double
run_dmarc_pass(struct view *view, const void *prepared)
{
	const struct dmarc_verdict *dmarc = view->txn->auth.dmarc;

	(void)prepared;
	return dmarc != NULL && dmarc->result == RESULT_PASS;
}

static bool
fails_with(struct view *view, enum dmarc_policy policy)
{
	const struct dmarc_verdict *dmarc = view->txn->auth.dmarc;

	return dmarc != NULL && dmarc->result == RESULT_FAIL &&
	    dmarc->applied.has_record && dmarc->applied.policy == policy;
}

static double
run_dmarc_reject(struct view *view, const void *prepared)
{
	(void)prepared;
	return fails_with(view, DMARC_REJECT);
}

static double
run_dmarc_quarantine(struct view *view, const void *prepared)
{
	(void)prepared;
	return fails_with(view, DMARC_QUARANTINE);
}

static double
run_dmarc_none(struct view *view, const void *prepared)
{
	(void)prepared;
	return fails_with(view, DMARC_NONE);
}

static double
run_dmarc_missing(struct view *view, const void *prepared)
{
	const struct dmarc_verdict *dmarc = view->txn->auth.dmarc;

	(void)prepared;
	return dmarc != NULL && dmarc->result == RESULT_NONE;
}

/* --- Authentication-Results ------------------------------------------------------------------ */

/* The result of a method by our own checks; NULL: they have none. Others' fields
 * are not believed. */
static const char *
result_of(struct view *view, struct str method)
{
	const struct auth_facts *auth = &view->txn->auth;

	if (str_is_nocase(method, "spf") && auth->spf != NULL)
		return result_text(auth->spf->result);
	if (str_is_nocase(method, "dmarc") && auth->dmarc != NULL)
		return result_text(auth->dmarc->result);
	if (!str_is_nocase(method, "dkim") || auth->dkim == NULL)
		return NULL;
	return has_valid(view, NULL, 0) ? "pass" : auth->dkim->count == 0 ?
	    "none" : result_text(auth->dkim->verdicts[0].result);
}

static double
run_result(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const char *result = result_of(view, args->texts[0]);

	return str_is_nocase(args->texts[1], result != NULL ? result :
	    "missing");
}

/* Nobody to ask SPF about. */
static double
run_no_sender(struct view *view, const void *prepared)
{
	(void)prepared;
	return sa_address_of(view, "envelopefrom").len == 0;
}

/* --- people who are welcome when it is proven that they wrote ------------------------------ */

/* One of them. */
struct proven {
	struct str pattern;	/* lower case, with wildcards */
	struct str domain;	/* that must have signed; "": the author's */
};

/* Each word of a line is a pattern, or the first one, and the second is the domain
 * that signs. */
static void
read_proven(const struct call_setup *setup, const char *option, bool is_pair,
    struct vec *people)
{
	const struct vec *lines = draft_lines(setup->draft, option);

	for (size_t i = 0; i < lines->len; i++) {
		struct str rest = *(struct str *)vec_at(lines, i), word;
		struct proven *last = NULL;

		while (str_cut(&rest, ' ', &word)) {
			word = str_lower(setup->arena, str_trim(word));
			if (word.len == 0)
				continue;
			if (is_pair && last != NULL) {
				last->domain = word;
				continue;
			}
			last = vec_push(people);
			*last = (struct proven){ word, STR("") };
		}
	}
}

static int
prepare_proven(const struct call_setup *setup, const char *option,
    bool is_pair, const char *both, void **prepared_r)
{
	struct vec *people = arena_zalloc(setup->arena, sizeof(*people));

	vec_init(people, setup->arena, sizeof(struct proven));
	read_proven(setup, option, is_pair, people);
	read_proven(setup, both, false, people);
	*prepared_r = people;
	return 0;
}

static int
prepare_spf_people(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_proven(setup, "welcomelist_from_spf", false,
	    "welcomelist_auth", prepared_r);
}

static int
prepare_spf_default(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_proven(setup, "def_welcomelist_from_spf", false,
	    "def_welcomelist_auth", prepared_r);
}

static int
prepare_dkim_people(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_proven(setup, "welcomelist_from_dkim", true,
	    "welcomelist_auth", prepared_r);
}

static int
prepare_dkim_default(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	return prepare_proven(setup, "def_welcomelist_from_dkim", true,
	    "def_welcomelist_auth", prepared_r);
}

static double
run_spf_people(struct view *view, const void *prepared)
{
	const struct spf_verdict *spf = view->txn->auth.spf;
	const struct vec *people = prepared;
	struct str sender = str_lower(view->arena,
	    sa_address_of(view, "envelopefrom"));

	if (spf == NULL || spf->result != RESULT_PASS || sender.len == 0)
		return 0;
	for (size_t i = 0; i < people->len; i++)
		if (sa_is_like(sender,
		    ((struct proven *)vec_at(people, i))->pattern, false))
			return 1;
	return 0;
}

static double
run_dkim_people(struct view *view, const void *prepared)
{
	const struct vec *people = prepared;
	struct str author = str_lower(view->arena,
	    sa_address_of(view, "from")), domain;

	if (author.len == 0 || !has_valid(view, NULL, 0))
		return 0;
	for (size_t i = 0; i < people->len; i++) {
		const struct proven *one = vec_at(people, i);

		domain = one->domain.len != 0 ? one->domain :
		    sa_domain_of(view->arena, author);
		if (sa_is_like(author, one->pattern, false) &&
		    has_valid(view, &domain, 1))
			return 1;
	}
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

const struct call call_check_for_spf_pass = {
	"check_for_spf_pass", NULL, prepare_pass, run_spf };
const struct call call_check_for_spf_neutral = {
	"check_for_spf_neutral", NULL, prepare_neutral, run_spf };
const struct call call_check_for_spf_none = {
	"check_for_spf_none", NULL, prepare_none, run_spf };
const struct call call_check_for_spf_softfail = {
	"check_for_spf_softfail", NULL, prepare_softfail, run_spf };
const struct call call_check_for_spf_fail = {
	"check_for_spf_fail", NULL, prepare_fail, run_spf };
const struct call call_check_for_spf_permerror = {
	"check_for_spf_permerror", NULL, prepare_permerror, run_spf };
const struct call call_check_for_spf_temperror = {
	"check_for_spf_temperror", NULL, prepare_temperror, run_spf };
const struct call call_check_for_spf_helo_pass = {
	"check_for_spf_helo_pass", NULL, prepare_pass, run_helo };
const struct call call_check_for_spf_helo_neutral = {
	"check_for_spf_helo_neutral", NULL, prepare_neutral, run_helo };
const struct call call_check_for_spf_helo_none = {
	"check_for_spf_helo_none", NULL, prepare_none, run_helo };
const struct call call_check_for_spf_helo_softfail = {
	"check_for_spf_helo_softfail", NULL, prepare_softfail, run_helo };
const struct call call_check_for_spf_helo_fail = {
	"check_for_spf_helo_fail", NULL, prepare_fail, run_helo };
const struct call call_check_for_spf_helo_permerror = {
	"check_for_spf_helo_permerror", NULL, prepare_permerror, run_helo };
const struct call call_check_for_spf_helo_temperror = {
	"check_for_spf_helo_temperror", NULL, prepare_temperror, run_helo };
const struct call call_check_dkim_signed = {
	"check_dkim_signed", NULL, NULL,
	run_signed };
const struct call call_check_dkim_valid = {
	"check_dkim_valid", NULL, sa_prepare_args,
	run_valid };
const struct call call_check_dkim_verified = {
	"check_dkim_verified", NULL, sa_prepare_args,
	run_valid };
const struct call call_check_authres_result = {
	"check_authres_result", "our own checks are asked, not the fields of "
	"other hosts", sa_prepare_args, run_result };
const struct call call_check_spf_skipped_noenvfrom = {
	"check_spf_skipped_noenvfrom", NULL, NULL, run_no_sender };
const struct call call_check_dkim_valid_author_sig = {
	"check_dkim_valid_author_sig", NULL, NULL,
	run_author };
const struct call call_check_dkim_valid_envelopefrom = {
	"check_dkim_valid_envelopefrom", NULL, NULL,
	run_sender };
const struct call call_check_dkim_dependable = {
	"check_dkim_dependable", "a valid signature is dependable", sa_prepare_args,
	run_valid };
const struct call call_check_dmarc_pass = {
	"check_dmarc_pass", NULL, NULL,
	run_dmarc_pass };
const struct call call_check_dmarc_reject = {
	"check_dmarc_reject", NULL, NULL,
	run_dmarc_reject };
const struct call call_check_dmarc_quarantine = {
	"check_dmarc_quarantine", NULL, NULL,
	run_dmarc_quarantine };
const struct call call_check_dmarc_none = {
	"check_dmarc_none", NULL, NULL,
	run_dmarc_none };
const struct call call_check_dmarc_missing = {
	"check_dmarc_missing", NULL, NULL,
	run_dmarc_missing };
const struct call call_check_for_spf_welcomelist_from = {
	"check_for_spf_welcomelist_from", NULL, prepare_spf_people,
	run_spf_people };
const struct call call_check_for_spf_whitelist_from = {
	"check_for_spf_whitelist_from", NULL, prepare_spf_people,
	run_spf_people };
const struct call call_check_for_def_spf_welcomelist_from = {
	"check_for_def_spf_welcomelist_from", NULL, prepare_spf_default,
	run_spf_people };
const struct call call_check_for_def_spf_whitelist_from = {
	"check_for_def_spf_whitelist_from", NULL, prepare_spf_default,
	run_spf_people };
const struct call call_check_for_dkim_welcomelist_from = {
	"check_for_dkim_welcomelist_from", NULL, prepare_dkim_people,
	run_dkim_people };
const struct call call_check_for_dkim_whitelist_from = {
	"check_for_dkim_whitelist_from", NULL, prepare_dkim_people,
	run_dkim_people };
const struct call call_check_for_def_dkim_welcomelist_from = {
	"check_for_def_dkim_welcomelist_from", NULL, prepare_dkim_default,
	run_dkim_people };
const struct call call_check_for_def_dkim_whitelist_from = {
	"check_for_def_dkim_whitelist_from", NULL, prepare_dkim_default,
	run_dkim_people };
