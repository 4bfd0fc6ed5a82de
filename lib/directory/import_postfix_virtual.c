/* SPDX-License-Identifier: ISC */
/* import_postfix_virtual.c - the sources of Postfix's virtual tables.
 *
 * What a line is shows from itself: a key without '@' is a domain
 * (virtual_mailbox_domains, or the head of a virtual alias domain), a value
 * with a '/' the mailbox of a user (virtual_mailbox_maps), any other an alias
 * (virtual_alias_maps). Blanks at the beginning go on with the line before.
 */
#include "base/arena.h"
#include "directory/import.h"

struct line {
	const char *key;
	const char *value;
};

static void
add_line(struct import *import, struct vec *lines, struct str text)
{
	size_t len = 0;
	struct line *line;

	text = str_trim(text);
	if (text.len == 0)
		return;
	while (len < text.len && !char_is_space(text.data[len]))
		len++;
	line = vec_push(lines);
	line->key = arena_strndup(import->arena, text.data, len);
	line->value = str_dup(import->arena, str_trim(str_from_pos(text,
	    len)));
}

/* Logical lines: comments stand between those that belong together, too. */
static void
read_lines(struct import *import, struct vec *lines)
{
	struct str rest = import->text, line;
	struct buf whole;

	buf_init(&whole, import->arena);
	while (str_cut(&rest, '\n', &line)) {
		struct str bare = str_trim(line);

		if (bare.len == 0 || bare.data[0] == '#')
			continue;
		if (!char_is_blank(line.data[0])) {
			add_line(import, lines, buf_str(&whole));
			buf_clear(&whole);
		}
		buf_printf(&whole, "%.*s ", STR_ARG(bare));
	}
	add_line(import, lines, buf_str(&whole));
}

static void
read_user(struct import *import, const struct line *line)
{
	const char *at = strrchr(line->key, '@');

	if (at == line->key) {
		import_leave(import, "mailbox %s: one for all addresses of a "
		    "domain: make a user, and catch_all of the domain",
		    line->key);
		return;
	}
	import_object(import, &kind_domain, at + 1, NULL);
	import_object(import, &kind_user, line->key, NULL);
}

static void
read_domain(struct import *import, const struct line *line)
{
	if (strchr(line->key, '.') != NULL)
		import_object(import, &kind_domain, line->key, NULL);
	else
		import_leave(import, "alias %s: a local name: aliases(5) has "
		    "it", line->key);
}

static bool
is_mailbox(const struct line *line)
{
	return strchr(line->value, '/') != NULL &&
	    strchr(line->value, '@') == NULL;
}

/* Users before aliases, which look for them. */
static int
run(struct import *import)
{
	struct vec lines;

	vec_init(&lines, import->arena, sizeof(struct line));
	read_lines(import, &lines);
	for (size_t i = 0; i < lines.len; i++) {
		const struct line *line = vec_at(&lines, i);

		if (strchr(line->key, '@') == NULL)
			read_domain(import, line);
		else if (is_mailbox(line))
			read_user(import, line);
	}
	for (size_t i = 0; i < lines.len; i++) {
		const struct line *line = vec_at(&lines, i);
		const char *at = strrchr(line->key, '@');

		if (at == NULL || is_mailbox(line))
			continue;
		if (at[1] != '\0')
			import_object(import, &kind_domain, at + 1, NULL);
		import_alias(import, line->key, line->value);
	}
	return 0;
}

const struct importer importer_postfix_virtual = {
	.name = "postfix-virtual",
	.help = "The sources of virtual_mailbox_domains, virtual_mailbox_maps "
	    "and virtual_alias_maps, one or all in one file.",
	.run = run,
};
