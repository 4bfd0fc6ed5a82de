/* SPDX-License-Identifier: ISC */
/* channel.h - rules in SpamAssassin's language that others keep up to date.
 *
 * A channel is a folder, on this host (file:) or behind HTTPS, with what
 * sa-update's channels have: VERSION.tar.gz, .tar.gz.sha512 and .tar.gz.asc, the
 * version a number that grows. Its address may also be a list of such folders,
 * MIRRORED.BY: a line each. Nothing is asked by DNS.
 *
 * What was fetched is kept below one directory:
 *
 *	current -> sets/set.XXXXXX	all channels as they are in use
 *	previous -> sets/set.YYYYYY	as they were before
 *	sets/set.XXXXXX/NAME/	one channel, with its number in VERSION
 *	held				what a rollback has turned down
 *	failed				why the last update came to nothing
 *	lock
 *
 * A new set is complete, and on the disk, before `current` is renamed over; who
 * is stopped at any point leaves the old one in use, and rubbish that the next
 * update removes. */
#ifndef RULES_CHANNEL_H
#define RULES_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct channel_store;
struct vec;

struct channel {
	const char *name;	/* "updates.spamassassin.org" */
	const char *url;
};

/* "NAME=URL". -1 with the reason. */
int channel_parse(struct arena *arena, const char *text,
    struct channel *channel_r, const char **error_r);

/* --- the sets (channel_store.c) ------------------------------------------------ */

/* Make the directory where it is not there, and lock it. -1 with the reason:
 * another update is under way, it may not be written. */
int channel_store_open(struct arena *arena, const char *directory,
    struct channel_store **store_r, const char **error_r);
void channel_store_close(struct channel_store **store);

/* The folder of the set in use below directory, without a lock; NULL: there is
 * none. Arena text. */
const char *channel_current(struct arena *arena, const char *directory);
/* The version of a channel in a set; 0: it is not in it. */
uint64_t channel_version(struct arena *arena, const char *set,
    const char *name);
/* A rollback has turned down this one and those before it; 0: none. */
uint64_t channel_store_held(struct channel_store *store, const char *name);

/* A new, empty set, its folder, and one for what is fetched, which goes when the
 * store is closed. */
int channel_store_begin(struct channel_store *store, const char **set_r,
    const char **work_r, const char **error_r);
/* The channel as it is in use goes into the new set as well. */
int channel_store_keep(struct channel_store *store, const char *name,
    const char **error_r);
/* The new set comes into use, and the one before it is kept. */
int channel_store_commit(struct channel_store *store, const char **error_r);
/* Back to the set before; done twice, forward again. Versions that were left
 * are held back from then on. */
int channel_store_rollback(struct channel_store *store, const char **error_r);

/* Why the last update came to nothing; reason NULL: it did not. channel_failed()
 * without a lock; NULL: nothing is known of a failure. Arena text. */
void channel_store_set_failed(struct channel_store *store,
    const char *reason);
const char *channel_failed(struct arena *arena, const char *directory);

/* --- fetching (channel_fetch.c) ------------------------------------------------- */

/* How a file is had over HTTPS. */
struct channel_fetch {
	/* Write at most max octets to fd. 0; 1: it is not there; -1 with the
	 * reason. */
	int (*get)(void *arg, const char *url, int fd, size_t max,
	    const char **error_r);
	void *arg;
};

/* The folders that may be asked (const char *), in this order: its own, or those
 * of its list. At least one, or -1 with the reason. */
int channel_mirrors(struct arena *arena, const struct channel_fetch *fetch,
    const struct channel *channel, const char *work, struct vec *mirrors_r,
    const char **error_r);
/* The newest version that a folder has. -1 with the reason. */
int channel_newest(struct arena *arena, const struct channel_fetch *fetch,
    const char *mirror, const char *work, uint64_t *version_r,
    const char **error_r);
/* Fetch that version into work, check its digest and its signature by the keys
 * of the file keyring, and unpack its *.cf into set. -1 with the reason. */
int channel_get(struct arena *arena, const struct channel_fetch *fetch,
    const struct channel *channel, const char *mirror, uint64_t version,
    const char *keyring, const char *work, const char *set,
    const char **error_r);

/* --- its parts ---------------------------------------------------------------------- */

/* A tar archive in memory, as it is read (channel_tar.c; POSIX.1-2017, pax,
 * "ustar Interchange Format"). */
struct channel_tar {
	struct str rest;
	size_t files;
};

/* The next file. Folders are passed over; links, devices and names with a
 * folder in them end it. 1, 0: there are no more, -1 with the reason. */
int channel_tar_next(struct channel_tar *tar, struct str *name_r,
    struct str *content_r, const char **error_r);

/* Does the digest of the file stand in the other (channel_verify.c)? -1 with the
 * reason. */
int channel_check_digest(struct arena *arena, const char *path,
    const char *digest_path, const char **error_r);
/* Is signature one over the file by one of the keys in keyring, an OpenPGP
 * keyring with or without armour? -1 with the reason. */
int channel_check_signature(struct arena *arena, const char *path,
    const char *signature, const char *keyring, const char *work,
    const char **error_r);

/* Run a program with these arguments (NULL at the end) and input, and take what
 * it prints, at most max octets. Its exit status, or -1 with the reason
 * (channel_run.c). */
int channel_run(struct arena *arena, const char *const *args, int input,
    size_t max, struct str *output_r, const char **error_r);
/* The content of a file of at most max octets; -1 with the reason. */
int channel_read_file(struct arena *arena, const char *path, size_t max,
    struct str *content_r, const char **error_r);
int channel_write_file(struct arena *arena, const char *path,
    struct str content, const char **error_r);

#endif
