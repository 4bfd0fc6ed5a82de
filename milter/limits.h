/* SPDX-License-Identifier: ISC */
/* limits.h - for how many sessions the descriptors suffice. */
#ifndef MILTER_LIMITS_H
#define MILTER_LIMITS_H

#include <stddef.h>

/* So many of the wanted sessions have the descriptors that they may need; a
 * warning says so when these are fewer. */
size_t limits_sessions(size_t wanted);

#endif
