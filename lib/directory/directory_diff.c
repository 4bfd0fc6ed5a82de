/* SPDX-License-Identifier: ISC */
/* directory_diff.c - two states of an object, side by side for people. */
#include "base/arena.h"
#include "base/str.h"
#include "directory/directory_apply.h"

/* A line of a printed object, "\tclass staff;": its option and its value. The
 * first line and the last are none. */
static bool
cut_option(struct str *rest, struct str *key_r, struct str *value_r)
{
	struct str line;

	while (str_cut(rest, '\n', &line)) {
		if (line.len < 2 || line.data[0] != '\t')
			continue;
		line = str_sub(line, 1, line.len - 2);
		str_cut(&line, ' ', key_r);
		*value_r = line.data != NULL ? line : STR("");
		return true;
	}
	return false;
}

/* data NULL: it does not stand there. */
static struct str
find_value(const char *text, struct str wanted)
{
	struct str rest = str_from(text), key, value;

	while (text != NULL && cut_option(&rest, &key, &value))
		if (str_eq(key, wanted))
			return value;
	return (struct str){ 0 };
}

static void
print_change(const struct directory_diff *diff, struct buf *out)
{
	struct str rest = str_from(diff->before), key, before, after;

	while (cut_option(&rest, &key, &before)) {
		after = find_value(diff->after, key);
		if (after.data == NULL)
			after = STR("(default)");
		if (!str_eq(before, after))
			buf_printf(out, "    %.*s: %.*s -> %.*s\n",
			    STR_ARG(key), STR_ARG(before), STR_ARG(after));
	}
	rest = str_from(diff->after);
	while (cut_option(&rest, &key, &after))
		if (find_value(diff->before, key).data == NULL)
			buf_printf(out, "    %.*s: (default) -> %.*s\n",
			    STR_ARG(key), STR_ARG(after));
}

static void
print_values(const char *text, struct buf *out)
{
	struct str rest = str_from(text), key, value;

	while (cut_option(&rest, &key, &value))
		buf_printf(out, "    %.*s: %.*s\n", STR_ARG(key),
		    STR_ARG(value));
}

void
directory_diff_print(const struct directory_diff *diff, struct buf *out)
{
	buf_printf(out, "%c %s %s\n", diff->before == NULL ? '+' :
	    diff->after == NULL ? '-' : '~', diff->kind, diff->name);
	if (diff->before == NULL)
		print_values(diff->after, out);
	else if (diff->after != NULL)
		print_change(diff, out);
}
