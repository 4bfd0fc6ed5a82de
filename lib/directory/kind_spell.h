/* SPDX-License-Identifier: ISC */
/* kind_spell.h - the one spelling of names, domains and addresses. */
#ifndef DIRECTORY_KIND_SPELL_H
#define DIRECTORY_KIND_SPELL_H

#include <stdint.h>

#include "base/setting.h"
#include "directory/kind.h"

struct arena;
struct db_error;
struct directory;

/* Octets of a key, which a path of SMTP can hold (RFC 5321 4.5.3.1.3, without
 * its brackets). */
#define KIND_KEY_MAX 254

extern const char *const kind_status_words[];

/* The row of every kind that people look after. */
#define KIND_DESCRIPTION_ROW(type)                                           \
	SETTING_TEXT_ROW("description", type, description, NULL,             \
	    "A note for the administrators.")

/* Each replaces *field by its spelling (arena text); NULL stays NULL. 0, or -1
 * with the reason. */
int kind_spell_domain(const char **field, struct arena *arena,
    const char **error_r);
/* local@domain; domain_r (NULL: not wanted) gets its domain. */
int kind_spell_address(const char **field, const char **domain_r,
    struct arena *arena, const char **error_r);
/* @domain, or an address. */
int kind_spell_sender(const char **field, struct arena *arena,
    const char **error_r);
/* Lower case (ASCII): names differ by more than their case. */
int kind_spell_name(const char **field, struct arena *arena,
    const char **error_r);
/* Of a kind whose row `for` says whose an object is: its name, and each of the
 * list, an address, @domain, or the name of a class. */
int kind_spell_owned(const char **name, struct setting_list *owners,
    struct arena *arena, const char **key_r, const char **error_r);
/* What the row names. */
extern const struct directory_reference kind_owned_references[];

/* kind_spell_name() of a kind whose name is the first member. */
int kind_spell_first(void *values, struct arena *arena, const char **key_r,
    const char **error_r);

/* Are there so many of a kind already? before: the object as it stands there;
 * NULL: it is new. -1 with DB_REFUSED and the remedy, or trouble. */
int kind_check_count(struct directory *directory,
    const struct directory_kind *kind, const void *before, int64_t most,
    const char *remedy, struct arena *arena, struct db_error *error_r);

/* Has nobody else this address? An object of kind `other` would be in the
 * way. -1 with DB_REFUSED, or trouble. */
int kind_check_free(struct directory *directory,
    const struct directory_kind *other, const char *address,
    struct arena *arena, struct db_error *error_r);

#endif
