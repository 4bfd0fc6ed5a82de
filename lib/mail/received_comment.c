/* SPDX-License-Identifier: ISC */
/* received_comment.c - what hosts write about a client, in comments most of
 * all. */
#include "mail/received_private.h"

/* "192.0.2.1", "joe@192.0.2.1". */
bool
received_read_bare(struct str word, struct netaddr *address_r)
{
	return netaddr_parse(str_from_pos(word,
	    (size_t)(str_find_last(word, '@') + 1)), address_r) == 0;
}

/* "[192.0.2.1]", "[192.0.2.1]:25", "joe@[192.0.2.1]". */
bool
received_read_brackets(struct str word, struct netaddr *address_r)
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

void
received_add_address(struct received_reading *reading, struct netaddr *known,
    const struct netaddr *address)
{
	if (known->len != 0 && !netaddr_eq(known, address))
		reading->is_uncertain = true;
	*known = *address;
}

static void
take_helo(struct received_reading *reading, struct str helo)
{
	reading->has_helo = true;
	if (reading->received->helo.len == 0)
		reading->received->helo = helo;
}

/* --- comments in front of "by" -------------------------------------------- */

/* "(HELO name)": an address here is the client's to write. But a name of the
 * client that is "helo" looks the same, so it must not contradict. */
static bool
read_spaced_helo(struct received_reading *reading, struct str word)
{
	struct str mark = reading->comment.before;
	struct netaddr address;

	if (!str_is_nocase(mark, "HELO") && !str_is_nocase(mark, "EHLO") &&
	    !str_is_nocase(mark, "LHLO"))
		return false;
	take_helo(reading, word);
	if (received_read_brackets(word, &address))
		received_add_address(reading, &reading->helo, &address);
	return true;
}

/* "(helo=name)", "(ident=joe)": no name of a client looks so. */
static bool
read_assignment(struct received_reading *reading, struct str word)
{
	if (str_has_prefix_nocase(word, STR("helo="))) {
		take_helo(reading, str_from_pos(word, 5));
		return true;
	}
	return str_find(word, '=') > 0 &&
	    str_find(word, '[') > str_find(word, '=');
}

static void
read_comment_word(struct received_reading *reading, struct str word)
{
	struct received_comment *comment = &reading->comment;
	struct netaddr address;

	if (word.data[word.len - 1] == ',')
		word.len--;
	comment->words++;
	if (comment->words == 1) {
		comment->first = word;
		if (word.data[0] == '[' ||
		    !received_read_bare(word, &comment->bare))
			comment->bare.len = 0;
	}
	if (comment->words == 2)
		comment->has_login = str_is_nocase(word, "with");
	if (reading->depth > 1 && str_is_nocase(comment->before, "may") &&
	    str_is_nocase(word, "be"))
		comment->has_doubt = true;
	if (!read_spaced_helo(reading, word) &&
	    !read_assignment(reading, word) &&
	    received_read_brackets(word, &address)) {
		received_add_address(reading, &reading->received->client,
		    &address);
		comment->address_at = comment->words;
	}
	comment->before = word;
}

/* What stands in front of the address: "joe@mail.example.net [192.0.2.1]". */
static struct str
name_in(const struct received_comment *comment)
{
	ptrdiff_t at = str_find_last(comment->first, '@');

	if (comment->address_at != 2 || comment->has_doubt)
		return STR("");
	return str_from_pos(comment->first, (size_t)(at + 1));
}

static void
end_from_comment(struct received_reading *reading)
{
	struct received_comment *comment = &reading->comment;

	/* "(192.0.2.1)" alone: with more words it may be a name. */
	if (comment->bare.len != 0 &&
	    (comment->words == 1 || comment->has_login)) {
		received_add_address(reading, &reading->received->client,
		    &comment->bare);
		comment->address_at = 1;
	}
	if (comment->address_at == 0)
		return;
	reading->is_name_first = comment->address_at == 1;
	reading->name = name_in(comment);
}

/* --- comments anywhere -------------------------------------------------- */

static bool
is_sendmail(struct str version)
{
	return version.len > 2 && version.data[0] == '8' &&
	    version.data[1] == '.' && str_find(version, '/') > 0;
}

/* The host names itself behind "by", Exim behind "with". */
static void
end_by_comment(struct received_reading *reading)
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
read_qmail_word(struct received_reading *reading, struct str word)
{
	struct received *received = reading->received;
	struct received_comment *comment = &reading->comment;

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

void
received_read_inside(struct received_reading *reading, struct str word)
{
	if (reading->clause == CLAUSE_FROM)
		read_comment_word(reading, word);
	else if (reading->clause == CLAUSE_NONE)
		read_qmail_word(reading, word);
	else if (reading->comment.words++ == 0)
		reading->comment.first = word;
}

void
received_open_comment(struct received_reading *reading)
{
	if (reading->depth++ == 0)
		reading->comment = (struct received_comment){ .words = 0 };
	reading->has_comment |= reading->clause == CLAUSE_FROM;
}

void
received_close_comment(struct received_reading *reading)
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
