/* SPDX-License-Identifier: ISC */
/* load_event.h - the arguments of each event, as Postfix writes them. */
#ifndef BENCH_LOAD_EVENT_H
#define BENCH_LOAD_EVENT_H

struct load_session;

/*
 * Puts the arguments of the session's present stage into `out`, behind the
 * command; takes the next header or body chunk, and notes when MAIL and
 * END-OF-MESSAGE were put.
 */
void load_event_put(struct load_session *session);

#endif
