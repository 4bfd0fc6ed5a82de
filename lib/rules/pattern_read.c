/* SPDX-License-Identifier: ISC */
/* pattern_read.c - regular expressions as Perl and SpamAssassin write them. */
#include "rules/pattern.h"

#include "base/arena.h"
#include "base/vec.h"

struct modifier {
	char letter;
	unsigned flag, doubled;	/* what one and what two of it mean */
	unsigned most;		/* how many may stand */
};

/* perlre(1), "Modifiers"; those that Mail::SpamAssassin::Util::compile_regexp of
 * version 4.0 takes. Octets are matched as by /aa always; /p changes nothing
 * that can be seen here. */
static const struct modifier modifiers[] = {
	{ 'm', PATTERN_MULTILINE, 0, 9 },
	{ 's', PATTERN_DOTALL, 0, 9 },
	{ 'i', PATTERN_CASELESS, 0, 9 },
	{ 'x', PATTERN_EXTENDED, PATTERN_EXTENDED_MORE, 2 },
	{ 'n', PATTERN_NO_CAPTURE, 0, 9 },
	{ 'p', 0, 0, 9 },
	{ 'a', 0, 0, 2 },
	{ 'd', 0, 0, 1 },
	{ 'l', 0, 0, 1 },
	{ 'u', 0, 0, 1 },
};

static int
read_modifiers(struct arena *arena, struct str letters, unsigned *flags_r,
    const char **error_r)
{
	unsigned seen[ARRAY_LEN(modifiers)] = { 0 };

	*flags_r = 0;
	for (size_t i = 0; i < letters.len; i++) {
		const struct modifier *modifier = modifiers;
		const struct modifier *end = modifiers + ARRAY_LEN(modifiers);
		char letter = letters.data[i];

		while (modifier < end && modifier->letter != letter)
			modifier++;
		if (modifier == end || seen[modifier - modifiers] ==
		    modifier->most) {
			*error_r = arena_printf(arena, "the flag \"%c\" behind "
			    "the pattern is not known%s", letter,
			    modifier == end ? "" : " so often");
			return -1;
		}
		*flags_r |= seen[modifier - modifiers]++ != 0
		    ? modifier->doubled : modifier->flag;
	}
	return 0;
}

static char
closing(char opening)
{
	static const char pairs[] = "(){}[]<>";
	const char *found = strchr(pairs, opening);

	return found != NULL && (found - pairs) % 2 == 0 ? found[1] : opening;
}

static bool
may_delimit(char c)
{
	return !char_is_alnum(c) && c != '_' && c != '\\' && c != '\0';
}

/* The delimiter at the start, with the "m" or "qr" in front of it: *rest_r is
 * what stands behind it. False: there is none. */
static bool
read_opening(struct str text, char *delimiter_r, struct str *rest_r)
{
	size_t at = 0;

	if (text.len >= 2 && text.data[0] == 'm')
		at = 1;
	else if (text.len >= 3 && text.data[0] == 'q' && text.data[1] == 'r')
		at = 2;
	else if (text.len == 0 || text.data[0] != '/')
		return false;
	if (!may_delimit(text.data[at]))
		return false;
	*delimiter_r = text.data[at];
	*rest_r = str_from_pos(text, at + 1);
	return true;
}

/* Where the pattern ends, or -1. A backslash keeps what follows it from ending
 * anything; brackets nest (perlop, "Quote and Quote-like Operators"). */
static ptrdiff_t
find_end(struct str text, char opening)
{
	char end = closing(opening);
	size_t depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\\')
			i++;
		else if (c == end && depth-- == 0)
			return (ptrdiff_t)i;
		else if (c == opening && end != opening)
			depth++;
	}
	return -1;
}

static int
fail(const char **error_r, const char *reason)
{
	*error_r = reason;
	return -1;
}

static const char no_delimiter[] = "a pattern stands between / and /, or "
    "behind m between two like delimiters";

int
pattern_read(struct arena *arena, struct str text,
    struct pattern_source *source_r, struct str *rest_r, const char **error_r)
{
	size_t letters = 0;
	struct str rest;
	ptrdiff_t end;
	char opening;

	if (!read_opening(text, &opening, &rest))
		return fail(error_r, no_delimiter);
	end = find_end(rest, opening);
	if (end < 0) {
		*error_r = arena_printf(arena, "the pattern has no end: a \"%c\""
		    " is missing", closing(opening));
		return -1;
	}
	source_r->text = str_copy(arena, str_sub(rest, 0, (size_t)end));
	rest = str_from_pos(rest, (size_t)end + 1);
	while (letters < rest.len && char_is_alpha(rest.data[letters]))
		letters++;
	*rest_r = str_from_pos(rest, letters);
	return read_modifiers(arena, str_sub(rest, 0, letters),
	    &source_r->flags, error_r);
}

/* Is there a delimiter in the middle that no backslash keeps? */
static bool
has_open_end(struct str text, char end)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == end)
			return true;
	return false;
}

int
pattern_read_whole(struct arena *arena, struct str text,
    struct pattern_source *source_r, const char **error_r)
{
	struct str rest;
	size_t len;
	char opening, end;

	if (!read_opening(text, &opening, &rest))
		return fail(error_r, no_delimiter);
	end = closing(opening);
	len = rest.len;
	while (len > 0 && char_is_alpha(rest.data[len - 1]))
		len--;
	if (len == 0 || rest.data[len - 1] != end) {
		*error_r = arena_printf(arena, "the pattern has no end: a \"%c\""
		    " is missing, and flags alone may follow it", end);
		return -1;
	}
	source_r->text = str_copy(arena, str_sub(rest, 0, len - 1));
	if ((end == opening || end == '>') &&
	    has_open_end(source_r->text, end)) {
		*error_r = arena_printf(arena, "a \"%c\" inside the pattern "
		    "needs a backslash in front", end);
		return -1;
	}
	return read_modifiers(arena, str_from_pos(rest, len), &source_r->flags,
	    error_r);
}
