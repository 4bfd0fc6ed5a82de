/* SPDX-License-Identifier: ISC */
/* settings.c - the section "rules" of the configuration. */
#include "rules/settings.h"

#include "base/units.h"
#include "base/vec.h"

static const struct setting rows[] = {
	SETTING_TEXT_ROW("directory", struct rules_settings, directory, NULL,
	    "The stock rules; without it those that came with the program, in "
	    "../share/mailreeve/rules.d as seen from its own folder."),
	SETTING_TEXT_ROW("local", struct rules_settings, local,
	    "/etc/mailreeve/rules.d",
	    "Rules of this host, in files *.rules: read last, so that what they "
	    "say of other rules (score, disable, dry_run) holds; it need not be "
	    "there."),
	SETTING_LIST_ROW("spamassassin", struct rules_settings, spamassassin,
	    NULL,
	    "Files and folders with rules in SpamAssassin's language, read in "
	    "this order: its stock rules, folders of sa-update, local.cf."),
	SETTING_LIST_ROW("channels", struct rules_settings, channels, NULL,
	    "Rules in SpamAssassin's language that 'mailreeve rules update' "
	    "keeps up to date, read before those of spamassassin: each "
	    "NAME=URL, a folder or a MIRRORED.BY behind https:, or a folder "
	    "of this host (file:/...)."),
	SETTING_TEXT_ROW("channel_directory", struct rules_settings,
	    channel_directory, "/var/lib/mailreeve/channels",
	    "Where the channels' rules are kept: those in use, and those "
	    "before."),
	SETTING_TEXT_ROW("keyring", struct rules_settings, keyring,
	    "/usr/share/spamassassin/sa-update-pubkey.txt",
	    "Public keys, with or without armour: a channel's files are signed "
	    "by one of them."),
	SETTING_TEXT_ROW("channel_ca", struct rules_settings, channel_ca, NULL,
	    "Certificates (PEM) by which the channels' servers are known; "
	    "without it those of the system."),
	SETTING_TEXT_ROW("canary", struct rules_settings, canary, NULL,
	    "A folder of stored messages of yours, on which new rules are "
	    "tried besides those that came with the program; in a folder ham "
	    "within it what comes out worse counts, in one spam what comes "
	    "out better, elsewhere either."),
	SETTING_INT_ROW("canary_changes", struct rules_settings,
	    canary_changes, "0", 0, 1000000,
	    "So many of them may come out otherwise than by the rules in use: "
	    "delivered, junk, refused."),
	SETTING_INT_ROW("channel_errors", struct rules_settings,
	    channel_errors, "20", 0, 1000000,
	    "So many errors may be in a channel's rules."),
	SETTING_TEXT_ROW("cache", struct rules_settings, cache,
	    "/var/lib/mailreeve/rules",
	    "Where the compiled patterns are kept; a folder that the daemon may "
	    "write."),
	SETTING_SIZE_ROW("compile_memory", struct rules_settings,
	    compile_memory, "1g", MB, 1024 * 1024 * MB,
	    "So much memory compiling the patterns may take. It is a process "
	    "of its own; where it needs more, it ends, and patterns are "
	    "matched one by one."),
	SETTING_INT_ROW("match_limit", struct rules_settings, match_limit,
	    "100000", 1000, 100000000,
	    "So many steps one pattern may take on one text; one that takes "
	    "more is named, and what it would say is not known."),
	SETTING_SIZE_ROW("max_text", struct rules_settings, max_text, "1m",
	    4 * KB, 256 * MB,
	    "Of one text, such as the visible text of a message, patterns see "
	    "so much."),
};

const struct section rules_section = {
	.name = "rules",
	.help = "The rules by which check rules judges messages, ours and "
	    "SpamAssassin's: where they are read from, and what they may "
	    "cost. The handbook tells how rules are written (rules.md) and how "
	    "SpamAssassin's come along (spamassassin.md).",
	.size = sizeof(struct rules_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};
