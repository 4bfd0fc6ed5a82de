/* SPDX-License-Identifier: ISC */
/* sa_list.c - eval: tests of lists of addresses and hosts (Plugin/WLBLEval.pm,
 * Plugin/WelcomeListSubject.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "base/map.h"
#include "mail/netlist.h"
#include "rules/draft.h"
#include "rules/place/sa_uri.h"

/* Labels of a host that are looked up. */
#define LABELS_MAX 20

/* --- reading options --------------------------------------------------------------- */

/* The words of an option's lines; list: of those that begin with "(list)" alone,
 * data NULL: of all. */
static struct vec *
read_list(const struct call_setup *setup, const char *option, struct str list)
{
	const struct vec *lines = draft_lines(setup->draft, option);
	struct vec *words = arena_zalloc(setup->arena, sizeof(*words));

	vec_init(words, setup->arena, sizeof(struct str));
	for (size_t i = 0; i < lines->len; i++) {
		struct str rest = *(struct str *)vec_at(lines, i), word;

		if (list.data != NULL) {
			if (rest.len < list.len + 2 || rest.data[0] != '(' ||
			    rest.data[list.len + 1] != ')' || !str_eq_nocase(
			    str_sub(rest, 1, list.len), list))
				continue;
			rest = str_from_pos(rest, list.len + 2);
		}
		while (str_cut(&rest, ' ', &word)) {
			word = str_trim(word);
			if (word.len != 0)
				*(struct str *)vec_push(words) =
				    str_lower(setup->arena, word);
		}
	}
	return words;
}

static bool
has_like(const struct vec *patterns, struct str address)
{
	for (size_t i = 0; i < patterns->len; i++)
		if (sa_is_like(address, *(struct str *)vec_at(patterns, i),
		    false))
			return true;
	return false;
}

static bool
any_like(const struct vec *patterns, const struct vec *addresses)
{
	for (size_t i = 0; patterns->len != 0 && i < addresses->len; i++)
		if (has_like(patterns, *(struct str *)vec_at(addresses, i)))
			return true;
	return false;
}

/* --- named lists of addresses -------------------------------------------------------- */

static int
prepare_addresses(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	if (setup->args->len != 1) {
		*error_r = "it wants the name of a list";
		return -1;
	}
	*prepared_r = read_list(setup, "enlist_addrlist",
	    *(struct str *)vec_at(setup->args, 0));
	return 0;
}

static double
run_from_in_list(struct view *view, const void *prepared)
{
	return any_like(prepared, sa_senders(view));
}

static double
run_to_in_list(struct view *view, const void *prepared)
{
	return any_like(prepared, sa_recipients(view));
}

static double
run_replyto_in_list(struct view *view, const void *prepared)
{
	return has_like(prepared, str_lower(view->arena,
	    sa_address_of(view, "reply-to")));
}

/* --- welcome and blocked people --------------------------------------------------------- */

static int
prepare_blocked_from(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_list(setup, "blocklist_from", str_of(NULL, 0));
	return 0;
}

static int
prepare_blocked_to(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_list(setup, "blocklist_to", str_of(NULL, 0));
	return 0;
}

static int
prepare_welcome_to(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_list(setup, "welcomelist_to", str_of(NULL, 0));
	return 0;
}

static int
prepare_more_spam(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_list(setup, "more_spam_to", str_of(NULL, 0));
	return 0;
}

static int
prepare_all_spam(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_list(setup, "all_spam_to", str_of(NULL, 0));
	return 0;
}

/* Each line is one, which may stand anywhere in the subject. */
static struct vec *
read_subjects(const struct call_setup *setup, const char *option)
{
	const struct vec *lines = draft_lines(setup->draft, option);
	struct vec *patterns = arena_zalloc(setup->arena, sizeof(*patterns));

	vec_init(patterns, setup->arena, sizeof(struct str));
	for (size_t i = 0; i < lines->len; i++)
		*(struct str *)vec_push(patterns) = str_lower(setup->arena,
		    str_from(arena_printf(setup->arena, "*%.*s*",
		    STR_ARG(*(struct str *)vec_at(lines, i)))));
	return patterns;
}

static int
prepare_welcome_subject(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_subjects(setup, "welcomelist_subject");
	return 0;
}

static int
prepare_blocked_subject(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_subjects(setup, "blocklist_subject");
	return 0;
}

/* Addresses that are welcome anyway, and those by the relay they come through:
 * pairs of a pattern and a host's domain or [address]. */
struct welcome {
	const struct vec *any, *by_relay;
	const struct vec *exempt;	/* whoever may come through others */
};

static void
read_welcome(const struct call_setup *setup, struct welcome *welcome)
{
	welcome->any = read_list(setup, "welcomelist_from", str_of(NULL, 0));
	welcome->by_relay = read_list(setup, "welcomelist_from_rcvd",
	    str_of(NULL, 0));
	welcome->exempt = read_list(setup, "welcomelist_allows_relays",
	    str_of(NULL, 0));
}

static void
read_default(const struct call_setup *setup, struct welcome *welcome)
{
	welcome->any = read_list(setup, "no_such_option", str_of(NULL, 0));
	welcome->by_relay = read_list(setup, "def_welcomelist_from_rcvd",
	    str_of(NULL, 0));
	welcome->exempt = read_list(setup, "welcomelist_allows_relays",
	    str_of(NULL, 0));
}

static int
prepare_welcome_from(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = arena_zalloc(setup->arena, sizeof(struct welcome));
	read_welcome(setup, *prepared_r);
	return 0;
}

static int
prepare_default_welcome(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = arena_zalloc(setup->arena, sizeof(struct welcome));
	read_default(setup, *prepared_r);
	return 0;
}

/* The list that is asked about, then the other one. */
static int
prepare_forged(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct welcome *both = arena_zalloc(setup->arena, 2 * sizeof(*both));

	(void)error_r;
	read_welcome(setup, &both[0]);
	read_default(setup, &both[1]);
	*prepared_r = both;
	return 0;
}

static int
prepare_forged_default(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct welcome *both = arena_zalloc(setup->arena, 2 * sizeof(*both));

	(void)error_r;
	read_default(setup, &both[0]);
	read_welcome(setup, &both[1]);
	*prepared_r = both;
	return 0;
}

/* The relay that an address is judged by: the newest outside of ours, else any of
 * ours. */
static bool
came_through(struct view *view, struct str host)
{
	const struct sa_relays *relays = sa_relays(view);
	size_t first = relays->trusted_count < relays->relays.len ?
	    relays->trusted_count : 0;
	size_t last = relays->trusted_count < relays->relays.len ? first + 1 :
	    relays->relays.len;

	for (size_t i = first; i < last; i++) {
		const struct sa_relay *relay = vec_at(&relays->relays, i);
		struct str rdns = str_lower(view->arena, relay->rdns);

		if (host.len > 2 && host.data[0] == '[') {
			if (str_eq(relay->ip, str_sub(host, 1, host.len - 2)))
				return true;
		} else if (str_has_suffix_nocase(rdns, host) &&
		    (rdns.len == host.len ||
		    rdns.data[rdns.len - host.len - 1] == '.')) {
			return true;
		}
	}
	return false;
}

enum welcome_answer { WELCOME_NO, WELCOME_YES, WELCOME_FORGED };

/* FORGED: it would be welcome, had it come through the relay. */
static enum welcome_answer
ask_welcome(struct view *view, const struct welcome *welcome)
{
	const struct vec *senders = sa_senders(view);
	enum welcome_answer answer = WELCOME_NO;

	if (any_like(welcome->any, senders))
		return WELCOME_YES;
	for (size_t i = 0; i + 1 < welcome->by_relay->len; i += 2)
		for (size_t j = 0; j < senders->len; j++) {
			struct str sender = *(struct str *)vec_at(senders, j);

			if (!sa_is_like(sender, *(struct str *)vec_at(
			    welcome->by_relay, i), false))
				continue;
			if (came_through(view, *(struct str *)vec_at(
			    welcome->by_relay, i + 1)))
				return WELCOME_YES;
			if (sa_relays(view)->relays.len != 0 &&
			    !has_like(welcome->exempt, sender))
				answer = WELCOME_FORGED;
		}
	return answer;
}

static double
run_welcome_from(struct view *view, const void *prepared)
{
	return ask_welcome(view, prepared) == WELCOME_YES;
}

static double
run_forged(struct view *view, const void *prepared)
{
	const struct welcome *both = prepared;

	return ask_welcome(view, &both[0]) == WELCOME_FORGED &&
	    ask_welcome(view, &both[1]) == WELCOME_NO;
}

static double
run_subject(struct view *view, const void *prepared)
{
	const struct vec *patterns = prepared;
	struct str subject;

	if (patterns->len == 0)
		return 0;
	subject = str_lower(view->arena, sa_get_text(view, "subject"));
	return subject.len != 0 && has_like(patterns, subject);
}

/* --- hosts of links ---------------------------------------------------------------------- */

static struct map *
read_hosts(const struct call_setup *setup, struct str list)
{
	const struct vec *words = read_list(setup, "enlist_uri_host", list);
	struct map *hosts = map_new(setup->arena);

	/* "!host" is not in the list, whatever is above it. */
	for (size_t i = 0; i < words->len; i++) {
		struct str word = *(struct str *)vec_at(words, i);
		bool is_not = word.data[0] == '!';

		word = str_from_pos(word, is_not ? 1 : 0);
		map_put(hosts, word, is_not ? (void *)hosts :
		    (void *)(uintptr_t)words);
	}
	return hosts;
}

static int
prepare_hosts(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	if (setup->args->len != 1) {
		*error_r = "it wants the name of a list";
		return -1;
	}
	*prepared_r = read_hosts(setup, *(struct str *)vec_at(setup->args, 0));
	return 0;
}

static int
prepare_blocked_hosts(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_hosts(setup, STR("BLOCK"));
	return 0;
}

static int
prepare_welcome_hosts(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	(void)error_r;
	*prepared_r = read_hosts(setup, STR("WELCOME"));
	return 0;
}

/* The name itself, then those above it: the first that is known decides. */
static bool
is_listed(const struct map *hosts, struct str host)
{
	for (unsigned i = 0; i < LABELS_MAX && host.len != 0; i++) {
		const void *found = map_find(hosts, host);
		ptrdiff_t dot = str_find(host, '.');

		if (found != NULL)
			return found != hosts;
		if (dot < 0 || sa_is_ipv4(host))
			break;
		host = str_from_pos(host, (size_t)dot + 1);
	}
	return false;
}

static double
run_hosts(struct view *view, const void *prepared)
{
	const struct sa_uri_list *list;

	if (map_len(prepared) == 0)
		return 0;
	list = sa_uris(view);
	for (size_t i = 0; i < list->uris.len; i++) {
		const struct sa_uri *uri = vec_at(&list->uris, i);

		if (str_has_prefix_nocase(uri->uri, STR("mailto:")))
			continue;
		for (size_t j = 0; j < uri->hosts.len; j++)
			if (is_listed(prepared,
			    *(struct str *)vec_at(&uri->hosts, j)))
				return 1;
	}
	return 0;
}

/* --- rows; the names of SpamAssassin 3 beside those of 4 ------------------------------------ */

const struct call call_check_from_in_list = { "check_from_in_list", NULL,
	prepare_addresses, run_from_in_list };
const struct call call_check_to_in_list = { "check_to_in_list", NULL,
	prepare_addresses, run_to_in_list };
const struct call call_check_replyto_in_list = { "check_replyto_in_list", NULL,
	prepare_addresses, run_replyto_in_list };
const struct call call_check_from_in_blocklist = { "check_from_in_blocklist",
	NULL, prepare_blocked_from, run_from_in_list };
const struct call call_check_from_in_blacklist = { "check_from_in_blacklist",
	NULL, prepare_blocked_from, run_from_in_list };
const struct call call_check_to_in_blocklist = { "check_to_in_blocklist", NULL,
	prepare_blocked_to, run_to_in_list };
const struct call call_check_to_in_blacklist = { "check_to_in_blacklist", NULL,
	prepare_blocked_to, run_to_in_list };
const struct call call_check_to_in_welcomelist = { "check_to_in_welcomelist",
	NULL, prepare_welcome_to, run_to_in_list };
const struct call call_check_to_in_whitelist = { "check_to_in_whitelist", NULL,
	prepare_welcome_to, run_to_in_list };
const struct call call_check_to_in_more_spam = { "check_to_in_more_spam", NULL,
	prepare_more_spam, run_to_in_list };
const struct call call_check_to_in_all_spam = { "check_to_in_all_spam", NULL,
	prepare_all_spam, run_to_in_list };
const struct call call_check_from_in_welcomelist = {
	"check_from_in_welcomelist", "no networks behind a slash",
	prepare_welcome_from, run_welcome_from };
const struct call call_check_from_in_whitelist = { "check_from_in_whitelist",
	"no networks behind a slash", prepare_welcome_from, run_welcome_from };
const struct call call_check_from_in_default_welcomelist = {
	"check_from_in_default_welcomelist", "no networks behind a slash",
	prepare_default_welcome, run_welcome_from };
const struct call call_check_from_in_default_whitelist = {
	"check_from_in_default_whitelist", "no networks behind a slash",
	prepare_default_welcome, run_welcome_from };
const struct call call_check_forged_in_welcomelist = {
	"check_forged_in_welcomelist", "no networks behind a slash",
	prepare_forged, run_forged };
const struct call call_check_forged_in_whitelist = {
	"check_forged_in_whitelist", "no networks behind a slash",
	prepare_forged, run_forged };
const struct call call_check_forged_in_default_welcomelist = {
	"check_forged_in_default_welcomelist", "no networks behind a slash",
	prepare_forged_default, run_forged };
const struct call call_check_forged_in_default_whitelist = {
	"check_forged_in_default_whitelist", "no networks behind a slash",
	prepare_forged_default, run_forged };
const struct call call_check_subject_in_welcomelist = {
	"check_subject_in_welcomelist", NULL, prepare_welcome_subject,
	run_subject };
const struct call call_check_subject_in_whitelist = {
	"check_subject_in_whitelist", NULL, prepare_welcome_subject,
	run_subject };
const struct call call_check_subject_in_blocklist = {
	"check_subject_in_blocklist", NULL, prepare_blocked_subject,
	run_subject };
const struct call call_check_subject_in_blacklist = {
	"check_subject_in_blacklist", NULL, prepare_blocked_subject,
	run_subject };
const struct call call_check_uri_host_listed = { "check_uri_host_listed", NULL,
	prepare_hosts, run_hosts };
const struct call call_check_uri_host_in_blocklist = {
	"check_uri_host_in_blocklist", NULL, prepare_blocked_hosts, run_hosts };
const struct call call_check_uri_host_in_blacklist = {
	"check_uri_host_in_blacklist", NULL, prepare_blocked_hosts, run_hosts };
const struct call call_check_uri_host_in_welcomelist = {
	"check_uri_host_in_welcomelist", NULL, prepare_welcome_hosts,
	run_hosts };
const struct call call_check_uri_host_in_whitelist = {
	"check_uri_host_in_whitelist", NULL, prepare_welcome_hosts,
	run_hosts };
