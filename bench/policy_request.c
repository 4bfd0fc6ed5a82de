/* SPDX-License-Identifier: ISC */
/* policy_request.c - the attributes as smtpd of Postfix 3.7 writes them
 * (SMTPD_POLICY_README), in their order. */
#include <stdio.h>
#include <string.h>

#include "policy_request.h"

static char *
put(char *at, const char *text)
{
	return stpcpy(at, text);
}

static char *
put_user(char *at, uint64_t user)
{
	return at + sprintf(at, "u%07llu@d%05llu.bench.example",
	    (unsigned long long)user,
	    (unsigned long long)(user / POLICY_USERS_A_DOMAIN));
}

/* A stranger's client: a network of its own for each of 65,536. */
static char *
put_client(char *at, uint64_t user, bool has_login)
{
	if (has_login)
		return put(at, "198.18.0.7");
	return at + sprintf(at, "100.%llu.%llu.7",
	    (unsigned long long)(64 + (user >> 8) % 64),
	    (unsigned long long)(user & 255));
}

static char *
put_sender(char *at, const struct policy_message *msg)
{
	if (msg->has_login)
		return put_user(at, msg->user);
	return at + sprintf(at, "s%llu@sender.example",
	    (unsigned long long)msg->user);
}

size_t
policy_request_write(const struct policy_message *msg, uint64_t run,
    bool is_end, char *out)
{
	bool has_login = msg->has_login;
	char *at = put(out, "request=smtpd_access_policy\nprotocol_state=");

	at = put(at, is_end ? "END-OF-MESSAGE" : "RCPT");
	at = put(at, "\nprotocol_name=ESMTP\nclient_address=");
	at = put_client(at, msg->user, has_login);
	at = put(at, "\nclient_name=mail.sender.example\nclient_port=41822\n"
	    "reverse_client_name=mail.sender.example\n"
	    "server_address=192.0.2.25\nserver_port=25\n"
	    "helo_name=mail.sender.example\nsender=");
	at = put_sender(at, msg);
	at = put(at, "\nrecipient=");
	at = has_login ? put(at, "bob@elsewhere.example") :
	    put_user(at, msg->user);
	at = put(at, is_end ? "\nrecipient_count=1\nqueue_id=" :
	    "\nrecipient_count=0\nqueue_id=");
	if (is_end)
		at += sprintf(at, "4Xk%09llX",
		    (unsigned long long)msg->number);
	at += sprintf(at, "\ninstance=%llx.%llx.0",
	    (unsigned long long)run, (unsigned long long)msg->number);
	at = put(at, "\nsize=12345\netrn_domain=\nstress=\nsasl_method=");
	at = put(at, has_login ? "plain" : "");
	at = put(at, "\nsasl_username=");
	at = has_login ? put_user(at, msg->user) : at;
	at = put(at, "\nsasl_sender=\nccert_subject=\nccert_issuer=\n"
	    "ccert_fingerprint=\nccert_pubkey_fingerprint=\n"
	    "encryption_protocol=TLSv1.3\n"
	    "encryption_cipher=TLS_AES_256_GCM_SHA384\n"
	    "encryption_keysize=256\npolicy_context=\n"
	    "compatibility_level=3.6\nmail_version=3.7.11\n\n");
	return (size_t)(at - out);
}
