/* SPDX-License-Identifier: ISC */
/* rules_test.c - mailreeve rules test: which rules hit on stored messages. */
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/scan_setup.h"
#include "milter/engine.h"

struct options {
	bool wants_json, wants_inner;
	struct scan_options scan;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("json", struct options, wants_json,
	    "Print one line of JSON for each message."),
	OPTION_FLAG_ROW("inner", struct options, wants_inner,
	    "With rules that are for other rules only."),
	SCAN_OPTION_ROWS(struct options, "Read this configuration instead of "
	    "/etc/mailreeve/mailreeve.conf."),
};

static int
test_files(struct command_run *run, struct scan *scan)
{
	const struct options *options = run->options;

	if (snapshot_rules(scan->snapshot) == NULL) {
		cli_error("rules are off: check rules { enabled yes; }");
		return CLI_FAILED;
	}
	return scan_files(scan, run->args, run->arg_count,
	    scan_threads(&options->scan)) == 0 ? CLI_OK : CLI_FAILED;
}

static int
run_rules_test(struct command_run *run)
{
	const struct options *options = run->options;
	struct scan_options with = options->scan;
	struct scan_peers peers = { 0 };
	int status = CLI_USAGE;
	struct scan scan = {
		.format = options->wants_json ? SCAN_RULES_JSON : SCAN_RULES,
		.has_inner = options->wants_inner,
		.is_at_receipt = options->scan.now == NULL,
	};

	with.config = rules_conf_path(with.config);
	if (scan_check_input(run) < 0)
		return CLI_USAGE;
	if (scan_open(run, &with, options->wants_json, true, &scan,
	    &peers) == 0)
		status = test_files(run, &scan);
	scan_close(&scan, &peers);
	return status;
}

const struct command cmd_rules_test = {
	.name = "rules test",
	.help = "Tell which rules hit on stored messages, and by what.",
	.text = "Judges messages as 'scan' does, and tells of the rules alone: "
	    "each that hits, what it gives, and what it matched first.\n\n"
	    "Each message is judged as of the time when it was received: what "
	    "its newest Received field tells, unless that is to come. A "
	    "message without one is judged as of now, and with --now all are "
	    "judged as of that time.\n\n"
	    "With --json a line is an object of file, score (of the rules), "
	    "total (with the other checks), verdict, hits, limited (rules "
	    "that took too long), with --inner inner too; a hit has rule, "
	    "score, value (how often), found and dry_run.\n\n"
	    "Exit status: 0 when all messages were read, 1 when some could "
	    "not be read, 2 when the usage, the configuration or a file of "
	    "rules is wrong.",
	.arguments = "FILE...|-",
	.examples = "rules test letter.eml\n"
	    "rules test --inner --zone /dev/null letter.eml\n",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_test,
};
