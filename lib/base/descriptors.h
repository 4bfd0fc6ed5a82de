/* SPDX-License-Identifier: ISC */
/* descriptors.h - as many descriptors as the host allows this process. */
#ifndef BASE_DESCRIPTORS_H
#define BASE_DESCRIPTORS_H

#include <stddef.h>

/* Take them. At the start, before anybody plans with their number. */
void descriptors_raise(void);

/* How many this process may have. */
size_t descriptors_limit(void);

#endif
