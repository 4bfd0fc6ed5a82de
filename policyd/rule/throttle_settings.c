/* SPDX-License-Identifier: ISC */
/* throttle_settings.c - the sections of the rule throttle. */
#include "policyd/rule/throttle.h"

#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/log.h"
#include "directory/directory.h"
#include "directory/directory_settings.h"
#include "directory/lists.h"
#include "mail/policy.h"
#include "mail/verdict.h"
#include "policyd/settings.h"

const char *const throttle_unit_words[] = {
	"messages", "recipients", "bytes", "refused",
	"new-recipients", NULL,
};
const char *const throttle_per_words[] = {
	"user", "domain", "class", "client", "client-net", "sender",
	"recipient", "recipient-domain", "global", NULL,
};
const char *const throttle_direction_words[] = {
	"outbound", "internal", "inbound", "any", NULL,
};
const char *const throttle_action_words[] = { "defer", "reject", "hold", NULL };

static const struct setting common_rows[] = {
	RULE_COMMON_ROWS(struct throttle_settings, "pass"),
	SETTING_BOOL_ROW("milter_confirms", struct throttle_settings,
	    milter_confirms, "no", "Say yes where Postfix asks our milter about "
	    "all mail that it asks policyd about, and both have the same "
	    "store: what the milter does not take is given back. Where the "
	    "milter is not asked, yes would undo the limits; with no all that "
	    "policyd passes is counted for good."),
	SETTING_DURATION_ROW("content_timeout", struct throttle_settings,
	    content_timeout_ms, "5m", 1000, 3600 * 1000,
	    "How long the milter's answer is waited for, then it is given "
	    "back; as milter_content_timeout of Postfix."),
};

const struct section throttle_common_section = {
	.name = "rule",
	.label = "throttle",
	.help = "What all sections 'throttle NAME' have in common. on_error "
	    "stands in each of them.",
	.size = sizeof(struct throttle_settings),
	.rows = common_rows,
	.row_count = ARRAY_LEN(common_rows),
	.check = rule_common_check,
};

static const struct setting rows[] = {
	RULE_COMMON_ROWS(struct throttle, "pass"),
	SETTING_LIST_ROW("limit", struct throttle, limit_texts, NULL,
	    "How much may pass in any span of that length: 100/1h 1000/1d; "
	    "unlimited; none, where it holds only for those whose `limits` "
	    "name it.", .flags = SETTING_REQUIRED),
	SETTING_WORD_ROW("unit", struct throttle, unit, throttle_unit_words,
	    "messages", "What is counted. refused: what policyd (but for its "
	    "limits) or the milter has refused or deferred; new-recipients: "
	    "those to whom this login has not written within 90 days."),
	SETTING_WORD_ROW("per", struct throttle, per, throttle_per_words,
	    "user", "Who has a counter: a login, all logins of its domain "
	    "together, or of its class; a client, its network (/24, /64); "
	    "the sender of the envelope; each recipient, each domain of "
	    "recipients; global: all share one."),
	SETTING_WORD_ROW("direction", struct throttle, direction,
	    throttle_direction_words, "outbound",
	    "Which mail is counted: outbound is all that logins and our own "
	    "networks send, internal what of it stays here."),
	SETTING_WORD_ROW("action", struct throttle, action,
	    throttle_action_words,
	    "defer", "What happens beyond the limit; hold puts the message "
	    "into Postfix's HOLD queue."),
	SETTING_INT_ROW("soft", struct throttle, soft_percent, "0", 0, 100,
	    "When so many percent of a limit are used, a line is logged, and "
	    "the user is told by mail (section notices), at most once in the "
	    "window; 0: never. Not for the unit refused."),
};

static int
check_throttle(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct throttle *throttle = values;

	if (rule_common_check(&throttle->common, arena, key_r, error_r) < 0)
		return -1;
	*key_r = NULL;
	*error_r = "its name has no '=', ',', '/' and blanks in it: it stands "
	    "in the `limits` of users";
	if (strpbrk(throttle->name, "=,/ \t") != NULL)
		return -1;
	*key_r = "per";
	*error_r = "new-recipients are counted for those who write to them";
	if (throttle->unit == THROTTLE_NEW_RECIPIENTS &&
	    (throttle->per == THROTTLE_RECIPIENT ||
	    throttle->per == THROTTLE_RECIPIENT_DOMAIN))
		return -1;
	*key_r = "soft";
	*error_r = "who is refused is told so already";
	if (throttle->soft_percent != 0 && throttle->unit == THROTTLE_REFUSED)
		return -1;
	*key_r = "limit";
	return limit_parse(arena, throttle->limit_texts.texts,
	    throttle->limit_texts.count, &throttle->limit, error_r);
}

const struct section throttle_section = {
	.name = "throttle",
	.is_named = true,
	.help = "A limit on mail. A message is charged when it has come "
	    "whole, in all limits that apply or in none; a recipient is "
	    "refused as soon as there is no room for it. `limits NAME=…` of "
	    "a user, class, domain or policy section takes the place of "
	    "`limit`. A limit that is changed keeps what was used. While the "
	    "store is away, on_error pass means that this host counts alone: "
	    "the limit may pass once more, the store hears of it later, and "
	    "it stays counted even where the milter refuses it.",
	.size = sizeof(struct throttle),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check_throttle,
};

static bool
is_known(const void *arg, const char *name)
{
	const struct throttle_book *book = arg;

	for (size_t i = 0; i < book->count; i++)
		if (strcmp(book->throttles[i]->name, name) == 0)
			return true;
	return false;
}

/* --- those of the directory ----------------------------------------------- */

/* One of the directory: its words are those of the section. NULL: other
 * programs wrote it, and it is none. */
static const struct throttle *
from_directory(struct arena *arena, const struct directory_throttle *object)
{
	struct throttle *throttle = arena_zalloc(arena, sizeof(*throttle));
	const char *key, *error;

	throttle->name = object->name;
	throttle->common = (struct rule_common){ .enabled = true,
	    .on_error = ON_ERROR_PASS };
	throttle->unit = object->unit;
	throttle->per = object->per;
	throttle->direction = object->direction;
	throttle->action = object->action;
	throttle->limit_texts = object->limit;
	throttle->soft_percent = object->soft_percent;
	if (check_throttle(throttle, arena, &key, &error) == 0)
		return throttle;
	log_warn(NULL, "throttle %s of the directory counts nothing: %s",
	    object->name, error);
	return NULL;
}

static void
add_throttle(struct vec *all, const struct throttle *throttle)
{
	*(const struct throttle **)vec_push(all) = throttle;
}

/* The directory's, and sections of other names. */
static void
collect(struct throttle_book *book, struct arena *arena,
    const struct conf *conf, const struct lists *lists)
{
	const void *const *items;
	size_t count = conf_list(conf, &throttle_section, NULL, &items);
	struct vec all;

	vec_init(&all, arena, sizeof(const struct throttle *));
	for (size_t i = 0; lists != NULL && i < lists->throttles->len; i++) {
		const struct directory_object *object =
		    *(struct directory_object **)vec_at(lists->throttles, i);
		const struct throttle *throttle = from_directory(arena,
		    object->values);

		if (throttle != NULL)
			add_throttle(&all, throttle);
	}
	book->throttles = all.items;
	book->count = all.len;
	for (size_t i = 0; i < count; i++) {
		const struct throttle *throttle = items[i];

		if (!is_known(book, throttle->name))
			add_throttle(&all, throttle);
	}
	book->throttles = all.items;
	book->count = all.len;
}

/* Names of throttles that the directory would tell are not known yet. */
static bool
may_be_unknown(const struct conf *conf, const struct lists *lists)
{
	const struct directory_settings *directory = conf_get(conf,
	    &directory_section);

	return directory->kind != DIRECTORY_NONE && lists == NULL;
}

const void *
throttle_load(struct arena *arena, const struct conf *conf,
    const struct lists *lists, const char **error_r)
{
	const struct policyd_settings *policyd =
	    conf_get(conf, &policyd_section);
	struct throttle_book *book = arena_zalloc(arena, sizeof(*book));

	collect(book, arena, conf, lists);
	book->is_observing = policyd->common.mode == MODE_OBSERVE;
	for (size_t i = 0; i < book->count; i++)
		book->has_refused |= book->throttles[i]->unit ==
		    THROTTLE_REFUSED;
	if (!may_be_unknown(conf, lists) && policy_check_limits(conf, arena, is_known, book, error_r) < 0)
		return NULL;
	return book;
}
