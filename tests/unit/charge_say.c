/* SPDX-License-Identifier: ISC */
/* charge_say.c - for tests: what is charged, in a few words. */
#include "charge_say.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "store/charge.h"
#include "store/key.h"
#include "stores.h"

#define ITEMS_MAX 4

static int64_t
span(struct str text)
{
	int64_t value = strtoll(text.data, NULL, 10);

	switch (text.len != 0 ? text.data[text.len - 1] : 0) {
	case 's': return value * 1000;
	case 'm': return value * 60000;
	case 'h': return value * 3600000;
	case 'd': return value * 86400000;
	default: return value;
	}
}

static struct str
cut(struct str *rest, char separator)
{
	struct str piece = { 0 };

	str_cut(rest, separator, &piece);
	return piece;
}

static struct str
name_of(struct charge_story *story, const char *kind, struct str rest)
{
	return store_key(story->arena, story->tag, kind, rest);
}

static struct charge_item
read_item(struct charge_story *story, struct str text)
{
	struct charge_item item;

	item.counter = name_of(story, "count", cut(&text, ':'));
	item.window_ms = span(cut(&text, ':'));
	item.limit = span(cut(&text, ':'));
	item.amount = span(text);
	return item;
}

static const char *
show_charge(struct charge_story *story, struct store_call *call)
{
	const struct store_answer *answer = stores_any_answer(call);
	struct charge_result result;
	const char *error = "";
	struct buf out;

	if (answer->status != STORE_DONE)
		return arena_strdup(story->arena, answer->error);
	assert_int_equal(charge_read(story->arena, answer, &result, &error), 0);
	buf_init(&out, story->arena);
	buf_add_text(&out, result.is_repeat ? "repeat" :
	    result.is_admitted ? "charged" : "refused");
	for (size_t i = 0; i < result.item_count; i++) {
		const struct charge_used *item = &result.items[i];

		buf_printf(&out, " %" PRId64, item->used);
		assert_int_equal(item->is_over, item->next_ms != 0);
		if (item->next_ms == -1)
			buf_add_text(&out, ">never");
		else if (item->next_ms != 0)
			buf_printf(&out, ">%" PRId64,
			    item->next_ms - CHARGE_SAY_MS);
	}
	return out.data;
}

static const char *
show_settled(struct store_call *call)
{
	static const char *const words[] = { "unknown", "confirmed",
	    "released", "reset" };
	enum charge_settled settled;
	const char *error = "";

	assert_int_equal(charge_settle_read(stores_answer(call), &settled,
	    &error), 0);
	return words[settled];
}

static struct store_call *
say_charge(struct charge_story *story, struct str verb, struct charge *charge,
    struct str rest)
{
	struct charge_item items[ITEMS_MAX];
	struct str word;

	charge->is_forced = str_is(verb, "force");
	while (str_cut(&rest, ' ', &word)) {
		if (str_is(word, "for"))
			charge->lapse_ms = span(cut(&rest, ' '));
		else
			items[charge->item_count++] = read_item(story, word);
	}
	charge->items = items;
	return str_is(verb, "usage")
	    ? usage_ask(story->lab->store, story->arena, charge, NULL)
	    : charge_ask(story->lab->store, story->arena, charge, NULL);
}

const char *
charge_say(struct charge_story *story, const char *step)
{
	struct str rest = str_from(step);
	int64_t now_ms = CHARGE_SAY_MS + span(cut(&rest, ' '));
	struct str verb = cut(&rest, ' '), what = cut(&rest, ' ');
	struct str name = name_of(story, "charge", what);
	struct charge charge = { .name = name, .now_ms = now_ms };
	struct store_call *call;
	const char *shown;

	if (str_is(verb, "confirm"))
		call = charge_confirm(story->lab->store, story->arena, name,
		    now_ms, NULL);
	else if (str_is(verb, "release"))
		call = charge_release(story->lab->store, story->arena, name,
		    now_ms, NULL);
	else if (str_is(verb, "reset"))
		call = charge_reset(story->lab->store, story->arena,
		    name_of(story, "count", what), now_ms, NULL);
	else
		call = say_charge(story, verb, &charge, rest);
	shown = charge.item_count != 0 ? show_charge(story, call) :
	    show_settled(call);
	store_call_unref(&call);
	return shown;
}

long
charge_say_eternal(const struct store_lab *lab)
{
	return strtol(stores_say(lab, "EVAL \"local n = 0 for _, key in "
	    "ipairs(redis.call('KEYS', '*')) do if redis.call('PTTL', key) < 0 "
	    "then n = n + 1 end end return n\" 0"), NULL, 10);
}
