/* SPDX-License-Identifier: ISC */
/* dns_view.c - the answers that one transaction has asked for. */
#include "dns/dns.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/wait.h"
#include "dns/dns_name.h"

struct entry {
	struct dns_query *query;	/* NULL: asked when all was given up */
	const struct dns_answer *answer;
};

struct dns_view {
	struct arena *arena;
	struct dns_source *source;
	struct wait *wait;
	struct map *entries;		/* by name and type */
	bool has_given_up;
};

static const struct dns_answer no_name = { .status = DNS_NXDOMAIN };
static const struct dns_answer no_dns = {
	.status = DNS_SERVFAIL,
	.error = "no DNS",
};
static const struct dns_answer gave_up = {
	.status = DNS_TIMEOUT,
	.error = "no answer in time",
};

static bool
next_entry(const struct dns_view *view, size_t *at, struct entry **entry_r)
{
	struct str key;
	void *value;

	if (!map_next(view->entries, at, &key, &value))
		return false;
	*entry_r = value;
	return true;
}

static void
view_done(void *arg)
{
	struct dns_view *view = arg;
	struct entry *entry;

	for (size_t at = 0; next_entry(view, &at, &entry); )
		dns_query_unref(&entry->query);
	wait_unref(&view->wait);
}

struct dns_view *
dns_view_new(struct arena *arena, struct dns_source *source, struct wait *wait)
{
	struct dns_view *view = arena_zalloc(arena, sizeof(*view));

	view->arena = arena;
	view->source = source;
	view->wait = wait_ref(wait);
	view->entries = map_new(arena);
	arena_on_free(arena, view_done, view);
	return view;
}

static struct entry *
new_entry(struct dns_view *view, struct str name, enum dns_type type)
{
	struct entry *entry = arena_zalloc(view->arena, sizeof(*entry));

	if (view->has_given_up)
		entry->answer = &gave_up;
	else
		entry->query = view->source->ask(view->source, name, type,
		    view->wait);
	return entry;
}

const struct dns_answer *
dns_ask(struct dns_view *view, struct str name, enum dns_type type)
{
	char key[DNS_NAME_SIZE + 2];
	struct entry *entry;
	struct str lower;
	void **slot;

	if (view->source == NULL)
		return &no_dns;
	if (dns_name_parse(name, key, &lower) < 0 || lower.len == 0)
		return &no_name;
	key[lower.len] = (char)(type >> 8);
	key[lower.len + 1] = (char)(type & 0xff);
	slot = map_slot(view->entries, str_of(key, lower.len + 2));
	if (*slot == NULL)
		*slot = new_entry(view, lower, type);
	entry = *slot;
	if (entry->answer == NULL)
		entry->answer = dns_query_answer(entry->query);
	return entry->answer;
}

void
dns_view_give_up(struct dns_view *view)
{
	struct entry *entry;

	view->has_given_up = true;
	for (size_t at = 0; next_entry(view, &at, &entry); ) {
		if (entry->answer == NULL)
			entry->answer = dns_query_answer(entry->query);
		if (entry->answer == NULL)
			entry->answer = &gave_up;
	}
}

size_t
dns_view_asked(const struct dns_view *view)
{
	return map_len(view->entries);
}

size_t
dns_view_pending(const struct dns_view *view)
{
	struct entry *entry;
	size_t count = 0;

	for (size_t at = 0; next_entry(view, &at, &entry); )
		if (entry->answer == NULL &&
		    dns_query_answer(entry->query) == NULL)
			count++;
	return count;
}
