/* SPDX-License-Identifier: ISC */
/* served_directory.h - what a running daemon knows of the directory. */
#ifndef DIRECTORY_SERVED_DIRECTORY_H
#define DIRECTORY_SERVED_DIRECTORY_H

struct arena;
struct buf;
struct directory_settings;
struct inquiry;
struct policies;
struct served_directory;

/* The directory of these settings, which must live as long; one of kind `none`
 * is one that nobody asks. delimiter begins extensions (0: none). NULL with the
 * reason. */
struct served_directory *served_directory_open(
    const struct directory_settings *settings, char delimiter,
    struct arena *arena, const char **error_r);
/* After all that asks. */
void served_directory_close(struct served_directory **directory);

/* NULL: there is no directory. */
struct policies *served_directory_policies(
    const struct served_directory *directory);
struct inquiry *served_directory_inquiry(
    const struct served_directory *directory);

/* Why it cannot be asked at present (arena text); NULL: it can. */
const char *served_directory_degraded(const struct served_directory *directory,
    struct arena *arena);
/* Prometheus text of the daemon of this name. */
void served_directory_write_metrics(const struct served_directory *directory,
    const char *daemon, struct buf *out);

#endif
