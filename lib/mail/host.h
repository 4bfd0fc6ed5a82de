/* SPDX-License-Identifier: ISC */
/* host.h - this mail host and its site, as the configuration describes them. */
#ifndef MAIL_HOST_H
#define MAIL_HOST_H

struct arena;
struct conf;
struct section;
struct site;

/* The section host: names, networks, login map. */
extern const struct section host_section;

/* The site (txn.h) of a configuration that has host_section and all of
 * policy_sections; reads the login map. Lives in arena, conf may go. NULL with
 * the reason. */
struct site *site_from_conf(struct arena *arena, const struct conf *conf,
    const char **error_r);

#endif
