/* SPDX-License-Identifier: ISC */
/* test_store_charge.c - counting against limits, on every kind of store. */
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "store/charge.h"
#include "store/key.h"
#include "stores.h"

/* Every slice of the windows below begins here. */
#define BASE_MS INT64_C(1795000320000)
#define ITEMS_MAX 4

/* --- a language for steps ------------------------------------------------
 * TIME VERB NAME [for SPAN] [COUNTER:WINDOW:LIMIT:AMOUNT ...]
 * Times are since BASE_MS, like 1s, 1500, 1m, 1h, 1d. The result of a step is a
 * word, and for each counter USED, or USED>FITS (a time, or never). */

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

/* Each case counts under a tag of its own. */
struct story {
	struct store_lab *lab;
	struct arena *arena;
	struct str tag;
};

static struct str
name_of(struct story *story, const char *kind, struct str rest)
{
	return store_key(story->arena, story->tag, kind, rest);
}

static struct charge_item
read_item(struct story *story, struct str text)
{
	struct charge_item item;

	item.counter = name_of(story, "count", cut(&text, ':'));
	item.window_ms = span(cut(&text, ':'));
	item.limit = span(cut(&text, ':'));
	item.amount = span(text);
	return item;
}

static const char *
show_charge(struct story *story, struct store_call *call)
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
			    item->next_ms - BASE_MS);
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
say_charge(struct story *story, struct str verb, struct charge *charge,
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

static const char *
say(struct story *story, const char *step)
{
	struct str rest = str_from(step);
	int64_t now_ms = BASE_MS + span(cut(&rest, ' '));
	struct str verb = cut(&rest, ' '), what = cut(&rest, ' ');
	struct str name = name_of(story, "charge", what);
	struct charge charge = { .name = name, .now_ms = now_ms };
	struct store_call *call;
	const char *shown;

	if (str_is(verb, "confirm"))
		call = charge_confirm(story->lab->store, story->arena, name, now_ms,
		    NULL);
	else if (str_is(verb, "release"))
		call = charge_release(story->lab->store, story->arena, name, now_ms,
		    NULL);
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

/* --- the table ----------------------------------------------------------- */

static const struct {
	const char *name;
	struct {
		const char *step, *result;
	} steps[16];
} cases[] = {
	{ "the first charge is checked too", {
		{ "0 charge m c:1m:10:11", "refused 0>never" },
		{ "0 usage - c:1m:10:1", "charged 0" } } },
	{ "the limit is admitted, one more is not", {
		{ "0 charge m1 c:1m:10:9", "charged 9" },
		{ "0 charge m2 c:1m:10:1", "charged 10" },
		{ "0 charge m3 c:1m:10:1", "refused 10>61000" } } },
	{ "a refused charge adds nothing, however often it is tried", {
		{ "0 charge m1 c:1m:10:8", "charged 8" },
		{ "1s charge m2 c:1m:10:3", "refused 8>61000" },
		{ "2s charge m2 c:1m:10:3", "refused 8>61000" },
		{ "3s charge m2 c:1m:10:3", "refused 8>61000" },
		{ "4s charge m3 c:1m:10:2", "charged 10" } } },
	{ "what was charged counts for its whole window and a slice at most", {
		{ "500 charge m1 c:1m:10:10", "charged 10" },
		{ "60499 charge m2 c:1m:10:1", "refused 10>61000" },
		{ "60999 charge m2 c:1m:10:1", "refused 10>61000" },
		{ "61s charge m2 c:1m:10:1", "charged 1" } } },
	{ "no double burst over the edge of a clock's minute", {
		{ "59900 charge m1 c:1m:10:10", "charged 10" },
		{ "60100 charge m2 c:1m:10:1", "refused 10>120000" },
		{ "119900 charge m2 c:1m:10:1", "refused 10>120000" },
		{ "2m charge m2 c:1m:10:10", "charged 10" } } },
	{ "what fits first is told: as much as is needed has to go", {
		{ "0 charge m1 c:1m:10:3", "charged 3" },
		{ "10s charge m2 c:1m:10:3", "charged 6" },
		{ "20s charge m3 c:1m:10:4", "charged 10" },
		{ "30s usage - c:1m:10:3", "refused 10>61000" },
		{ "30s usage - c:1m:10:4", "refused 10>71000" },
		{ "30s usage - c:1m:10:10", "refused 10>81000" },
		{ "61s charge m4 c:1m:10:3", "charged 10" } } },
	{ "no limit: only counted", {
		{ "0 charge m1 c:1m:-1:1000", "charged 1000" },
		{ "0 charge m2 c:1m:-1:1000", "charged 2000" } } },
	{ "the limit nought refuses all but nothing", {
		{ "0 charge m1 c:1m:0:1", "refused 0>never" },
		{ "0 charge m2 c:1m:0:0", "charged 0" } } },
	{ "nothing always fits, even when a limit was lowered", {
		{ "0 charge m1 c:1m:10:10", "charged 10" },
		{ "0 charge m2 c:1m:5:0", "charged 10" },
		{ "0 charge m3 c:1m:5:1", "refused 10>61000" } } },

	{ "all or none: the first of three is full", {
		{ "0 charge m1 a:1m:5:5", "charged 5" },
		{ "0 charge m2 a:1m:5:1 b:1m:9:1 c:1m:9:1",
		  "refused 5>61000 0 0" },
		{ "0 usage - a:1m:5:0 b:1m:9:0 c:1m:9:0", "charged 5 0 0" } } },
	{ "all or none: the second of three is full", {
		{ "0 charge m1 b:1m:5:5", "charged 5" },
		{ "0 charge m2 a:1m:9:1 b:1m:5:1 c:1m:9:1",
		  "refused 0 5>61000 0" },
		{ "0 usage - a:1m:5:0 b:1m:9:0 c:1m:9:0", "charged 0 5 0" } } },
	{ "all or none: the last of three is full", {
		{ "0 charge m1 c:1m:5:5", "charged 5" },
		{ "0 charge m2 a:1m:9:1 b:1m:9:1 c:1m:5:1",
		  "refused 0 0 5>61000" },
		{ "0 usage - a:1m:5:0 b:1m:9:0 c:1m:9:0", "charged 0 0 5" } } },
	{ "all three fit, in any order and by different amounts", {
		{ "0 charge m1 a:1m:9:1 b:1h:9:2 c:1d:9:3", "charged 1 2 3" },
		{ "0 charge m2 c:1d:9:3 a:1m:9:1 b:1h:9:2", "charged 6 2 4" },
		{ "0 charge m3 b:1h:9:2 c:1d:9:4 a:1m:9:1",
		  "refused 4 6>87840000 2" } } },
	{ "several windows of one limit, the short one gives way first", {
		{ "0 charge m1 h:1h:3:3 d:1d:5:3", "charged 3 3" },
		{ "0 charge m2 h:1h:3:1 d:1d:5:1", "refused 3>3660000 3" },
		{ "61m charge m2 h:1h:3:1 d:1d:5:1", "charged 1 4" },
		{ "61m charge m3 h:1h:3:2 d:1d:5:2",
		  "refused 1 4>87840000" } } },

	{ "a repeat adds nothing and answers the same", {
		{ "0 charge m1 c:1m:10:4", "charged 4" },
		{ "0 charge m1 c:1m:10:4", "repeat 4" },
		{ "5s charge m1 c:1m:10:4", "repeat 4" },
		{ "5s charge m2 c:1m:10:6", "charged 10" },
		{ "5s charge m1 c:1m:10:4", "repeat 10" } } },
	{ "a name is forgotten after two hours", {
		{ "0 charge m1 c:1m:10:4", "charged 4" },
		{ "7199s charge m1 c:1m:10:4", "repeat 0" },
		{ "7200s charge m1 c:1m:10:4", "charged 4" } } },

	{ "what was reserved counts until it is given back", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "1s charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "2s release m1", "released" },
		{ "3s charge m2 c:1h:10:10", "charged 10" } } },
	{ "what was confirmed stays, and does not lapse", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "1s confirm m1", "confirmed" },
		{ "11m charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "61m charge m2 c:1h:10:1", "charged 1" } } },
	{ "what nobody settles lapses by itself", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "599999 charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "10m charge m2 c:1h:10:10", "charged 10" } } },
	{ "it lapses at most a sixtieth of its time late", {
		{ "5s charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "609999 charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "610s charge m2 c:1h:10:10", "charged 10" } } },
	{ "a confirmation that comes late counts again", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "20m charge m2 c:1h:10:4", "charged 4" },
		{ "21m confirm m1", "confirmed" },
		{ "21m usage - c:1h:10:0", "charged 14" },
		{ "21m confirm m1", "confirmed" },
		{ "21m usage - c:1h:10:0", "charged 14" },
		{ "61m usage - c:1h:10:0", "charged 4" } } },
	{ "a confirmation so late that the window is over adds nothing", {
		{ "0 charge m1 for 30s c:1m:10:10", "charged 10" },
		{ "61s confirm m1", "confirmed" },
		{ "61s usage - c:1m:10:0", "charged 0" } } },
	{ "to confirm twice counts once", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "1s confirm m1", "confirmed" },
		{ "1s confirm m1", "confirmed" },
		{ "1s usage - c:1h:10:0", "charged 5" } } },
	{ "to release twice gives back once", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "0 charge m2 for 10m c:1h:10:5", "charged 10" },
		{ "1s release m1", "released" },
		{ "1s release m1", "released" },
		{ "1s usage - c:1h:10:0", "charged 5" } } },
	{ "what was confirmed is not given back", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "1s confirm m1", "confirmed" },
		{ "2s release m1", "confirmed" },
		{ "2s usage - c:1h:10:0", "charged 5" } } },
	{ "what was released is not confirmed", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "1s release m1", "released" },
		{ "2s confirm m1", "released" },
		{ "2s usage - c:1h:10:0", "charged 0" } } },
	{ "what was charged for good is confirmed already", {
		{ "0 charge m1 c:1h:10:5", "charged 5" },
		{ "0 confirm m1", "confirmed" },
		{ "0 release m1", "confirmed" },
		{ "0 usage - c:1h:10:0", "charged 5" } } },
	{ "a released name is charged anew", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "0 charge m1 for 10m c:1h:10:5", "repeat 5" },
		{ "1s release m1", "released" },
		{ "2s charge m1 for 10m c:1h:10:6", "charged 6" },
		{ "3s confirm m1", "confirmed" },
		{ "11m usage - c:1h:10:0", "charged 6" } } },
	{ "a lapsed name is charged anew", {
		{ "0 charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "10m charge m1 for 10m c:1h:10:5", "charged 5" },
		{ "11m confirm m1", "confirmed" },
		{ "30m usage - c:1h:10:0", "charged 5" } } },
	{ "a name that nobody charged is unknown", {
		{ "0 confirm m1", "unknown" },
		{ "0 release m1", "unknown" },
		{ "0 charge m1 for 10m c:1m:10:11", "refused 0>never" },
		{ "0 confirm m1", "unknown" },
		{ "0 usage - c:1m:10:0", "charged 0" } } },
	{ "all counters of a charge are settled", {
		{ "0 charge m1 for 10m a:1m:9:1 b:1h:9:2 c:1d:9:3",
		  "charged 1 2 3" },
		{ "0 charge m2 for 10m a:1m:9:4 c:1d:9:4", "charged 5 7" },
		{ "1s release m1", "released" },
		{ "1s usage - a:1m:9:0 b:1h:9:0 c:1d:9:0", "charged 4 0 4" },
		{ "2s confirm m2", "confirmed" },
		{ "11m usage - a:1m:9:0 b:1h:9:0 c:1d:9:0",
		  "charged 0 0 4" } } },
	{ "many under way at once, each settled in its own way", {
		{ "0 charge m1 for 10m c:1h:20:1", "charged 1" },
		{ "1s charge m2 for 10m c:1h:20:2", "charged 3" },
		{ "2m charge m3 for 10m c:1h:20:4", "charged 7" },
		{ "2m charge m4 c:1h:20:8", "charged 15" },
		{ "3m release m2", "released" },
		{ "3m usage - c:1h:20:0", "charged 13" },
		{ "3m confirm m1", "confirmed" },
		{ "3m usage - c:1h:20:0", "charged 13" },
		{ "13m usage - c:1h:20:0", "charged 9" },
		{ "13m confirm m3", "confirmed" },
		{ "13m usage - c:1h:20:0", "charged 13" },
		{ "61m usage - c:1h:20:0", "charged 12" },
		{ "63m usage - c:1h:20:0", "charged 0" } } },

	{ "a raised limit keeps what was used", {
		{ "0 charge m1 c:1m:10:10", "charged 10" },
		{ "0 charge m2 c:1m:20:10", "charged 20" },
		{ "0 charge m3 c:1m:20:1", "refused 20>61000" } } },
	{ "a lowered limit holds at once", {
		{ "0 charge m1 c:1m:20:15", "charged 15" },
		{ "1s charge m2 c:1m:10:1", "refused 15>61000" },
		{ "61s charge m2 c:1m:10:1", "charged 1" } } },
	{ "a longer window keeps what was used, for as long as it says", {
		{ "0 charge m1 c:1m:10:10", "charged 10" },
		{ "30s charge m2 c:1h:10:1", "refused 10>3601000" },
		{ "59m charge m2 c:1h:10:1", "refused 10>3601000" },
		{ "3601s charge m2 c:1h:10:1", "charged 1" } } },
	{ "a shorter window keeps what lies in it", {
		{ "0 charge m1 c:1h:10:4", "charged 4" },
		{ "10m charge m2 c:1h:10:5", "charged 9" },
		{ "10m charge m3 c:1m:6:2", "refused 5>661000" },
		{ "660999 charge m3 c:1m:6:2", "refused 5>661000" },
		{ "661s charge m4 c:1m:6:6", "charged 6" } } },

	{ "forced: counted over the limit, and told", {
		{ "0 charge m1 c:1m:10:10", "charged 10" },
		{ "1s force m2 c:1m:10:5", "charged 15>61000" },
		{ "1s force m2 c:1m:10:5", "repeat 15>61000" },
		{ "2s charge m3 c:1m:10:1", "refused 15>61000" } } },
	{ "forced: more than the limit at once, reserved and confirmed", {
		{ "0 force m1 for 10m a:1h:5:1 b:1h:5:9", "charged 1 9>never" },
		{ "1s confirm m1", "confirmed" },
		{ "1s force m1 for 10m a:1h:5:1 b:1h:5:9", "repeat 1 9>never" },
		{ "20m usage - a:1h:5:0 b:1h:5:0", "charged 1 9" } } },

	{ "forced later than it happened: what came meanwhile stays", {
		{ "20m charge m1 c:1h:10:10", "charged 10" },
		{ "10m force m2 c:1h:10:5", "charged 15>4860000" },
		{ "10m force m2 c:1h:10:5", "repeat 15>4860000" },
		{ "20m usage - c:1h:10:0", "charged 15" },
		{ "71m usage - c:1h:10:1", "refused 10>4860000" },
		{ "4859999 charge m3 c:1h:10:1", "refused 10>4860000" },
		{ "81m charge m3 c:1h:10:1", "charged 1" } } },
	{ "forced when its window is over: what came meanwhile stays", {
		{ "20m charge m1 c:1m:10:10", "charged 10" },
		{ "10m force m2 c:1m:10:5", "charged 15>1261000" },
		{ "1260999 usage - c:1m:10:1", "refused 10>1261000" },
		{ "1261s charge m3 c:1m:10:1", "charged 1" } } },

	{ "usage changes nothing, and says what would be", {
		{ "0 charge m1 c:1h:10:6", "charged 6" },
		{ "0 usage - c:1h:10:4", "charged 6" },
		{ "0 usage - c:1h:10:5", "refused 6>3660000" },
		{ "0 usage - c:1m:10:5", "refused 6>61000" },
		{ "2m usage - c:1m:10:5", "charged 0" },
		{ "2m usage - c:1h:10:5", "refused 6>3660000" },
		{ "2m charge m2 c:1h:10:4", "charged 10" } } },
	{ "a reset forgets the counter and nothing else", {
		{ "0 charge m1 a:1h:10:10 b:1h:10:10", "charged 10 10" },
		{ "0 reset a", "reset" },
		{ "0 reset a", "reset" },
		{ "0 charge m2 a:1h:10:3", "charged 3" },
		{ "0 usage - a:1h:10:0 b:1h:10:0", "charged 3 10" } } },
	{ "what was reserved before a reset counts when it is confirmed", {
		{ "0 charge m1 for 10m a:1h:10:4", "charged 4" },
		{ "0 charge m2 for 10m a:1h:10:4", "charged 8" },
		{ "0 reset a", "reset" },
		{ "1s release m1", "released" },
		{ "1s confirm m2", "confirmed" },
		{ "1s usage - a:1h:10:0", "charged 4" } } },

	{ "a clock that was ahead blocks for no longer than a window", {
		{ "1d charge m1 c:1h:10:10", "charged 10" },
		{ "0 charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "30m charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "3659999 charge m2 c:1h:10:1", "refused 10>3660000" },
		{ "61m charge m2 c:1h:10:1", "charged 1" } } },
	{ "usage does not set a clock that was ahead right", {
		{ "1d charge m1 c:1h:10:10", "charged 10" },
		{ "0 usage - c:1h:10:1", "refused 10>3660000" },
		{ "1m usage - c:1h:10:1", "refused 10>3720000" },
		{ "1d usage - c:1h:10:1", "refused 10>90060000" } } },
	{ "a clock that is a slice behind counts as well", {
		{ "61s charge m1 c:1h:10:5", "charged 5" },
		{ "59s charge m2 c:1h:10:5", "charged 10" },
		{ "61s charge m3 c:1h:10:1", "refused 10>3660000" },
		{ "61m charge m3 c:1h:10:6", "refused 5>3719000" },
		{ "61m charge m3 c:1h:10:5", "charged 10" } } },
	{ "a clock that was behind: what was counted then is long past", {
		{ "0 charge m1 for 10m c:1h:10:10", "charged 10" },
		{ "1d charge m2 c:1h:10:10", "charged 10" },
		{ "1d confirm m1", "unknown" } } },
	{ "the clock goes to and fro, and no more is ever in use", {
		{ "0 charge m1 c:1m:10:5", "charged 5" },
		{ "30s charge m2 c:1m:10:5", "charged 10" },
		{ "10s charge m3 c:1m:10:1", "refused 10>61000" },
		{ "40s charge m3 c:1m:10:1", "refused 10>61000" },
		{ "61s charge m3 c:1m:10:1", "charged 6" },
		{ "35s charge m4 c:1m:10:5", "refused 6>71000" } } },

	{ "large amounts are exact", {
		{ "0 charge m1 c:1m:-1:1125899906842624",
		  "charged 1125899906842624" },
		{ "0 charge m2 c:1m:-1:1125899906842623",
		  "charged 2251799813685247" },
		{ "0 charge m3 c:1m:1000000000000000:1",
		  "refused 2251799813685247>61000" } } },
	{ "what cannot be counted is refused with its reason", {
		{ "0 charge m c:1m:10:1125899906842625",
		  "an amount is negative or too large to be counted" },
		{ "0 charge m c:1m:10:-1",
		  "an amount is negative or too large to be counted" },
		{ "0 charge m c:1m:1125899906842625:1",
		  "a limit is too large to be counted" },
		{ "0 charge m c:0:10:1", "a window makes no sense" },
		{ "0 charge m a:1m:10:1 c:1m:10:1 a:1m:10:1",
		  "a counter stands twice in one charge" },
		{ "-2000000d charge m c:1m:10:1", "the time makes no sense" },
		{ "0 usage - a:1m:10:1", "charged 0" } } },
};

/* How many entries of Redis never go away. */
static const char *const eternal =
    "EVAL \"local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do "
    "if redis.call('PTTL', key) < 0 then n = n + 1 end end return n\" 0";

static struct story
begin(struct store_lab *lab, const char *tag, size_t number)
{
	return (struct story){ lab, lab->arena, str_from(
	    arena_printf(lab->arena, "%s %zu", tag, number)) };
}

static void
the_table_of_semantics(void **state)
{
	struct store_lab *lab = *state;
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct story story = begin(lab, "case", i);

		for (size_t j = 0; j < 16 && cases[i].steps[j].step; j++) {
			const char *result = say(&story,
			    cases[i].steps[j].step);

			if (strcmp(result, cases[i].steps[j].result) == 0)
				continue;
			print_error("%s: \"%s\" gives \"%s\", not \"%s\"\n",
			    cases[i].name, cases[i].steps[j].step, result,
			    cases[i].steps[j].result);
			wrong++;
		}
	}
	if (strcmp(lab->kind, "redis") == 0)
		assert_string_equal(stores_say(lab, eternal), "0");
	assert_int_equal(wrong, 0);
}

/* --- how long entries live ----------------------------------------------- */

static long
lives_s(struct story *story, const char *key)
{
	return strtol(stores_say(story->lab, arena_printf(story->arena,
	    "TTL mr:{life}:%s", key)), NULL, 10);
}

/* The server's own clock runs on meanwhile: the bounds are generous. */
static void
entries_live_for_as_long_as_they_count(void **state)
{
	struct store_lab *lab = *state;
	struct story story = { lab, lab->arena, STR("life") };

	say(&story, "0 charge m1 for 10m c:20m:10:10");
	assert_in_range(lives_s(&story, "count:c"), 600, 1220);
	assert_in_range(lives_s(&story, "charge:m1"), 7200, 7800);
	/* A window made longer keeps what would have gone. */
	say(&story, "1s charge m2 c:5h:10:1");
	assert_in_range(lives_s(&story, "count:c"), 17000, 18300);
	assert_true(lives_s(&story, "charge:m2") < 0);
	say(&story, "2s confirm m1");
	assert_in_range(lives_s(&story, "count:c"), 17000, 18300);
	assert_in_range(lives_s(&story, "charge:m1"), 7000, 7800);
	/* To give back all leaves nothing. */
	say(&story, "0 charge m3 for 10m d:20m:10:10");
	say(&story, "0 release m3");
	assert_true(lives_s(&story, "count:d") < 0);
	/* What lapsed comes back by its confirmation, and goes again. */
	say(&story, "0 charge m4 for 1m e:1h:10:10");
	say(&story, "0 reset e");
	say(&story, "2m confirm m4");
	assert_in_range(lives_s(&story, "count:e"), 2900, 3600);
	assert_string_equal(stores_say(lab, eternal), "0");
}

/* --- names --------------------------------------------------------------- */

static void
names_may_hold_any_byte_and_be_long(void **state)
{
	struct store_lab *lab = *state;
	char all[256], longer[70000];
	struct str names[] = {
		str_of(all, sizeof(all)),
		str_of(longer, sizeof(longer)),
		str_of(longer, sizeof(longer) - 1),
		STR("a b"), STR("a%20b"), STR("a\0b"), STR("a\0c"), STR("{a}"),
		STR("a:b"), STR(">a"), STR("\r\n"),
	};

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	memset(longer, 'x', sizeof(longer));
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			struct story story = { lab, lab->arena, names[i] };

			assert_string_equal(say(&story,
			    "0 charge m for 10m c:1m:10:7"),
			    round == 0 ? "charged 7" : "repeat 7");
			if (round == 1)
				assert_string_equal(say(&story,
				    "0 release m"), "released");
		}
}

static void
names_of_one_charge_have_one_tag_and_no_blank(void **state)
{
	static const struct {
		const char *name, *counter, *error;
	} bad[] = {
		{ "mr:{a}:c:1", "mr:{b}:c:1",
		  "the names of the entries have different tags" },
		{ "mr:{a}:c:1", "mr:{a}:c 1",
		  "the name of an entry is empty or holds a blank" },
		{ "", "mr:{a}:c:1",
		  "the name of an entry is empty or holds a blank" },
	};
	struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct charge_item item = { str_from(bad[i].counter),
		    60000, 10, 1 };
		const struct charge charge = { str_from(bad[i].name), BASE_MS,
		    0, false, &item, 1 };
		struct store_call *call = charge_ask(lab->store, lab->arena,
		    &charge, NULL);

		assert_int_equal(stores_any_answer(call)->status,
		    STORE_REFUSED);
		assert_string_equal(stores_any_answer(call)->error,
		    bad[i].error);
		store_call_unref(&call);
	}
}

/* --- racing -------------------------------------------------------------- */

#define RACERS 16
#define RACER_TRIES 60
#define RACE_LIMIT 500

/* A client with a connection of its own. */
struct racer {
	pthread_t thread;
	const char *name;		/* of its charges */
	int64_t lapse_ms;
	int admitted;			/* how often */
};

static void *
race(void *arg)
{
	struct racer *racer = arg;
	struct store *store = stores_connect();
	struct arena *arena = arena_new(0);

	for (int i = 0; i < RACER_TRIES; i++) {
		struct charge_item items[2] = {
			{ STR("mr:{race}:count:a"), 3600000, 5000, 1 },
			{ STR("mr:{race}:count:b"), 60000, RACE_LIMIT, 1 },
		};
		struct charge charge = {
			.name = str_from(arena_printf(arena,
			    "mr:{race}:charge:%s/%d", racer->name, i)),
			.now_ms = BASE_MS + i,
			.lapse_ms = racer->lapse_ms,
			.items = items,
			.item_count = 2,
		};
		struct store_call *call = charge_ask(store, arena, &charge,
		    NULL);
		struct charge_result result = { 0 };
		const char *error;

		if (charge_read(arena, store_call_answer(call), &result,
		    &error) == 0)
			racer->admitted += result.is_admitted;
		store_call_unref(&call);
	}
	store_free(&store);
	arena_free(&arena);
	return NULL;
}

static int
race_all(struct store_lab *lab, const char *name, bool is_shared,
    int64_t lapse_ms)
{
	struct racer racers[RACERS];
	int admitted = 0;

	for (int i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){ .lapse_ms = lapse_ms,
		    .name = arena_printf(lab->arena, "%s%d", name,
		    is_shared ? 0 : i) };
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race,
		    &racers[i]), 0);
	}
	for (int i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		admitted += racers[i].admitted;
	}
	return admitted;
}

static void
sixteen_racing_clients_never_get_one_more(void **state)
{
	struct store_lab *lab = *state;
	const char *usage = "1s usage - a:1h:5000:0 b:1m:500:0";
	struct story story = { lab, lab->arena, STR("race") };

	assert_int_equal(race_all(lab, "good", false, 0), RACE_LIMIT);
	assert_string_equal(say(&story, usage), "charged 500 500");
	say(&story, "0 reset a");
	say(&story, "0 reset b");
	assert_int_equal(race_all(lab, "reserved", false, 600000),
	    RACE_LIMIT);
	assert_string_equal(say(&story, usage), "charged 500 500");
	say(&story, "0 reset a");
	say(&story, "0 reset b");
	assert_int_equal(race_all(lab, "same", true, 0),
	    RACERS * RACER_TRIES);
	assert_string_equal(say(&story, usage), "charged 60 60");
}

/* --- the exact log ------------------------------------------------------- */

#define LOG_STEPS 20000

struct log_line {
	int64_t at_ms, amount;
};

/* What lies in the span of this length that ends now, now included. */
static int64_t
log_sum(const struct log_line *lines, size_t count, int64_t now_ms,
    int64_t span_ms)
{
	int64_t sum = 0;

	while (count-- > 0 && lines[count].at_ms > now_ms - span_ms)
		sum += lines[count].amount;
	return sum;
}

/* One counter with an exact log beside it. */
struct logged {
	struct str counter;
	int64_t window_ms, limit;
	struct log_line *lines;
	size_t count;
};

static uint64_t
draw(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (*seed >> 33) % below;
}

static void
write_down(struct logged *logged, int64_t now_ms, int64_t amount)
{
	assert_true(logged->count < LOG_STEPS);
	logged->lines[logged->count++] = (struct log_line){ now_ms, amount };
}

/* Was it right to admit, or to refuse? An exact log of the window must never
 * show more than the limit; and what one of a window longer by a slice has room
 * for must not be refused. */
static void
judge(const struct logged *logged, int64_t now_ms, int64_t amount,
    bool is_admitted)
{
	int64_t slice_ms = (logged->window_ms + CHARGE_SLICES - 1) /
	    CHARGE_SLICES;
	int64_t exact = log_sum(logged->lines, logged->count, now_ms,
	    logged->window_ms);
	int64_t longer = log_sum(logged->lines, logged->count, now_ms,
	    logged->window_ms + slice_ms);

	if (is_admitted)
		assert_true(exact + amount <= logged->limit);
	else
		assert_true(longer + amount > logged->limit);
}

static struct logged
new_logged(struct store_lab *lab, uint64_t *seed, uint64_t number)
{
	return (struct logged){
		.counter = str_from(arena_printf(lab->arena,
		    "mr:{log}:count:%" PRIu64, number)),
		.window_ms = 1 + (int64_t)draw(seed, number % 3 == 0 ? 300 :
		    100000),
		.limit = 1 + (int64_t)draw(seed, 60),
		.lines = arena_alloc(lab->arena,
		    LOG_STEPS * sizeof(struct log_line)),
	};
}

#define LOGGED 5

static void
random_charges_against_an_exact_log(void **state)
{
	struct store_lab *lab = *state;
	struct arena *arena = arena_new(1 << 20);
	uint64_t seed = 20261121;
	struct logged logged[LOGGED];
	int64_t now_ms = BASE_MS;
	int admitted = 0, refused = 0;

	stores_hold_time(lab);
	printf("seed %" PRIu64 "\n", seed);
	for (uint64_t i = 0; i < LOGGED; i++)
		logged[i] = new_logged(lab, &seed, i);
	for (int step = 0; step < LOG_STEPS; step++) {
		struct logged *one = &logged[draw(&seed, LOGGED)];
		struct charge_item item = { one->counter, one->window_ms,
		    one->limit, 1 + (int64_t)draw(&seed, 8) };
		struct charge charge = { .now_ms = now_ms, .items = &item,
		    .item_count = 1 };
		struct charge_result result;
		struct store_call *call;
		const char *error;

		charge.name = str_from(arena_printf(arena,
		    "mr:{log}:charge:%d", step));
		call = charge_ask(lab->store, arena, &charge, NULL);
		assert_int_equal(charge_read(arena, stores_answer(call),
		    &result, &error), 0);
		store_call_unref(&call);
		judge(one, now_ms, item.amount, result.is_admitted);
		if (result.is_admitted)
			write_down(one, now_ms, item.amount);
		*(result.is_admitted ? &admitted : &refused) += 1;
		now_ms += (int64_t)draw(&seed, draw(&seed, 8) == 0 ? 3000 : 40);
	}
	printf("counted: %d admitted, %d refused on %s\n", admitted, refused,
	    lab->kind);
	assert_true(admitted > 1000 && refused > 1000);
	arena_free(&arena);
}

/* --- clocks that jump ---------------------------------------------------- */

#define JUMP_ROUNDS 150
#define JUMPS 8

/* Whatever the clock did before: from the first time that it is asked, no
 * charge waits for longer than a window and a slice. */
static void
after_any_jumps_of_the_clock_a_window_is_the_longest_wait(void **state)
{
	struct store_lab *lab = *state;
	struct story story = { lab, lab->arena, STR("jump") };
	uint64_t seed = 42;
	int refused = 0;

	stores_hold_time(lab);
	for (int round = 0; round < JUMP_ROUNDS; round++) {
		int64_t at = 0, window = 60 + (int64_t)draw(&seed, 100000);
		int64_t slice = (window + CHARGE_SLICES - 1) / CHARGE_SLICES;
		const char *item = arena_printf(lab->arena,
		    "%d:%" PRId64 ":9:9", round, window);

		for (int i = 0; i < JUMPS; i++) {
			at = (int64_t)draw(&seed, (uint64_t)window * 6);
			say(&story, arena_printf(lab->arena,
			    "%" PRId64 " force %d/%d for %d %s", at, round, i,
			    (int)draw(&seed, 2000000), item));
		}
		at = (int64_t)draw(&seed, (uint64_t)window * 6);
		refused += say(&story, arena_printf(lab->arena,
		    "%" PRId64 " charge %d/z %s", at, round, item))[0] == 'r';
		assert_string_equal(say(&story, arena_printf(lab->arena,
		    "%" PRId64 " usage - %s", at + window + slice, item)),
		    "charged 0");
	}
	assert_true(refused > JUMP_ROUNDS / 3);
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(the_table_of_semantics),
		REDIS_TEST(entries_live_for_as_long_as_they_count),
		STORE_TEST(names_may_hold_any_byte_and_be_long),
		STORE_TEST(names_of_one_charge_have_one_tag_and_no_blank),
		REDIS_TEST(sixteen_racing_clients_never_get_one_more),
		STORE_TEST(random_charges_against_an_exact_log),
		STORE_TEST(
		    after_any_jumps_of_the_clock_a_window_is_the_longest_wait),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
