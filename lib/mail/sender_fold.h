/* SPDX-License-Identifier: ISC */
/* sender_fold.h - envelope senders that differ from message to message, as the
 * one that they stand for. */
#ifndef MAIL_SENDER_FOLD_H
#define MAIL_SENDER_FOLD_H

#include "base/str.h"

struct address;
struct arena;

/* A key for comparison, no address to write to: lower case, the extension
 * behind delimiter ('\0': none) cut, and of the local part
 *   - the hash and day of SRS, and of BATV (prvs=), are cut;
 *   - words with digits in them, and hexadecimal ones, between '-', '.', '_',
 *     '=' and '+', are "#": the numbers of messages and subscribers in VERP.
 * The null sender is "". Arena text. */
struct str sender_fold(struct arena *arena, const struct address *sender,
    char delimiter);

#endif
