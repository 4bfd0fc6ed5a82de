/* SPDX-License-Identifier: ISC */
/* listen.h - the sockets that Postfix connects to. */
#ifndef POLICYD_LISTEN_H
#define POLICYD_LISTEN_H

struct arena;
struct conns;
struct loop;
struct setting_list;

struct listeners;

struct listen_settings {
	const struct setting_list *listen;	/* settings.h */
	const char *group;		/* of UNIX sockets; NULL: our own */
	const char *group_key;		/* the setting that named it */
};

/* Open all of settings->listen; connections go to conns. NULL with the
 * reason. */
struct listeners *listeners_open(struct loop *loop,
    const struct listen_settings *settings, struct conns *conns,
    struct arena *arena, const char **error_r);

/* Accept those who stand in line, then close and unlink. */
void listeners_close(struct listeners **listeners);

#endif
