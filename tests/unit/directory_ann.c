/* SPDX-License-Identifier: ISC */
/* directory_ann.c - for tests: a directory with Ann in it. */
#include "directory_ann.h"

#include "base/arena.h"

const char *
directory_ann_read(struct directory_lab *lab, struct directory *directory)
{
	const char *key = "ann@example.org";
	struct directory_object *found;
	struct db_error error;

	if (directory_find(directory, lab->arena, &kind_user, &key, &found,
	    &error) < 0)
		return arena_printf(lab->arena, "%s: %s",
		    db_trouble_text(error.trouble), error.text);
	return found != NULL ? directory_object_print(found, lab->arena) :
	    "none";
}

const char *
directory_ann_others(struct directory_lab *lab, int first, int count)
{
	struct buf lines;

	buf_init(&lines, lab->arena);
	for (int i = first; i < first + count; i++)
		buf_printf(&lines, "add user u%d@example.org name=%0200d\n",
		    i, i);
	return lines.data;
}
