/* SPDX-License-Identifier: ISC */
/* date.h - when a message says that it was written. */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <stdint.h>

#include "base/str.h"

/* The value of a Date field in Unix seconds: RFC 5322 3.3 with the obsolete forms
 * of 4.3 (years of two digits, zones by name, comments, no seconds). The weekday
 * is not compared. -1: it is none (a month that is not known, 31 April, 25:00, no
 * zone, text behind it). Time in proportion to the length; any thread. */
int date_parse(struct str value, int64_t *seconds_r);

#endif
