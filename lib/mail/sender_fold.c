/* SPDX-License-Identifier: ISC */
/* sender_fold.c - envelope senders that differ from message to message, as the
 * one that they stand for.
 *
 * The forms are no standards, but the conventions of those who write them:
 *   SRS0=HASH=DAY=domain=local    also SRS0+ and SRS0-; a forwarder's
 *   SRS1=HASH=host==HASH=DAY=…    one behind it
 *   prvs=KDDDSSSSSS=local         BATV: a key's number, a day, a signature
 *   list-bounces-1234-joe=a.example, 0100018f-ab12-000000   VERP
 */
#include "mail/sender_fold.h"

#include <string.h>

#include "mail/address.h"

/* A hexadecimal word that is shorter may be an English one: "add", "bee". */
#define HEX_LEN_MIN 4

static struct str
after(struct str text, const char *mark)
{
	const char *found = memmem(text.data, text.len, mark, strlen(mark));

	if (found == NULL)
		return STR("");
	return str_from_pos(text, (size_t)(found - text.data) + strlen(mark));
}

static bool
is_srs(struct str local, const char *name)
{
	size_t len = strlen(name);

	return local.len > len && str_has_prefix_nocase(local,
	    str_from(name)) && strchr("=+-", local.data[len]) != NULL;
}

/* The original sender as "domain=local"; "" when it is no SRS. */
static struct str
original(struct str local)
{
	struct str rest;

	if (is_srs(local, "SRS1")) {
		rest = after(local, "==");
		/* Some write the separator of SRS0 too: "=+HASH". */
		if (rest.len == 0)
			rest = after(local, "=+");
		if (rest.len == 0)
			rest = after(local, "=-");
	} else if (is_srs(local, "SRS0")) {
		rest = str_from_pos(local, strlen("SRS0="));
	} else {
		return STR("");
	}
	return after(after(rest, "="), "=");
}

static bool
is_number(struct str word)
{
	bool is_hex = word.len >= HEX_LEN_MIN;

	for (size_t i = 0; i < word.len; i++) {
		if (char_is_digit(word.data[i]))
			return true;
		is_hex &= char_hex_value(word.data[i]) >= 0;
	}
	return is_hex;
}

static void
add_words(struct buf *key, struct str local)
{
	size_t start = 0;

	for (size_t i = 0; i <= local.len; i++) {
		struct str word;

		if (i < local.len && strchr("-._=+", local.data[i]) == NULL)
			continue;
		word = str_sub(local, start, i - start);
		if (is_number(word))
			buf_add_char(key, '#');
		else
			buf_add_str(key, word);
		if (i < local.len)
			buf_add_char(key, local.data[i]);
		start = i + 1;
	}
}

/* So joe1 and joe2 are one, too: the domain, the client and the recipient must
 * be the same for that. */
struct str
sender_fold(struct arena *arena, const struct address *sender, char delimiter)
{
	struct str local = str_lower(arena, sender->local);
	struct str rest = original(local);
	ptrdiff_t cut = -1;
	struct buf key;

	buf_init(&key, arena);
	if (local.len == 0 && sender->domain.len == 0)
		return STR("");
	if (rest.len != 0) {
		buf_add_text(&key, "srs=");
		local = rest;
	} else if (str_has_prefix_nocase(local, STR("prvs="))) {
		rest = after(str_from_pos(local, strlen("prvs=")), "=");
		local = rest.len != 0 ? rest : local;
	}
	if (delimiter != '\0' && key.len == 0)
		cut = str_find(local, delimiter);
	if (cut > 0)
		local = str_sub(local, 0, (size_t)cut);
	add_words(&key, local);
	buf_add_char(&key, '@');
	buf_add_str(&key, str_lower(arena, sender->domain));
	return buf_str(&key);
}
