/* SPDX-License-Identifier: ISC */
/* maps.c - the tables that Postfix asks, and the question that daemons put. */
#include "directory/maps.h"

#include "base/arena.h"
#include "base/clock.h"
#include "directory/inquiry.h"
#include "directory/map_search.h"

const struct directory_map directory_maps[] = {
	{ "domains", "virtual_mailbox_domains",
	  "Domains whose users have their mailboxes here.",
	  map_find_domains },
	{ "alias_domains", "virtual_alias_domains",
	  "Domains that stand for another.", map_find_alias_domains },
	{ "relay_domains", "relay_domains",
	  "Domains whose mail another server has.", map_find_relay_domains },
	{ "mailboxes", "virtual_mailbox_maps",
	  "Users, with their extensions; rule recipient says who gets no mail.",
	  map_find_mailboxes },
	{ "aliases", "virtual_alias_maps",
	  "Where mail goes that has no mailbox of this name.",
	  map_find_aliases },
	{ "logins", "smtpd_sender_login_maps",
	  "Which logins may send as an address.", map_find_logins },
	{ "relay_recipients", "relay_recipient_maps",
	  "Addresses of relay domains: all.", map_find_relay_recipients },
	{ "transport", "transport_maps",
	  "The servers of relay domains.", map_find_transport },
	{ NULL },
};

const struct directory_map *
directory_map_find(const char *name)
{
	for (const struct directory_map *map = directory_maps;
	    map->name != NULL; map++)
		if (strcmp(map->name, name) == 0)
			return map;
	return NULL;
}

int
directory_map_ask(struct directory *directory, struct arena *arena,
    const struct directory_map *map, const struct map_site *site,
    const char *key, int64_t now_ms, struct map_answer *answer_r,
    struct db_error *error_r)
{
	char now[CLOCK_TEXT_SIZE];
	struct map_search search = { .directory = directory, .arena = arena,
	    .error_r = error_r, .site = *site,
	    .now = clock_format(now_ms, now) };
	const char *value = NULL;

	*answer_r = (struct map_answer){ .result = MAP_NOT_FOUND };
	if (map->find(&search, str_from(key), &value) < 0) {
		if (error_r->trouble != DB_REFUSED)
			return -1;
		*answer_r = (struct map_answer){ MAP_REFUSED, error_r->text };
	} else if (value != NULL && strlen(value) > MAP_VALUE_MAX) {
		*answer_r = (struct map_answer){ MAP_REFUSED,
		    "the answer is longer than Postfix takes" };
	} else if (value != NULL) {
		*answer_r = (struct map_answer){ MAP_FOUND, value };
	}
	return 0;
}

static int
run(struct directory *directory, const char *const *words,
    struct arena *arena, const void **answer_r, struct db_error *error_r)
{
	const struct directory_map *map = directory_map_find(words[0]);
	struct map_answer *answer = arena_zalloc(arena, sizeof(*answer));
	const struct map_site site = { .delimiter = words[2][0],
	    .postmaster = words[3][0] != '\0' ? words[3] : NULL };
	int64_t now_ms;

	if (map == NULL || clock_parse(str_from(words[4]), &now_ms) < 0)
		return directory_refuse(arena, error_r, "no map '%s', or no "
		    "time '%s'", words[0], words[4]);
	*answer_r = answer;
	return directory_map_ask(directory, arena, map, &site, words[1],
	    now_ms, answer, error_r);
}

const struct inquiry_question map_question = {
	.run = run,
	.word_count = MAP_WORDS,
	.is_short = true,
};
