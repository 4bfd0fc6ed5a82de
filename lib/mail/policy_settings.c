/* SPDX-License-Identifier: ISC */
/* policy_settings.c - the rows of policy, class, domain, user and alias. */
#include "mail/policy_load.h"

#include <string.h>

#include "base/conf.h"
#include "base/vec.h"
#include "mail/address.h"

static const char *const on_missing_key_words[] = {
	[ON_MISSING_KEY_DEFER] = "defer",
	[ON_MISSING_KEY_UNSIGNED] = "unsigned",
	NULL,
};

const char *const policy_on_reject_words[] = {
	[ON_REJECT_QUARANTINE] = "quarantine",
	[ON_REJECT_REFUSE_UNLESS_INDIRECT] = "refuse-unless-indirect",
	[ON_REJECT_REFUSE] = "refuse",
	NULL,
};

const char *const policy_on_quarantine_words[] = {
	[ON_QUARANTINE_ACCEPT] = "accept",
	[ON_QUARANTINE_JUNK] = "junk",
	NULL,
};

const char *const policy_on_suspended_words[] = {
	[ON_SUSPENDED_REFUSE] = "refuse",
	[ON_SUSPENDED_DEFER] = "defer",
	[ON_SUSPENDED_KEEP] = "keep",
	NULL,
};

/* The rows of struct policy_values, where it is the member `values.` of type,
 * or type itself. */
#define POLICY_ROWS(type, values)                                            \
	SETTING_BOOL_ROW("junk", type, values junk, "yes",                   \
	    "Deliver junk marked as such; no: deliver it as any other mail.",\
	    .flags = SETTING_POLICY),                                        \
	SETTING_REAL_ROW("junk_score", type, values junk_score, "5", 0, 1000,\
	    "Mail to this recipient whose score reaches this is junk; 0: "   \
	    "never.", .flags = SETTING_POLICY),                              \
	SETTING_REAL_ROW("refuse_score", type, values refuse_score, "15", 0, \
	    1000, "Mail to this recipient whose score reaches this is "      \
	    "refused, junk where other recipients of it want it; 0: never.", \
	    .flags = SETTING_POLICY),                                        \
	SETTING_BOOL_ROW("score_submitted", type, values score_submitted,    \
	    "no", "Refuse what this sender submits too where its score "     \
	    "reaches the sender's own refuse_score.",                        \
	    .flags = SETTING_POLICY),                                        \
	SETTING_BOOL_ROW("dkim_sign", type, values dkim_sign, "yes",         \
	    "Sign what this sender submits, when its domain has a key.",     \
	    .flags = SETTING_POLICY),                                        \
	SETTING_BOOL_ROW("greylist", type, values greylist, "no",            \
	    "Ask strangers who write to this recipient to come again "       \
	    "later (rule greylist).", .flags = SETTING_POLICY),              \
	SETTING_WORD_ROW("on_missing_key", type, values on_missing_key,      \
	    on_missing_key_words, "defer",                                   \
	    "What happens to mail whose key is configured but cannot be "    \
	    "used.", .flags = SETTING_POLICY),                               \
	SETTING_WORD_ROW("dmarc_on_reject", type, values dmarc_on_reject,    \
	    policy_on_reject_words, "refuse-unless-indirect",                \
	    "What to do with mail to this recipient that fails DMARC where " \
	    "the author's domain asks for reject; where nothing is said, as "\
	    "on_reject of check dmarc says.", .flags = SETTING_POLICY),      \
	SETTING_WORD_ROW("dmarc_on_quarantine", type,                        \
	    values dmarc_on_quarantine, policy_on_quarantine_words, "junk",  \
	    "The same where that asks for quarantine; else as on_quarantine "\
	    "of check dmarc says.", .flags = SETTING_POLICY),                \
	SETTING_DURATION_ROW("greylist_delay", type,                         \
	    values greylist_delay_ms, "3m", 1000, 86400000,                  \
	    "A stranger who comes again sooner is still put off; else as "   \
	    "delay of rule greylist says.", .flags = SETTING_POLICY),        \
	SETTING_WORD_ROW("on_suspended", type, values on_suspended,          \
	    policy_on_suspended_words, "refuse",                             \
	    "What becomes of mail to this recipient while it is suspended; " \
	    "else as suspended of rule recipient says.",                     \
	    .flags = SETTING_POLICY),                                        \
	SETTING_INT_ROW("max_recipients", type, values max_recipients, "0",  \
	    0, 100000, "So many recipients a message of this login may "     \
	    "have; 0: as many as Postfix takes; else as max_recipients of "  \
	    "rule recipient says.", .flags = SETTING_POLICY),                \
	SETTING_LIST_ROW("limits", type, values limits, NULL,                \
	    "What a section throttle NAME allows here instead of its own "   \
	    "limit: NAME=100/1h,1000/1d, NAME=unlimited, NAME=none.",        \
	    .flags = SETTING_POLICY)

static const struct setting value_rows[] = {
	POLICY_ROWS(struct policy_values, ),
};

const struct setting *
policy_rows(size_t *count_r)
{
	*count_r = ARRAY_LEN(value_rows);
	return value_rows;
}

static const struct policy_base bases[] = {
	{ "dmarc_on_reject", "check", "dmarc", "on_reject" },
	{ "dmarc_on_quarantine", "check", "dmarc", "on_quarantine" },
	{ "greylist_delay", "rule", "greylist", "delay" },
	{ "on_suspended", "rule", "recipient", "suspended" },
	{ "max_recipients", "rule", "recipient", "max_recipients" },
};

const struct policy_base *
policy_base(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(bases); i++)
		if (strcmp(bases[i].key, key) == 0)
			return &bases[i];
	return NULL;
}

static int
check_global(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	return policy_limits_check(&((struct global_section *)values)->values,
	    arena, key_r, error_r);
}

static int
check_class(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	return policy_limits_check(&((struct class_section *)values)->values,
	    arena, key_r, error_r);
}

static int
check_domain(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	return policy_limits_check(&((struct domain_section *)values)->values,
	    arena, key_r, error_r);
}

static int
check_user(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	return policy_limits_check(&((struct user_section *)values)->values,
	    arena, key_r, error_r);
}

static const struct setting global_rows[] = {
	POLICY_ROWS(struct global_section, values.),
};

const struct section policy_section = {
	.name = "policy",
	.help = "What holds for every address of which no user, class or "
	    "domain says otherwise.",
	.size = sizeof(struct global_section),
	.rows = global_rows,
	.row_count = ARRAY_LEN(global_rows),
	.check = check_global,
};

static const struct setting class_rows[] = {
	POLICY_ROWS(struct class_section, values.),
};

const struct section class_section = {
	.name = "class",
	.is_named = true,
	.help = "A class of service: values that users and domains share by "
	    "its name.",
	.size = sizeof(struct class_section),
	.rows = class_rows,
	.row_count = ARRAY_LEN(class_rows),
	.check = check_class,
};

static const struct setting dkim_key_rows[] = {
	SETTING_TEXT_ROW("file", struct dkim_key_section, file, NULL,
	    "The private key, as `mailreeve dkim keygen` writes it.",
	    .flags = SETTING_REQUIRED),
};

static int
check_selector(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct dkim_key_section *key = values;
	struct str canonical;

	(void)key_r;
	if (domain_canonical(arena, str_from(key->name), &canonical) == 0)
		return 0;
	*error_r = "a selector has the form of a domain name, such as mail1";
	return -1;
}

const struct section dkim_key_section = {
	.name = "dkim_key",
	.is_named = true,
	.help = "A key that signs for the domain; its name is the selector. "
	    "Mail gets a signature by each.",
	.size = sizeof(struct dkim_key_section),
	.rows = dkim_key_rows,
	.row_count = ARRAY_LEN(dkim_key_rows),
	.check = check_selector,
};

static const struct section *const domain_inner[] = {
	&dkim_key_section, NULL,
};

static const struct setting domain_rows[] = {
	SETTING_TEXT_ROW("class", struct domain_section, class_name, NULL,
	    "The class of its users that have none of their own."),
	SETTING_BOOL_ROW("local", struct domain_section, is_local, NULL,
	    "Whether its mail is delivered here: yes for a domain, no for "
	    "*.example.org unless it says so."),
	POLICY_ROWS(struct domain_section, values.),
};

const struct section domain_section = {
	.name = "domain",
	.is_named = true,
	.help = "A domain that is managed here, or with *.example.org all "
	    "names below one.",
	.size = sizeof(struct domain_section),
	.rows = domain_rows,
	.row_count = ARRAY_LEN(domain_rows),
	.check = check_domain,
	.inner = domain_inner,
};

static const struct setting user_rows[] = {
	SETTING_TEXT_ROW("class", struct user_section, class_name, NULL,
	    "The class of this user, instead of the domain's."),
	POLICY_ROWS(struct user_section, values.),
};

const struct section user_section = {
	.name = "user",
	.is_named = true,
	.help = "What holds for one address; its domain must have a section.",
	.size = sizeof(struct user_section),
	.rows = user_rows,
	.row_count = ARRAY_LEN(user_rows),
	.check = check_user,
};

static const struct setting alias_rows[] = {
	SETTING_TEXT_ROW("to", struct alias_section, to, NULL,
	    "The address whose policy holds; it may be an alias too.",
	    .flags = SETTING_REQUIRED),
};

const struct section alias_section = {
	.name = "alias",
	.is_named = true,
	.help = "A second address of a user; its domain must have a section.",
	.size = sizeof(struct alias_section),
	.rows = alias_rows,
	.row_count = ARRAY_LEN(alias_rows),
};

const struct section *const policy_sections[] = {
	&policy_section, &class_section, &domain_section, &user_section,
	&alias_section, NULL,
};

bool
policy_conf_has_class(const struct conf *conf, const char *name)
{
	const void *const *items;
	size_t count = conf_list(conf, &class_section, NULL, &items);

	for (size_t i = 0; i < count; i++)
		if (str_is_nocase(str_from(name),
		    ((const struct class_section *)items[i])->name))
			return true;
	return false;
}
