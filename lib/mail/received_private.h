/* SPDX-License-Identifier: ISC */
/* received_private.h - what the reading of a Received field has learned. */
#ifndef MAIL_RECEIVED_PRIVATE_H
#define MAIL_RECEIVED_PRIVATE_H

#include "mail/lexer.h"
#include "mail/received.h"

enum received_clause {
	CLAUSE_NONE,
	CLAUSE_FROM,
	CLAUSE_BY,
	CLAUSE_VIA,
	CLAUSE_WITH,
	CLAUSE_ID,
	CLAUSE_REST,
};

/* Those that compare the name of a client with its address. */
enum received_software {
	SOFTWARE_OTHER,
	SOFTWARE_POSTFIX,
	SOFTWARE_SENDMAIL,
	SOFTWARE_EXIM,
};

/* The comment that is being read. */
struct received_comment {
	size_t words;
	struct str first;
	struct str before;	/* the word before */
	struct netaddr bare;	/* first, where it is one without brackets */
	size_t address_at;	/* which word was [ADDRESS]; 0: none */
	bool has_doubt;		/* "(may be forged)" */
	bool has_login;		/* of qmail: "joe@192.0.2.1 with plain" */
};

struct received_reading {
	struct lexer lexer;
	struct received *received;
	enum received_clause clause;
	enum received_software software;
	size_t depth;		/* of comments */
	struct received_comment comment;
	struct str from;	/* the first word behind "from" */
	size_t from_words;
	bool has_comment;	/* between "from" and here */
	struct netaddr outside;	/* address in no comment */
	bool is_outside_first;	/* it is the first word behind "from" */
	struct netaddr helo;	/* address that a comment says is the HELO */
	struct str name;	/* in the last comment with an address */
	bool is_name_first;	/* "from NAME ([ADDRESS]": in no comment */
	bool has_from, has_by;
	bool has_helo;		/* a comment shows the HELO */
	bool is_uncertain;
};

/* An address without brackets, in brackets; a login and '@' may stand in
 * front of it. */
bool received_read_bare(struct str word, struct netaddr *address_r);
bool received_read_brackets(struct str word, struct netaddr *address_r);

/* One more address of what *known is about: two that differ are none. */
void received_add_address(struct received_reading *reading,
    struct netaddr *known, const struct netaddr *address);

/* A parenthesis; a word between them. */
void received_open_comment(struct received_reading *reading);
void received_close_comment(struct received_reading *reading);
void received_read_inside(struct received_reading *reading, struct str word);

#endif
