/* SPDX-License-Identifier: ISC */
/* sa_read_rule.c - the lines that make rules: header, body, uri, meta and their
 * like. The later line of a name replaces the earlier one's test. */
#include "rules/sa_read_private.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/caught.h"

#define NAME_MAX_LEN 100
#define ARGUMENTS_MAX 64

/* --- names ------------------------------------------------------------------- */

bool
sa_is_rule_name(struct str name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN ||
	    char_is_digit(name.data[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && name.data[i] != '_')
			return false;
	return true;
}

bool
sa_cut_rule(struct sa_reader *reader, struct str *value, struct str *name_r)
{
	*name_r = sa_cut_word(value);
	if (name_r->len == 0)
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "it names no rule");
	else if (!sa_is_rule_name(*name_r))
		sa_note(reader, DRAFT_ERROR, *name_r, "a rule's name is of "
		    "letters, digits and _, no digit first, at most %d",
		    NAME_MAX_LEN);
	else if (value->len == 0)
		sa_note(reader, DRAFT_ERROR, *name_r,
		    "nothing stands behind its name");
	else
		return true;
	return false;
}

static void
set_test(struct sa_reader *reader, struct str name,
    const struct draft_test *test)
{
	struct draft_rule *rule = draft_rule(reader->draft, name);

	draft_set_test(rule, test, reader->origin);
	rule->flags |= RULE_SPAMASSASSIN;
}

/* --- patterns ---------------------------------------------------------------- */

/* False: it is noted. */
static bool
read_pattern(struct sa_reader *reader, struct str name, struct str text,
    struct draft_test *test)
{
	const char *error;

	if (pattern_read_whole(reader->arena, text, &test->pattern,
	    &error) < 0) {
		sa_note(reader, DRAFT_ERROR, name, "%s: %.*s", error,
		    STR_ARG(text));
		return false;
	}
	caught_take(reader->arena, name, test);
	return true;
}

/* --- eval: -------------------------------------------------------------------- */

static bool
is_bare(char c)
{
	return char_is_alnum(c) || c == '.' || c == ':' || c == '-';
}

/* One argument and the comma behind it off *rest. */
static bool
cut_argument(struct str *rest, struct str *argument_r)
{
	struct str text = str_trim(*rest);
	size_t len = 0;

	if (text.len != 0 && (text.data[0] == '\'' || text.data[0] == '"')) {
		ptrdiff_t end = str_find(str_from_pos(text, 1), text.data[0]);

		if (end < 0)
			return false;
		*argument_r = str_sub(text, 1, (size_t)end);
		text = str_from_pos(text, (size_t)end + 2);
	} else {
		while (len < text.len && is_bare(text.data[len]))
			len++;
		if (len == 0)
			return false;
		*argument_r = str_sub(text, 0, len);
		text = str_from_pos(text, len);
	}
	text = str_trim(text);
	if (text.len != 0 && text.data[0] != ',')
		return false;
	*rest = str_trim(str_from_pos(text, 1));
	return true;
}

/* NAME(ARGUMENTS), to the end. */
static bool
read_call(struct str text, struct draft_test *test)
{
	struct str rest, argument;
	size_t len = 0;

	while (len < text.len && (char_is_alnum(text.data[len]) ||
	    text.data[len] == '_'))
		len++;
	if (len == 0 || text.len < len + 2 || text.data[len] != '(' ||
	    text.data[text.len - 1] != ')')
		return false;
	test->call = str_sub(text, 0, len);
	rest = str_trim(str_sub(text, len + 1, text.len - len - 2));
	while (rest.len != 0) {
		if (test->args.len == ARGUMENTS_MAX ||
		    !cut_argument(&rest, &argument))
			return false;
		*(struct str *)vec_push(&test->args) = argument;
	}
	return true;
}

/* False: it does not begin with eval. */
static bool
take_eval(struct sa_reader *reader, struct str name, struct str text)
{
	struct draft_test test = { .kind = DRAFT_CALL };
	size_t at;

	if (str_has_prefix_nocase(text, STR("eval:")))
		at = sizeof("eval:") - 1;
	else if (str_has_prefix_nocase(text, STR("rbleval:")))
		at = sizeof("rbleval:") - 1;
	else
		return false;
	vec_init(&test.args, reader->arena, sizeof(struct str));
	if (read_call(str_from_pos(text, at), &test))
		set_test(reader, name, &test);
	else
		sa_note(reader, DRAFT_ERROR, name, "this is no "
		    "eval:name(arguments), each quoted or a plain word: %.*s",
		    STR_ARG(text));
	return true;
}

/* --- header ------------------------------------------------------------------- */

static const char *const forms[] = { "raw", "addr", "name", "host", "domain",
    "ip", "revip", "first", "last" };

static bool
is_form(struct str form)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (str_is(form, forms[i]))
			return true;
	return false;
}

static bool
is_field_letter(char c)
{
	return char_is_alnum(c) || c == '_' || c == '.' || c == '-';
}

/* What is no field of the message has its name in this case alone. */
static const char *const made_up[] = { "ALL", "ALL-TRUSTED", "ALL-UNTRUSTED",
    "ALL-INTERNAL", "ALL-EXTERNAL", "ToCc", "MESSAGEID", "EnvelopeFrom" };

/* Places have names in lower case; a field that is called like one of those
 * above, but for the case, keeps its name as it is written: it is not meant. */
static struct str
name_of_place(struct sa_reader *reader, struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(made_up); i++)
		if (str_is_nocase(name, made_up[i]) &&
		    !str_is(name, made_up[i]))
			return name;
	return str_lower(reader->arena, name);
}

/* NAME, NAME: or NAME:form, NAME:form:form. */
static bool
read_place(struct sa_reader *reader, struct str text, struct place *place)
{
	struct str name, form, rest;
	ptrdiff_t colon = str_find(text, ':');

	name = colon < 0 ? text : str_sub(text, 0, (size_t)colon);
	form = colon < 0 ? STR("") : str_from_pos(text, (size_t)colon + 1);
	for (size_t i = 0; i < name.len; i++)
		if (!is_field_letter(name.data[i]))
			return false;
	rest = form;
	for (struct str piece; rest.len != 0;)
		if (!str_cut(&rest, ':', &piece) || !is_form(piece))
			return false;
	place->name = name_of_place(reader, name);
	place->form = form;
	return name.len != 0;
}

/* Where "=~" or "!~" stands, or -1. */
static ptrdiff_t
find_operator(struct str text)
{
	ptrdiff_t at = str_find(text, '~');

	return at > 0 && (text.data[at - 1] == '=' ||
	    text.data[at - 1] == '!') ? at - 1 : -1;
}

/* "/x/ [if-unset: TEXT]": the text is taken off. */
static void
cut_if_unset(struct str *text, struct str *if_unset_r)
{
	static const char word[] = "[if-unset:";
	size_t len = sizeof(word) - 1;

	if (text->len < len || text->data[text->len - 1] != ']')
		return;
	for (size_t at = text->len - len; at > 0; at--) {
		if (text->data[at] != '[' || !char_is_space(text->data[at - 1])
		    || memcmp(text->data + at, word, len) != 0)
			continue;
		*if_unset_r = str_trim(str_sub(*text, at + len,
		    text->len - at - len - 1));
		*text = str_trim(str_sub(*text, 0, at));
		return;
	}
}

static void
take_match(struct sa_reader *reader, struct str name, struct str text,
    enum place_kind kind)
{
	struct draft_test test = { .kind = DRAFT_PATTERN,
		.place = { kind, STR(""), STR("") },
		/* What is not there is an empty text to a pattern. */
		.if_unset = STR("") };
	ptrdiff_t at = find_operator(text);
	struct str pattern;

	if (at < 0 || !read_place(reader,
	    str_trim(str_sub(text, 0, (size_t)at)), &test.place)) {
		sa_note(reader, DRAFT_ERROR, name, "this is no FIELD =~ "
		    "/pattern/, FIELD:form with the forms raw, addr, name, "
		    "host, domain, ip, revip, first and last: %.*s",
		    STR_ARG(text));
		return;
	}
	test.is_negated = text.data[at] == '!';
	pattern = str_trim(str_from_pos(text, (size_t)at + 2));
	cut_if_unset(&pattern, &test.if_unset);
	if (read_pattern(reader, name, pattern, &test))
		set_test(reader, name, &test);
}

static void
take_exists(struct sa_reader *reader, struct str name, struct str field)
{
	struct draft_test test = { .kind = DRAFT_EXISTS,
		.place = { .kind = PLACE_sa_header, .name = STR(""),
			.form = STR("") } };

	if (field.len != 0 && field.data[field.len - 1] == ':')
		field.len--;
	if (str_find(field, ':') < 0 &&
	    read_place(reader, field, &test.place))
		set_test(reader, name, &test);
	else
		sa_note(reader, DRAFT_ERROR, name, "exists: needs the name of "
		    "a field: %.*s", STR_ARG(field));
}

void
sa_take_header(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str name;

	(void)directive;
	if (!sa_cut_rule(reader, &value, &name) ||
	    take_eval(reader, name, value))
		return;
	if (str_has_prefix_nocase(value, STR("exists:")))
		take_exists(reader, name,
		    str_from_pos(value, sizeof("exists:") - 1));
	else
		take_match(reader, name, value, PLACE_sa_header);
}

void
sa_take_mimeheader(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	struct str name;

	(void)directive;
	if (sa_cut_rule(reader, &value, &name))
		take_match(reader, name, value, PLACE_sa_mimeheader);
}

/* --- body, rawbody, full, uri -------------------------------------------------- */

static const struct {
	const char *word;
	enum place_kind kind;
} texts[] = {
	{ "body", PLACE_sa_body },
	{ "rawbody", PLACE_sa_rawbody },
	{ "full", PLACE_sa_full },
	{ "uri", PLACE_sa_uri },
};

void
sa_take_text(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct draft_test test = { .kind = DRAFT_PATTERN,
		.place = { .kind = PLACE_sa_body, .name = STR(""),
			.form = STR("") } };
	struct str name;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(texts[i].word, directive->name) == 0)
			test.place.kind = texts[i].kind;
	if (!sa_cut_rule(reader, &value, &name) ||
	    take_eval(reader, name, value))
		return;
	if (read_pattern(reader, name, value, &test))
		set_test(reader, name, &test);
}

/* --- the others ----------------------------------------------------------------- */

void
sa_take_meta(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct draft_test test = { .kind = DRAFT_META };
	struct str name;

	(void)directive;
	if (!sa_cut_rule(reader, &value, &name))
		return;
	test.expression = value;
	set_test(reader, name, &test);
}

/* One condition "KEY =~ /x/" of a uri_detail off *rest: where it ends. */
static bool
cut_criterion(struct sa_reader *reader, struct str *rest, struct str *text_r,
    const char **error_r)
{
	static const char *const keys[] = { "raw", "type", "cleaned", "text",
	    "domain", "host" };
	ptrdiff_t at = find_operator(*rest);
	struct pattern_source source;
	struct str key, behind;
	size_t i = 0;

	*error_r = "a KEY =~ /pattern/ is wanted, with the keys raw, type, "
	    "cleaned, text, domain and host";
	if (at < 0)
		return false;
	key = str_trim(str_sub(*rest, 0, (size_t)at));
	while (i < ARRAY_LEN(keys) && !str_is(key, keys[i]))
		i++;
	if (i == ARRAY_LEN(keys) || pattern_read(reader->arena,
	    str_trim(str_from_pos(*rest, (size_t)at + 2)), &source, &behind,
	    error_r) < 0)
		return false;
	*text_r = str_trim(str_sub(*rest, 0,
	    (size_t)(behind.data - rest->data)));
	*rest = str_trim(behind);
	return true;
}

/* A call whose arguments are the conditions as written: one link has to fulfil
 * all of them. */
void
sa_take_uri_detail(struct sa_reader *reader,
    const struct sa_directive *directive, struct str value)
{
	struct draft_test test = { .kind = DRAFT_CALL,
		.call = STR("check_uri_detail") };
	struct str name, criterion;
	const char *error;

	(void)directive;
	if (!sa_cut_rule(reader, &value, &name))
		return;
	vec_init(&test.args, reader->arena, sizeof(struct str));
	while (value.len != 0) {
		if (test.args.len == ARGUMENTS_MAX || !cut_criterion(reader,
		    &value, &criterion, &error)) {
			sa_note(reader, DRAFT_ERROR, name, "%s: %.*s", error,
			    STR_ARG(value));
			return;
		}
		*(struct str *)vec_push(&test.args) = criterion;
	}
	set_test(reader, name, &test);
}

static void
know_of(struct sa_reader *reader, struct str name)
{
	static const struct draft_test none = { .kind = DRAFT_NONE };

	if (draft_rule(reader->draft, name)->test.kind == DRAFT_NONE)
		set_test(reader, name, &none);
}

void
sa_take_askdns(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str name;

	(void)directive;
	if (!sa_cut_rule(reader, &value, &name))
		return;
	know_of(reader, name);
	draft_rule(reader->draft, name)->flags |= RULE_NET;
	sa_note(reader, DRAFT_UNSUPPORTED, name,
	    "it asks the network: it never hits");
}

/* What an earlier check of the message found is not taken over. */
void
sa_take_reuse(struct sa_reader *reader, const struct sa_directive *directive,
    struct str value)
{
	struct str name = sa_cut_word(&value);

	(void)directive;
	if (!sa_is_rule_name(name)) {
		sa_note(reader, DRAFT_ERROR, reader->word,
		    "it names no rule");
		return;
	}
	know_of(reader, name);
	sa_note(reader, DRAFT_PASSED_OVER, name, "what an earlier check of a "
	    "message found is not taken over");
}
