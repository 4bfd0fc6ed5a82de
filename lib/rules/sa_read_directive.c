/* SPDX-License-Identifier: ISC */
/* sa_read_directive.c - the words that lines begin with, found by their name. */
#include "rules/sa_read_private.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/suggest.h"
#include "base/vec.h"

static const struct sa_directive directives[] = {
#define DIRECTIVE(name, function, argument) { name, function, argument },
#include "rules/sa_directives.list"
#undef DIRECTIVE
};

/* Words of which the first letters alone are fixed. */
static const struct sa_directive families[] = {
	{ "bayes_stopword_", sa_pass, "Bayes" },
	{ "hashbl_acl_", sa_ask_network, "" },
};

void
sa_directives_init(struct sa_reader *reader)
{
	reader->directives = map_new(reader->arena);
	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		map_put(reader->directives, str_from(directives[i].name),
		    (void *)&directives[i]);
}

const struct sa_directive *
sa_directive_find(const struct sa_reader *reader, struct str word)
{
	const struct sa_directive *directive =
	    map_find(reader->directives, word);

	for (size_t i = 0; directive == NULL && i < ARRAY_LEN(families); i++)
		if (str_has_prefix_nocase(word, str_from(families[i].name)))
			directive = &families[i];
	return directive;
}

/* A line that is broken begins with anything. */
#define SHOWN_MAX 32
/* Who has so many of them has another mistake; and a slip of the pen is seldom
 * in the first letter. */
#define SUGGESTIONS_MAX 8

void
sa_note_unknown(struct sa_reader *reader)
{
	struct str shown = str_sub(reader->word, 0, SHOWN_MAX);
	struct suggest suggest;
	const char *best;

	suggest_begin(&suggest, shown);
	for (size_t i = 0; i < ARRAY_LEN(directives) &&
	    reader->file->notes < SUGGESTIONS_MAX; i++)
		if (directives[i].name[0] == shown.data[0])
			suggest_offer(&suggest, directives[i].name);
	best = suggest_best(&suggest);
	sa_note(reader, DRAFT_ERROR, shown, "no setting of SpamAssassin 4.0 "
	    "or its plugins has this name%s%s%s", best != NULL ?
	    "; is it \"" : "", best != NULL ? best : "",
	    best != NULL ? "\"?" : "");
}
