/* SPDX-License-Identifier: ISC */
/* policy_answer.c - what mailreeve-policyd answers, read from its bytes. */
#include "daemon/policy_answer.h"

#include <string.h>

#include "base/arena.h"
#include "base/ulid.h"
#include "base/vec.h"

size_t
policy_answer_len(struct str text)
{
	const char *end = memmem(text.data, text.len, "\n\n", 2);

	return end != NULL ? (size_t)(end - text.data) + 2 : 0;
}

/* The value of the first line action=. */
static int
find_action(struct str text, struct str *action_r)
{
	static const struct str key = { "action=", 7 };
	struct str line;

	while (str_cut(&text, '\n', &line))
		if (str_has_prefix_nocase(line, key)) {
			*action_r = str_trim(str_from_pos(line, key.len));
			return 0;
		}
	return -1;
}

/* "" where there is none. */
static struct str
take_word(struct str *rest)
{
	struct str word = STR("");

	str_cut(rest, ' ', &word);
	*rest = str_trim(*rest);
	return word;
}

/* "[01J…] try again later: the words". */
static struct str
bare_words(struct str text)
{
	static const struct str outcomes[] = { { "try again later: ", 17 },
		{ "refused: ", 9 } };

	if (text.len > ULID_SIZE && text.data[0] == '[' &&
	    text.data[ULID_SIZE] == ']' &&
	    ulid_is_valid(str_sub(text, 1, ULID_SIZE - 1)))
		text = str_trim(str_from_pos(text, ULID_SIZE + 1));
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
		if (str_has_prefix_nocase(text, outcomes[i]))
			return str_from_pos(text, outcomes[i].len);
	return text;
}

static const char *
clean_words(struct arena *arena, struct str text)
{
	char *words = str_dup(arena, bare_words(text));

	for (char *c = words; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return words;
}

/* class "." subject "." detail (RFC 3463 2), of the class of the code. */
static bool
is_enhanced(struct str word, char class)
{
	struct str part;
	uint64_t number;
	size_t count = 0;

	if (word.len == 0 || word.data[0] != class)
		return false;
	for (; str_cut(&word, '.', &part); count++)
		if (part.len > 3 || str_to_u64(part, 999, &number) < 0)
			return false;
	return count == 3;
}

static int
parse_code(struct arena *arena, struct str code, struct str rest,
    struct policy_answer *answer)
{
	bool is_refused = code.data[0] == '5';
	struct str after = rest, word;

	*answer = is_refused
	    ? (struct policy_answer){ .decision = DECISION_REFUSE,
	    .reply = { 550, "5.7.1", "" } }
	    : (struct policy_answer){ .decision = DECISION_DEFER,
	    .reply = { 450, "4.7.1", "" } };
	word = take_word(&after);
	if (is_enhanced(word, code.data[0])) {
		answer->reply.enhanced = str_dup(arena, word);
		rest = after;
	}
	answer->reply.text = clean_words(arena, rest);
	return 0;
}

int
policy_answer_parse(struct arena *arena, struct str text,
    struct policy_answer *answer_r, const char **error_r)
{
	struct str rest, word;
	uint64_t code;

	*error_r = "an answer that makes no sense";
	if (find_action(text, &rest) < 0)
		return -1;
	word = take_word(&rest);
	*answer_r = (struct policy_answer){ .decision = DECISION_HAM,
	    .reply = { 0, NULL, "" } };
	if (str_is_nocase(word, "DUNNO"))
		return 0;
	if (str_is_nocase(word, "HOLD")) {
		answer_r->decision = DECISION_HOLD;
		answer_r->reply.text = clean_words(arena, rest);
		return 0;
	}
	if (word.len == 3 && str_to_u64(word, 599, &code) == 0 && code >= 400)
		return parse_code(arena, word, rest, answer_r);
	return -1;
}
