/* SPDX-License-Identifier: ISC */
/* sa_read_option.c - settings that are no rules: those that calls read are kept,
 * the others noted. */
#include "rules/sa_read_private.h"

#include "base/arena.h"
#include "base/vec.h"
#include "mail/address.h"
#include "rules/pattern.h"
#include "rules/place/sa_networks.h"

static bool
has_value(struct sa_reader *reader, struct str value)
{
	if (value.len == 0)
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "nothing stands behind it");
	return value.len != 0;
}

/* --- kept ------------------------------------------------------------------------ */

/* Under the name of the row's argument, or its own. */
void
sa_keep(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	if (has_value(reader, value))
		draft_add_line(reader->draft,
		    str_from(directive->argument[0] != '\0' ?
		    directive->argument : directive->name), value);
}

void
sa_keep_pattern(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	struct pattern_source source;
	const char *error;

	if (!has_value(reader, value))
		return;
	if (pattern_read_whole(reader->arena, value, &source, &error) < 0)
		sa_note(reader, DRAFT_ERROR, reader->word, "%s: %.*s", error,
		    STR_ARG(value));
	else
		sa_keep(reader, directive, value);
}

/* Names of the DNS with as many labels as the row says. */
void
sa_keep_names(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	size_t labels = (size_t)(directive->argument[0] - '0');
	struct str rest = value, word, name;

	if (!has_value(reader, value))
		return;
	while ((word = sa_cut_word(&rest)).len != 0)
		if (domain_canonical(reader->arena, word, &name) < 0 ||
		    domain_labels(name) != labels) {
			sa_note(reader, DRAFT_ERROR, reader->word, "\"%.*s\" "
			    "is no name of %zu label%s", STR_ARG(word), labels,
			    labels == 1 ? "" : "s");
			return;
		}
	draft_add_line(reader->draft, str_from(directive->name), value);
}

/* Whoever reads the line takes its other networks. */
void
sa_keep_networks(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	struct str rest = value, word;
	const char *error;

	while ((word = sa_cut_word(&rest)).len != 0)
		if (sa_network_check(reader->arena, word, &error) < 0)
			sa_note(reader, DRAFT_ERROR, reader->word, "%s",
			    error);
	sa_keep(reader, directive, value);
}

/* "(LIST) words" as it stands; with a list in the row, its words alone. */
void
sa_keep_listed(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	ptrdiff_t end = str_find(value, ')');

	if (!has_value(reader, value))
		return;
	if (directive->argument[0] != '\0')
		value = str_from(arena_printf(reader->arena, "(%s) %.*s",
		    directive->argument, STR_ARG(value)));
	else if (value.data[0] != '(' || end < 2 ||
	    str_trim(str_from_pos(value, (size_t)end + 1)).len == 0) {
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "a list in parentheses is wanted, and what belongs to it: "
		    "%.*s", STR_ARG(value));
		return;
	}
	draft_add_line(reader->draft, directive->argument[0] != '\0' ?
	    STR("enlist_uri_host") : reader->word, value);
}

/* --- taken away --------------------------------------------------------------------- */

static bool
has_word(struct str words, struct str word)
{
	struct str one;

	while ((one = sa_cut_word(&words)).len != 0)
		if (str_eq_nocase(one, word))
			return true;
	return false;
}

/* The words of a line without those of gone. */
static struct str
without(struct sa_reader *reader, struct str line, struct str gone)
{
	struct buf left;
	struct str word;

	buf_init(&left, reader->arena);
	while ((word = sa_cut_word(&line)).len != 0)
		if (!has_word(gone, word))
			buf_printf(&left, "%s%.*s", left.len != 0 ? " " : "",
			    STR_ARG(word));
	return buf_str(&left);
}

/* Words that were said in earlier lines of these options are forgotten. */
void
sa_drop(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str rest = str_from(directive->argument), option;

	if (!has_value(reader, value))
		return;
	while (str_cut(&rest, ' ', &option)) {
		struct vec *lines = draft_option(reader->draft, option);

		for (size_t i = 0; i < lines->len; i++) {
			struct str *line = vec_at(lines, i);

			*line = without(reader, *line, value);
		}
	}
}

static void
keep_only(struct vec *lines, bool (*is_gone)(struct str line, struct str of),
    struct str of)
{
	size_t kept = 0;

	for (size_t i = 0; i < lines->len; i++) {
		struct str line = *(struct str *)vec_at(lines, i);

		if (!is_gone(line, of))
			*(struct str *)vec_at(lines, kept++) = line;
	}
	lines->len = kept;
}

static bool
begins_with_one_of(struct str line, struct str words)
{
	return has_word(words, sa_cut_word(&line));
}

/* Lines whose first word is one of these. */
void
sa_drop_first(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str rest = str_from(directive->argument), option;

	if (!has_value(reader, value))
		return;
	while (str_cut(&rest, ' ', &option))
		keep_only(draft_option(reader->draft, option),
		    begins_with_one_of, value);
}

/* "(LIST) hosts" off what was listed; without a list, off all lists. */
void
sa_drop_listed(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	struct vec *lines = draft_option(reader->draft,
	    str_from(directive->argument));
	struct str list = STR("");

	if (!has_value(reader, value))
		return;
	if (value.data[0] == '(')
		list = sa_cut_word(&value);
	for (size_t i = 0; i < lines->len; i++) {
		struct str *line = vec_at(lines, i), rest = *line;
		struct str of = sa_cut_word(&rest);

		if (list.len == 0 || str_eq(of, list))
			*line = str_from(arena_printf(reader->arena,
			    "%.*s %s", STR_ARG(of),
			    without(reader, rest, value).data));
	}
}

static bool
is_gone(struct str line, struct str of)
{
	(void)line;
	(void)of;
	return true;
}

void
sa_clear(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str rest = str_from(directive->argument), option;

	if (value.len != 0) {
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "it stands by itself");
		return;
	}
	while (str_cut(&rest, ' ', &option))
		keep_only(draft_option(reader->draft, option), is_gone,
		    option);
}

/* --- not taken ----------------------------------------------------------------------- */

void
sa_pass(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	(void)value;
	sa_note(reader, DRAFT_PASSED_OVER, reader->word, "a setting of %s",
	    directive->argument);
}

/* The rules that would have asked are noted themselves. */
void
sa_ask_network(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	(void)directive;
	(void)value;
	sa_note(reader, DRAFT_PASSED_OVER, reader->word,
	    "a setting of asking the network, which rules here do not");
}

void
sa_no_plugin(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	(void)value;
	sa_note(reader, DRAFT_UNSUPPORTED, reader->word,
	    "the plugin %s is not answered here", directive->argument);
}
