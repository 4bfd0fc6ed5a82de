/* SPDX-License-Identifier: ISC */
/* smtp_extensions.c - what a server offers, and what a message needs of it. */
#include "smtp/smtp_extensions.h"

#include <string.h>

#include "smtp/smtp_send.h"

void
smtp_extensions_read(struct str text, struct smtp_extensions *extensions_r)
{
	struct str rest = text, line, keyword;

	memset(extensions_r, 0, sizeof(*extensions_r));
	/* The first line is the server's name. */
	str_cut(&rest, '\n', &line);
	while (str_cut(&rest, '\n', &line)) {
		str_cut(&line, ' ', &keyword);
		if (str_is_nocase(keyword, "8BITMIME"))
			extensions_r->has_8bitmime = true;
		else if (str_is_nocase(keyword, "SMTPUTF8"))
			extensions_r->has_smtputf8 = true;
		if (!str_is_nocase(keyword, "SIZE"))
			continue;
		extensions_r->has_size = true;
		if (str_to_u64(str_trim(line), UINT64_MAX,
		    &extensions_r->size_max) < 0)
			extensions_r->size_max = 0;
	}
}

/* The fields, up to the empty line. */
static struct str
header_of(struct str content)
{
	struct str rest = content, line;

	while (str_cut(&rest, '\n', &line))
		if (str_trim(line).len == 0)
			return str_sub(content, 0,
			    (size_t)(line.data - content.data));
	return content;
}

/* (RFC 6531 3.4: an address or a field of the header is UTF-8) */
static bool
needs_utf8(const struct smtp_mail *mail)
{
	if (!str_is_ascii(mail->sender) ||
	    !str_is_ascii(header_of(mail->content)))
		return true;
	for (size_t i = 0; i < mail->rcpt_count; i++)
		if (!str_is_ascii(mail->rcpts[i]))
			return true;
	return false;
}

const char *
smtp_extensions_use(const struct smtp_extensions *extensions,
    const struct smtp_mail *mail, struct buf *out)
{
	if (needs_utf8(mail) && !extensions->has_smtputf8)
		return "it does not take addresses in UTF-8 (SMTPUTF8)";
	if (!str_is_ascii(mail->content) && !extensions->has_8bitmime)
		return "it does not take 8-bit text (8BITMIME)";
	if (extensions->size_max != 0 &&
	    mail->content.len > extensions->size_max)
		return "the message is larger than it takes (SIZE)";
	if (extensions->has_size)
		buf_printf(out, " SIZE=%zu", mail->content.len);
	if (!str_is_ascii(mail->content))
		buf_add_text(out, " BODY=8BITMIME");
	if (needs_utf8(mail))
		buf_add_text(out, " SMTPUTF8");
	return NULL;
}
