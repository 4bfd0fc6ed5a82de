/* SPDX-License-Identifier: ISC */
/* kind.h - what a file is by how its bytes begin. */
#ifndef AVSCAN_KIND_H
#define AVSCAN_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "scan/answer.h"

/* With fewer bytes of a file some kinds are not known. */
#define KIND_HEAD ((size_t)36 * 1024)
/* Enough for tar and cpio. */
#define KIND_TAR_HEAD 1024

enum scan_kind kind_of(struct str head);

/* Has it entries that can be listed? */
bool kind_is_archive(enum scan_kind kind);
/* Has somebody more to say about it than its name? */
bool kind_is_read(enum scan_kind kind);
/* Does some processor run it as it is? */
bool kind_is_program(enum scan_kind kind);

#endif
