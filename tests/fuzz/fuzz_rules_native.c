/* SPDX-License-Identifier: ISC */
/* fuzz_rules_native.c - files of rules; what reads is put together and judges a
 * message, what does not is told with a place and leaves nothing behind. */
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "fuzz.h"
#include "mail/host.h"
#include "mail/message.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "mime/reader.h"
#include "rules/draft.h"
#include "rules/fold.h"
#include "rules/native_read.h"
#include "rules/ruleset.h"
#include "rules/view.h"

#define LETTER "From: PayPal <x@team.example>\nTo: bob@example.org\n" \
	"Subject: A prize for you\n\nA p\u0430ssword and a wire transfer.\n"

#define SECTIONS_MAX 16

static const struct site *
make_site(struct arena *arena)
{
	const struct section *sections[SECTIONS_MAX] = { &host_section };
	const char *error;
	const struct site *site;
	struct conf *conf;

	for (size_t i = 0; policy_sections[i] != NULL; i++)
		sections[i + 1] = policy_sections[i];
	conf = conf_parse("fuzz", "domain example.org { }", sections, NULL,
	    arena, &error);
	must(conf != NULL);
	site = site_from_conf(arena, conf, &error);
	must(site != NULL);
	conf_unref(&conf);
	return site;
}

/* One line of text, with a place. */
static void
check_error(const char *error)
{
	struct str text = str_from(error);

	must(strchr(error, ':') != NULL && text.len < 4000);
	must(is_utf8(text) && str_find(text, '\n') < 0);
}

static void
judge(struct arena **arena, struct draft *draft)
{
	struct ruleset_options options = ruleset_default_options;
	struct arena *own = arena_new(0);
	struct txn *txn = txn_new_small(make_site(own), 0);
	struct mime_reader *reader = mime_reader_new(txn->arena,
	    &mime_default_limits, NULL);
	struct message message;
	struct rules_result result;
	struct ruleset *ruleset;
	struct str name, value;
	const char *error;

	options.match_limit = 1000;
	ruleset = ruleset_new(arena, draft, &options);
	message_begin(&message, txn->arena, STR(LETTER));
	while (message_next_field(&message, &name, &value)) {
		header_list_add(&txn->headers, name, value);
		mime_reader_field(reader, name, value);
	}
	mime_reader_feed(reader, message.rest);
	txn->mime = mime_reader_end(reader);
	must(txn_add_rcpt(txn, "<bob@example.org>", &error) == 0);
	rules_judge(ruleset, view_new(txn, NULL), RULES_TELL_INNER |
	    RULES_TELL_FOUND, &result);
	must(result.hits.len <= ruleset_count(ruleset));
	ruleset_unref(&ruleset);
	txn_free(&txn);
	arena_free(&own);
}

/* Words of any octets: what folds is UTF-8 where the words were. */
static void
fold(struct str text)
{
	struct arena *arena = arena_new(0);
	struct fold_words words;

	fold_words(arena, text, false, &words);
	for (size_t i = 0; i < words.items.len; i++)
		must(is_utf8(fold_slice(&words, i, 1)) &&
		    fold_slice(&words, i, 1).len > 0);
	fold_label(arena, text);
	must(fold_mixed(text) <= words.items.len);
	arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of((const char *)data, size);
	struct arena *arena = arena_new(0);
	struct draft *draft = draft_new(arena);
	const char *error = NULL;

	fold(text);
	/* Files that it names are not its own. */
	if (memmem(data, size, "include", 7) == NULL &&
	    memmem(data, size, "file", 4) == NULL) {
		if (native_read_text(draft, "f", text, &error) == 0) {
			judge(&arena, draft);
		} else {
			check_error(error);
			must(draft->rules.len == 0);
		}
	}
	arena_free(&arena);
	return 0;
}
