/* SPDX-License-Identifier: ISC */
/* access_find.c - the entry of access lists that decides about a mail. */
#include "mail/access_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"

/* All, and user, class and domain of the recipient and of the login. */
#define OWNERS_MAX 7

/* An entry of which at least one kind fits. */
struct hit {
	uint32_t record;
	unsigned kinds;			/* bits: those that fit */
	unsigned fits[ACCESS_KINDS];	/* the best of each */
};

struct search {
	const struct access_table *table;
	struct arena *arena;
	struct access_owner owners[OWNERS_MAX];
	size_t owner_count;
	struct vec hits;		/* struct hit */
	struct buf key;
};

static void
add_owner(struct search *search, enum policy_level_bit level,
    struct str name)
{
	for (size_t i = 0; i < search->owner_count; i++)
		if (search->owners[i].level == level &&
		    str_eq(search->owners[i].name, name))
			return;
	if (search->owner_count < OWNERS_MAX)
		search->owners[search->owner_count++] =
		    (struct access_owner){ level, name };
}

static void
add_party(struct search *search, const struct policy *policy)
{
	add_owner(search, POLICY_USER, policy->address);
	if (policy->class_name != NULL)
		add_owner(search, POLICY_CLASS, str_lower(search->arena,
		    str_from(policy->class_name)));
	add_owner(search, POLICY_DOMAIN, policy->domain);
}

static void
find_owners(struct search *search, const struct txn *txn,
    const struct rcpt *rcpt)
{
	const char *login = txn->client.login, *error;
	struct address address;

	add_owner(search, POLICY_GLOBAL, STR(""));
	if (rcpt != NULL)
		add_party(search, rcpt->policy);
	if (login != NULL && address_parse_path(search->arena,
	    str_from(login), &address, &error) == 0)
		add_party(search, txn_policy(txn, &address));
}

static struct hit *
hit_of(struct search *search, uint32_t record)
{
	struct hit *hit;

	for (size_t i = 0; i < search->hits.len; i++) {
		hit = vec_at(&search->hits, i);
		if (hit->record == record)
			return hit;
	}
	hit = vec_push(&search->hits);
	hit->record = record;
	return hit;
}

static void
look_up(struct search *search, enum access_kind kind,
    const struct access_owner *owner, struct str word)
{
	const struct access_index *index = search->table->index;
	const struct access_place *place = access_index_find(index,
	    access_key(&search->key, kind, owner, word));

	for (; place != NULL; place = access_index_next(index, place)) {
		struct hit *hit = hit_of(search, place->record);

		hit->kinds |= 1U << kind;
		if (place->fit > hit->fits[kind])
			hit->fits[kind] = place->fit;
	}
}

static void
look_up_kind(struct search *search, enum access_kind kind,
    const struct txn *txn, const struct rcpt *rcpt)
{
	const struct access_table *table = search->table;
	bool is_wanted = false;
	struct vec words;

	for (size_t i = 0; i < search->owner_count; i++)
		is_wanted |= table->has[search->owners[i].level][kind];
	if (!is_wanted)
		return;
	vec_init(&words, search->arena, sizeof(struct str));
	access_words_of(kind, txn, rcpt, &table->prefixes, search->arena,
	    &words);
	for (size_t i = 0; i < search->owner_count; i++) {
		const struct access_owner *owner = &search->owners[i];

		if (!table->has[owner->level][kind])
			continue;
		for (size_t j = 0; j < words.len; j++)
			look_up(search, kind, owner,
			    *(struct str *)vec_at(&words, j));
	}
}

/* The ranks of an entry, the weightiest first. */
#define RANKS 6

static void
rank(const struct access_table *table, const struct hit *hit,
    int64_t ranks_r[RANKS])
{
	const struct access_record *record = access_index_record(table->index,
	    hit->record);
	const struct access_origin *origin = vec_at(table->origins,
	    record->origin);

	memset(ranks_r, 0, RANKS * sizeof(*ranks_r));
	ranks_r[0] = origin->is_final;
	ranks_r[1] = origin->owner.level;
	for (size_t i = 0; i < ACCESS_KINDS; i++) {
		ranks_r[2] += hit->kinds >> i & 1;
		ranks_r[3] += hit->fits[i];
	}
	ranks_r[4] = record->action;
	ranks_r[5] = -(int64_t)hit->record;
}

static bool
is_better(const int64_t one[RANKS], const int64_t other[RANKS])
{
	size_t i = 0;

	while (i < RANKS - 1 && one[i] == other[i])
		i++;
	return one[i] > other[i];
}

static const struct hit *
find_best(const struct search *search, bool is_unproven)
{
	const struct hit *best = NULL;
	int64_t best_ranks[RANKS], ranks[RANKS];

	for (size_t i = 0; i < search->hits.len; i++) {
		const struct hit *hit = vec_at(&search->hits, i);
		const struct access_record *record = access_index_record(
		    search->table->index, hit->record);

		if (hit->kinds != record->kinds ||
		    (record->needs_proof && is_unproven))
			continue;
		rank(search->table, hit, ranks);
		if (best != NULL && !is_better(ranks, best_ranks))
			continue;
		best = hit;
		memcpy(best_ranks, ranks, sizeof(ranks));
	}
	return best;
}

static const struct access_found *
make_found(const struct search *search, const struct hit *hit)
{
	const struct access_table *table = search->table;
	const struct access_record *record = access_index_record(table->index,
	    hit->record);
	const struct access_origin *origin = vec_at(table->origins,
	    record->origin);
	struct access_found *found = arena_zalloc(search->arena,
	    sizeof(*found));

	found->name = origin->name;
	if (origin->file != NULL)
		found->origin = arena_printf(search->arena, "%s:%u",
		    origin->file, record->line);
	found->level = origin->owner.level;
	found->is_final = origin->is_final;
	found->action = (enum access_action)record->action;
	found->text = record->text != 0 ? access_index_text_at(table->index,
	    record->text) : origin->text;
	found->needs_proof = record->needs_proof;
	return found;
}

const struct access_found *
access_find(const struct access_table *table, struct txn *txn,
    const struct rcpt *rcpt, bool is_unproven)
{
	struct search search = { .table = table, .arena = txn->arena };
	const struct hit *best;

	if (access_count(table) == 0)
		return NULL;
	vec_init(&search.hits, txn->arena, sizeof(struct hit));
	buf_init(&search.key, txn->arena);
	find_owners(&search, txn, rcpt);
	for (size_t kind = 0; kind < ACCESS_KINDS; kind++)
		look_up_kind(&search, (enum access_kind)kind, txn, rcpt);
	best = find_best(&search, is_unproven);
	return best != NULL ? make_found(&search, best) : NULL;
}
