/* SPDX-License-Identifier: ISC */
/* from_header.c - a message has one From that every reader reads alike. */
#include "base/arena.h"
#include "milter/check.h"
#include "milter/check/objection.h"

/*
 * Whose name people see, and whose name DKIM and DMARC judge, must be the same.
 * Where it is not plain who the author is, the two differ: with several From
 * fields one program shows the first and another the last; of "a@b <c@d>" one
 * shows the first address and another the second; and a message without author
 * gets past DMARC altogether. Nobody who writes mail by RFC 5322 3.6.2 does any
 * of this: in 7,346 messages of the public ham corpora none had a From that
 * cannot be read, none had several authors.
 *
 * The largest provider refuses them all (550 5.7.1). Here:
 *   several From fields     refuse: only forgers write them (one behind a bare
 *                           CR counts, for some programs end a line there)
 *   malformed               junk: mostly forgers, now and then a poor script
 *   none                    junk: an old device or script wrote it
 * Malformed is what the parser refuses, an address without domain, what only
 * hides the address (a source route, blanks and comments inside of it, which RFC
 * 5322 4.4 lets nobody generate, an "@" or an encoded word in its local part),
 * and several authors without one Sender. Groups (RFC 6854) count by their
 * members; without any there is no From.
 *
 * The replies are 5.6.0: the fault is in the content (RFC 3463 3.7), not in who
 * the sender is.
 */

struct from_header_settings {
	struct check_common common;
	int on_missing;
	int on_multiple;
	int on_malformed;
};

static const struct reply reply_missing = { 550, "5.6.0",
	"the message has no From field with an address (RFC 5322 3.6)" };
static const struct reply reply_multiple = { 550, "5.6.0",
	"the message has several From fields (RFC 5322 3.6)" };
static const struct reply reply_malformed = { 550, "5.6.0",
	"the From field does not name the author as RFC 5322 3.6.2 wants it" };

static enum check_status
object(struct check_run *run, int objection, const struct reply *reply,
    const char *reason)
{
	struct finding *finding = findings_add(run->findings, run->name,
	    RESULT_PERMERROR, reason);

	objection_raise(finding, objection, reply);
	return CHECK_DONE;
}

/* What is wrong with the authors; NULL: nothing. */
static const char *
find_fault(struct txn *txn)
{
	const struct vec *authors = txn_from(txn);
	const char *fault = txn_from_error(txn);

	if (fault != NULL)
		return arena_printf(txn->arena, "From cannot be read: %s",
		    fault);
	for (size_t i = 0; i < authors->len; i++) {
		const struct address *author = vec_at(authors, i);

		if (author->domain.len == 0)
			return "From has an address without domain";
		if (address_oddity(author) != NULL)
			return arena_printf(txn->arena,
			    "From has an address with %s",
			    address_oddity(author));
	}
	return NULL;
}

/* Exactly one Sender field with exactly one mailbox (RFC 5322 3.6.2). */
static bool
has_sender(const struct txn *txn)
{
	const struct header *header = header_first(&txn->headers, "Sender");
	const char *error;
	struct vec senders;

	if (header_count(&txn->headers, "Sender") != 1)
		return false;
	vec_init(&senders, txn->arena, sizeof(struct address));
	return address_parse_list(txn->arena, header->value, 2, &senders,
	    &error) == 0 && senders.len == 1;
}

static enum check_status
from_header_run(struct check_run *run, const char **error_r)
{
	const struct from_header_settings *settings = run->settings;
	struct txn *txn = run->txn;
	size_t fields = txn_from_fields(txn);
	size_t authors = txn_from(txn)->len;
	const char *fault = find_fault(txn);

	(void)error_r;
	if (fields == 0)
		return object(run, settings->on_missing, &reply_missing,
		    "the message has no From");
	if (fields > 1)
		return object(run, settings->on_multiple, &reply_multiple,
		    arena_printf(txn->arena, "the message has %zu From fields",
		    fields));
	if (fault == NULL && authors > 1 && !has_sender(txn))
		fault = "From has several authors and there is no one Sender";
	if (fault != NULL)
		return object(run, settings->on_malformed, &reply_malformed,
		    fault);
	if (authors == 0)
		return object(run, settings->on_missing, &reply_missing,
		    "From has no address");
	findings_add(run->findings, run->name, RESULT_PASS,
	    authors == 1 ? "one author" : "several authors, one Sender");
	return CHECK_DONE;
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct from_header_settings, "pass"),
	SETTING_WORD_ROW("on_missing", struct from_header_settings, on_missing,
	    objection_words, "junk",
	    "What to do with a message that has no From, or none with an "
	    "address."),
	SETTING_WORD_ROW("on_multiple", struct from_header_settings,
	    on_multiple, objection_words, "refuse",
	    "What to do with a message that has several From fields."),
	SETTING_WORD_ROW("on_malformed", struct from_header_settings,
	    on_malformed, objection_words, "junk",
	    "What to do with a message whose From cannot be read or does not "
	    "tell who the author is."),
};

static const struct section section = {
	.name = "check",
	.label = "from_header",
	.help = "Does the message have one From that names its author (RFC "
	    "5322 3.6.2)?",
	.size = sizeof(struct from_header_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_from_header = {
	.name = "from_header",
	.first_stage = STAGE_HEADERS,
	.section = &section,
	.run = from_header_run,
};
