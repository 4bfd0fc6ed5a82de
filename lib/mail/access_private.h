/* SPDX-License-Identifier: ISC */
/* access_private.h - access lists: what their files share. */
#ifndef MAIL_ACCESS_PRIVATE_H
#define MAIL_ACCESS_PRIVATE_H

#include <stdint.h>

#include "mail/access.h"
#include "mail/netlist.h"

struct vec;

/* A longer text has no room in a reply. */
#define ACCESS_TEXT_MAX 300
/* Of a name in the DNS. */
#define ACCESS_NAME_MAX 253

/* --- words (access_words.c) ----------------------------------------------- */

/* A word in the form in which it is looked up. */
struct access_word {
	struct str key;
	uint16_t fit;		/* how specific it is */
	bool is_claim;		/* anybody can be named so: <>, joe@ */
	uint8_t address_len;	/* of a network: 4, 16; 0: it is none */
	uint8_t prefix;
};

int access_word_parse(struct arena *arena, enum access_kind kind,
    struct str text, struct access_word *word_r, const char **error_r);

/* Which lengths networks in a table have. */
struct access_prefixes {
	bool ipv4[33], ipv6[129];
};

/* Every word of this kind that could name the transaction, for this recipient
 * (NULL: none): appends struct str to words. */
void access_words_of(enum access_kind kind, const struct txn *txn,
    const struct rcpt *rcpt, const struct access_prefixes *prefixes,
    struct arena *arena, struct vec *words);

/* --- the index (access_index.c) ------------------------------------------- */

/* Where an entry comes from, of one owner. */
struct access_owner {
	enum policy_level_bit level;
	struct str name;		/* "" for all */
};

struct access_origin {
	struct access_owner owner;
	const char *name, *file;	/* file NULL: no map */
	const char *text;		/* where the record has none */
	bool is_final;
};

/* What an entry says; 16 bytes, as there may be millions. */
struct access_record {
	uint32_t origin;		/* of table->origins */
	uint32_t text;			/* in the pool; 0: none */
	uint32_t line;
	uint8_t action;			/* enum access_action */
	uint8_t kinds;			/* bits: those it names */
	bool needs_proof;
};

/* One word of a record, by the place of its key in the pool. */
struct access_place {
	uint32_t key;
	uint32_t record;
	uint32_t next;			/* of the same key, plus one; 0: none */
	uint16_t fit;
	uint8_t kind;
};

struct access_index;

struct access_index *access_index_new(struct arena *arena);
/* -1: the index is full (4 GB of texts). */
int access_index_text(struct access_index *index, struct str text,
    uint32_t *at_r);
int access_index_put(struct access_index *index, struct str key,
    const struct access_place *place);
uint32_t access_index_add(struct access_index *index,
    const struct access_record *record);

/* A large part has been added: what was held for more is given back. */
void access_index_trim(struct access_index *index);

const char *access_index_text_at(const struct access_index *index,
    uint32_t at);
const struct access_record *access_index_record(
    const struct access_index *index, uint32_t number);
/* The first place of a key, then the next one; NULL: no more. */
const struct access_place *access_index_find(const struct access_index *index,
    struct str key);
const struct access_place *access_index_next(const struct access_index *index,
    const struct access_place *place);
size_t access_index_count(const struct access_index *index);
size_t access_index_bytes(const struct access_index *index);

/* --- the table (access.c) ------------------------------------------------- */

struct access_table {
	struct arena *arena;
	struct vec *origins;		/* struct access_origin */
	struct access_index *index;
	struct access_prefixes prefixes;
	struct buf key;			/* for adding */
	/* Is there any such entry? By level and kind. */
	bool has[POLICY_USER + 1][ACCESS_KINDS];
};

/* Under what a word of an owner stands in the index; key is cleared before. */
struct str access_key(struct buf *key, enum access_kind kind,
    const struct access_owner *owner, struct str word);
/* Origins of a source, one for each owner; file NULL: no map. How many there
 * are from *first_r on. -1 with the reason. */
int access_add_origins(struct access_table *table,
    const struct access_source *source, const char *file, uint32_t *first_r,
    const char **error_r);
/* A record with its words, for all of these origins. */
struct access_words {
	const struct access_word *words;	/* of one kind */
	size_t count;
};
int access_add_record(struct access_table *table, uint32_t first_origin,
    size_t origin_count, struct access_record record,
    const struct access_words words[ACCESS_KINDS], struct str text,
    const char **error_r);

#endif
