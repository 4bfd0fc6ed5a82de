/* SPDX-License-Identifier: ISC */
/* scan.c - mailreeve scan: what would become of a stored message, and why. */
#include <stdio.h>

#include "base/arena.h"
#include "cli/output.h"
#include "cli/scan_setup.h"

struct options {
	bool wants_json;
	bool wants_story;
	bool is_spf_only;
	struct scan_options scan;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("json", struct options, wants_json,
	    "Print one line of JSON for each message."),
	OPTION_FLAG_ROW("explain", struct options, wants_story,
	    "Tell the whole story: who, what, every check, every change."),
	SCAN_OPTION_ROWS(struct options, "Read this configuration; without it "
	    "the built-in defaults hold."),
	OPTION_FLAG_ROW("spf-only", struct options, is_spf_only,
	    "Judge client, HELO and MAIL FROM by SPF alone: takes no FILE, "
	    "prints JSON."),
};

static void
print_client(struct command_run *run, const struct scan *scan)
{
	struct buf out;

	buf_init(&out, run->arena);
	scan_client(scan, &out);
	fputs(out.data, stdout);
}

static int
check_usage(const struct command_run *run)
{
	const struct options *options = run->options;

	if (options->is_spf_only && run->arg_count != 0) {
		cli_error("--spf-only takes no FILE");
		return -1;
	}
	if (options->is_spf_only && options->scan.client_ip == NULL) {
		cli_error("--spf-only needs --client-ip: SPF judges the "
		    "client");
		return -1;
	}
	if (!options->is_spf_only && run->arg_count == 0) {
		cli_error("no FILE: name the messages, or '-' for standard "
		    "input");
		return -1;
	}
	return scan_check_input(run);
}

static int
run_scan(struct command_run *run)
{
	const struct options *options = run->options;
	struct scan_peers peers = { 0 };
	size_t unread = 0;
	struct scan scan = {
		.format = options->wants_json ? SCAN_JSON
		    : options->wants_story ? SCAN_STORY : SCAN_SUMMARY,
	};

	if (check_usage(run) < 0)
		return CLI_USAGE;
	if (scan_open(run, &options->scan, options->wants_json ||
	    options->is_spf_only, !options->is_spf_only, &scan,
	    &peers) < 0) {
		scan_close(&scan, &peers);
		return CLI_USAGE;
	}
	if (options->is_spf_only)
		print_client(run, &scan);
	else
		unread = scan_files(&scan, run->args, run->arg_count,
		    scan_threads(&options->scan));
	scan_close(&scan, &peers);
	return unread == 0 ? CLI_OK : CLI_FAILED;
}

const struct command cmd_scan = {
	.name = "scan",
	.help = "Judge stored messages as the milter would, and say why.",
	.text = "Runs the checks, the verdict and the actions of the milter "
	    "over messages in files, without Postfix, as enforce mode would. "
	    "Nothing is sent, stored or changed.\n\n"
	    "A line that ends with LF reads as if it ended with CRLF. What "
	    "the options do not tell of the SMTP session is not known: "
	    "without --client-ip the checks of the client have no result.\n\n"
	    "A directory that --config names says what holds for senders, "
	    "recipients and logins, and who signs, as it does for the "
	    "milter; it must answer. So does mailreeve-avscan of what lies in "
	    "files, where --config enables check files: when it is not there, "
	    "a finding says that they were not read, and on_error what "
	    "becomes of the message.\n\n"
	    "Many files are judged on all cores, and told in the order given. "
	    "For those of a folder: find DIR -type f -print0 | xargs -0 "
	    "mailreeve scan --json.\n\n"
	    "With --json a line is an object of file, id, spf, dkim, arc, "
	    "dmarc, score, verdict, findings, recipients, actions, reply: all "
	    "of them always, and null where something was not judged. Results "
	    "are the words of RFC 8601; a verdict is ham, junk, hold, defer or "
	    "refuse.\n\n"
	    "A zone file takes the place of the DNS. Its types are A, AAAA, "
	    "MX (10 host), PTR, CNAME and TXT; rdata !TIMEOUT or !SERVFAIL "
	    "makes that fault; a line with # in front is a comment; what no "
	    "line has does not exist.\n\n"
	    "Exit status: 0 when all messages were read, 1 when some could "
	    "not be read, 2 when the usage or the configuration is wrong, or "
	    "the directory cannot be asked.",
	.examples = "scan --explain --client-ip 192.0.2.1 letter.eml\n"
	    "scan --json Maildir/cur/*\n",
	.arguments = "FILE...|-",
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_scan,
};
