/* SPDX-License-Identifier: ISC */
/* node.h - JSON that was read, as a tree in an arena. */
#ifndef JSON_NODE_H
#define JSON_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum node_kind { NODE_NULL, NODE_BOOL, NODE_NUMBER, NODE_TEXT, NODE_LIST,
	NODE_OBJECT };

struct node {
	enum node_kind kind;
	bool is_true;			/* BOOL */
	double number;			/* NUMBER */
	const char *text;		/* TEXT; NUMBER: in decimal */
	size_t count;			/* LIST, OBJECT */
	const struct node *items;
	const char *const *keys;	/* OBJECT: of the items */
};

/* The member of an object, or NULL: there is none, or object is no object (nor
 * need it be there: NULL gives NULL). */
const struct node *node_find(const struct node *object, const char *key);

/* The member's text, or a number in decimal; NULL: there is none. */
const char *node_text(const struct node *object, const char *key);
/* The member's number, or 0. */
double node_number(const struct node *object, const char *key);
/* Is the member there, and true? */
bool node_is_true(const struct node *object, const char *key);

#endif
