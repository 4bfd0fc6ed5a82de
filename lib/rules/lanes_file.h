/* SPDX-License-Identifier: ISC */
/* lanes_file.h - the file of a cache: databases that were compiled before. */
#ifndef RULES_LANES_FILE_H
#define RULES_LANES_FILE_H

#include <stdbool.h>

#include "base/str.h"

struct arena;

#define LANES_KEY_SIZE 32

/* What was in a file: it cannot be read (errno says why), is not there, is no
 * whole one of this key. */
enum lanes_file_result {
	LANES_FILE_GOOD,
	LANES_FILE_ABSENT,
	LANES_FILE_DAMAGED,
	LANES_FILE_UNREADABLE,
};

/* The content that was written under this key. In arena. */
enum lanes_file_result lanes_file_read(struct arena *arena, const char *path,
    const unsigned char key[LANES_KEY_SIZE], struct str *content_r,
    const char **error_r);

/* Write it: under another name in directory, to the disk, then under its own. 0,
 * -1 with the reason. */
int lanes_file_write(struct arena *arena, const char *directory,
    const char *name, const unsigned char key[LANES_KEY_SIZE],
    struct str content, const char **error_r);

/* Nobody else compiles into directory, which is made where it is not there, as
 * long as the descriptor is open: waits for others. What a dead one left is
 * removed. -1 with the reason. */
int lanes_file_lock(struct arena *arena, const char *directory,
    const char **error_r);
/* Remove all but the newest, under the lock. */
void lanes_file_prune(struct arena *arena, const char *directory);
/* It was used just now. */
void lanes_file_touch(const char *path);

#endif
