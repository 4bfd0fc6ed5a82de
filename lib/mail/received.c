/* SPDX-License-Identifier: ISC */
/* received.c - reads what a host wrote about the client it had a message from.
 *
 * RFC 5321 4.4 has a grammar that few hosts keep to, so this is a reading of
 * what they write, from left to right: words, and comments, which nest.
 *
 *   from HELO (NAME [ADDRESS]) by ...       Postfix, sendmail, Courier, Gmail
 *   from NAME ([ADDRESS] helo=HELO) by ...  Exim
 *   from [ADDRESS] (helo=HELO) by ...       Exim
 *   from NAME (HELO HELO) (ADDRESS) by ...  qmail, Cisco: ([ADDRESS])
 *   from HELO (ADDRESS) by ...              Exchange
 *
 * The client writes the HELO, and the owner of its address the NAME. A host
 * that masks neither blanks nor parentheses in them lets a client write
 * comments, so the address counts only when all that stand in the comments in
 * front of "by" are the same one: what the host adds itself is always among
 * them. In the place of the HELO an address counts only where a comment shows
 * the HELO elsewhere. A client that tries to write the rest of the field too
 * leaves a second "by" or a comment without end. What else it may write, the
 * address of the sender or the name in its certificate, is in comments too.
 *
 * Quoted strings are not looked for: a client could open one as well, and no
 * host writes one in front of "by". */
#include "mail/received_private.h"

#include "base/vec.h"

static bool
belongs_to_word(char c)
{
	return !char_is_space(c) && c != '(' && c != ')' && c != ';' &&
	    c != '\\';
}

static bool
is_one_of(struct str word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (str_is_nocase(word, *words))
			return true;
	return false;
}

/* --- words in no comment -------------------------------------------------- */

static void
read_from_word(struct received_reading *reading, struct str word)
{
	struct netaddr address;

	if (reading->from_words++ == 0)
		reading->from = word;
	if (!received_read_bare(word, &address) &&
	    !received_read_brackets(word, &address))
		return;
	received_add_address(reading, &reading->outside, &address);
	reading->is_outside_first = reading->from_words == 1 &&
	    !reading->has_comment;
}

/* Is word one that begins a clause? The first behind "from" is none: it is the
 * client's, whatever it says. */
static bool
read_keyword(struct received_reading *reading, struct str word)
{
	static const struct {
		const char *word;
		enum received_clause clause;
	} words[] = {
		{ "via", CLAUSE_VIA }, { "with", CLAUSE_WITH },
		{ "id", CLAUSE_ID }, { "for", CLAUSE_REST },
	};

	if (str_is_nocase(word, "by")) {
		reading->is_uncertain |= reading->has_by;
		reading->has_by = true;
		reading->clause = CLAUSE_BY;
		return true;
	}
	for (size_t i = 0; reading->has_by && i < ARRAY_LEN(words); i++)
		if (str_is_nocase(word, words[i].word)) {
			reading->clause = words[i].clause;
			return true;
		}
	return false;
}

static void
set_once(struct str *text, struct str word)
{
	if (text->len == 0)
		*text = word;
}

static void
read_word_outside(struct received_reading *reading, struct str word)
{
	struct received *received = reading->received;

	if (reading->clause == CLAUSE_NONE && str_is_nocase(word, "from")) {
		reading->has_from = true;
		reading->clause = CLAUSE_FROM;
		return;
	}
	if ((reading->clause != CLAUSE_FROM || reading->from_words != 0 ||
	    reading->comment.words != 0) && read_keyword(reading, word))
		return;
	switch (reading->clause) {
	case CLAUSE_FROM:
		read_from_word(reading, word);
		break;
	case CLAUSE_BY:
		set_once(&received->by, word);
		break;
	case CLAUSE_VIA:
		set_once(&received->via, word);
		break;
	case CLAUSE_WITH:
		set_once(&received->with, word);
		break;
	case CLAUSE_ID:
		set_once(&received->id, word);
		break;
	case CLAUSE_NONE:
	case CLAUSE_REST:
		break;
	}
}

/* RFC 5322 3.2.1: in a comment, what stands behind a backslash opens and closes
 * nothing. */
static void
skip_byte(struct lexer *lexer, bool is_comment)
{
	bool is_pair = lexer_peek(lexer) == '\\' && is_comment;

	lexer->at++;
	if (is_pair && lexer_peek(lexer) >= 0)
		lexer->at++;
}

static void
read_field(struct received_reading *reading)
{
	struct lexer *lexer = &reading->lexer;

	for (;;) {
		struct str word = lexer_run(lexer, belongs_to_word);

		if (word.len != 0 && reading->depth != 0)
			received_read_inside(reading, word);
		else if (word.len != 0)
			read_word_outside(reading, word);
		if (lexer_peek(lexer) < 0)
			return;
		if (lexer_take(lexer, '('))
			received_open_comment(reading);
		else if (lexer_take(lexer, ')'))
			received_close_comment(reading);
		else
			skip_byte(lexer, reading->depth != 0);
	}
}

/* --- what follows --------------------------------------------------------- */

/* RFC 3848 and RFC 6531 4.3: the A. Only here: what stands in comments in front
 * of "by" might be the client's. */
static void
judge_protocol(struct received_reading *reading)
{
	static const char *const with_login[] = { "ESMTPA", "ESMTPSA",
		"UTF8SMTPA", "UTF8SMTPSA", NULL };
	static const char *const not_smtp[] = { "local", "HTTP", "HTTPS",
		"HTTPREST", "mapi", NULL };
	static const char *const fetched[] = { "POP3", "POP3S", "IMAP",
		"IMAPS", NULL };
	struct received *received = reading->received;

	received->has_login = reading->has_from &&
	    is_one_of(received->with, with_login);
	received->is_local |= is_one_of(received->with, not_smtp) ||
	    is_one_of(received->via, not_smtp);
	/* RFC 5321 4.4: who has it by SMTP says from whom. */
	if (!reading->has_from && received->with.len == 0 && reading->has_by)
		received->is_local = true;
	/* A server that a host fetches mail from is no client of it. */
	if (received->is_local || is_one_of(received->with, fetched)) {
		received->client.len = 0;
		reading->outside.len = 0;
	}
}

/* An address in the place of the HELO, or behind it: from a host that shows the
 * HELO elsewhere it is the client's. Exim shows none that says the same. Where
 * it cannot be the HELO, no comment may contradict it: a client may have
 * written that one. */
static void
judge_outside(struct received_reading *reading)
{
	struct received *received = reading->received;
	const struct netaddr *outside = &reading->outside;

	if (outside->len == 0)
		return;
	if (received->client.len != 0) {
		if ((reading->has_helo || !reading->is_outside_first) &&
		    !netaddr_eq(&received->client, outside))
			reading->is_uncertain = true;
		return;
	}
	if (reading->has_helo ? reading->helo.len != 0 &&
	    !netaddr_eq(&reading->helo, outside) :
	    reading->software != SOFTWARE_EXIM || reading->from_words != 1)
		reading->is_uncertain = true;
	received->client = *outside;
}

static void
judge_names(struct received_reading *reading)
{
	struct received *received = reading->received;
	struct str name = reading->name;

	if (!reading->has_helo && reading->from_words == 1)
		received->helo = reading->from;
	if (reading->software == SOFTWARE_OTHER || received->client.len == 0)
		return;
	if (reading->software == SOFTWARE_EXIM)
		name = reading->is_name_first && reading->outside.len == 0
		    ? reading->from : STR("");
	if (!str_is_nocase(name, "unknown"))
		received->name = name;
}

int
received_parse(struct str value, struct received *received_r)
{
	struct received_reading reading = { .received = received_r };

	*received_r = (struct received){ .is_local = false };
	lexer_init(&reading.lexer, value);
	read_field(&reading);
	judge_protocol(&reading);
	judge_outside(&reading);
	judge_names(&reading);
	if (reading.depth != 0 || reading.is_uncertain)
		return -1;
	return reading.has_by || received_r->is_note || received_r->is_local
	    ? 0 : -1;
}
