/* SPDX-License-Identifier: ISC */
/* address_list.c - the address lists of From, Sender, To (RFC 5322 3.4, 4.4). */
#include "mail/address.h"

#include <string.h>

#include "base/arena.h"
#include "mail/address_private.h"
#include "mail/lexer.h"

#define ROUTE_HOSTS_MAX 16

/*
 * One pass from left to right, no recursion. What an element is shows only
 * behind its first words: "<" makes them a display name, "@" a local part, ":"
 * the name of a group. So the words are read once and kept as both.
 *
 * Where two readers could take different addresses from the same text, the
 * answer is an error: whose name stands on a message must not depend on who
 * looks (a@b@c, "a@b <c@d>", <a@b> <c@d>, anything with NUL).
 */
struct parser {
	struct lexer lexer;
	struct arena *arena;
	struct vec *list;
	bool in_group;
	bool has_gap;		/* in the address that is being read */
	const char *fault;	/* NULL: none so far */
};

/* Words in front of the character that tells what they are. */
struct words {
	struct buf display;	/* as a display name */
	struct buf local;	/* as a local part */
	bool has_any;
	bool has_joint;		/* words not joined by a dot: no local part */
	bool has_gap;		/* blanks or comments between them */
	bool is_apart;		/* or behind them */
};

static int
fail(struct parser *parser, const char *fault)
{
	parser->fault = fault;
	return -1;
}

static int
skip_cfws(struct parser *parser)
{
	if (lexer_skip_cfws(&parser->lexer, NULL) < 0)
		return fail(parser, "a comment does not end");
	return 0;
}

/* Old mail has control characters in display names (RFC 5322 4.1
 * obs-NO-WS-CTL); NUL was refused before. */
static bool
is_word_char(char c)
{
	return lexer_is_atext(c) || (lexer_is_control(c) && !char_is_space(c));
}

static bool
is_encoded_char(char c)
{
	return c > ' ' && c <= '~' && strchr("\"()<>@?\\", c) == NULL;
}

/* Pass over "=?charset?q?text?=" (RFC 2047 2). Careless senders leave commas
 * and colons in the text; what could hide an address from another reader ends
 * the tolerance. Without an encoded word here nothing is passed. */
static struct str
take_encoded_word(struct lexer *lexer)
{
	size_t start = lexer->at;

	if (lexer_take(lexer, '=') && lexer_take(lexer, '?')) {
		bool is_whole = true;

		for (int part = 0; part < 3 && is_whole; part++)
			is_whole = lexer_run(lexer, is_encoded_char).len != 0 &&
			    lexer_take(lexer, '?');
		if (is_whole && lexer_take(lexer, '='))
			return str_sub(lexer->text, start, lexer->at - start);
	}
	lexer->at = start;
	return str_sub(lexer->text, start, 0);
}

static int
take_word(struct parser *parser, struct words *words)
{
	struct lexer *lexer = &parser->lexer;
	size_t start = words->local.len;
	struct str atom;

	if (lexer_peek(lexer) == '"') {
		if (lexer_quoted(lexer, &words->local) < 0)
			return fail(parser, "a quoted string does not end");
		atom = str_from_pos(buf_str(&words->local), start);
	} else {
		atom = take_encoded_word(lexer);
		if (atom.len == 0)
			atom = lexer_run(lexer, is_word_char);
		buf_add_str(&words->local, atom);
	}
	buf_add_str(&words->display, atom);
	return 0;
}

/* phrase, obs-phrase and local-part, obs-local-part at once. */
static int
read_words(struct parser *parser, struct words *words)
{
	bool is_after_word = false;

	*words = (struct words){ .has_any = false };
	buf_init(&words->display, parser->arena);
	buf_init(&words->local, parser->arena);
	for (;;) {
		size_t start = parser->lexer.at;
		bool is_apart;
		int c;

		if (skip_cfws(parser) < 0)
			return -1;
		is_apart = parser->lexer.at != start && words->has_any;
		words->has_gap |= words->is_apart;
		words->is_apart = is_apart;
		c = lexer_peek(&parser->lexer);
		if (c < 0 || (c != '.' && c != '"' && !is_word_char((char)c)))
			return 0;
		if (is_apart && words->display.len != 0)
			buf_add_char(&words->display, ' ');
		words->has_any = true;
		if (lexer_take(&parser->lexer, '.')) {
			buf_add_char(&words->display, '.');
			buf_add_char(&words->local, '.');
			is_after_word = false;
			continue;
		}
		words->has_joint |= is_after_word;
		is_after_word = true;
		if (take_word(parser, words) < 0)
			return -1;
	}
}

/* "[…]" without the blanks that RFC 5322 3.4.1 allows inside. */
static int
read_literal(struct parser *parser, struct buf *text)
{
	for (;;) {
		int c = lexer_peek(&parser->lexer);

		if (c < 0)
			return fail(parser, "an address literal does not end");
		parser->lexer.at++;
		if (!char_is_space((char)c))
			buf_add_char(text, (char)c);
		if (c == ']')
			return 0;
	}
}

/* Labels and dots, with blanks and comments around the dots where RFC 5322 4.4
 * still allows them. */
static int
read_labels(struct parser *parser, struct buf *text)
{
	struct lexer *lexer = &parser->lexer;
	bool is_after_label = false, is_apart = false;

	for (;;) {
		int c = lexer_peek(lexer);
		size_t end;

		if (lexer_take(lexer, '.'))
			buf_add_char(text, '.');
		else if (c >= 0 && !is_after_label && lexer_is_atext((char)c))
			buf_add_str(text, lexer_run(lexer, lexer_is_atext));
		else
			return 0;
		is_after_label = c != '.';
		parser->has_gap |= is_apart;
		end = lexer->at;
		if (skip_cfws(parser) < 0)
			return -1;
		is_apart = lexer->at != end;
	}
}

/* Behind the "@". */
static int
read_domain(struct parser *parser, struct str *domain_r)
{
	size_t start = parser->lexer.at;
	struct buf text;
	int status;

	buf_init(&text, parser->arena);
	if (skip_cfws(parser) < 0)
		return -1;
	parser->has_gap |= parser->lexer.at != start;
	status = lexer_peek(&parser->lexer) == '['
	    ? read_literal(parser, &text) : read_labels(parser, &text);
	if (status < 0)
		return -1;
	if (address_domain(parser->arena, buf_str(&text), domain_r) < 0)
		return fail(parser, "what stands behind the @ is no domain "
		    "name");
	return skip_cfws(parser);
}

/* The local part has been read as words; its domain follows when there is an
 * "@". */
static int
finish_addr_spec(struct parser *parser, const struct words *words,
    struct address *address)
{
	const char *fault;
	int status;

	if (!words->has_any)
		return fail(parser, "an address without local part");
	if (words->has_joint)
		return fail(parser, lexer_peek(&parser->lexer) == '@'
		    ? "several words in a local part"
		    : "a name without address");
	address->local = buf_str(&words->local);
	fault = address_local_fault(address->local);
	if (fault != NULL)
		return fail(parser, fault);
	if (!lexer_take(&parser->lexer, '@'))
		return skip_cfws(parser);
	parser->has_gap = words->has_gap || words->is_apart;
	status = read_domain(parser, &address->domain);
	address->has_gap = parser->has_gap;
	return status;
}

/* obs-route: "@a,@b:" (RFC 5322 4.4). Nobody writes one any more, and each of
 * its hosts may need IDNA: thousands of them are there to keep us busy. */
static int
skip_route(struct parser *parser, struct address *address)
{
	size_t hosts = 0;
	struct str domain;

	if (skip_cfws(parser) < 0)
		return -1;
	while (lexer_peek(&parser->lexer) == '@' ||
	    lexer_peek(&parser->lexer) == ',') {
		address->has_route = true;
		if (lexer_take(&parser->lexer, '@')) {
			if (++hosts > ROUTE_HOSTS_MAX)
				return fail(parser, "a source route of many "
				    "hosts");
			if (read_domain(parser, &domain) < 0)
				return -1;
			continue;
		}
		lexer_take(&parser->lexer, ',');
		if (skip_cfws(parser) < 0)
			return -1;
	}
	if (address->has_route && !lexer_take(&parser->lexer, ':'))
		return fail(parser, "an address without local part");
	return 0;
}

static int
read_angle(struct parser *parser, struct address *address)
{
	struct words words;

	lexer_take(&parser->lexer, '<');
	if (skip_route(parser, address) < 0 || read_words(parser, &words) < 0)
		return -1;
	if (!words.has_any && lexer_peek(&parser->lexer) == '>')
		return fail(parser, "an empty address");
	if (finish_addr_spec(parser, &words, address) < 0)
		return -1;
	if (!lexer_take(&parser->lexer, '>'))
		return fail(parser, "\"<\" without \">\"");
	return skip_cfws(parser);
}

/* addr-spec, or the careless "a@b <a@b>" where both are the same. */
static int
read_bare(struct parser *parser, const struct words *words,
    struct address *address)
{
	struct address again = { STR(""), STR(""), STR(""), false, false };

	if (finish_addr_spec(parser, words, address) < 0)
		return -1;
	if (lexer_peek(&parser->lexer) != '<')
		return 0;
	if (read_angle(parser, &again) < 0)
		return -1;
	if (!str_eq(address->local, again.local) ||
	    !str_eq(address->domain, again.domain))
		return fail(parser, "two addresses without a comma");
	address->display = address_print(parser->arena, address);
	return 0;
}

static int
read_mailbox(struct parser *parser, const struct words *words,
    struct address *address)
{
	*address = (struct address){ STR(""), STR(""), STR(""), false, false };
	if (lexer_peek(&parser->lexer) != '<')
		return read_bare(parser, words, address);
	address->display = buf_str(&words->display);
	return read_angle(parser, address);
}

/* What may stand behind an element: "," or, once, the ";" of its group. */
static int
end_element(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;

	if (parser->in_group && lexer_take(lexer, ';')) {
		parser->in_group = false;
		if (skip_cfws(parser) < 0)
			return -1;
	}
	if (lexer_peek(lexer) < 0 || lexer_take(lexer, ','))
		return 0;
	switch (lexer_peek(lexer)) {
	case ';':
		return fail(parser, "\";\" where no group ends");
	case '>':
		return fail(parser, "\">\" without \"<\"");
	case '[':
	case ']':
	case ')':
	case '\\':
		return fail(parser, "a character that must be quoted");
	default:
		return fail(parser, "more behind an address than a comma");
	}
}

/* A mailbox, the beginning of a group, or nothing (RFC 5322 4.4 allows empty
 * elements), and what ends it. */
static int
read_element(struct parser *parser)
{
	struct address address;
	struct words words;
	bool is_mailbox;
	int next;

	if (read_words(parser, &words) < 0)
		return -1;
	next = lexer_peek(&parser->lexer);
	if (next == ':') {
		if (parser->in_group || !words.has_any)
			return fail(parser, "\":\" where no group begins");
		parser->lexer.at++;
		parser->in_group = true;
		return 0;
	}
	is_mailbox = words.has_any || next == '<' || next == '@';
	if (is_mailbox && read_mailbox(parser, &words, &address) < 0)
		return -1;
	if (end_element(parser) < 0)
		return -1;
	if (is_mailbox)
		*(struct address *)vec_push(parser->list) = address;
	return 0;
}

int
address_parse_list(struct arena *arena, struct str value, size_t most_count,
    struct vec *list, const char **error_r)
{
	struct parser parser = { .arena = arena, .list = list };
	size_t start = list->len;

	lexer_init(&parser.lexer, value);
	if (str_find(value, '\0') >= 0)
		fail(&parser, "a NUL byte");
	while (parser.fault == NULL && list->len - start < most_count &&
	    lexer_peek(&parser.lexer) >= 0)
		read_element(&parser);
	if (parser.fault == NULL && parser.in_group &&
	    list->len - start < most_count)
		parser.fault = "a group without \";\"";
	*error_r = parser.fault;
	return parser.fault == NULL ? 0 : -1;
}
