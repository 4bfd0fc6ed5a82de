/* SPDX-License-Identifier: ISC */
/* limits.h - descriptors: as many as are allowed, and what they suffice for. */
#ifndef MILTER_LIMITS_H
#define MILTER_LIMITS_H

#include <stddef.h>

/* Take as many descriptors as the host allows this process. At the start,
 * before anybody plans with their number. */
void limits_raise(void);

/* So many of the wanted sessions have the descriptors that they may need; a
 * warning says so when these are fewer. */
size_t limits_sessions(size_t wanted);

#endif
