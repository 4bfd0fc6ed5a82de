/* SPDX-License-Identifier: ISC */
/* scanner.h - asks mailreeve-avscan what a file holds. */
#ifndef SCAN_SCANNER_H
#define SCAN_SCANNER_H

#include <stddef.h>

#include "base/str.h"
#include "scan/answer.h"

struct asker;
struct wait;

struct scan_question;

/* A descriptor that may be sent: a memfd with these bytes, sealed. -1 and errno
 * when there is none. */
int scan_file_of(struct str data);

/* Ask the daemon that listens at path, by an asker (asker.h). fd is one of scan_file_of(), or of a
 * regular file that was opened for reading alone; it becomes the question's.
 * name as the message claims it. Without an answer in timeout_ms it is
 * SCAN_UNREAD_late. Never NULL, never blocks; everything is copied; the answer
 * posts wait. Any thread, like the functions below. */
struct scan_question *scan_ask(struct asker *asker, const char *path,
    int fd, struct str name, int timeout_ms, struct wait *wait);
/* The answer, or NULL while it is under way. It lives as long as the
 * question. */
const struct scan_answer *scan_question_answer(struct scan_question *question);
/* Who asked has no more use for it. */
void scan_question_drop(struct scan_question **question);

#endif
