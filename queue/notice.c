/* SPDX-License-Identifier: ISC */
/* notice.c - what tells a sender that his message is not delivered.
 *
 * A multipart/report (RFC 6522) of three parts: words for people, the status for
 * programs (RFC 3464), the header of the message. Addresses that are not ASCII
 * make the second part message/global-delivery-status and, where the header has
 * some too, the third message/global-headers (RFC 6533). The header alone is
 * returned, whatever RET asked for: who was held for too much mail has it, and
 * what is held as harmful must not travel again. */
#include "queue/notice.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "contract.h"
#include "mail/address.h"
#include "queue/held.h"

/* As much of the header as Postfix itself would read (header_size_limit is of
 * one field); it ends with a whole line. */
#define HEADER_MAX (64 * 1024)

#define NO_REASON "the postmaster of this host decided not to deliver it"

struct str
notice_address(struct arena *arena, struct str address)
{
	ptrdiff_t at = str_find_last(address, '@');
	struct address parts = { .local = address };

	if (at >= 0) {
		parts.local = str_sub(address, 0, (size_t)at);
		parts.domain = str_from_pos(address, (size_t)at + 1);
	}
	return address_print(arena, &parts);
}

static bool
is_ascii(const struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->rcpts.len; i++) {
		const struct held_rcpt *rcpt = vec_at(&envelope->rcpts, i);

		if (!str_is_ascii(rcpt->address) || !str_is_ascii(rcpt->orcpt))
			return false;
	}
	return str_is_ascii(envelope->sender);
}

static struct str
cut_header(struct str header)
{
	ptrdiff_t end;

	if (header.len <= HEADER_MAX)
		return header;
	header = str_sub(header, 0, HEADER_MAX);
	end = str_find_last(header, '\n');
	return str_sub(header, 0, end < 0 ? 0 : (size_t)end + 1);
}

static void
add_head(struct buf *out, const struct notice *notice)
{
	/* A bare name: Postfix completes it with its $myorigin. */
	buf_printf(out, "From: Mail Delivery System <MAILER-DAEMON>\n"
	    "To: <%.*s>\n"
	    "Subject: Undelivered mail returned to its sender\n"
	    "Auto-Submitted: auto-replied\n"		/* RFC 3834 5 */
	    "MIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\n"
	    "\tboundary=\"%s\"\n\n",			/* RFC 6522 3 */
	    STR_ARG(notice_address(out->arena, notice->envelope->sender)),
	    notice->boundary);
}

static void
begin_part(struct buf *out, const struct notice *notice, const char *type,
    bool has_8bit)
{
	buf_printf(out, "--%s\nContent-Type: %s\n"
	    "Content-Transfer-Encoding: %s\n\n", notice->boundary, type,
	    has_8bit ? "8bit" : "7bit");
}

static void
add_words(struct buf *out, const struct notice *notice)
{
	const struct envelope *envelope = notice->envelope;
	const char *reason = notice->reason != NULL ? notice->reason
	    : NO_REASON;
	bool has_8bit = !is_ascii(envelope) || !str_is_ascii(str_from(reason));

	begin_part(out, notice, "text/plain; charset=utf-8", has_8bit);
	buf_printf(out, "This is the mail system at host %s.\n\n"
	    "Your message was put on hold here, and will not be delivered "
	    "to:\n\n", notice->host);
	for (size_t i = 0; i < envelope->rcpts.len; i++) {
		const struct held_rcpt *rcpt = vec_at(&envelope->rcpts, i);

		if (held_rcpt_wants_notice(rcpt))
			buf_printf(out, "  <%.*s>\n", STR_ARG(notice_address(
			    out->arena, rcpt->address)));
	}
	buf_printf(out, "\nThe reason: %s\n\n", reason);
	if (notice->id.len != 0)
		buf_printf(out, "Its id here is %.*s. ", STR_ARG(notice->id));
	buf_add_text(out, "For help, write to postmaster and include this\n"
	    "notice. The header of your message is attached, its text is "
	    "not.\n\n");
}

/* RFC 3464 2.2: about the message. */
static void
add_message_fields(struct buf *out, const struct notice *notice)
{
	const struct envelope *envelope = notice->envelope;
	time_t arrival = (time_t)envelope->arrival_s;
	char date[64];
	struct tm time;

	if (envelope->envelope_id.len != 0)
		buf_printf(out, "Original-Envelope-Id: %.*s\n",
		    STR_ARG(envelope->envelope_id));
	buf_printf(out, "Reporting-MTA: dns; %s\n", notice->host);
	if (envelope->arrival_s != 0) {
		gmtime_r(&arrival, &time);
		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000",
		    &time);
		buf_printf(out, "Arrival-Date: %s\n", date);
	}
	buf_printf(out, "X-Postfix-Queue-ID: %s\n", notice->queue_id);
	if (notice->id.len != 0)
		buf_printf(out, HEADER_ID ": %.*s\n", STR_ARG(notice->id));
}

/* A diagnostic code is ASCII (RFC 3464 2.3.6). */
static const char *
ascii_text(struct arena *arena, const char *text)
{
	char *ascii = arena_strdup(arena, text);

	for (char *at = ascii; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return ascii;
}

/* RFC 3464 2.3: about one recipient. */
static void
add_rcpt_fields(struct buf *out, const struct notice *notice,
    const struct held_rcpt *rcpt)
{
	const char *reason = notice->reason != NULL ? notice->reason
	    : NO_REASON;

	buf_add_char(out, '\n');
	if (rcpt->orcpt.len != 0)
		buf_printf(out, "Original-Recipient: %.*s\n",
		    STR_ARG(rcpt->orcpt));
	buf_printf(out, "Final-Recipient: %s; %.*s\n"
	    "Action: failed\n"
	    "Status: 5.7.1\n"		/* RFC 3463 3.8: not authorized */
	    "Diagnostic-Code: X-Mailreeve; %s\n",
	    str_is_ascii(rcpt->address) ? "rfc822" : "utf-8",
	    STR_ARG(notice_address(out->arena, rcpt->address)),
	    ascii_text(out->arena, reason));
}

static void
add_status(struct buf *out, const struct notice *notice)
{
	const struct envelope *envelope = notice->envelope;
	bool is_global = !is_ascii(envelope);

	begin_part(out, notice, is_global ? "message/global-delivery-status"
	    : "message/delivery-status", is_global);
	add_message_fields(out, notice);
	for (size_t i = 0; i < envelope->rcpts.len; i++) {
		const struct held_rcpt *rcpt = vec_at(&envelope->rcpts, i);

		if (held_rcpt_wants_notice(rcpt))
			add_rcpt_fields(out, notice, rcpt);
	}
	buf_add_char(out, '\n');
}

static void
add_header(struct buf *out, const struct notice *notice)
{
	struct str header = cut_header(notice->header);
	bool has_8bit = !str_is_ascii(header);

	begin_part(out, notice, has_8bit && !is_ascii(notice->envelope)
	    ? "message/global-headers" : "text/rfc822-headers", has_8bit);
	buf_add_str(out, header);
	if (header.len != 0 && header.data[header.len - 1] != '\n')
		buf_add_char(out, '\n');
	buf_add_char(out, '\n');
}

size_t
notice_write(struct buf *out, const struct notice *notice)
{
	const struct vec *rcpts = &notice->envelope->rcpts;
	size_t count = 0;

	for (size_t i = 0; i < rcpts->len; i++)
		count += held_rcpt_wants_notice(vec_at(rcpts, i));
	if (count == 0)
		return 0;
	add_head(out, notice);
	add_words(out, notice);
	add_status(out, notice);
	add_header(out, notice);
	buf_printf(out, "--%s--\n", notice->boundary);
	return count;
}
