/* SPDX-License-Identifier: ISC */
/* settings.c - the section "avscan" of the configuration. */
#include "avscan/settings.h"

#include "base/units.h"
#include "base/vec.h"
#include "scan/answer.h"

static const struct setting rows[] = {
	SETTING_TEXT_ROW("socket", struct avscan_settings, socket,
	    "/run/mailreeve/avscan.sock", "The UNIX socket at which the milter "
	    "asks about files.", .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("socket_group", struct avscan_settings, socket_group,
	    NULL, "The group that may connect to it; without it the daemon's "
	    "own group.", .flags = SETTING_AT_START),
	SETTING_INT_ROW("workers", struct avscan_settings, workers, "4", 1,
	    512, "So many processes read files, one file each at a time."),
	SETTING_INT_ROW("worker_files", struct avscan_settings, worker_files,
	    "100", 1, 1000000, "A worker makes room for a fresh one after so "
	    "many files; with 1 no file ever meets a process that has read "
	    "another."),
	SETTING_SIZE_ROW("worker_memory", struct avscan_settings,
	    worker_memory, "512m", 16 * MB, 64 * GB,
	    "A worker may take so much memory; a file that needs more is not "
	    "read."),
	SETTING_INT_ROW("queue", struct avscan_settings, queue, "256", 0,
	    50000, "So many files may wait for a worker; the next one is not "
	    "read, and whoever asked is told that at once."),
	SETTING_DURATION_ROW("deadline", struct avscan_settings, deadline_ms,
	    "10s", 10, 1 * HOUR, "A file is read for so long, waiting included; "
	    "then its worker is killed, and the file was not read."),
	SETTING_SIZE_ROW("max_size", struct avscan_settings, max_size,
	    "128m", 1024, 4 * GB, "A larger file is not read."),
	SETTING_SIZE_ROW("max_unpacked", struct avscan_settings, max_unpacked,
	    "128m", 64 * 1024, 16 * GB,
	    "So much is unpacked of all that lies in a file; what lies beyond "
	    "is listed where the archive has a list, but not looked into."),
	SETTING_INT_ROW("max_entries", struct avscan_settings, max_entries,
	    "60000", 1, SCAN_ENTRIES_MAX,
	    "So many entries of archives in a file are listed."),
	SETTING_INT_ROW("max_depth", struct avscan_settings, max_depth, "8",
	    1, SCAN_DEPTH_MAX - 1,
	    "Archives in archives are looked into to this depth."),
	SETTING_INT_ROW("max_ratio", struct avscan_settings, max_ratio, "250",
	    10, 1000000, "An archive of more than 16 MB that claims to be so "
	    "many times larger when unpacked is marked as a bomb."),
	SETTING_SIZE_ROW("max_text", struct avscan_settings, max_text, "256k",
	    1024, SCAN_TEXT_MAX, "So much is told of the text that people read "
	    "in the documents of a file; what follows is cut."),
	DAEMON_CTL_ROWS(struct avscan_settings, "avscan"),
	DAEMON_LOG_ROWS(struct avscan_settings),
};

const struct section avscan_section = {
	.name = "avscan",
	.help = "The daemon whose sandboxed workers read attached files: what "
	    "lies in archives and documents.",
	.size = sizeof(struct avscan_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};
