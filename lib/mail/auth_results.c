/* SPDX-License-Identifier: ISC */
/* auth_results.c - does a field from outside pretend to be one of ours? */
#include "mail/auth_results.h"

#include "base/arena.h"
#include "mail/address.h"
#include "mail/lexer.h"

/*
 * Readers downstream trust the fields of our authserv-id, so those that came
 * from outside must go (RFC 8601 5). Some of those readers are careless. A
 * well-formed field says plainly whose it is; one that is malformed may be read
 * in ways that cannot be foreseen, so it goes when our id can be found anywhere
 * in front of its first ";", when bytes beyond ASCII stand there (each word
 * might need IDNA: a stranger who writes many wants to keep us busy), and when
 * it names nobody: the reader would take it for the work of his own host. A
 * field too many is no loss, and DKIM was verified before.
 */

/* What ids are made of; everything else, NUL too, separates words. */
static bool
is_id_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

static bool
is_no_id_char(char c)
{
	return !is_id_char(c);
}

static struct str
ascii_of(struct arena *arena, struct str text)
{
	struct buf ascii;

	buf_init(&ascii, arena);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x80)
			buf_add_char(&ascii, text.data[i]);
	return buf_str(&ascii);
}

/* Without regard to case, final dots, and U-labels against A-labels; a is the
 * stranger's. Readers cut the blanks of Unicode off, too, and show what is
 * malformed in many ways. */
static bool
is_same_id(struct arena *arena, struct str a, struct str b)
{
	struct str canonical_a, canonical_b;

	if (str_eq_nocase(a, b) || str_eq_nocase(ascii_of(arena, a), b))
		return true;
	return domain_canonical(arena, a, &canonical_a) == 0 &&
	    domain_canonical(arena, b, &canonical_b) == 0 &&
	    str_eq(canonical_a, canonical_b);
}

static bool
has_word(struct arena *arena, struct str text, struct str id)
{
	struct lexer lexer;
	struct str name;

	if (domain_canonical(arena, id, &name) < 0)
		name = id;
	lexer_init(&lexer, text);
	while (lexer_peek(&lexer) >= 0) {
		struct str word;

		lexer_run(&lexer, is_no_id_char);
		word = lexer_run(&lexer, is_id_char);
		if (word.len != 0 && word.data[word.len - 1] == '.')
			word.len--;
		if (str_eq_nocase(word, id) || str_eq_nocase(word, name))
			return true;
	}
	return false;
}

/* Pass over blanks and comments; are there blanks among them? An open comment
 * takes the rest. */
static bool
skip_blanks(struct lexer *lexer)
{
	size_t start = lexer->at;

	lexer_skip_cfws(lexer, NULL);
	return lexer->at != start &&
	    (char_is_space(lexer->text.data[start]) ||
	    char_is_space(lexer->text.data[lexer->at - 1]));
}

/* All in front of the first ";" that is neither quoted nor a comment: as it
 * stands, and as a reader sees it who leaves out comments, quotes, backslashes
 * and what cannot be printed. */
static struct str
read_head(struct arena *arena, struct str value, struct str *plain_r)
{
	struct lexer lexer;
	struct buf plain;

	buf_init(&plain, arena);
	lexer_init(&lexer, value);
	for (;;) {
		int c;

		if (skip_blanks(&lexer))
			buf_add_char(&plain, ' ');
		c = lexer_peek(&lexer);
		if (c < 0 || c == ';')
			break;
		if (c == '"') {
			lexer_quoted(&lexer, &plain);
			continue;
		}
		lexer.at++;
		if (c != '\\' && !lexer_is_control((char)c))
			buf_add_char(&plain, (char)c);
	}
	*plain_r = buf_str(&plain);
	return str_sub(value, 0, lexer.at);
}

bool
auth_results_is_ours(struct arena *arena, struct str value,
    const char *authserv_id)
{
	struct str id = str_from(authserv_id);
	struct auth_results results;
	struct str head, plain;
	const char *fault;
	bool is_whole;

	is_whole = auth_results_parse(arena, value, &results, &fault) == 0;
	if (is_same_id(arena, results.authserv_id, id))
		return true;
	if (is_whole)
		return false;
	if (results.authserv_id.len == 0)
		return true;
	head = read_head(arena, value, &plain);
	if (ascii_of(arena, head).len != head.len)
		return true;
	return has_word(arena, head, id) || has_word(arena, plain, id);
}
