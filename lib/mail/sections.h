/* SPDX-License-Identifier: ISC */
/* sections.h - the sections of the configuration that one daemon alone reads. */
#ifndef MAIL_SECTIONS_H
#define MAIL_SECTIONS_H

struct section;

/* Names without rows, for the daemon that passes them over unread. The rows
 * stand in the daemon that owns them; a test compares. Each ends with NULL. */
extern const struct section *const sections_of_milter[];
extern const struct section *const sections_of_policyd[];

#endif
