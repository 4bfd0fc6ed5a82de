/* SPDX-License-Identifier: ISC */
/* directory_dice.c - for tests: random changes of the directory. */
#include "directory_dice.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directory/kind.h"

/* Few words, so that they meet. */
static const char *const domains[] = { "a.example", "b.example",
	"C.example", "\xc3\xbc.example" };
static const char *const locals[] = { "ann", "Bob", "o'k", "\"x y\"",
	"\xc3\xa9va", "a%b_" };
static const char *const classes[] = { "gold", "Staff", "tin" };

size_t
dice_roll(struct dice *dice, size_t sides)
{
	dice->state = dice->state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (size_t)(dice->state >> 33) % sides;
}

#define PICK(dice, list) (list)[dice_roll(dice, ARRAY_LEN(list))]

static const char *
address(struct dice *dice)
{
	const char *local = PICK(dice, locals);

	return arena_printf(dice->arena, "%s@%s", local, PICK(dice, domains));
}

/* Words of lines have no blanks. */
static const char *
plain_address(struct dice *dice)
{
	const char *text;

	do
		text = address(dice);
	while (strchr(text, ' ') != NULL);
	return text;
}

static const char *
key_of(struct dice *dice, const struct directory_kind *kind)
{
	if (kind == &kind_domain)
		return dice_roll(dice, 9) == 0 ? "bad..name" : PICK(dice, domains);
	if (kind == &kind_class)
		return PICK(dice, classes);
	if (kind == &kind_policy)
		return "global";
	if (kind == &kind_identity)
		return arena_printf(dice->arena, "%s %s", plain_address(dice),
		    dice_roll(dice, 3) == 0 ? "@a.example" : plain_address(dice));
	if (kind == &kind_dkim_key)
		return arena_printf(dice->arena, "%s k%zu",
		    PICK(dice, domains), dice_roll(dice, 2));
	if (kind->is_address)
		return plain_address(dice);
	return dice_roll(dice, 2) == 0 ? "one" : "Two";
}

static const char *
settings_of(struct dice *dice, const struct directory_kind *kind)
{
	static const char *const policy[] = { "", "junk=no", "greylist=yes",
	    "dkim_sign=no limits=out=1/1h", "limits=nonsense" };

	if (kind == &kind_user)
		return arena_printf(dice->arena, "class=%s quota=%zuk %s",
		    dice_roll(dice, 2) == 0 ? "" : PICK(dice, classes),
		    dice_roll(dice, 3), PICK(dice, policy));
	if (kind == &kind_domain)
		return dice_roll(dice, 4) == 0 ? arena_printf(dice->arena,
		    "role=alias alias_of=%s", PICK(dice, domains)) :
		    arena_printf(dice->arena, "class=%s catch_all=%s "
		    "max_users=%zu", dice_roll(dice, 2) == 0 ? "" : PICK(dice,
		    classes), dice_roll(dice, 2) == 0 ? "" : plain_address(dice),
		    dice_roll(dice, 4));
	if (kind == &kind_alias)
		return arena_printf(dice->arena, "to=%s,%s",
		    plain_address(dice), plain_address(dice));
	if (kind == &kind_access)
		return arena_printf(dice->arena, "for=%s,@%s,%s sender=x@y.z",
		    plain_address(dice), PICK(dice, domains),
		    PICK(dice, classes));
	if (kind == &kind_admin)
		return arena_printf(dice->arena, "domains=%s",
		    PICK(dice, domains));
	if (kind == &kind_dkim_key)
		return "file=/k.pem";
	if (kind == &kind_throttle)
		return "limit=1/1h";
	if (kind == &kind_disclaimer)
		return "text=bye";
	if (kind == &kind_header_rule)
		return "field=X value=y";
	return kind->has_policy ? PICK(dice, policy) : "";
}

const char *
dice_line(struct dice *dice)
{
	static const char *const verbs[] = { "add", "add", "put", "put",
	    "set", "rename", "delete", "purge" };
	static const struct directory_kind *const often[] = { &kind_user,
	    &kind_user, &kind_domain, &kind_alias, &kind_class };
	const char *verb = PICK(dice, verbs);
	const struct directory_kind *kind = dice_roll(dice, 2) == 0 ?
	    PICK(dice, often) : directory_kinds[dice_roll(dice, 12)];
	const char *key = key_of(dice, kind);

	if (verb[0] == 'd' || (verb[0] == 'p' && verb[2] == 'r'))
		return arena_printf(dice->arena, "%s %s %s", verb, kind->name,
		    key);
	return arena_printf(dice->arena, "%s %s %s %s", verb, kind->name, key,
	    verb[0] == 'r' ? key_of(dice, kind) : settings_of(dice, kind));
}
