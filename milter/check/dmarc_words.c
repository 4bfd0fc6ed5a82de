/* SPDX-License-Identifier: ISC */
/* dmarc_words.c - for the check dmarc: what it says of a verdict. */
#include "milter/check/dmarc_words.h"

#include "auth/dmarc.h"
#include "base/arena.h"
#include "mail/auth_results.h"
#include "milter/check/dmarc_ruling.h"

/* --- for people ----------------------------------------------------------- */

/* " from sub.example.org", where a domain above the author's asks; else "". */
static const char *
from_below(struct arena *arena, const struct dmarc_verdict *verdict)
{
	if (str_eq(verdict->applied.record_domain, verdict->domain))
		return "";
	return arena_printf(arena, " from %.*s", STR_ARG(verdict->domain));
}

const char *
dmarc_words_reason(struct arena *arena, const struct dmarc_verdict *verdict,
    const struct dmarc_ruling *ruling)
{
	const struct dmarc_applied *applied = &verdict->applied;
	const char *below = from_below(arena, verdict);
	struct buf text;

	buf_init(&text, arena);
	if (applied->has_record)
		buf_printf(&text, "%.*s asks for %s%s%s%s: ",
		    STR_ARG(applied->record_domain),
		    dmarc_policy_text(applied->policy),
		    below[0] != '\0' ? " of mail" : "", below,
		    applied->record.is_test ? " in test mode" : "");
	buf_add_text(&text, verdict->reason);
	if (ruling != NULL && ruling->override != NULL)
		buf_printf(&text, "; %s: %s", ruling->override,
		    ruling->because);
	return text.data;
}

const struct reply *
dmarc_words_reply(struct arena *arena, const struct dmarc_verdict *verdict)
{
	struct reply *reply = arena_zalloc(arena, sizeof(*reply));

	*reply = (struct reply){ 550, "5.7.1", arena_printf(arena,
	    "%.*s asks to refuse mail%s that it does not authenticate "
	    "(DMARC): %s", STR_ARG(verdict->applied.record_domain),
	    from_below(arena, verdict), verdict->reason) };
	return reply;
}

/* --- for programs --------------------------------------------------------- */

static const char *
applied_text(enum decision decision)
{
	if (decision == DECISION_HAM)
		return "none";
	return decision == DECISION_JUNK ? "quarantine" : "reject";
}

static void
add_property(struct arena *arena, struct auth_result *auth, const char *ptype,
    const char *property, struct str value)
{
	auth->properties[auth->property_count++] = (struct auth_property){
		ptype, property, str_dup(arena, value) };
}

/* "p=reject dis=quarantine override=mailing_list". */
static const char *
comment_on(struct arena *arena, const struct dmarc_applied *applied,
    const struct dmarc_ruling *ruling)
{
	struct buf text;

	buf_init(&text, arena);
	buf_printf(&text, "%s=%s%s", applied->tag,
	    dmarc_policy_text(applied->policy),
	    applied->record.is_test ? " t=y" : "");
	if (ruling != NULL)
		buf_printf(&text, " dis=%s", applied_text(ruling->decision));
	if (ruling != NULL && ruling->override != NULL)
		buf_printf(&text, " override=%s", ruling->override);
	return text.data;
}

const struct auth_result *
dmarc_words_auth(struct arena *arena, const struct dmarc_verdict *verdict,
    const struct dmarc_ruling *ruling)
{
	struct auth_result *auth = arena_zalloc(arena, sizeof(*auth));
	const struct dmarc_applied *applied = &verdict->applied;

	auth->method = "dmarc";
	auth->result = result_text(verdict->result);
	if (verdict->domain.len != 0)
		add_property(arena, auth, "header", "from", verdict->domain);
	if (!applied->has_record)
		return auth;
	auth->comment = comment_on(arena, applied, ruling);
	if (ruling != NULL)
		add_property(arena, auth, "policy", "dmarc",
		    str_from(applied_text(ruling->decision)));
	return auth;
}
