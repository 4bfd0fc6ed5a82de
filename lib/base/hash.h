/* SPDX-License-Identifier: ISC */
/* hash.h - SipHash-1-3 with a key drawn at random for this process. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* 64 bits that a stranger cannot steer; another value in every process. */
uint64_t hash_bytes(const void *data, size_t len);

#endif
