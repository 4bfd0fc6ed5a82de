/* SPDX-License-Identifier: ISC */
/* units.h - for the ranges of settings: sizes in bytes, durations in ms. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

#define KB INT64_C(1024)
#define MB (1024 * KB)
#define GB (1024 * MB)
#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)

#endif
