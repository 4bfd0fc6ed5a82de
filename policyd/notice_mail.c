/* SPDX-License-Identifier: ISC */
/* notice_mail.c - a notice as a message (RFC 5322). */
#include "policyd/notice_mail.h"

#include <time.h>

#include "base/str.h"
#include "base/ulid.h"
#include "contract.h"

#define DATE_SIZE 40

/* (RFC 5322 3.3) No locale is ever set, so the names are English. */
static void
put_date(struct buf *out, int64_t now_ms)
{
	time_t seconds = (time_t)(now_ms / 1000);
	char text[DATE_SIZE];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	buf_printf(out, "Date: %s\r\n", text);
}

/* Nobody answers it automatically (RFC 3834 5). */
static void
put_header(struct buf *out, const struct notice_mail *mail)
{
	char id[ULID_SIZE];

	ulid_make(mail->now_ms, id);
	buf_printf(out, "From: %s\r\nTo: %s\r\nSubject: %s\r\n", mail->from,
	    mail->to, mail->subject);
	put_date(out, mail->now_ms);
	buf_printf(out, "Message-ID: <%s@%s>\r\n", id, mail->host);
	buf_add_text(out, "Auto-Submitted: auto-generated\r\n");
	if (mail->id != NULL)
		buf_printf(out, HEADER_ID ": %s\r\n", mail->id);
	buf_printf(out, "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n",
	    str_is_ascii(str_from(mail->text)) ? "7bit" : "8bit");
}

void
notice_mail_write(const struct notice_mail *mail, struct buf *out)
{
	struct str rest = str_from(mail->text), line;

	put_header(out, mail);
	while (str_cut(&rest, '\n', &line) && rest.data != NULL) {
		buf_add_str(out, line);
		buf_add_text(out, "\r\n");
	}
}
