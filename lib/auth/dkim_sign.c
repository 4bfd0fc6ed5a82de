/* SPDX-License-Identifier: ISC */
/* dkim_sign.c - a signature for a message that leaves (RFC 6376 5).
 *
 * Signed is what a reader sees or a mail program acts on (RFC 6376 5.4.1), and
 * what decides how the body is read. Not signed is what changes on the way:
 * Received, Return-Path, Bcc, Authentication-Results, other signatures.
 *
 * Each signature also names From, Reply-To, Subject, Date, To, Cc, Message-ID
 * and the four MIME fields once more than they stand there ("oversigning", RFC
 * 6376 8.15), so that nobody can add a second From above ours, or a
 * Content-Type that hides the text, and keep the signature. The fields of lists
 * are treated so only when the message is bulk mail, that is has a
 * List-Unsubscribe: that and List-Unsubscribe-Post must be covered (RFC 8058
 * 4) and must not gain a twin. In a person's letter to a mailing list, the list
 * adds them, and the signature ought to live on.
 *
 * libopendkim makes the signature (opendkim.h); the rest here keeps from it
 * what it would canonicalize in its own way. */
#include "auth/dkim_sign.h"

#include <string.h>

#include "auth/dkim_body.h"
#include "auth/dkim_key.h"
#include "auth/opendkim.h"
#include "base/arena.h"
#include "base/vec.h"
#include "mail/header.h"

#define LINE_MAX_BYTES 998
#define NAMES_SIZE_MAX 3500	/* libopendkim has room for 4095 bytes in h= */

static const char *const signed_names[] = { "From", "Sender", "Reply-To",
	"Subject", "Date", "Message-ID", "To", "Cc", "MIME-Version",
	"Content-Type", "Content-Transfer-Encoding", "Content-Disposition",
	"Content-ID", "In-Reply-To", "References", "Resent-Date",
	"Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc",
	"Resent-Message-ID", "List-Id", "List-Help", "List-Subscribe",
	"List-Unsubscribe", "List-Unsubscribe-Post", "List-Post", "List-Owner",
	"List-Archive" };

static bool
is_signed_name(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(signed_names); i++)
		if (str_is_nocase(name, signed_names[i]))
			return true;
	return false;
}

static bool
has_control(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if ((c < ' ' && c != '\t' && c != '\n') || c == 0x7f)
			return true;
	}
	return false;
}

static int
choose_fields(struct arena *arena, const struct header_list *headers,
    struct vec *fields, const char **reason_r)
{
	size_t names_size = 0, authors = 0;

	for (size_t i = 0; i < headers->fields.len; i++) {
		const struct header *header = vec_at(&headers->fields, i);

		if (header->is_removed || !is_signed_name(header->name))
			continue;
		if (has_control(header->value)) {
			*reason_r = arena_printf(arena,
			    "%.*s has a control character",
			    STR_ARG(header->name));
			return -1;
		}
		names_size += header->name.len + 1;
		authors += str_is_nocase(header->name, "From");
		*(const struct header **)vec_push(fields) = header;
	}
	if (authors != 0 && names_size <= NAMES_SIZE_MAX)
		return 0;
	*reason_r = authors == 0 ? "there is no From"
	    : "too many header fields of one name";
	return -1;
}

enum dkim_signing
dkim_sign_message(struct arena *arena, const struct dkim_key *key,
    struct str domain, const char *selector, int64_t now_ms,
    const struct header_list *headers, struct str body, struct str *value_r,
    const char **reason_r)
{
	struct dkim_body_hash hash = { .length = UINT64_MAX };
	struct opendkim_order order = {
		.key = key->key,
		.algorithm = key->algorithm,
		.domain = str_dup(arena, domain),
		.selector = selector,
		.now_s = now_ms / 1000,
		.body_hash = hash.hash,
	};
	struct vec fields;

	vec_init(&fields, arena, sizeof(const struct header *));
	if (choose_fields(arena, headers, &fields, reason_r) < 0)
		return DKIM_UNSIGNABLE;
	if (dkim_body_look(body).has_lone_end) {
		*reason_r = "the body has a line end that is not CRLF";
		return DKIM_UNSIGNABLE;
	}
	dkim_body_hash(body, DKIM_RELAXED, &hash, 1);
	order.fields = fields.items;
	order.field_count = fields.len;
	return opendkim_sign(arena, &order, value_r, reason_r) == 0
	    ? DKIM_SIGNED : DKIM_SIGNING_FAILED;
}

struct dkim_body_risks
dkim_body_look(struct str body)
{
	struct dkim_body_risks risks = { .has_8bit = !str_is_ascii(body) };
	const char *at = body.data, *end = body.data + body.len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *cr;

		if (lf == NULL) {
			risks.has_lone_end = true;
			lf = end;
		}
		cr = memchr(at, '\r', (size_t)(lf - at));
		risks.has_lone_end = risks.has_lone_end || cr == NULL ||
		    cr + 1 != lf;
		risks.has_long_line = risks.has_long_line ||
		    lf - at > LINE_MAX_BYTES + 1;
		at = lf + 1;
	}
	return risks;
}

static bool
has_long_line(const struct header *header)
{
	struct str rest = header->value, line;
	size_t len = header->name.len + 1;

	for (; str_cut(&rest, '\n', &line); len = 0)
		if (len + line.len > LINE_MAX_BYTES)
			return true;
	return false;
}

bool
dkim_header_has_long_line(const struct header_list *headers)
{
	for (size_t i = 0; i < headers->fields.len; i++) {
		const struct header *header = vec_at(&headers->fields, i);

		if (!header->is_removed && is_signed_name(header->name) &&
		    has_long_line(header))
			return true;
	}
	return false;
}
