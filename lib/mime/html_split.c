/* SPDX-License-Identifier: ISC */
/* html_split.c - what hides words from those who look for them: "via<!--x-->gra",
 * "via<b></b>gra", and elements that no program writes: "<qzxvrtk>". */
#include "mime/html_private.h"

#define COMMENT_MAX 40
#define EMPTY_ELEMENT 2		/* tags, without attributes */
/* So many consonants in a row, behind so many letters at most. */
#define CONSONANTS 5
#define LETTERS_BEFORE 3

/* Is it "<name>", and nothing else? The tokens stand behind it. */
static bool
is_bare(const struct html_tokens *tokens)
{
	struct str name = tokens->token.name;

	return name.data + name.len + 1 == tokens->page.data + tokens->at;
}

static bool
is_consonant(char c)
{
	return char_is_alpha(c) && strchr("aeiouy", char_lower(c)) == NULL;
}

static bool
is_nonsense(struct str name)
{
	size_t run = 0;

	for (size_t i = 0; i < name.len; i++) {
		if (!char_is_alpha(name.data[i]))
			return false;
		if (run < CONSONANTS && i < LETTERS_BEFORE + CONSONANTS)
			run = is_consonant(name.data[i]) ? run + 1 : 0;
	}
	return run >= CONSONANTS;
}

static void
take_text(struct html_reader *reader, struct str text)
{
	struct html_split *split = &reader->split;

	if (text.len == 0)
		return;
	if (split->is_in_word && char_is_alpha(text.data[0]) &&
	    (split->comments == 0 ? split->tags == EMPTY_ELEMENT :
	    split->comments == 1 && split->tags == 0))
		reader->page->split_words++;
	*split = (struct html_split){
		.is_in_word = char_is_alpha(text.data[text.len - 1]),
	};
}

static void
take_tag(struct html_reader *reader)
{
	const struct html_token *token = &reader->tokens.token;
	bool is_alone = is_bare(&reader->tokens);

	reader->split.tags++;
	reader->split.is_in_word &= is_alone;
	reader->page->nonsense_tags += token->kind == TOKEN_OPEN &&
	    token->tag == TAG_OTHER && is_alone && is_nonsense(token->name);
}

void
html_split_take(struct html_reader *reader)
{
	const struct html_token *token = &reader->tokens.token;
	struct html_split *split = &reader->split;

	switch (token->kind) {
	case TOKEN_TEXT:
		take_text(reader, token->text);
		break;
	case TOKEN_COMMENT:
		split->comments++;
		split->is_in_word &= token->text.len <= COMMENT_MAX;
		break;
	case TOKEN_OPEN:
	case TOKEN_CLOSE:
		take_tag(reader);
		break;
	case TOKEN_RAW:
	case TOKEN_END:
		split->is_in_word = false;
		break;
	}
}
