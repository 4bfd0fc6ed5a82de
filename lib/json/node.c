/* SPDX-License-Identifier: ISC */
/* node.c - JSON that was read, as a tree in an arena. */
#include "json/node.h"

#include <string.h>

const struct node *
node_find(const struct node *object, const char *key)
{
	if (object == NULL || object->kind != NODE_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->count; i++)
		if (strcmp(object->keys[i], key) == 0)
			return &object->items[i];
	return NULL;
}

const char *
node_text(const struct node *object, const char *key)
{
	const struct node *member = node_find(object, key);

	return member != NULL ? member->text : NULL;
}

double
node_number(const struct node *object, const char *key)
{
	const struct node *member = node_find(object, key);

	return member != NULL ? member->number : 0;
}

bool
node_is_true(const struct node *object, const char *key)
{
	const struct node *member = node_find(object, key);

	return member != NULL && member->is_true;
}
