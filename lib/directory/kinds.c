/* SPDX-License-Identifier: ISC */
/* kinds.c - the table of the kinds of objects. */
#include <string.h>

#include "directory/kind.h"

const struct directory_kind *const directory_kinds[] = {
#define DIRECTORY_KIND(name) &kind_##name,
#include "directory/kinds.list"
#undef DIRECTORY_KIND
	NULL
};

const struct directory_kind *
directory_kind_find(const char *name)
{
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		if (strcmp(directory_kinds[i]->name, name) == 0)
			return directory_kinds[i];
	return NULL;
}

const struct setting *
directory_kind_row(const struct directory_kind *kind, const char *key)
{
	for (size_t i = 0; i < kind->row_count; i++)
		if (strcmp(kind->rows[i].key, key) == 0)
			return &kind->rows[i];
	return NULL;
}

const char *
directory_kind_word(const struct directory_kind *kind)
{
	return kind->word != NULL ? kind->word : kind->name;
}
