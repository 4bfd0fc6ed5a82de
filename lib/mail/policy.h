/* SPDX-License-Identifier: ISC */
/* policy.h - the effective settings of one address, each with its origin. */
#ifndef MAIL_POLICY_H
#define MAIL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/setting.h"
#include "base/str.h"

struct address;
struct arena;
struct conf;
struct limit;

/* The values that policy, class, domain and user may set; the rows stand in
 * policy_settings.c and fill this struct at every level. */
struct policy_values {
	bool junk;			/* deliver junk marked as such */
	/* A message whose findings have this score in sum is junk for it, or
	 * refused (verdict.h); 0: never. */
	double junk_score, refuse_score;
	bool score_submitted;		/* what it submits is judged so too */
	bool dkim_sign;			/* sign what this sender submits */
	bool greylist;			/* strangers must come twice */
	int on_missing_key;		/* enum on_missing_key */
	/* Of mail to it (policy_base(): the milter and policyd have rows of
	 * the same meaning, which hold where no level says otherwise). */
	int dmarc_on_reject;		/* enum dmarc_on_reject */
	int dmarc_on_quarantine;	/* enum dmarc_on_quarantine */
	int64_t greylist_delay_ms;
	int on_suspended;		/* enum on_suspended */
	int64_t max_recipients;		/* of what the login sends */
	/* "NAME=100/1h,1000/1d": as it stands in one section. Those of all
	 * count together: policy_limit(). */
	struct setting_list limits;
};

enum on_missing_key { ON_MISSING_KEY_DEFER, ON_MISSING_KEY_UNSIGNED };
enum dmarc_on_reject { ON_REJECT_QUARANTINE, ON_REJECT_REFUSE_UNLESS_INDIRECT,
	ON_REJECT_REFUSE };
enum dmarc_on_quarantine { ON_QUARANTINE_ACCEPT, ON_QUARANTINE_JUNK };
enum on_suspended { ON_SUSPENDED_REFUSE, ON_SUSPENDED_DEFER,
	ON_SUSPENDED_KEEP };

/* For SETTING_WORD_ROW. */
extern const char *const policy_on_reject_words[];
extern const char *const policy_on_quarantine_words[];
extern const char *const policy_on_suspended_words[];

/* Where a value may be set, the weakest first, as bits for sets of them. */
enum policy_level_bit {
	POLICY_GLOBAL = 1,
	POLICY_DOMAIN = 2,
	POLICY_CLASS = 4,
	POLICY_USER = 8,
	POLICY_ANY_LEVEL = 15,
};

/* The rows of policy_values, all with SETTING_POLICY. */
const struct setting *policy_rows(size_t *count_r);

/* A row of policy_rows() whose subject has a section of its own, with a row of
 * the same kind, range and default: that one holds where no level says
 * otherwise. */
struct policy_base {
	const char *key;		/* "dmarc_on_reject" */
	const char *section, *label;	/* "check", "dmarc" */
	const char *row;		/* "on_reject" */
};

/* NULL: it has none; its own default holds. */
const struct policy_base *policy_base(const char *key);

/* The sections of the configuration that are a policy source: policy (the
 * global values), class NAME, domain NAME (with dkim_key NAME inside),
 * user NAME, alias NAME. Ends with NULL. */
extern const struct section *const policy_sections[];

/* How far an address is in use. */
enum policy_status { POLICY_ACTIVE, POLICY_SENDING_SUSPENDED,
	POLICY_SUSPENDED };

/* Immutable. Who the address is and what holds for it. */
struct policy {
	struct str address;		/* canonical: alias followed */
	struct str domain;
	bool is_local;			/* its domain is managed here */
	bool is_known_user;
	bool may_submit;		/* no user whose service smtp is off */
	const char *class_name;		/* NULL: none */
	const struct policy_values *values;
	/* What the directory says of the address that was asked for; nothing
	 * where the configuration is the source. */
	bool is_managed;		/* its domain stands there */
	bool is_deliverable;		/* its mail has somewhere to go */
	bool is_owned;			/* the login may send as it */
	int status;			/* enum policy_status; its domain's
					 * where that is worse */
};

/* A key that signs for a domain, as configured. */
struct policy_key {
	const char *selector;
	const char *file;
};

/* Where policies come from: an immutable snapshot. */
struct policy_source;

/* From the sections of a configuration (all of policy_sections); lives in
 * arena, conf may go. Extensions of local parts begin with delimiter (0: none).
 * NULL with the reason (an unknown class, an alias that loops, a bad name).
 *
 * domain *.example.org means every name below example.org that has no section
 * of its own, nor a longer wildcard. It is for keys and values; its names are
 * local only where it says `local yes`. A user or alias must be of a domain
 * that a section stands for. */
struct policy_source *policy_source_from_conf(struct arena *arena,
    const struct conf *conf, char delimiter, const char **error_r);

/* The policy of an address; never NULL: what is not managed has the global
 * values. Its section is found by the whole address, else without its
 * extension; an alias gives what its last target has. For each key: user >
 * class of the user, or of the domain where the user names none > domain >
 * global > default. Cheap: the values were put together before. */
const struct policy *policy_find(const struct policy_source *source,
    struct arena *arena, const struct address *address);

/* Of what the configuration says and another source answers for the address:
 * the answer, where that manages the address or source has no section for its
 * domain. What the answer sets nowhere has the global value of source. */
const struct policy *policy_choose(const struct policy_source *source,
    struct arena *arena, const struct address *address,
    const struct policy *answer);

/* Is the domain managed here (local)? domain is
 * canonical here and below (address.h). */
bool policy_has_domain(const struct policy_source *source, struct str domain);

/* The keys that sign for a domain, exact name first, then "*.parent" from the
 * nearest parent up; count 0: it has none. */
size_t policy_keys(const struct policy_source *source, struct str domain,
    const struct policy_key **keys_r);
/* The same source, but these are the keys of the domain. Lives in arena, and as
 * long as source does. */
const struct policy_source *policy_with_keys(
    const struct policy_source *source, struct arena *arena,
    struct str domain, const struct policy_key *keys, size_t count);
/* All domains that have keys: i from 0 on; false at the end. For start-up. */
bool policy_key_domain(const struct policy_source *source, size_t i,
    struct str *domain_r, const struct policy_key **keys_r, size_t *count_r);

/* Where the value of a key of policy_rows came from for this policy: "user",
 * "class staff", "domain example.org", "global", "default"; NULL: no such
 * key. */
const char *policy_origin(const struct policy *policy, const char *key);

/* Does any level say it? Where none does, the row of policy_base() holds. */
bool policy_says(const struct policy *policy, const char *key);

/* What `limits` allow for the limit of this name (a throttle of policyd): the
 * strongest of these levels that names it decides. *origin_r says where it
 * stands, as policy_origin() does. NULL: none names it. */
const struct limit *policy_limit(const struct policy *policy, const char *name,
    unsigned levels, const char **origin_r);

/* Has the configuration a class of this name? */
bool policy_conf_has_class(const struct conf *conf, const char *name);

/* Every name in a `limits` of the configuration must be one that is_known. -1
 * with "file:12: …". */
int policy_check_limits(const struct conf *conf, struct arena *arena,
    bool (*is_known)(const void *arg, const char *name), const void *arg,
    const char **error_r);

#endif
