/* SPDX-License-Identifier: ISC */
/* redis_login.h - what is said first on a connection. */
#ifndef STORE_REDIS_LOGIN_H
#define STORE_REDIS_LOGIN_H

#include <stddef.h>

struct arena;
struct redis_link;
struct store_settings;

/* The password in settings' file. *password_r is NULL without one. -1 with
 * the reason: it cannot be read, is empty, or everybody may read it. */
int redis_login_password(const struct store_settings *settings,
    struct arena *arena, char **password_r, const char **error_r);

/* Say who we are and which database we mean. How many replies will come, or -1
 * with the reason. */
int redis_login_send(const struct store_settings *settings,
    struct redis_link *link, struct arena *arena, const char **error_r);

#endif
