/* SPDX-License-Identifier: ISC */
/* kind.h - a kind of objects: a file kind_NAME.c ends in a struct like this.
 *
 * A kind is a table with a column for each row of settings, so what the CLI,
 * the configuration's text and SQL say has the same names. A list has a table
 * of its own, TABLE_KEY(owner, position, value); so have policy values,
 * TABLE_setting(owner, name, position, value).
 */
#ifndef DIRECTORY_KIND_H
#define DIRECTORY_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/setting.h"

struct arena;
struct db_error;
struct directory;
struct directory_kind;

/* What a setting names: an object of another kind. */
enum reference_how {
	REFERENCE_OWNER,	/* without it there is no such object */
	REFERENCE_NEEDS,	/* it must be there as long as it is named */
	REFERENCE_MEMBER,	/* it must be there; when it goes, its name
				 * goes from the list, and an object whose list
				 * is empty then, or whose key it is, goes
				 * too */
	REFERENCE_MENTIONS,	/* the same, but it may be elsewhere */
};

struct directory_reference {
	const char *key;	/* of the row; NULL: the end */
	const struct directory_kind *to;
	enum reference_how how;
	const char *prefix;	/* before the name: "@" in @example.org */
};

struct directory_kind {
	const char *name;	/* "user"; as the section's */
	/* As people call it where the section's name does not do; NULL: it
	 * does. */
	const char *word;
	const char *plural;
	const char *table;
	const char *help;	/* one sentence */
	size_t size;		/* of the struct that the rows fill */
	const struct setting *rows;
	size_t row_count;
	size_t key_count;	/* of the rows, the first so many are the key */
	/* The last so many follow from others: nobody sets them. */
	size_t derived_count;
	/* The row that says to which domain it belongs; NULL: to none. */
	const char *domain_key;
	/* The key is an address of that domain, so it changes with it. */
	bool is_address;
	bool has_policy;	/* values of policy_rows() may stand in it */
	const struct directory_reference *references;	/* NULL: none */
	/* Bring what stands there to its one spelling; the key always does,
	 * the rest may be absent (NULL). 0, or -1 with the reason, and the
	 * row's key in *key_r where it is one setting's fault. */
	int (*spell)(void *values, struct arena *arena, const char **key_r,
	    const char **error_r);
	/* What spelling cannot know: other settings, other objects. before is
	 * the object as it stands there, under its old name perhaps; NULL: it
	 * is new. -1 with DB_REFUSED, or trouble. NULL: nothing to check. */
	int (*check)(struct directory *directory, const void *before,
	    const void *values, struct arena *arena, struct db_error *error_r);
	/* What is not right any more without it, once it has gone from under
	 * this name. NULL: nothing to check. */
	int (*check_gone)(struct directory *directory, const void *values,
	    struct arena *arena, struct db_error *error_r);
};

/* All of kinds.list, those that others name before them; ends with NULL. */
extern const struct directory_kind *const directory_kinds[];

const struct directory_kind *directory_kind_find(const char *name);
/* "dkim-key": the command for it, and its name in every sentence. */
const char *directory_kind_word(const struct directory_kind *kind);
/* Its row, or NULL. */
const struct setting *directory_kind_row(const struct directory_kind *kind,
    const char *key);
/* Is the value of this row the default? Of texts and lists without one: none. */
bool directory_value_is_default(const struct setting *row, const void *values,
    struct arena *arena);

#define DIRECTORY_KIND(name) extern const struct directory_kind kind_##name;
#include "directory/kinds.list"
#undef DIRECTORY_KIND

/* --- the structs, as find and list give them -------------------------------- */

enum domain_role { DOMAIN_MANAGED, DOMAIN_RELAY, DOMAIN_ALIAS };
enum directory_status { STATUS_ACTIVE, STATUS_SENDING_SUSPENDED,
	STATUS_SUSPENDED };

struct directory_domain {
	const char *name;
	int role;			/* enum domain_role */
	const char *alias_of;
	const char *relay_to;
	const char *class_name;
	int status;			/* enum directory_status */
	const char *catch_all;
	const char *postmaster;
	int64_t quota_bytes;		/* 0: none */
	int64_t max_users;		/* 0: any number */
	const char *description;
};

struct directory_user {
	const char *address;
	const char *name;
	const char *class_name;		/* NULL: that of the domain */
	int status;			/* enum directory_status */
	int64_t quota_bytes;		/* 0: none of its own */
	bool has_smtp, has_imap, has_pop3, has_managesieve;
	const char *description;
	const char *domain;
};

struct directory_identity {
	const char *login;
	const char *address;		/* "@example.org": all of it */
	const char *description;
};

struct directory_alias {
	const char *address;
	struct setting_list to;
	int status;			/* enum directory_status */
	const char *expires;		/* RFC 3339, UTC; NULL: never */
	bool has_extensions;
	const char *description;
	const char *domain;
};

struct directory_class {
	const char *name;
	const char *description;
};

/* The global policy: one object. */
struct directory_policy {
	const char *name;		/* "global" */
};

struct directory_access {
	const char *name;
	struct setting_list owners;
	struct setting_list clients, logins, senders, recipients, helos;
	int action;			/* enum access_action */
	const char *text;
	bool is_final;
};

struct directory_throttle {
	const char *name;
	struct setting_list limit;
	int unit, per, direction, action;	/* as `throttle NAME` has it */
	int64_t soft_percent;
};

enum dkim_key_state { DKIM_KEY_ACTIVE, DKIM_KEY_PREPARED, DKIM_KEY_RETIRED };

struct directory_dkim_key {
	const char *domain;
	const char *selector;
	const char *file;
	int state;			/* enum dkim_key_state */
};

struct directory_disclaimer {
	const char *name;
	struct setting_list owners;
	const char *text;
	const char *html;
};

enum header_action { HEADER_ADD, HEADER_REPLACE, HEADER_REMOVE };

struct directory_header_rule {
	const char *name;
	struct setting_list owners;
	const char *field;
	int action;			/* enum header_action */
	const char *value;
};

enum admin_role { ADMIN_DOMAIN, ADMIN_SUPPORT, ADMIN_READ_ONLY, ADMIN_SUPER };

struct directory_admin {
	const char *login;
	int role;			/* enum admin_role */
	struct setting_list domains;
	int status;			/* enum directory_status */
	const char *description;
};

#endif
