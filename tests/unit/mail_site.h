/* SPDX-License-Identifier: ISC */
/* mail_site.h - for tests: a site from the text of a configuration. */
#ifndef TESTS_MAIL_SITE_H
#define TESTS_MAIL_SITE_H

struct arena;
struct conf;
struct site;

/* host and the policy sections of this text. NULL with the reason. */
struct site *mail_site_try(struct arena *arena, const char *text,
    const char **error_r);
/* The same; a reason ends the program. */
struct site *mail_site(struct arena *arena, const char *text);

#endif
