/* SPDX-License-Identifier: ISC */
/* sa_header.c - eval: tests of single header fields (Plugin/HeaderEval.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/utf8.h"
#include "rules/place/sa_boundaries.h"

static struct str
lower_address(struct view *view, const char *field)
{
	return str_lower(view->arena, sa_address_of(view, field));
}

static double
run_missing_to(struct view *view, const void *prepared)
{
	(void)prepared;
	return sa_get_text(view, "to").len == 0 &&
	    sa_get_text(view, "apparently-to").len == 0;
}

static double
run_matching_from(struct view *view, const void *prepared)
{
	(void)prepared;
	return str_eq(lower_address(view, "envelopefrom"),
	    lower_address(view, "from"));
}

/* The last two labels, whatever they are. */
static struct str
last_labels(struct str domain)
{
	ptrdiff_t last = str_find_last(domain, '.'), before;

	if (last <= 0)
		return domain;
	before = str_find_last(str_sub(domain, 0, (size_t)last), '.');
	return before <= 0 ? domain :
	    str_from_pos(domain, (size_t)before + 1);
}

static double
run_other_domain(struct view *view, const void *prepared)
{
	struct str from = last_labels(sa_domain_of(view->arena,
	    sa_address_of(view, "from")));
	struct str sender = last_labels(sa_domain_of(view->arena,
	    sa_address_of(view, "envelopefrom")));

	(void)prepared;
	return from.len != 0 && sender.len != 0 && !str_eq(from, sender);
}

/* --- octets that do not belong there ------------------------------------------------- */

static bool
is_control(unsigned char c)
{
	return (c < ' ' && c != '\t' && c != '\n' && c != '\r');
}

/* UTF-8 without control characters is what people write. */
static bool
is_proper(struct str text)
{
	if (str_is_ascii(text))
		return false;
	for (size_t i = 0, len; i < text.len; i += len) {
		len = utf8_char_len(str_from_pos(text, i));
		if (len == 0 || is_control((unsigned char)text.data[i]))
			return false;
	}
	return true;
}

static double
run_illegal_chars(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	struct str name = str_lower(view->arena, args->texts[0]);
	struct str text = sa_get_text(view, arena_printf(view->arena,
	    "%.*s%s", STR_ARG(name), sa_has(name, ":raw") ? "" : ":raw"));
	size_t illegal = 0, exempt = 0;

	if (str_trim(text).len == 0 || is_proper(text))
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		illegal += is_control(c) || c >= 0x7f;
		exempt += c == 0xa2 || c == 0xa3 || c == 0xae;
	}
	/* One sign of money or trade in a subject is no crime. */
	if (illegal != 0 && exempt == 1 && str_is(name, "subject"))
		illegal--;
	return (double)illegal / (double)text.len >= args->least[1] &&
	    (double)illegal >= args->least[2];
}

/* --- counts --------------------------------------------------------------------------- */

/* Different values of a field. */
static double
run_header_count(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *values = sa_get_all(view, str_dup_lower(view->arena,
	    args->texts[0]));
	struct map *seen = map_new(view->arena);
	double count;

	for (size_t i = 0; i < values->len; i++)
		map_put(seen, *(struct str *)vec_at(values, i), seen);
	count = (double)map_len(seen);
	return count >= args->least[1] && count <= args->most[2];
}

/* In these "%RND" may stand by chance. */
static bool
may_have_percent(struct str line)
{
	static const char *const names[] = { "X-VMS-To:", "X-UIDL:", "X-Face:",
		"To:", "Cc:", "From:", "Subject:", "References:",
		"In-Reply-To:", "Message-Id:", "X-Message-Id:",
		"Resent-Message-Id:", "X-Original-Message-Id:" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_has_prefix_nocase(line, str_from(names[i])))
			return true;
	return false;
}

/* "%RANDOM_WORD": the sender's program forgot it. */
static bool
has_template(struct str line)
{
	for (size_t i = 0; i + 2 < line.len; i++)
		if (line.data[i] == '%' && line.data[i + 1] >= 'A' &&
		    line.data[i + 1] <= 'Z' && ((line.data[i + 2] >= 'A' &&
		    line.data[i + 2] <= 'Z') || line.data[i + 2] == '_' ||
		    line.data[i + 2] == '-'))
			return true;
	return false;
}

static double
run_template(struct view *view, const void *prepared)
{
	const struct vec *lines = sa_get_all(view, "all");

	(void)prepared;
	for (size_t i = 0; i < lines->len; i++) {
		struct str line = *(struct str *)vec_at(lines, i);

		if (has_template(line) && !may_have_percent(line))
			return 1;
	}
	return 0;
}

/* --- the recipient in the subject -------------------------------------------------------- */

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* Where word stands in text, from `at` on; -1: nowhere. */
static ptrdiff_t
find(struct str text, struct str word, size_t at)
{
	for (; word.len != 0 && at + word.len <= text.len; at++)
		if (str_eq_nocase(str_sub(text, at, word.len), word))
			return (ptrdiff_t)at;
	return -1;
}

static bool
has_whole(struct str text, struct str word)
{
	ptrdiff_t at = -1;

	while ((at = find(text, word, (size_t)(at + 1))) >= 0) {
		size_t end = (size_t)at + word.len;

		if ((at == 0 || is_word(text.data[at - 1]) !=
		    is_word(word.data[0])) && (end == text.len ||
		    is_word(text.data[end]) != is_word(word.data[word.len - 1])))
			return true;
	}
	return false;
}

/* "joe", "re: joe", "Joe, ...", "..., joe!" */
static bool
is_addressed(struct str subject, struct str user)
{
	static const struct str replies[] = { STR("re:"), STR("fw:") };
	struct str rest;

	if (user.len == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++)
		if (str_has_prefix_nocase(subject, replies[i])) {
			rest = str_trim(str_from_pos(subject, 3));
			if (str_find(rest, ' ') > 0 &&
			    !str_eq_nocase(rest, user))
				rest = str_trim(str_from_pos(rest,
				    (size_t)str_find(rest, ' ')));
			if (str_eq_nocase(rest, user))
				return true;
		}
	if (str_eq_nocase(subject, user))
		return true;
	if (subject.len > user.len &&
	    memcmp(subject.data, user.data, user.len) == 0) {
		rest = str_trim(str_from_pos(subject, user.len));
		if (rest.len != 0 && strchr(",:;!?-", rest.data[0]) != NULL &&
		    (rest.len == 1 || char_is_space(rest.data[1])))
			return true;
	}
	if (str_find_last(subject, ',') < 0 ||
	    strchr(",:;!?-", subject.data[subject.len - 1]) == NULL)
		return false;
	rest = str_trim(str_from_pos(subject,
	    (size_t)find(subject, STR(","), 0) + 1));
	rest.len -= rest.len != 0;
	return str_eq_nocase(rest, user);
}

static double
run_to_in_subject(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	struct str to = sa_address_of(view, "to");
	struct str subject = str_trim(sa_get_text(view, "subject"));

	if (to.len == 0 || subject.len == 0)
		return 0;
	if (str_is(args->texts[0], "address"))
		return has_whole(subject, to);
	if (!str_is(args->texts[0], "user"))
		return 0;
	if (str_find(to, '@') >= 0)
		to.len = (size_t)str_find(to, '@');
	return is_addressed(subject, to);
}

/* The recipient's address within the sender's, as lists write it. */
static double
run_ratware_sender(struct view *view, const void *prepared)
{
	struct str to = sa_address_of(view, "to");
	struct str from = sa_address_of(view, "envelopefrom"), domain, user;
	ptrdiff_t at = str_find(to, '@'), found;

	(void)prepared;
	if (at <= 0 || from.len == 0 ||
	    (str_has_prefix_nocase(from, STR("SRS")) && from.len > 4 &&
	    char_is_digit(from.data[3])))
		return 0;
	user = str_sub(to, 0, (size_t)at);
	domain = sa_registrable(view, sa_domain_of(view->arena, to));
	if (!sa_has_known_end(sa_boundaries_of(view), domain))
		return 0;
	found = find(from, domain, 0);
	if (found < 0 || (found > 0 && is_word(from.data[found - 1])))
		return 0;
	from = str_from_pos(from, (size_t)found + domain.len);
	return from.len > user.len + 1 &&
	    str_eq_nocase(str_sub(from, 1, user.len), user) &&
	    from.data[user.len + 1] == '@';
}

/* "<XXXXXXXXXXXXXXXXXXXXXXXXXXXX.joe@example.org>": 28 letters and the author. */
/* What follows 28 capitals and a dot in an id; data NULL: it is not so. */
static struct str
behind_capitals(struct str id)
{
	ptrdiff_t close = str_find(id, '>');

	for (size_t i = 0; i < 28; i++)
		if (i >= id.len || id.data[i] < 'A' || id.data[i] > 'Z')
			return str_of(NULL, 0);
	return close < 30 || id.data[28] != '.' ? str_of(NULL, 0) :
	    str_sub(id, 29, (size_t)close - 29);
}

static bool
names_author(struct str from, struct str address)
{
	ptrdiff_t open = str_find(from, '<'), quote = str_find(from, '"');

	return open > 2 && quote >= 0 && quote < open &&
	    str_eq(str_sub(from, (size_t)open + 1, address.len), address) &&
	    str_is(str_sub(from, (size_t)open + 1 + address.len, 1), ">");
}

static double
run_ratware_id(struct view *view, const void *prepared)
{
	struct str rest = sa_get_text(view, "messageid"), address;
	struct str from = sa_get_text(view, "from");
	ptrdiff_t open;

	(void)prepared;
	while ((open = str_find(rest, '<')) >= 0) {
		rest = str_from_pos(rest, (size_t)open + 1);
		address = behind_capitals(rest);
		if (address.data != NULL)
			return names_author(from, address);
	}
	return 0;
}

const struct call call_check_for_missing_to_header = {
	"check_for_missing_to_header", NULL, NULL, run_missing_to };
const struct call call_check_for_matching_env_and_hdr_from = {
	"check_for_matching_env_and_hdr_from", NULL, NULL, run_matching_from };
const struct call call_check_equal_from_domains = {
	"check_equal_from_domains", NULL, NULL, run_other_domain };
const struct call call_check_illegal_chars = { "check_illegal_chars", NULL,
	sa_prepare_args, run_illegal_chars };
const struct call call_check_header_count_range = {
	"check_header_count_range", NULL, sa_prepare_args, run_header_count };
const struct call call_check_unresolved_template = {
	"check_unresolved_template", NULL, NULL, run_template };
const struct call call_check_for_to_in_subject = { "check_for_to_in_subject",
	NULL, sa_prepare_args, run_to_in_subject };
const struct call call_check_ratware_envelope_from = {
	"check_ratware_envelope_from", NULL, NULL, run_ratware_sender };
const struct call call_check_ratware_name_id = { "check_ratware_name_id",
	NULL, NULL, run_ratware_id };
