/* SPDX-License-Identifier: ISC */
/* rules_check.c - mailreeve rules check: what loads, and what does not. */
#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "rules/channel.h"
#include "rules/ruleset.h"
#include "rules/settings.h"

/* The members of JSON. */
static const char *const note_keys[] = {
	[DRAFT_ERROR] = "error",
	[DRAFT_UNSUPPORTED] = "unsupported",
	[DRAFT_APPROXIMATED] = "approximated",
	[DRAFT_PASSED_OVER] = "passed_over",
};

#define NOTE_KINDS (DRAFT_PASSED_OVER + 1)
#define TEST_KINDS (DRAFT_META + 1)

struct options {
	bool wants_json, wants_all;
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("json", struct options, wants_json,
	    "Print one line of JSON, with every note."),
	OPTION_FLAG_ROW("all", struct options, wants_all,
	    "Name settings of SpamAssassin that say nothing about rules, too; "
	    "else they are counted."),
	OPTION_CONFIG_ROW(struct options, config),
};

/* What was counted. */
struct tally {
	size_t in_force, native, spamassassin, inner, dry_run;
	size_t kinds[TEST_KINDS];
	size_t notes[NOTE_KINDS];
};

static struct tally
count(const struct ruleset *ruleset)
{
	const struct draft *draft = ruleset_draft(ruleset);
	struct tally tally = { 0 };

	for (size_t i = 0; i < draft->rules.len; i++) {
		const struct draft_rule *rule =
		    *(struct draft_rule **)vec_at(&draft->rules, i);

		if (!ruleset_has(ruleset, rule))
			continue;
		tally.in_force++;
		tally.kinds[rule->test.kind]++;
		tally.dry_run += (rule->flags & RULE_DRY_RUN) != 0;
		if ((rule->flags & RULE_INNER) != 0)
			tally.inner++;
		else if ((rule->flags & RULE_SPAMASSASSIN) != 0)
			tally.spamassassin++;
		else
			tally.native++;
	}
	for (size_t i = 0; i < draft->notes.len; i++)
		tally.notes[((struct draft_note *)vec_at(&draft->notes,
		    i))->kind]++;
	return tally;
}

static void
put_notes(struct json_writer *json, const struct rules *rules)
{
	const struct vec *notes = &ruleset_draft(rules->ruleset)->notes;

	json_begin_array(json, "notes");
	for (size_t i = 0; i < notes->len; i++) {
		const struct draft_note *note = vec_at(notes, i);

		json_begin_object(json, NULL);
		json_put_text(json, "kind", note_keys[note->kind]);
		json_put_text(json, "file", note->origin.file);
		json_put_int(json, "line", (int64_t)note->origin.line);
		json_put_str(json, "rule", note->rule);
		json_put_text(json, "reason", note->reason);
		json_end_object(json);
	}
	json_end_array(json);
}

static void
put_patterns(struct json_writer *json, const struct rules *rules)
{
	struct lanes_facts facts = lanes_facts(ruleset_lanes(rules->ruleset));
	const char *words;

	ruleset_state(rules->ruleset, &words);
	json_begin_object(json, "patterns");
	json_put_int(json, "exact", (int64_t)facts.exact);
	json_put_int(json, "prefiltered", (int64_t)facts.prefiltered);
	json_put_int(json, "alone", (int64_t)facts.alone);
	json_put_int(json, "bytes", (int64_t)facts.bytes);
	json_put_text(json, "state", words);
	json_end_object(json);
}

static void
print_json(const struct rules *rules, const struct tally *tally)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out, rules->arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	json_put_int(&json, "in_force", (int64_t)tally->in_force);
	json_put_int(&json, "native", (int64_t)tally->native);
	json_put_int(&json, "spamassassin", (int64_t)tally->spamassassin);
	json_put_int(&json, "inner", (int64_t)tally->inner);
	json_put_int(&json, "dry_run", (int64_t)tally->dry_run);
	json_begin_object(&json, "kinds");
	for (size_t i = DRAFT_PATTERN; i < TEST_KINDS; i++)
		json_put_int(&json, rules_kind_text(i),
		    (int64_t)tally->kinds[i]);
	json_end_object(&json);
	put_patterns(&json, rules);
	json_begin_object(&json, "counts");
	for (size_t i = 0; i < NOTE_KINDS; i++)
		json_put_int(&json, note_keys[i], (int64_t)tally->notes[i]);
	json_end_object(&json);
	put_notes(&json, rules);
	json_end_object(&json);
	json_end(&json);
	puts(out.data);
}

/* --- for people ----------------------------------------------------------- */

/* Their versions, and what became of the last update. */
static void
add_channels(const struct rules *rules, struct table *table)
{
	const struct rules_settings *settings = rules->settings;
	const char *set = channel_current(rules->arena,
	    settings->channel_directory);
	const char *failed = channel_failed(rules->arena,
	    settings->channel_directory);
	const char *error;

	for (size_t i = 0; i < settings->channels.count; i++) {
		struct channel channel;

		if (channel_parse(rules->arena, settings->channels.texts[i],
		    &channel, &error) == 0)
			table_add(table, i == 0 ? "channels" : "",
			    arena_printf(rules->arena, "%s: version %llu",
			    channel.name, (unsigned long long)channel_version(
			    rules->arena, set, channel.name)));
	}
	if (settings->channels.count > 0 && failed != NULL)
		table_add(table, "", arena_printf(rules->arena, "the last "
		    "update failed: %s", clean_text(rules->arena, failed)));
}

static void
print_counts(const struct rules *rules, const struct tally *tally,
    struct buf *out)
{
	struct lanes_facts facts = lanes_facts(ruleset_lanes(rules->ruleset));
	struct arena *arena = rules->arena;
	const char *words;
	struct table table;

	ruleset_state(rules->ruleset, &words);
	table_init(&table, arena, 2);
	table_add(&table, "rules", arena_printf(arena, "%zu in force: %zu "
	    "native, %zu of SpamAssassin's language, %zu for other rules only"
	    "%s", tally->in_force, tally->native, tally->spamassassin,
	    tally->inner, tally->dry_run == 0 ? "" : arena_printf(arena,
	    "; %zu of them in a dry run", tally->dry_run)));
	table_add(&table, "tests", arena_printf(arena, "%zu patterns, %zu "
	    "whether a text is there, %zu that are no pattern, %zu "
	    "expressions", tally->kinds[DRAFT_PATTERN],
	    tally->kinds[DRAFT_EXISTS], tally->kinds[DRAFT_CALL],
	    tally->kinds[DRAFT_META]));
	table_add(&table, "patterns", words);
	if (facts.bytes != 0)
		table_add(&table, "", arena_printf(arena, "%zu exactly, %zu "
		    "confirmed one by one, %zu always one by one; %.1f MB",
		    facts.exact, facts.prefiltered, facts.alone,
		    (double)facts.bytes / 1e6));
	add_channels(rules, &table);
	table_print(&table, out);
}

/* "FILE:LINE: RULE: reason", a line for each, as compilers do. */
static void
add_note(struct buf *out, const struct draft_note *note)
{
	struct arena *arena = out->arena;

	buf_printf(out, "%s: ", clean_text(arena, rules_origin(arena,
	    &note->origin)));
	if (note->rule.len != 0)
		buf_printf(out, "%s: ", clean_str(arena, note->rule));
	buf_printf(out, "%s\n", clean_text(arena, note->reason));
}

static void
add_notes(const struct rules *rules, enum draft_note_kind kind,
    struct buf *out)
{
	static const char *const titles[] = {
		[DRAFT_ERROR] = "Wrong, and left out",
		[DRAFT_UNSUPPORTED] = "Not supported, and left out",
		[DRAFT_APPROXIMATED] = "Approximated",
		[DRAFT_PASSED_OVER] = "Passed over",
	};
	const struct vec *notes = &ruleset_draft(rules->ruleset)->notes;
	bool is_first = true;

	for (size_t i = 0; i < notes->len; i++) {
		const struct draft_note *note = vec_at(notes, i);

		if (note->kind != kind)
			continue;
		if (is_first)
			buf_printf(out, "\n%s\n", output_style(rules->arena,
			    output_has_colour(), STYLE_BOLD, titles[kind]));
		is_first = false;
		add_note(out, note);
	}
}

/* "ok, with 3 approximated, 12 passed over" */
static void
add_end(const struct tally *tally, struct arena *arena, struct buf *out)
{
	bool is_good = tally->notes[DRAFT_ERROR] == 0;
	const char *before = ", with ";

	buf_add_text(out, tally->notes[DRAFT_UNSUPPORTED] +
	    tally->notes[DRAFT_APPROXIMATED] != 0 || !is_good ? "\n" : "");
	buf_add_text(out, output_style(arena, output_has_colour(),
	    is_good ? STYLE_GOOD : STYLE_BAD, is_good ? "ok" : "wrong"));
	for (size_t i = 0; i < NOTE_KINDS; i++) {
		if (tally->notes[i] == 0)
			continue;
		buf_printf(out, "%s%zu %s%s", before, tally->notes[i],
		    rules_note_text(i), i == DRAFT_ERROR &&
		    tally->notes[i] != 1 ? "s" : "");
		before = ", ";
	}
	buf_add_char(out, '\n');
}

static void
print_all(const struct rules *rules, const struct tally *tally, bool wants_all)
{
	struct buf out;

	buf_init(&out, rules->arena);
	print_counts(rules, tally, &out);
	for (int kind = 0; kind < NOTE_KINDS; kind++)
		if (kind != DRAFT_PASSED_OVER || wants_all)
			add_notes(rules, kind, &out);
	add_end(tally, rules->arena, &out);
	fputs(out.data, stdout);
}

static int
run_rules_check(struct command_run *run)
{
	const struct options *options = run->options;
	struct rules rules;
	struct tally tally = { 0 };
	int status = rules_open(run, options->config, &rules);

	if (status == CLI_OK) {
		tally = count(rules.ruleset);
		if (options->wants_json)
			print_json(&rules, &tally);
		else
			print_all(&rules, &tally, options->wants_all);
		if (tally.notes[DRAFT_ERROR] != 0)
			status = CLI_FAILED;
	}
	rules_close(&rules);
	return status;
}

const struct command cmd_rules_check = {
	.name = "rules check",
	.help = "Load all rules; say what is in force and what is not.",
	.text = "Reads the stock rules, those in SpamAssassin's language that "
	    "the configuration names, and those of this host, as the milter "
	    "would. Whatever is not taken exactly as it stands is named with "
	    "its file and line: what is wrong, what is not supported, what is "
	    "approximated, and why. Nothing is ignored in silence.\n\n"
	    "Without --config it reads /etc/mailreeve/mailreeve.conf, and "
	    "where that is not there the built-in defaults hold.\n\n"
	    "Exit status: 0 when nothing is wrong, 1 when a rule is, 2 when the "
	    "usage or the configuration is.",
	.examples = "rules check\n"
	    "rules check --all -c new.conf\n",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_check,
};
