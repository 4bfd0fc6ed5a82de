/* SPDX-License-Identifier: ISC */
/* scan.h - the milter's engine over stored messages, without Postfix. */
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/setting.h"
#include "base/str.h"
#include "mail/netlist.h"

struct action_report;
struct arena;
struct dns_source;
struct findings;
struct outcome;
struct snapshot;
struct txn;

enum scan_format {
	SCAN_SUMMARY,		/* a few lines for people */
	SCAN_STORY,		/* everything, for people (--explain) */
	SCAN_JSON,		/* one line (DESIGN 6) */
};

/* What stands for the SMTP session, the same for every file. */
struct scan_envelope {
	struct netaddr client_address;		/* len 0: not known */
	const char *client_name, *helo, *login;	/* NULL: not known */
	const char *mail_from;			/* NULL: the null sender */
	struct setting_list rcpts;
};

struct scan {
	struct snapshot *snapshot;
	struct dns_source *dns;
	int64_t now_ms;
	bool is_observed;	/* the configuration would not act yet */
	enum scan_format format;
	struct scan_envelope envelope;
};

/* Judge the envelope alone by SPF, and append the JSON line (DESIGN 6) in which
 * everything else is null. */
void scan_client(const struct scan *scan, struct buf *out);
/* Judge one message, as enforce mode would, and append what came out. file is
 * its name for people. Any thread. */
void scan_message(const struct scan *scan, const char *file,
    struct str message, struct buf *out);

/* Judge the files ("-": standard input) on all cores and print what came out
 * to standard output, in the order given. Those that cannot be read are named
 * by cli_error(). How many those were. */
size_t scan_files(const struct scan *scan, const char *const *files,
    size_t count, unsigned threads);

/* What came of a message, in the format of its name. */
void scan_write_json(struct buf *out, const char *file, struct txn *txn,
    const struct outcome *outcome);
void scan_write_summary(struct buf *out, const char *file, struct txn *txn,
    const struct outcome *outcome);
void scan_write_story(struct buf *out, const char *file, struct txn *txn,
    const struct outcome *outcome);
/* What stands in front of what an action reports: "failed: ", "dry run: ". */
const char *scan_report_prefix(const struct action_report *report);
/* Tables that summary and story share. */
void scan_add_findings(struct buf *out, struct arena *arena,
    const struct findings *findings);
void scan_add_actions(struct buf *out, struct arena *arena,
    const struct outcome *outcome);

/* The JSON line of --spf-only, where no message was read. */
void scan_write_json_client(struct buf *out, const struct txn *txn);

#endif
