/* SPDX-License-Identifier: ISC */
/* access.h - lists of who is refused, put off, spared or allowed.
 *
 * An entry names clients, logins, senders, recipients or HELO names by words:
 *   client             192.0.2.7, 2001:db8::/32, mail.example.org, and
 *                      *.example.org for all below it: names that Postfix has
 *                      verified
 *   login              joe@example.org, @example.org, joe
 *   sender, recipient  joe@example.org, joe@, @example.org, and
 *                      @.example.org for all below it; <> the null sender. An
 *                      address stands for those with an extension, too.
 *   helo               mail.example.org, *.example.org
 * Case does not matter. What kinds it names must all fit, of each one word.
 *
 * An entry holds for everybody, or for its owners: for mail to them, and for
 * mail that they submit with their login. Of those that fit decides, in this
 * order: one that is final; that of a user, a class, a domain, of all; the one
 * that names the most kinds; the most specific words (a login before a client
 * or an address, before a network by its mask, a local part, a domain, the
 * domains below); the strictest; the first.
 */
#ifndef MAIL_ACCESS_H
#define MAIL_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/setting.h"
#include "base/str.h"
#include "mail/policy.h"

struct arena;
struct rcpt;
struct txn;

enum access_kind { ACCESS_CLIENT, ACCESS_LOGIN, ACCESS_SENDER, ACCESS_RCPT,
	ACCESS_HELO };
#define ACCESS_KINDS 5

enum access_action { ACCESS_ALLOW, ACCESS_SKIP_GREYLIST, ACCESS_DEFER,
	ACCESS_DENY };		/* the strictest last */
/* "allow", …; ends with NULL. */
extern const char *const access_action_words[];

/* What entries have in common. */
struct access_source {
	const char *name;		/* for people */
	/* ann@example.org, @example.org, a class; empty: it holds for all. */
	const struct setting_list *owners;
	bool is_final;
	const char *text;		/* of the reply; NULL: a usual one */
};

struct access_entry {
	struct access_source source;
	struct setting_list words[ACCESS_KINDS];
	enum access_action action;
};

/* A file of entries of one kind: "WORD [ACTION [TEXT]]", a line each; empty
 * lines and those that begin with # count nowhere. */
struct access_map {
	struct access_source source;
	enum access_kind kind;
	const char *path;		/* its name in errors */
	int action;			/* where a line has none; -1: it must */
};

/* Built once, then only read: by any thread. */
struct access_table;

/* It lives as long as arena. */
struct access_table *access_table_new(struct arena *arena);

/* 0, or -1 with the reason: a word that is none of its kind, an owner, a text
 * that does not fit into a reply, an entry that names nobody; an allow by what
 * the client only says of itself: a HELO name, the null sender, joe@. One by
 * the sender is taken, and needs a proof: access_found. */
int access_add(struct access_table *table, const struct access_entry *entry,
    const char **error_r);
/* The same for the lines of a file, or of a text that stands for it: -1 with
 * "file:line: reason". */
int access_add_map(struct access_table *table, const struct access_map *map,
    const char **error_r);
int access_add_lines(struct access_table *table, const struct access_map *map,
    struct str text, const char **error_r);

/* How many entries, and what they take. */
size_t access_count(const struct access_table *table);
size_t access_bytes(const struct access_table *table);

/* What decides; lives in the transaction's arena. */
struct access_found {
	const char *name;
	const char *origin;	/* "file:12"; NULL: no map */
	enum policy_level_bit level;
	bool is_final;
	enum access_action action;
	const char *text;
	/* It allows by the sender: true only where SPF, or DKIM, proves him. */
	bool needs_proof;
};

/* The entry that decides about the transaction for one of its recipients (NULL:
 * for none of them); NULL: none fits. With is_unproven those that need a proof
 * are passed over. Takes time by the words that could name the transaction, not
 * by the number of entries. */
const struct access_found *access_find(const struct access_table *table,
    struct txn *txn, const struct rcpt *rcpt, bool is_unproven);

#endif
