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
#include "mail/received.h"

#include "base/vec.h"
#include "mail/lexer.h"

enum clause {
	CLAUSE_NONE,
	CLAUSE_FROM,
	CLAUSE_BY,
	CLAUSE_VIA,
	CLAUSE_WITH,
	CLAUSE_ID,
	CLAUSE_REST,
};

/* Those that compare the name of a client with its address. */
enum software {
	SOFTWARE_OTHER,
	SOFTWARE_POSTFIX,
	SOFTWARE_SENDMAIL,
	SOFTWARE_EXIM,
};

/* The comment that is being read. */
struct comment {
	size_t words;
	struct str first;
	struct str before;	/* the word before */
	struct netaddr bare;	/* first, where it is one without brackets */
	size_t address_at;	/* which word was [ADDRESS]; 0: none */
	bool has_doubt;		/* "(may be forged)" */
	bool has_login;		/* of qmail: "joe@192.0.2.1 with plain" */
};

struct reading {
	struct lexer lexer;
	struct received *received;
	enum clause clause;
	enum software software;
	size_t depth;		/* of comments */
	struct comment comment;
	struct str from;	/* the first word behind "from" */
	size_t from_words;
	bool has_comment;	/* between "from" and here */
	struct netaddr outside;	/* address in no comment */
	bool is_outside_first;	/* it is the first word behind "from" */
	struct netaddr helo;	/* address that a comment says is the HELO */
	struct str name;	/* in the last comment with an address */
	bool is_name_first;	/* "from NAME ([ADDRESS]": in no comment */
	bool has_from, has_by;
	bool has_helo;		/* a comment shows the HELO */
	bool is_uncertain;
};

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

/* "192.0.2.1", "joe@192.0.2.1". */
static bool
read_bare(struct str word, struct netaddr *address_r)
{
	return netaddr_parse(str_from_pos(word,
	    (size_t)(str_find_last(word, '@') + 1)), address_r) == 0;
}

/* "[192.0.2.1]", "[192.0.2.1]:25", "joe@[192.0.2.1]". */
static bool
read_brackets(struct str word, struct netaddr *address_r)
{
	ptrdiff_t open = str_find_last(word, '['), close;
	uint64_t port;
	struct str behind;

	if (open < 0 || (open > 0 && word.data[open - 1] != '@'))
		return false;
	word = str_from_pos(word, (size_t)open);
	close = str_find(word, ']');
	if (close < 0)
		return false;
	behind = str_from_pos(word, (size_t)close + 1);
	if (behind.len != 0 && (behind.data[0] != ':' ||
	    str_to_u64(str_from_pos(behind, 1), 65535, &port) < 0))
		return false;
	return netaddr_parse(str_sub(word, 0, (size_t)close + 1),
	    address_r) == 0;
}

static void
add_address(struct reading *reading, struct netaddr *known,
    const struct netaddr *address)
{
	if (known->len != 0 && !netaddr_eq(known, address))
		reading->is_uncertain = true;
	*known = *address;
}

static void
take_helo(struct reading *reading, struct str helo)
{
	reading->has_helo = true;
	if (reading->received->helo.len == 0)
		reading->received->helo = helo;
}

/* --- comments in front of "by" -------------------------------------------- */

/* "(HELO name)": an address here is the client's to write. But a name of the
 * client that is "helo" looks the same, so it must not contradict. */
static bool
read_spaced_helo(struct reading *reading, struct str word)
{
	static const char *const marks[] = { "HELO", "EHLO", "LHLO", NULL };
	struct netaddr address;

	if (!is_one_of(reading->comment.before, marks))
		return false;
	take_helo(reading, word);
	if (read_brackets(word, &address))
		add_address(reading, &reading->helo, &address);
	return true;
}

/* "(helo=name)", "(ident=joe)": no name of a client looks so. */
static bool
read_assignment(struct reading *reading, struct str word)
{
	if (str_has_prefix_nocase(word, STR("helo="))) {
		take_helo(reading, str_from_pos(word, 5));
		return true;
	}
	return str_find(word, '=') > 0 &&
	    str_find(word, '[') > str_find(word, '=');
}

static void
read_comment_word(struct reading *reading, struct str word)
{
	struct comment *comment = &reading->comment;
	struct netaddr address;

	if (word.data[word.len - 1] == ',')
		word.len--;
	comment->words++;
	if (comment->words == 1) {
		comment->first = word;
		if (!read_bare(word, &comment->bare) || word.data[0] == '[')
			comment->bare.len = 0;
	}
	if (comment->words == 2)
		comment->has_login = str_is_nocase(word, "with");
	if (reading->depth > 1 && str_is_nocase(comment->before, "may") &&
	    str_is_nocase(word, "be"))
		comment->has_doubt = true;
	if (!read_spaced_helo(reading, word) &&
	    !read_assignment(reading, word) && read_brackets(word, &address)) {
		add_address(reading, &reading->received->client, &address);
		comment->address_at = comment->words;
	}
	comment->before = word;
}

/* What stands in front of the address: "joe@mail.example.net [192.0.2.1]". */
static struct str
name_in(const struct comment *comment)
{
	ptrdiff_t at = str_find_last(comment->first, '@');

	if (comment->address_at != 2 || comment->has_doubt)
		return STR("");
	return str_from_pos(comment->first, (size_t)(at + 1));
}

static void
end_from_comment(struct reading *reading)
{
	struct comment *comment = &reading->comment;

	/* "(192.0.2.1)" alone: with more words it may be a name. */
	if (comment->bare.len != 0 &&
	    (comment->words == 1 || comment->has_login)) {
		add_address(reading, &reading->received->client,
		    &comment->bare);
		comment->address_at = 1;
	}
	if (comment->address_at == 0)
		return;
	reading->is_name_first = comment->address_at == 1;
	reading->name = name_in(comment);
}

/* --- comments anywhere ------------------------------------------------------ */

static bool
is_sendmail(struct str version)
{
	return version.len > 2 && version.data[0] == '8' &&
	    version.data[1] == '.' && str_find(version, '/') > 0;
}

/* The host names itself behind "by", Exim behind "with". */
static void
end_by_comment(struct reading *reading)
{
	struct str first = reading->comment.first;

	if (reading->software != SOFTWARE_OTHER)
		return;
	if (reading->clause == CLAUSE_BY && str_is(first, "Postfix"))
		reading->software = SOFTWARE_POSTFIX;
	else if (reading->clause == CLAUSE_BY && is_sendmail(first))
		reading->software = SOFTWARE_SENDMAIL;
	else if (reading->clause == CLAUSE_WITH && str_is(first, "Exim"))
		reading->software = SOFTWARE_EXIM;
}

/* "(qmail 1234 invoked from network)" stands where "from" does. */
static void
read_qmail_word(struct reading *reading, struct str word)
{
	struct received *received = reading->received;
	struct comment *comment = &reading->comment;

	comment->words++;
	if (comment->words == 1)
		comment->first = word;
	if (str_is(comment->first, "qmail") &&
	    str_is(comment->before, "invoked")) {
		received->is_note = str_is(word, "from");
		received->is_local = !received->is_note;
	}
	comment->before = word;
}

static void
read_word_inside(struct reading *reading, struct str word)
{
	if (reading->clause == CLAUSE_FROM)
		read_comment_word(reading, word);
	else if (reading->clause == CLAUSE_NONE)
		read_qmail_word(reading, word);
	else if (reading->comment.words++ == 0)
		reading->comment.first = word;
}

static void
open_comment(struct reading *reading)
{
	if (reading->depth++ == 0)
		reading->comment = (struct comment){ .words = 0 };
	reading->has_comment |= reading->clause == CLAUSE_FROM;
}

static void
close_comment(struct reading *reading)
{
	if (reading->depth == 0)
		reading->is_uncertain = true;
	else if (--reading->depth != 0)
		return;
	else if (reading->clause == CLAUSE_FROM)
		end_from_comment(reading);
	else
		end_by_comment(reading);
}

/* --- words in no comment ------------------------------------------------------ */

static void
read_from_word(struct reading *reading, struct str word)
{
	struct netaddr address;

	if (reading->from_words++ == 0)
		reading->from = word;
	if (!read_bare(word, &address) && !read_brackets(word, &address))
		return;
	add_address(reading, &reading->outside, &address);
	reading->is_outside_first = reading->from_words == 1 &&
	    !reading->has_comment;
}

/* Is word one that begins a clause? The first behind "from" is none: it is the
 * client's, whatever it says. */
static bool
read_keyword(struct reading *reading, struct str word)
{
	static const struct {
		const char *word;
		enum clause clause;
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
read_word_outside(struct reading *reading, struct str word)
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
read_field(struct reading *reading)
{
	struct lexer *lexer = &reading->lexer;

	for (;;) {
		struct str word = lexer_run(lexer, belongs_to_word);

		if (word.len != 0 && reading->depth != 0)
			read_word_inside(reading, word);
		else if (word.len != 0)
			read_word_outside(reading, word);
		if (lexer_peek(lexer) < 0)
			return;
		if (lexer_take(lexer, '('))
			open_comment(reading);
		else if (lexer_take(lexer, ')'))
			close_comment(reading);
		else
			skip_byte(lexer, reading->depth != 0);
	}
}

/* --- what follows -------------------------------------------------------------- */

/* RFC 3848 and RFC 6531 4.3: the A. Only here: what stands in comments in front
 * of "by" might be the client's. */
static void
judge_protocol(struct reading *reading)
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
judge_outside(struct reading *reading)
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
judge_names(struct reading *reading)
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
	struct reading reading = { .received = received_r };

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
