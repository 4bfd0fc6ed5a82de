/* SPDX-License-Identifier: ISC */
/* txn.h - all facts of one mail transaction. */
#ifndef MAIL_TXN_H
#define MAIL_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/str.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/direction.h"
#include "mail/header.h"
#include "mail/netlist.h"

struct arena;
struct content;
struct dkim_verdicts;
struct dmarc_verdict;
struct forwarders;
struct login_map;
struct map;
struct mime_message;
struct mime_part;
struct netlist;
struct origin;
struct policy;
struct policy_source;
struct scan_answer;
struct spf_verdict;
struct spool;

/* How far the message has come. A check runs from its first stage on. */
enum stage {
	STAGE_CONNECT,
	STAGE_HELO,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_HEADERS,		/* all header fields are there */
	STAGE_MESSAGE,		/* the body too */
};

/* The SMTP client, as Postfix saw it. */
struct client {
	struct netaddr address;
	struct netaddr server;	/* of ours, that it connected to; len 0: not
				 * known */
	const char *name;	/* verified by Postfix, or "unknown"; NULL */
	const char *ptr_name;	/* {client_ptr}: not verified */
	const char *helo;	/* NULL: none was given */
	const char *tls_version;
	const char *login;	/* SASL; NULL: not authenticated */
	bool is_local;		/* submitted by sendmail on this host */
};

struct rcpt {
	struct address address;
	const char *path;	/* as the client gave it, with <> */
	const struct policy *policy;
};

/* What the administrator configured, as far as facts about mail need it.
 * Shared by all transactions of a snapshot. */
struct site {
	const char *authserv_id;
	const char *host_id;
	const struct policy_source *policies;
	const struct login_map *logins;
	const struct netlist *signing_networks;
	const struct netlist *trusted_relays;
	const struct forwarders *trusted_forwarders;
	char recipient_delimiter;
};

/* Authentication facts that actions and `scan` read; each is set by the check
 * of its name when it is done, NULL before. */
struct auth_facts {
	/* Of MAIL FROM, or of HELO for the null sender; and of HELO alone. Set
	 * by the check spf. */
	const struct spf_verdict *spf, *spf_helo;
	const struct dkim_verdicts *dkim;
	const struct dmarc_verdict *dmarc;
	/* Why the domain's wish is not followed, a word of RFC 9990
	 * ("mailing_list", "trusted_forwarder", "local_policy"); NULL: it is.
	 * And what caused that, for people. Set by the check dmarc. */
	const char *dmarc_override, *dmarc_override_cause;
};

/* A file that the message carries. */
struct scanned_file {
	const struct mime_part *part;
	const struct scan_answer *answer;	/* scan/answer.h */
};

struct txn {
	struct arena *arena;
	const struct site *site;
	char id[ULID_SIZE];
	const char *queue_id;		/* NULL until Postfix told it */
	struct log_context log;		/* id and queue id */
	int64_t now_ms;			/* the time of this transaction */
	enum stage stage;
	enum direction direction;

	struct client client;
	struct address sender;		/* empty: the null sender */
	const char *sender_path;	/* as the client gave it, with <> */
	const struct policy *sender_policy;
	const char *body_type;		/* BODY= of MAIL: "8BITMIME"; NULL */
	struct vec rcpts;		/* struct rcpt */
	bool has_more_rcpts;		/* than stand there: of some it is known
					 * only that they are there */

	struct header_list headers;
	bool has_bare_lines;		/* a header line without colon came */
	struct spool *body;		/* freed with the arena */
	const struct mime_message *mime;	/* taken apart (mime/part.h), where
						 * somebody wants that; NULL */
	const struct content *content;	/* use content_of() (mime/content.h) */
	struct vec files;	/* struct scanned_file: what was found in them,
				 * set by the check files */
	/* A limit was reached and the rest was not read: the limit in words,
	 * else NULL. What needs the whole cannot be judged then. */
	const char *headers_left_out;
	const char *body_left_out;
	struct auth_facts auth;

	struct map *answers;		/* use txn_policy.h; NULL: none */
	struct vec edits;		/* struct edit (edit.h), in order */
	const struct vec *from;		/* use txn_from() */
	const char *from_error;		/* use txn_from_error() */
	const struct origin *origin;	/* use origin_of() (origin.h) */
};

/* A new transaction in an arena of its own, with an id and the client still
 * unknown; txn_free() releases all, body too. site must outlive it. */
struct txn *txn_new(const struct site *site, int64_t now_ms);
/* The same for one that will hold no message: it begins with less memory. */
struct txn *txn_new_small(const struct site *site, int64_t now_ms);
void txn_free(struct txn **txn);

/* The queue id has become known: it goes into every later log line. */
void txn_set_queue_id(struct txn *txn, const char *queue_id);

/* A recipient: parsed, its policy found; path is copied. -1 with the reason:
 * it is no address, and the transaction is as before. */
int txn_add_rcpt(struct txn *txn, const char *path, const char **error_r);
/* The sender; "<>" gives the null sender and the global policy, which hold as
 * well until this is called. -1 with the reason: it is no address. sender and
 * policy are then as for the null sender; that it is none, sender_path tells. */
int txn_set_sender(struct txn *txn, const char *path, const char **error_r);

/* How many From fields a reader may find: one behind a bare CR counts. */
size_t txn_from_fields(const struct txn *txn);
/* With more authors than this, From is read no further. */
#define TXN_FROM_MAX 256
/* The addresses of the From fields, parsed once (struct address) for every check
 * and action that asks; from_header's rules judge them. Call these once the
 * headers are complete. */
const struct vec *txn_from(struct txn *txn);
/* Why a From field does not parse to its end; NULL: all do. */
const char *txn_from_error(struct txn *txn);
/* The domain of the one author: "" when there is not exactly one From field
 * with exactly one address, read to its end. */
struct str txn_from_domain(struct txn *txn);

#endif
