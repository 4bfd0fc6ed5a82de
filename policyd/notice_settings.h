/* SPDX-License-Identifier: ISC */
/* notice_settings.h - the section "notices" of the configuration. */
#ifndef POLICYD_NOTICE_SETTINGS_H
#define POLICYD_NOTICE_SETTINGS_H

#include <stdint.h>

#include "smtp/smtp_server.h"

struct section;

struct notice_settings {
	const char *server_text;	/* NULL: no notices */
	int protocol;			/* enum notice_protocol */
	const char *from;		/* NULL: postmaster@ the host's name */
	const char *shared_to;		/* NULL: nobody */
	int64_t timeout_ms, keep_ms;
	int64_t queue_max;
	/* Of server_text, protocol and timeout; without helo. */
	struct smtp_server server;
};

enum notice_protocol { NOTICE_SMTP, NOTICE_LMTP };

extern const struct section notice_section;

#endif
