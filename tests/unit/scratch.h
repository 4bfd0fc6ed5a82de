/* SPDX-License-Identifier: ISC */
/* scratch.h - for tests: folders and files that go when the test has ended.
 *
 * They stand below $TMPDIR, which whoever runs many tests removes afterwards,
 * with what those that were killed have left; without it below /tmp. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

/* Of a path, short enough for one of a socket below it. */
#define SCRATCH_SIZE 64

/* Make an empty folder NAME-XXXXXX, or a file, which is open for writing: its
 * descriptor. Where that cannot be the program ends. */
void scratch_folder(char path[SCRATCH_SIZE], const char *name);
int scratch_file(char path[SCRATCH_SIZE], const char *name);

/* Remove a folder with all that is in it. -1: not all of it. */
int scratch_remove(const char *folder);

#endif
