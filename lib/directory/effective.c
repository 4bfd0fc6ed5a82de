/* SPDX-License-Identifier: ISC */
/* effective.c - what holds for an address, put together from the directory. */
#include "directory/effective.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "directory/directory.h"
#include "directory/inquiry.h"
#include "directory/ownership.h"
#include "mail/address.h"
#include "mail/policy.h"
#include "mail/policy_load.h"

/* So many aliases are followed, one after another: the directory takes none
 * that lead in a circle, but other programs may write into it. */
#define STEPS_MAX 20

/* An address while it is followed. */
struct search {
	struct directory *directory;
	struct arena *arena;
	struct db_error *error_r;
	char delimiter;
	const char *now;		/* as the end of an alias is written */
	struct address address;
	const struct directory_object *domain, *user;	/* NULL: none */
	/* The alias with several targets at which it ended; NULL: none. */
	const struct directory_alias *list;
	bool is_managed;		/* the address that was asked for */
	bool is_guaranteed;		/* so is that it exists */
	bool is_barred;			/* nobody sends as one of its aliases */
	int status;			/* the worst of those it came by */
};

/* --- who it is ------------------------------------------------------------- */

static int
find(struct search *search, const struct directory_kind *kind,
    struct str key, const struct directory_object **found_r)
{
	const char *text = str_dup(search->arena, key);
	struct directory_object *found;

	if (directory_find(search->directory, search->arena, kind, &text,
	    &found, search->error_r) < 0)
		return -1;
	*found_r = found;
	return 0;
}

/* What no object can be called is no error here: it is not managed. */
static int
find_any(struct search *search, const struct directory_kind *kind,
    struct str key, const struct directory_object **found_r)
{
	*found_r = NULL;
	if (key.len == 0)
		return 0;
	return find(search, kind, key, found_r) == 0 ||
	    search->error_r->trouble == DB_REFUSED ? 0 : -1;
}

static void
note_status(struct search *search, int status)
{
	if (status > search->status)
		search->status = status;
}

static int
find_domain(struct search *search)
{
	const struct directory_domain *domain;

	if (find_any(search, &kind_domain, search->address.domain,
	    &search->domain) < 0)
		return -1;
	if (search->domain == NULL)
		return 0;
	search->is_managed = true;
	domain = search->domain->values;
	note_status(search, domain->status);
	if (domain->role != DOMAIN_ALIAS)
		return 0;
	search->address.domain = str_from(domain->alias_of);
	if (find_any(search, &kind_domain, search->address.domain,
	    &search->domain) < 0)
		return -1;
	if (search->domain != NULL) {
		domain = search->domain->values;
		note_status(search, domain->status);
	}
	return 0;
}

static bool
is_in_force(const struct search *search, const struct directory_alias *alias)
{
	return alias->status != STATUS_SUSPENDED &&
	    (alias->expires == NULL || strcmp(alias->expires,
	    search->now) > 0);
}

/* Where an alias of this address leads; NULL: there is none. */
static int
find_alias(struct search *search, struct str key, bool is_extension,
    const struct directory_alias **alias_r)
{
	const struct directory_object *found;

	*alias_r = NULL;
	if (find_any(search, &kind_alias, key, &found) < 0)
		return -1;
	if (found == NULL)
		return 0;
	*alias_r = found->values;
	if (!is_in_force(search, *alias_r) ||
	    (is_extension && !(*alias_r)->has_extensions))
		*alias_r = NULL;
	return 0;
}

/* The user or the alias of the whole address, else without its extension. */
static int
look_up(struct search *search, const struct directory_alias **alias_r)
{
	const char delimiters[] = { '\0', search->delimiter };
	struct str whole = STR("");

	*alias_r = NULL;
	for (size_t i = 0; i < 1 + (size_t)(search->delimiter != '\0'); i++) {
		struct str key = address_canonical(search->arena,
		    &search->address, delimiters[i]);

		/* It has no extension. */
		if (i != 0 && str_eq(key, whole))
			return 0;
		whole = key;
		if (find_any(search, &kind_user, key, &search->user) < 0)
			return -1;
		if (search->user != NULL)
			return 0;
		if (find_alias(search, key, i != 0, alias_r) < 0)
			return -1;
		if (*alias_r != NULL)
			return 0;
	}
	return 0;
}

static int
follow(struct search *search)
{
	const struct directory_alias *alias;
	const char *error;

	for (int i = 0; i < STEPS_MAX; i++) {
		if (find_domain(search) < 0)
			return -1;
		if (search->domain == NULL)
			return 0;
		if (look_up(search, &alias) < 0)
			return -1;
		if (alias == NULL)
			return 0;
		search->is_barred |= alias->status == STATUS_SENDING_SUSPENDED;
		if (alias->to.count != 1) {
			search->list = alias;
			return 0;
		}
		if (address_parse_path(search->arena,
		    str_from(alias->to.texts[0]), &search->address,
		    &error) < 0)
			return 0;
	}
	return 0;
}

/* --- what holds for it ----------------------------------------------------- */

static bool
has_value(const void *section, size_t row)
{
	return ((const bool *)section)[row];
}

/* No level when there is no object. */
static int
take_level(struct search *search, const struct directory_object *object,
    const char *origin, struct policy_level *level_r)
{
	const char *key, *reason;

	*level_r = (struct policy_level){ .origin = NULL };
	if (object == NULL)
		return 0;
	if (policy_limits_check(object->policy, search->arena, &key,
	    &reason) < 0) {
		search->error_r->trouble = DB_OTHER;
		search->error_r->text = arena_printf(search->arena,
		    "%s %s: %s: %s", directory_kind_word(object->kind),
		    directory_object_name(object, search->arena), key,
		    reason);
		return -1;
	}
	*level_r = (struct policy_level){ origin, object->has_policy,
	    object->policy };
	return 0;
}

static const char *
class_of(const struct search *search)
{
	const struct directory_user *user;
	const struct directory_domain *domain;

	if (search->user != NULL) {
		user = search->user->values;
		if (user->class_name != NULL)
			return user->class_name;
	}
	if (search->domain == NULL)
		return NULL;
	domain = search->domain->values;
	return domain->class_name;
}

/* Of a class that is not there holds nothing. */
static int
take_class(struct search *search, struct policy_level *level_r)
{
	const char *name = class_of(search);
	const struct directory_object *class = NULL;

	if (name != NULL &&
	    find_any(search, &kind_class, str_from(name), &class) < 0)
		return -1;
	return take_level(search, class, arena_printf(search->arena,
	    "class %s", name != NULL ? name : ""), level_r);
}

static int
take_levels(struct search *search, struct policy_level levels[POLICY_LEVELS])
{
	const struct directory_object *global;

	if (find_any(search, &kind_policy, STR("global"), &global) < 0)
		return -1;
	if (global == NULL)
		global = directory_object_new(&kind_policy, search->arena);
	return take_level(search, global, "global", &levels[0]) < 0 ||
	    take_level(search, search->domain, arena_printf(search->arena,
	    "domain %.*s", STR_ARG(search->address.domain)),
	    &levels[1]) < 0 || take_class(search, &levels[2]) < 0 ||
	    take_level(search, search->user, "user", &levels[3]) < 0 ? -1 : 0;
}

/* These two are promised to the world for each domain (RFC 5321 4.5.1,
 * RFC 2142 2, 4). */
static bool
is_guaranteed(const struct address *address)
{
	return str_is_nocase(address->local, "postmaster") ||
	    str_is_nocase(address->local, "abuse");
}

/* Where its mail leaves the directory, others know whom they have. */
static bool
is_deliverable(const struct search *search)
{
	const struct directory_domain *domain;

	if (!search->is_managed)
		return false;
	if (search->domain == NULL || search->user != NULL ||
	    search->list != NULL || search->is_guaranteed)
		return true;
	domain = search->domain->values;
	return domain->role == DOMAIN_RELAY || domain->catch_all != NULL;
}

static int
put_together(struct search *search, struct policy **policy_r)
{
	struct policy *policy = arena_zalloc(search->arena, sizeof(*policy));
	struct policy_level levels[POLICY_LEVELS];
	struct policy_load load = { .arena = search->arena,
	    .has_value = has_value, .limits = map_new(search->arena) };
	const struct directory_domain *domain;
	const struct directory_user *user;

	if (take_levels(search, levels) < 0)
		return -1;
	policy->address = address_canonical(search->arena, &search->address,
	    search->delimiter);
	policy->domain = search->address.domain;
	policy->may_submit = true;
	if (search->domain != NULL) {
		domain = search->domain->values;
		policy->is_local = domain->role == DOMAIN_MANAGED;
	}
	if (search->user != NULL) {
		user = search->user->values;
		policy->address = str_from(user->address);
		policy->is_known_user = true;
		policy->may_submit = user->has_smtp;
		note_status(search, user->status);
	}
	policy->is_managed = search->is_managed;
	policy->is_deliverable = is_deliverable(search);
	policy->status = search->status;
	policy->class_name = class_of(search);
	policy->values = &policy_combine(&load, levels,
	    POLICY_LEVELS)->values;
	*policy_r = policy;
	return 0;
}

static int
run_search(struct search *search, struct policy **policy_r)
{
	search->is_guaranteed = is_guaranteed(&search->address);
	return follow(search) < 0 || put_together(search, policy_r) < 0 ?
	    -1 : 0;
}

int
effective_policy(struct directory *directory, struct arena *arena,
    const struct address *address, char delimiter, int64_t now_ms,
    const struct policy **policy_r, struct db_error *error_r)
{
	char now[CLOCK_TEXT_SIZE];
	struct search search = { .directory = directory, .arena = arena,
	    .error_r = error_r, .delimiter = delimiter,
	    .now = clock_format(now_ms, now), .address = *address };
	struct policy *policy;

	if (run_search(&search, &policy) < 0)
		return -1;
	*policy_r = policy;
	return 0;
}

/* --- asked by daemons ------------------------------------------------------ */

/* One that does not parse is "", which has the global values. */
static struct address
read_address(struct arena *arena, const char *text)
{
	struct address address;
	const char *reason;

	if (text[0] == '@')
		return (struct address){ .local = STR(""),
		    .domain = str_from(text + 1), .display = STR("") };
	address_parse_path(arena, str_from(text), &address, &reason);
	return address;
}

/* May the login send as the address of search, which has this policy? */
static int
find_owner(const struct search *search, const struct address *address,
    const char *login, struct policy *policy)
{
	struct search own = { .directory = search->directory,
	    .arena = search->arena, .error_r = search->error_r,
	    .delimiter = search->delimiter, .now = search->now,
	    .address = read_address(search->arena, login) };
	const struct directory_user *user;

	if (follow(&own) < 0)
		return -1;
	if (own.user == NULL || search->is_barred)
		return 0;
	user = own.user->values;
	return ownership_find(search->directory, search->arena,
	    &(struct ownership){ .login = user->address, .address = address,
	    .delimiter = search->delimiter, .policy = policy,
	    .list = search->list }, &policy->is_owned, search->error_r);
}

static int
run(struct directory *directory, const char *const *words,
    struct arena *arena, const void **answer_r, struct db_error *error_r)
{
	struct address address = read_address(arena, words[0]);
	struct search search = { .directory = directory, .arena = arena,
	    .error_r = error_r, .delimiter = words[1][0], .now = words[2],
	    .address = address };
	struct policy *policy;
	int64_t now_ms;

	if (clock_parse(str_from(words[2]), &now_ms) < 0)
		return directory_refuse(arena, error_r, "'%s' is no point in "
		    "time", words[2]);
	if (run_search(&search, &policy) < 0)
		return -1;
	if (words[3][0] != '\0' &&
	    find_owner(&search, &address, words[3], policy) < 0)
		return -1;
	*answer_r = policy;
	return 0;
}

const struct inquiry_question effective_question = {
	.run = run,
	.word_count = 4,
	.is_short = true,
};
