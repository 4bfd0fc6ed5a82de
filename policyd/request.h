/* SPDX-License-Identifier: ISC */
/* request.h - one request of Postfix's policy protocol, read in place. */
#ifndef POLICYD_REQUEST_H
#define POLICYD_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* No client of ours needs more: Postfix limits what a stranger may write to
 * 2 KB a command. */
#define REQUEST_MAX ((size_t)16 * 1024)

/* Where smtpd asks, as bits for sets of them. Rules run at these stages only. */
enum policy_stage {
	POLICY_OTHER = 0,	/* CONNECT, HELO, MAIL, VRFY, … */
	POLICY_RCPT = 1,	/* one recipient */
	POLICY_DATA = 2,	/* all recipients are known */
	POLICY_END = 4,		/* END-OF-MESSAGE: the size too */
};

/* What we read of a request; texts are "" when they were not given, hold no NUL
 * and point into the request's bytes. A stranger has a hand in all but
 * stage, instance, addresses of hosts and numbers. */
struct request {
	enum policy_stage stage;
	struct str protocol_state;	/* what stage stands for, in words */
	struct str instance;		/* one per message */
	struct str queue_id;		/* "" until a recipient was accepted */
	struct str client_address, client_name, reverse_client_name;
	struct str server_address;	/* of ours, that the client came to */
	struct str helo;
	struct str sender;		/* without <>; "" is the null sender */
	struct str recipient;		/* "" when there are several */
	struct str login;		/* "" without one */
	struct str tls_version;
	uint64_t size;			/* declared; true at POLICY_END */
	uint64_t recipient_count;	/* 0 at POLICY_RCPT */
};

/* How many bytes the first request in text has, its empty line included; 0: it
 * has not come whole. *looked_r (0 for a new request) is how far was looked
 * before, so that a request that comes byte by byte is looked through once. */
size_t request_len(struct str text, size_t *looked_r);

/* Read a request. Lines end with LF alone; a CR belongs to its value. Attributes
 * that we do not know are passed over, of a repeated one the first counts. 0, or
 * -1 with the reason: not a request=smtpd_access_policy, a line without '=', a
 * NUL, a number that is none. */
int request_parse(struct str text, struct request *request_r,
    const char **error_r);

#endif
