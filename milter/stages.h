/* SPDX-License-Identifier: ISC */
/* stages.h - libmilter's callbacks, all of them. */
#ifndef MILTER_STAGES_H
#define MILTER_STAGES_H

struct arena;
struct milter_settings;
struct server;

/* Register with libmilter and open the socket, so that Postfix can connect
 * from now on. -1 with the reason. Once in a process. */
int stages_open(struct server *server, const struct milter_settings *settings,
    struct arena *arena, const char **error_r);

/* Serve until stages_stop(). 0, or -1 when libmilter gave up. */
int stages_run(void);

/* Take no more connections; stages_run() returns soon. Any thread. */
void stages_stop(void);

#endif
