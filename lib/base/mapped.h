/* SPDX-License-Identifier: ISC */
/* mapped.h - how much address space this process has taken. */
#ifndef BASE_MAPPED_H
#define BASE_MAPPED_H

#include <stdint.h>

/* Bytes that are mapped: libraries, heaps, what a sanitizer reserves. RLIMIT_AS
 * counts them all, so a limit on what work takes is one above them. 0: the
 * system does not tell (no /proc). */
uint64_t mapped_bytes(void);

#endif
