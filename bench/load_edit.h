/* SPDX-License-Identifier: ISC */
/* load_edit.h - header changes that one server wants and the next one sees. */
#ifndef BENCH_LOAD_EDIT_H
#define BENCH_LOAD_EDIT_H

#include <stdbool.h>

struct load_message;
struct wire_buf;
struct wire_packet;

/* Is it a request to change something, of any kind? */
bool load_edit_is_one(const struct wire_packet *packet);

/* Keeps it in EDITS, for load_edit_apply. */
void load_edit_keep(struct wire_buf *edits, const struct wire_packet *packet);

/* Keeps "Name: value" as a header to be put above all others. */
void load_edit_prepend(struct wire_buf *edits, const char *header);

/*
 * Carries out on MSG's list of headers what EDITS say of headers; they empty
 * then, but MSG points into their bytes.  Changes of bodies, recipients and
 * the like leave MSG as it is.
 */
void load_edit_apply(struct wire_buf *edits, struct load_message *msg);

#endif
