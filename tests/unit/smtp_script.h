/* SPDX-License-Identifier: ISC */
/* smtp_script.h - for tests: an SMTP server that says what is written. */
#ifndef TESTS_SMTP_SCRIPT_H
#define TESTS_SMTP_SCRIPT_H

#include <stdbool.h>

/* What it says, one after the other: the first when a client comes, the next
 * after each command, and after the final dot. CRLF is added. */
#define SMTP_SCRIPT_MAX 16
/* Instead of a reply: it hangs up; says nothing any more; says this and reads
 * nothing any more; says this without CRLF and hangs up. */
#define SMTP_SCRIPT_CLOSE NULL
#define SMTP_SCRIPT_SILENT ""
#define SMTP_SCRIPT_DEAF "#"
#define SMTP_SCRIPT_TORN "~"

/* A thread that serves one client on a UNIX socket. */
struct smtp_script;

/* torn: each octet is a write of its own. replies is the caller's. */
struct smtp_script *smtp_script_start(const char *const *replies, bool torn);
const char *smtp_script_path(const struct smtp_script *script);
/* The client is gone, or never comes: all that it said, lines joined with LF;
 * to be freed. */
char *smtp_script_end(struct smtp_script **script);

#endif
