/* SPDX-License-Identifier: ISC */
/* encode_body.c - makes what will be signed fit for every way (RFC 2045 6). */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "auth/dkim_sign.h"
#include "base/arena.h"
#include "mail/edit.h"
#include "mail/encode.h"
#include "mail/spool.h"
#include "milter/action.h"
#include "milter/action/signing.h"
#include "milter/check.h"

/*
 * A signature holds only as long as nobody encodes the body behind it, and
 * Postfix does that for some receivers (dkim_sign.c). So it is done here first,
 * for the messages that dkim_sign will sign, and only for those that need it.
 * Readers see the same text; what may not be touched stays, and is not signed.
 *
 * Encoded text may be three times as long, and what becomes longer than
 * message_size_limit Postfix refuses with 552: mail that it would have taken
 * from us as it was. How near the limit is we cannot know, hence max_growth.
 */

struct encode_body_settings {
	struct action_common common;
	int64_t max_growth;
};

static int
fail(struct action_run *run, const char **error_r)
{
	*error_r = arena_printf(run->txn->arena, "the body cannot be stored: "
	    "%s", strerrordesc_np(errno));
	return -1;
}

static bool
needs_encoding(const struct txn *txn, struct str body)
{
	struct dkim_body_risks risks = dkim_body_look(body);

	return risks.has_8bit || risks.has_long_line ||
	    encode_finds_label(&txn->headers, body);
}

static void
set_field(struct action_run *run, const char *name, const char *value)
{
	struct txn *txn = run->txn;
	const struct header *field = header_first(&txn->headers, name);
	struct str text = str_from(arena_printf(txn->arena, " %s", value));

	if (field != NULL)
		edit_change_header(txn, run->name, field, text);
	else
		edit_append_header(txn, run->name, str_from(name), text);
}

static const char *
count_text(struct arena *arena, size_t count, const char *encoding)
{
	return count == 0 ? "" : arena_printf(arena, "%zu part%s as %s", count,
	    count == 1 ? "" : "s", encoding);
}

static const char *
describe(struct arena *arena, const struct encoded *encoded)
{
	if (encoded->quoted == 0 && encoded->base64 == 0)
		return "parts without 8-bit bytes said to be 8bit are 7bit now";
	return arena_printf(arena, "%s%s%s",
	    count_text(arena, encoded->quoted, "quoted-printable"),
	    encoded->quoted != 0 && encoded->base64 != 0 ? ", " : "",
	    count_text(arena, encoded->base64, "base64"));
}

static void
change_header(struct action_run *run, const struct encoded *encoded)
{
	if (encoded->lacks_version)
		set_field(run, "MIME-Version", "1.0");
	if (encoded->lacks_type)	/* RFC 1428 3 */
		set_field(run, "Content-Type",
		    "text/plain; charset=unknown-8bit");
	if (encoded->transfer != NULL)
		set_field(run, "Content-Transfer-Encoding",
		    encoded->transfer);
}

static bool
grows_too_much(const struct action_run *run, const struct spool *body)
{
	const struct encode_body_settings *settings = run->settings;

	return spool_size(body) > spool_size(run->txn->body) +
	    (size_t)settings->max_growth;
}

static void
change(struct action_run *run, const struct encoded *encoded,
    struct spool **body)
{
	if (!encoded->has_new_body && encoded->transfer == NULL)
		return;
	if (grows_too_much(run, *body)) {
		run->detail = "not encoded: it would grow by more than "
		    "max_growth";
		return;
	}
	run->detail = describe(run->txn->arena, encoded);
	change_header(run, encoded);
	if (!encoded->has_new_body)
		return;
	edit_replace_body(run->txn, run->name, *body, run->detail);
	*body = NULL;
}

static int
encode(struct action_run *run, struct str body, const char **error_r)
{
	struct txn *txn = run->txn;
	struct spool *out = spool_new_like(txn->body);
	struct encoded encoded;
	const char *reason;
	int rc = 0;

	switch (encode_body(txn->arena, &txn->headers, body, out, &encoded,
	    &reason)) {
	case ENCODE_DONE:
		change(run, &encoded, &out);
		break;
	case ENCODE_UNABLE:
		run->detail = arena_printf(txn->arena, "not encoded: %s",
		    reason);
		break;
	case ENCODE_FAILED:
		rc = fail(run, error_r);
		break;
	}
	spool_free(&out);
	return rc;
}

static int
encode_body_apply(struct action_run *run, const char **error_r)
{
	struct txn *txn = run->txn;
	struct signing signing;
	struct str body;

	/* dkim_sign says why it does not sign, the gap included. */
	if (!signing_may_be(txn) || signing_find(txn, &signing) != NULL ||
	    !signing_has_key(&signing, run->keys) || run->gap != NULL ||
	    txn->body == NULL)
		return 0;
	if (spool_data(txn->body, &body) < 0)
		return fail(run, error_r);
	return needs_encoding(txn, body) ? encode(run, body, error_r) : 0;
}

static const struct setting rows[] = {
	ACTION_COMMON_ROWS(struct encode_body_settings, "defer"),
	SETTING_SIZE_ROW("max_growth", struct encode_body_settings, max_growth,
	    "256k", 0, INT32_MAX,
	    "Leave a body as it is that would grow by more than this: Postfix "
	    "refuses what becomes larger than its message_size_limit."),
};

static const struct section section = {
	.name = "action",
	.label = "encode_body",
	.help = "Encodes 8-bit bytes and lines over 998 bytes of mail that "
	    "dkim_sign is about to sign, text as quoted-printable and the rest "
	    "as base64, so that Postfix does not have to do it behind the "
	    "signature. Mail of PGP and S/MIME, attached messages and what "
	    "is malformed are never encoded. Where dkim_sign is not enabled, "
	    "or in dry run, this is not either.",
	.size = sizeof(struct encode_body_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct action action_encode_body = {
	.name = "encode_body",
	.prepares = "dkim_sign",
	.wants_body = true,
	.section = &section,
	.apply = encode_body_apply,
};
