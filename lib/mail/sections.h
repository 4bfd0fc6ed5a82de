/* SPDX-License-Identifier: ISC */
/* sections.h - the sections of the configuration that a daemon passes over. */
#ifndef MAIL_SECTIONS_H
#define MAIL_SECTIONS_H

struct section;

/* Names without rows, of what others read. The rows stand with those; a test
 * compares. Each ends with NULL. */
extern const struct section *const sections_not_of_milter[];
extern const struct section *const sections_not_of_policyd[];
extern const struct section *const sections_not_of_avscan[];

#endif
