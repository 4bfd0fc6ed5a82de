/* SPDX-License-Identifier: ISC */
/* event_print.h - the event of a decision, told to people. */
#ifndef CLI_EVENT_PRINT_H
#define CLI_EVENT_PRINT_H

struct arena;
struct node;

/* Print an event of any daemon: when, what was decided and why, the facts, what
 * each check or rule found, what was done. */
void event_print(struct arena *arena, const struct node *event);

#endif
