/* SPDX-License-Identifier: ISC */
/* fuzz_rules_sa_message.c - a message as SpamAssassin sees it: all places, and all
 * of its tests. */
#include <math.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "rules/call.h"
#include "rules/draft.h"
#include "rules/place.h"
#include "rules/place/sa_html.h"
#include "rules/place/sa_private.h"
#include "rules/place/sa_uri.h"
#include "rules/sa_read.h"
#include "rules/view.h"
#include "rules_message.h"

#define PLACE_OF(place, field, words) \
    { .kind = PLACE_##place, .name = STR(field), .form = STR(words) }

static const struct place places[] = {
	PLACE_OF(sa_header, "all", ""), PLACE_OF(sa_header, "all", "raw"),
	PLACE_OF(sa_header, "all-untrusted", ""),
	PLACE_OF(sa_header, "all-internal", ""),
	PLACE_OF(sa_header, "from", "addr"), PLACE_OF(sa_header, "from", "name"),
	PLACE_OF(sa_header, "tocc", "addr:domain"),
	PLACE_OF(sa_header, "messageid", "host"),
	PLACE_OF(sa_header, "received", "revip"),
	PLACE_OF(sa_header, "subject", ""),
	PLACE_OF(sa_header, "envelopefrom", ""),
	PLACE_OF(sa_header, "x-spam-relays-untrusted", ""),
	PLACE_OF(sa_header, "x-spam-relays-internal", ""),
	PLACE_OF(sa_body, "", ""), PLACE_OF(sa_rawbody, "", ""),
	PLACE_OF(sa_full, "", ""), PLACE_OF(sa_uri, "", ""),
	PLACE_OF(sa_mimeheader, "content-type", ""),
	PLACE_OF(sa_mimeheader, "all", "raw"),
};

/* Arguments that one of the tests takes; each gets all of these in turn. */
static const char *const arguments[] = { "", "html", "comment\1<!.*?>",
	"length\1" "0\1" "inf", "author\1/a.c/", "img\1!= 0", "from\1" "0.1\1" "2", "all\1" "1\1"
	"9", "raw =~ /a.c/i\1type =~ /a/", "user", "LIST",
	"A\1sa_uri\1\1\1=~\1/.*%{TO}|%{WORD}x\1" "1",
	"A\1sa_header\1subject\1\1!~\1(?:%{WORD} %{TO})\1" "0" };

/* What those catch, and how the message is read. */
static const char rules[] =
    "header __TO To:addr =~ /(?<TO>.*)/\n"
    "body __WORD /(?<WORD>\\w+)/\n"
    "tflags __WORD multiple\n"
    "redirector_pattern m'/(?:index)?\\?.*(?<=[?&])u=(.*?)(?:$|[&\\#])'i\n"
    "originating_ip_headers X-Originating-IP X-Sent-By\n"
    "trusted_networks !10.0.0.5 10. 192.168/16 2001:db8::/32\n"
    "internal_networks 10.\n"
    "msa_networks 192.168.1.1-192.168.1.9\n";
static const struct sa_reading *reading;

/* The tests with arguments that they take: made once. */
#define PREPARED_MAX 4000

static struct {
	const struct call *call;
	void *prepared;
} prepared[PREPARED_MAX];
static size_t prepared_count;

static void
prepare_call(const struct call *call, struct draft *draft, const char *words)
{
	struct call_setup setup = { .arena = draft->arena,
		.draft = draft };
	struct str rest = str_from(words), word;
	const char *error = NULL;
	void *made = NULL;
	struct vec args;

	vec_init(&args, draft->arena, sizeof(struct str));
	while (words[0] != '\0' && str_cut(&rest, '\1', &word))
		*(struct str *)vec_push(&args) = word;
	setup.args = &args;
	if (call->prepare != NULL &&
	    call->prepare(&setup, &made, &error) != 0) {
		must(error != NULL);
		return;
	}
	must(prepared_count < PREPARED_MAX);
	prepared[prepared_count].call = call;
	prepared[prepared_count++].prepared = made;
}

static bool
is_of_spamassassin(const struct call *call)
{
	static const struct str fronts[] = { STR("check_"), STR("html_"),
		STR("image_"), STR("pixel_"), STR("have_any"), STR("gated_"),
		STR("helo_"), STR("multipart_"), STR("s"), STR("tvd_"),
		STR("pdf_"), STR("plaintext_"), STR("received_") };

	for (size_t i = 0; i < ARRAY_LEN(fronts); i++)
		if (str_has_prefix_nocase(str_from(call->name), fronts[i]))
			return true;
	return false;
}

static void
add_options(struct draft *draft)
{
	draft_add_line(draft, STR("freemail_domains"),
	    STR("gmail.com yahoo.* a?l.com"));
	draft_add_line(draft, STR("enlist_addrlist"),
	    STR("(LIST) *@example.org a*b?c*@*.net"));
	draft_add_line(draft, STR("enlist_uri_host"),
	    STR("(LIST) example.org !www.example.org"));
	draft_add_line(draft, STR("welcomelist_bounce_relays"),
	    STR("*.example.org"));
	draft_add_line(draft, STR("welcomelist_from_rcvd"),
	    STR("*@example.org example.org"));
	draft_add_line(draft, STR("fns_add_addrlist"),
	    STR("(one) *@example.org *@a.*"));
}

static void
prepare_calls(void)
{
	struct draft *draft = draft_new(arena_new(0));

	add_options(draft);
	sa_parse(draft, "fuzz.cf", str_from(rules));
	sa_finish(draft);
	reading = draft->sa_reading;
	for (size_t i = 0; calls[i] != NULL; i++)
		for (size_t j = 0; j < ARRAY_LEN(arguments) &&
		    is_of_spamassassin(calls[i]); j++)
			if (calls[i]->prepare != NULL || j == 0)
				prepare_call(calls[i], draft, arguments[j]);
}

/* The body's lines are as short as rules expect. */
static void
check_texts(struct view *view, const struct place *place)
{
	const struct vec *texts = view_texts(view, place);

	for (size_t i = 0; i < texts->len; i++) {
		struct str text = *(struct str *)vec_at(texts, i);

		must(text.data != NULL);
		must(place->kind != PLACE_sa_body || text.len <= SA_LINE_MAX);
		must(place->kind != PLACE_sa_rawbody ||
		    text.len <= 2 * SA_LINE_MAX);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct view *view = view_new(rules_message(arena,
	    str_copy(arena, str_of((const char *)data, size))), NULL);

	if (prepared_count == 0)
		prepare_calls();
	view->sa_reading = reading;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		check_texts(view, &places[i]);
	for (size_t i = 0; i < prepared_count; i++)
		must(isfinite(prepared[i].call->run(view,
		    prepared[i].prepared)));
	arena_free(&arena);
	return 0;
}
