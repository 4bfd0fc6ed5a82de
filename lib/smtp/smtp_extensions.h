/* SPDX-License-Identifier: ISC */
/* smtp_extensions.h - what a server offers, and what a message needs of it. */
#ifndef SMTP_SMTP_EXTENSIONS_H
#define SMTP_SMTP_EXTENSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct smtp_mail;

struct smtp_extensions {
	bool has_8bitmime;	/* RFC 6152 */
	bool has_smtputf8;	/* RFC 6531 */
	bool has_size;		/* RFC 1870 */
	uint64_t size_max;	/* 0: it names none */
};

/* Of the text of the reply to EHLO or LHLO (RFC 5321 4.1.1.1). */
void smtp_extensions_read(struct str text,
    struct smtp_extensions *extensions_r);

/* Append what stands behind MAIL FROM:<…> for this message, with a blank before
 * each parameter. NULL; or why the server cannot take it, and nothing helps. */
const char *smtp_extensions_use(const struct smtp_extensions *extensions,
    const struct smtp_mail *mail, struct buf *out);

#endif
