/* SPDX-License-Identifier: ISC */
/* throttle.h - limits on mail: what the files of the rule throttle share. */
#ifndef POLICYD_RULE_THROTTLE_H
#define POLICYD_RULE_THROTTLE_H

#include "base/vec.h"
#include "mail/limit.h"
#include "policyd/rule.h"
#include "store/charge.h"

enum throttle_unit { THROTTLE_MESSAGES, THROTTLE_RECIPIENTS, THROTTLE_BYTES,
	THROTTLE_REFUSED, THROTTLE_NEW_RECIPIENTS };
enum throttle_per { THROTTLE_USER, THROTTLE_DOMAIN, THROTTLE_CLASS,
	THROTTLE_CLIENT, THROTTLE_CLIENT_NET, THROTTLE_SENDER,
	THROTTLE_RECIPIENT, THROTTLE_RECIPIENT_DOMAIN, THROTTLE_GLOBAL };
enum throttle_direction { THROTTLE_OUTBOUND, THROTTLE_INTERNAL,
	THROTTLE_INBOUND, THROTTLE_ANY };
enum throttle_action { THROTTLE_DEFER, THROTTLE_REJECT, THROTTLE_HOLD };

/* The words of the settings, in the order of the enums. */
extern const char *const throttle_unit_words[], *const throttle_per_words[],
    *const throttle_action_words[],
    *const throttle_direction_words[];

/* A section throttle NAME. */
struct throttle {
	const char *name;
	struct rule_common common;
	int unit, per, direction, action;	/* the enums above */
	struct setting_list limit_texts;
	int64_t soft_percent;			/* 0: off */
	struct limit limit;			/* of limit_texts */
};

/* The section rule throttle. */
struct throttle_settings {
	struct rule_common common;
	bool milter_confirms;
	int64_t content_timeout_ms;
};

extern const struct section throttle_common_section, throttle_section;

/* All sections throttle NAME; what load() gives. */
struct throttle_book {
	const struct throttle *const *throttles;
	size_t count;
	bool is_observing;	/* what is over a limit passes all the same */
	bool has_refused;	/* one has that unit */
};

const void *throttle_load(struct arena *arena, const struct conf *conf,
    const struct lists *lists, const char **error_r);

/* One counter that a request is to be charged in. */
struct throttle_item {
	const struct throttle *throttle;
	struct str tag;			/* what its counter belongs to */
	const char *who;		/* for people: "ann@example.org" */
	const char *origin;		/* where its limit stands */
	struct limit_window window;
	struct str counter;
	int64_t amount;
	/* It refuses nothing: a dry run, or it is put on hold. */
	bool only_counts;
};

/* What of the throttles applies to the request: struct throttle_item, in the
 * order of the sections, no counter twice. */
struct vec throttle_items(const struct rule_run *run);
/* The same of the unit refused, whatever the stage. */
struct vec throttle_refused_items(const struct rule_run *run);
/* Those that are unlimited: window.amount < 0. Nothing is counted in them. */
struct vec throttle_unlimited_items(const struct rule_run *run);

/* Who the login is, an alias by its owner; NULL: there is none. And the tag of
 * what belongs to it. */
const struct policy *throttle_login_of(const struct txn *txn);
struct str throttle_tag_of(const struct policy *policy);

/* To whom of the recipients the login has never written. Lives in the
 * transaction's arena. */
struct throttle_seen;

struct throttle_seen *throttle_seen_new(const struct rule_run *run);
/* Ask, and read what has come; true: it is known, or never will be. */
bool throttle_seen_look(const struct rule_run *run,
    struct throttle_seen *seen);
size_t throttle_seen_new_count(const struct throttle_seen *seen);
/* The message has passed: they are new no more. lapse_ms: the milter must say so
 * too within that time; 0: nobody else is asked. */
void throttle_seen_remember(const struct rule_run *run,
    const struct throttle_seen *seen, int64_t lapse_ms);

/* What became of an item. */
struct throttle_count {
	const struct throttle_item *item;
	int64_t used;		/* with this message if it was charged */
	int64_t next_ms;	/* when it fits (charge.h) */
	bool is_charged;
	bool is_over;
};

/* What is asked in one operation: items of one tag. */
struct throttle_group {
	struct str tag;
	struct vec places;		/* size_t, of items */
	struct charge charge;
	struct store_call *call, *id_call;	/* NULL: not asked */
	bool was_asked;			/* of the store proper */
	bool is_answered, is_admitted;
	bool is_unnamed;		/* the milter knows nothing of it */
};

/* One run over a request. */
struct throttle_charging {
	struct vec items;		/* struct throttle_item */
	struct throttle_count *counts;	/* one for each */
	struct throttle_seen *seen;	/* NULL: no item counts new ones */
	bool is_prepared;		/* all amounts are known */
	struct vec groups;		/* struct throttle_group */
	size_t at;			/* the group that is charged now */
	struct store *store;		/* the one asked */
	bool is_charging, is_standing_in, is_over;
	bool waits_for_milter;
	bool is_uncounted;		/* the store proper has not heard of it */
	const char *trouble;		/* why not */
};

enum throttle_answer {
	THROTTLE_NOT_YET,
	THROTTLE_ANSWERED,
	THROTTLE_AWAY,		/* the store does not count */
};

/* Find out what the request is to be charged in, or at RCPT looked up in. Lives
 * in the transaction's arena. */
struct throttle_charging *throttle_charging_new(const struct rule_run *run);
/* Ask, and read what has come; to be called until it is not NOT_YET. */
enum throttle_answer throttle_charging_run(const struct rule_run *run,
    struct throttle_charging *charging);
/* Once it was AWAY: may what cannot be counted pass? Then the same in this
 * process's memory, whose answers are there at once. */
bool throttle_may_stand_in(const struct throttle_charging *charging);
enum throttle_answer throttle_stand_in(const struct rule_run *run,
    struct throttle_charging *charging);
/* The message has passed here, or not: confirm, owe, or give back. */
void throttle_charging_settle(const struct rule_run *run,
    const struct throttle_charging *charging, bool has_passed);

/* Leave the name of a charge ("": none) with the message's id, for the milter,
 * which knows the message by its queue id. */
struct store_call *throttle_leave_name(const struct rule_run *run,
    struct str name, struct wait *wait);

/* Charge a refusal, or leave it to the milter to do so. */
void throttle_charge_refused(const struct rule_run *run,
    const struct verdict *verdict);

/* Put what came of it into the findings of the rule. */
void throttle_tell(struct rule_run *run,
    const struct throttle_charging *charging, enum throttle_answer answer);

/* The message has passed: warn of limits that are nearly used by it (`soft`), in
 * the log, and the user by mail. */
void throttle_warn(const struct rule_run *run,
    const struct throttle_charging *charging);

/* "outbound limit of ann@example.org reached: 100 messages per hour, 100 used;
 * next possible at 14:32 UTC". next_ms 0: that is not told. Arena text. */
const char *throttle_text(const struct rule_run *run,
    const struct throttle_count *count, int64_t next_ms);
/* "outbound 12 of 100 messages per hour": for the administrator. */
const char *throttle_state_text(struct arena *arena,
    const struct throttle_count *count);
void throttle_add_state(struct buf *out, const struct throttle_count *count);
/* What the user is told who is near a limit, in lines; and the subject of that
 * mail (ASCII). */
const char *throttle_notice_text(const struct rule_run *run,
    const struct throttle_count *count);
const char *throttle_notice_subject(struct arena *arena,
    const struct throttle_count *count);

#endif
