/* SPDX-License-Identifier: ISC */
/* scan.h - the milter's engine over stored messages, without Postfix. */
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/setting.h"
#include "base/str.h"
#include "mail/finding.h"
#include "mail/netlist.h"

struct action_report;
struct arena;
struct asker;
struct dns_source;
struct engine;
struct findings;
struct outcome;
struct policies;
struct snapshot;
struct txn;

enum scan_format {
	SCAN_SUMMARY,		/* a few lines for people */
	SCAN_STORY,		/* everything, for people (--explain) */
	SCAN_JSON,		/* one line (DESIGN 6) */
	SCAN_RULES,		/* the rules that hit, for people */
	SCAN_RULES_JSON,	/* the same as one line */
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
	struct policies *policies;	/* of the directory; NULL: none */
	struct asker *asker;	/* of mailreeve-avscan; NULL: it is not asked */
	int64_t now_ms;
	bool is_at_receipt;	/* each message is judged at the time that its
				 * newest Received tells, if that has been */
	bool is_observed;	/* the configuration would not act yet */
	enum scan_format format;
	bool has_inner;		/* SCAN_RULES: with rules for other rules */
	bool has_colour;	/* what people read may have styles */
	struct scan_envelope envelope;
};

/* Judge the envelope alone by SPF, and append the JSON line (DESIGN 6) in which
 * everything else is null. */
void scan_client(const struct scan *scan, struct buf *out);

/* Judge one message, as enforce mode would, and append what came out. file is
 * its name for people. Any thread. */
void scan_message(const struct scan *scan, const char *file,
    struct str message, struct buf *out);

/* The same by hand: what stands for the session, then the message; what follows
 * is engine_finish(). */
void scan_give(struct engine *engine, const struct scan_envelope *envelope,
    struct str message);

/* Judge the files ("-": standard input) on all cores and print what came out
 * to standard output, in the order given. Those that cannot be read are named
 * by cli_error(). How many those were. */
size_t scan_files(const struct scan *scan, const char *const *files,
    size_t count, unsigned threads);

/* A message that was judged, to be told. */
struct scan_told {
	const struct scan *scan;
	const char *file;
	struct txn *txn;
	const struct outcome *outcome;
};

/* What came of it, in the format of its name. */
void scan_write_json(const struct scan_told *told, struct buf *out);
void scan_write_summary(const struct scan_told *told, struct buf *out);
void scan_write_story(const struct scan_told *told, struct buf *out);
void scan_write_rules(const struct scan_told *told, struct buf *out);
void scan_write_rules_json(const struct scan_told *told, struct buf *out);

/* What stands in front of what an action reports: "failed: ", "dry run: ". */
const char *scan_report_prefix(const struct action_report *report);
/* Parts that summary and story share: the line of the file and what became of
 * it, the findings, what the actions did. */
void scan_add_title(const struct scan_told *told, struct buf *out);
void scan_add_findings(const struct scan_told *told, struct buf *out);
void scan_add_actions(const struct scan_told *told, struct buf *out);
/* The chapter of the story about SPF, DKIM and DMARC. */
void scan_add_proof(const struct scan_told *told, struct buf *out);
/* A result word, styled good or bad where colour is taken. Arena text. */
const char *scan_result_word(const struct scan_told *told, enum result result);

/* The JSON line of --spf-only, where no message was read. */
void scan_write_json_client(struct buf *out, const struct txn *txn);

#endif
