/* SPDX-License-Identifier: ISC */
/* access.c - lists of who is refused, put off, spared or allowed: entries.
 *
 * A table is an index from (kind, owner, word) to entries. A transaction has
 * some thirty words by which an entry could name it, and up to seven owners:
 * all of these are looked up, and the entries found are compared
 * (access_find.c). So it takes the same time among ten entries as among a
 * million.
 */
#include "mail/access_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"

const char *const access_action_words[] = {
	[ACCESS_ALLOW] = "allow",
	[ACCESS_SKIP_GREYLIST] = "skip-greylist",
	[ACCESS_DEFER] = "defer",
	[ACCESS_DENY] = "deny",
	NULL
};

struct access_table *
access_table_new(struct arena *arena)
{
	struct access_table *table = arena_zalloc(arena, sizeof(*table));

	table->arena = arena;
	table->origins = arena_zalloc(arena, sizeof(*table->origins));
	vec_init(table->origins, arena, sizeof(struct access_origin));
	table->index = access_index_new(arena);
	buf_init(&table->key, arena);
	return table;
}

size_t
access_count(const struct access_table *table)
{
	return access_index_count(table->index);
}

size_t
access_bytes(const struct access_table *table)
{
	return access_index_bytes(table->index);
}

/* "s8ann@example.org", a line feed, and the word: names have none. */
struct str
access_key(struct buf *key, enum access_kind kind,
    const struct access_owner *owner, struct str word)
{
	buf_clear(key);
	buf_add_char(key, "clsrh"[kind]);
	buf_add_char(key, (char)('0' + owner->level));
	buf_add_str(key, owner->name);
	buf_add_char(key, '\n');
	buf_add_str(key, word);
	return buf_str(key);
}

/* --- adding --------------------------------------------------------------- */

static int
parse_owner(struct arena *arena, const char *text,
    struct access_owner *owner_r, const char **error_r)
{
	struct str name = str_from(text);
	struct access_word word;

	if (str_find(name, '@') < 0) {
		*owner_r = (struct access_owner){ POLICY_CLASS,
		    str_lower(arena, name) };
		return 0;
	}
	if (access_word_parse(arena, ACCESS_RCPT, name, &word, error_r) < 0)
		return -1;
	if (word.is_claim || memcmp(word.key.data, "@.", 2) == 0) {
		*error_r = arena_printf(arena, "'%s' is none of "
		    "ann@example.org, @example.org, or a class", text);
		return -1;
	}
	*owner_r = word.key.data[0] == '@' ?
	    (struct access_owner){ POLICY_DOMAIN,
	    str_from_pos(word.key, 1) } :
	    (struct access_owner){ POLICY_USER, word.key };
	return 0;
}

static int
check_text(struct str text, const char **error_r)
{
	*error_r = "the text is too long for a reply";
	if (text.len > ACCESS_TEXT_MAX)
		return -1;
	*error_r = "the text is not printable ASCII";
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return -1;
	return 0;
}

int
access_add_origins(struct access_table *table,
    const struct access_source *source, const char *file, uint32_t *first_r,
    const char **error_r)
{
	static const struct access_owner all = { POLICY_GLOBAL, { "", 0 } };
	size_t count = source->owners != NULL ? source->owners->count : 0;

	if (source->text != NULL &&
	    check_text(str_from(source->text), error_r) < 0)
		return -1;
	*first_r = (uint32_t)table->origins->len;
	for (size_t i = 0; i < (count != 0 ? count : 1); i++) {
		struct access_owner owner = all;
		struct access_origin *origin;

		if (count != 0 && parse_owner(table->arena,
		    source->owners->texts[i], &owner, error_r) < 0)
			return -1;
		origin = vec_push(table->origins);
		origin->owner = owner;
		origin->name = arena_strdup(table->arena, source->name);
		origin->file = file;
		origin->is_final = source->is_final;
		if (source->text != NULL)
			origin->text = arena_strdup(table->arena,
			    source->text);
	}
	return (int)(table->origins->len - *first_r);
}

static int
put_words(struct access_table *table, const struct access_owner *owner,
    enum access_kind kind, const struct access_words *words, uint32_t record)
{
	struct access_place place = { .record = record, .kind = (uint8_t)kind };

	for (size_t i = 0; i < words->count; i++) {
		const struct access_word *word = &words->words[i];

		if (word->address_len == 4)
			table->prefixes.ipv4[word->prefix] = true;
		else if (word->address_len == 16)
			table->prefixes.ipv6[word->prefix] = true;
		place.fit = word->fit;
		if (access_index_put(table->index, access_key(&table->key, kind,
		    owner, word->key), &place) < 0)
			return -1;
		table->has[owner->level][kind] = true;
	}
	return 0;
}

/* What makes an entry one that anybody could claim for himself. */
static int
check_allow(struct access_record *record,
    const struct access_words words[ACCESS_KINDS], const char **error_r)
{
	const struct access_words *senders = &words[ACCESS_SENDER];

	if (record->action != ACCESS_ALLOW ||
	    words[ACCESS_CLIENT].count != 0 ||
	    words[ACCESS_LOGIN].count != 0)
		return 0;
	*error_r = "anybody can write a HELO name: to allow by it name "
	    "client or login as well";
	if (words[ACCESS_HELO].count != 0 && senders->count == 0)
		return -1;
	*error_r = "anybody can write <> or joe@ of a domain of his own: to "
	    "allow by them name client or login as well";
	for (size_t i = 0; i < senders->count; i++)
		if (senders->words[i].is_claim)
			return -1;
	record->needs_proof = senders->count != 0;
	return 0;
}

int
access_add_record(struct access_table *table, uint32_t first_origin,
    size_t origin_count, struct access_record record,
    const struct access_words words[ACCESS_KINDS], struct str text,
    const char **error_r)
{
	for (size_t i = 0; i < ACCESS_KINDS; i++)
		if (words[i].count != 0)
			record.kinds |= (uint8_t)(1U << i);
	if (check_allow(&record, words, error_r) < 0 ||
	    check_text(text, error_r) < 0)
		return -1;
	*error_r = "the lists are too large";
	if (text.len != 0 &&
	    access_index_text(table->index, text, &record.text) < 0)
		return -1;
	for (size_t i = 0; i < origin_count; i++) {
		const struct access_origin *origin;
		uint32_t number;

		record.origin = first_origin + (uint32_t)i;
		origin = vec_at(table->origins, record.origin);
		number = access_index_add(table->index, &record);
		for (size_t kind = 0; kind < ACCESS_KINDS; kind++)
			if (put_words(table, &origin->owner,
			    (enum access_kind)kind, &words[kind], number) < 0)
				return -1;
	}
	return 0;
}

static int
parse_words(struct access_table *table, const struct access_entry *entry,
    enum access_kind kind, struct access_words *words_r, const char **error_r)
{
	const struct setting_list *list = &entry->words[kind];
	struct access_word *words = arena_alloc(table->arena,
	    (list->count + 1) * sizeof(*words));

	for (size_t i = 0; i < list->count; i++)
		if (access_word_parse(table->arena, kind,
		    str_from(list->texts[i]), &words[i], error_r) < 0)
			return -1;
	*words_r = (struct access_words){ words, list->count };
	return 0;
}

int
access_add(struct access_table *table, const struct access_entry *entry,
    const char **error_r)
{
	struct access_record record = { .action = (uint8_t)entry->action };
	struct access_words words[ACCESS_KINDS];
	size_t word_count = 0;
	uint32_t first;
	int count;

	for (size_t i = 0; i < ACCESS_KINDS; i++) {
		if (parse_words(table, entry, (enum access_kind)i, &words[i],
		    error_r) < 0)
			return -1;
		word_count += words[i].count;
	}
	if (word_count == 0) {
		*error_r = "it names nobody: give it client, login, sender, "
		    "recipient or helo";
		return -1;
	}
	count = access_add_origins(table, &entry->source, NULL, &first,
	    error_r);
	return count < 0 ? -1 : access_add_record(table, first, (size_t)count,
	    record, words, STR(""), error_r);
}
