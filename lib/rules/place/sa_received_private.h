/* SPDX-License-Identifier: ISC */
/* sa_received_private.h - the forms of Received lines as rows. */
#ifndef RULES_PLACE_SA_RECEIVED_PRIVATE_H
#define RULES_PLACE_SA_RECEIVED_PRIVATE_H

#include "rules/place/sa_private.h"

/* Which program writes a form. */
enum form_kind {
	KIND_ANY,
	KIND_SMTPSVC,
	KIND_MAPI,
	KIND_XMAIL,
	KIND_ECELERITY,
	KIND_EXIM,
	KIND_POSTFIX,
	KIND_SCALIX,
	KIND_DOMINO,
};

/* What stands in front of it. */
enum form_front {
	FRONT_FROM,		/* "from " */
	FRONT_CAPITALS,		/* "FROM " */
	FRONT_PARENTHESIS,	/* "(from " */
};

enum form_flag {
	FORM_LOOKED_UP = 1 << 0,	/* who writes so asks the DNS for names */
	FORM_SAME = 1 << 1,	/* the name is the greeting too */
	FORM_QMAIL = 1 << 2,	/* only with qmail's protocol; it has a name
				 * unless that is "unknown" */
	FORM_NOTHING = 1 << 3,
	FORM_FETCHED = 1 << 4,
	FORM_NO_QMAIL = 1 << 5,	/* not from qmail-ldap */
	FORM_IDENT = 1 << 6,	/* "IDENT:user@" in front of the name */
	FORM_DOT = 1 << 7,	/* the name has one */
	FORM_LETTER = 1 << 8,	/* the greeting begins with no digit */
};

struct form {
	enum form_kind kind;
	enum form_front front;
	/* What follows "from ", itself but for
	 *   %h %r %b %n  a word: greeting, name, who wrote it, user
	 *   %H %N        the same, may be empty
	 *   %s %S        a word that tells nothing; may be empty
	 *   %i %I        an address of a host; that tells nothing
	 *   %L           localhost, or its address
	 *   %E           HELO or EHLO
	 *   %x %X        text with helo= and ident= in it; none with ")"
	 *   %* %)        any text; none with ")" in it
	 *   %j           a greeting without blanks and parentheses, or none
	 *   %[ %]        a bracket, or none
	 *   %p           a port behind "." or ":", or none
	 *   %z           a zone of IPv6, or none
	 *   %q           qmail's envelope sender, or none
	 *   %$           the end */
	const char *text;
	const char *guard;	/* stands somewhere in it; NULL */
	unsigned flags;
};

struct form_words {
	struct str helo, rdns, by, ident, ip;
};

/* The first form that line has. NULL: none. */
const struct form *form_find(struct str line, enum form_kind kind,
    enum form_front front, struct form_words *words);
/* The length of the address at the start of text; 0: there is none. */
size_t form_ip_len(struct str text);

#endif
