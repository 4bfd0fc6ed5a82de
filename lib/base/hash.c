/* SPDX-License-Identifier: ISC */
/* hash.c - SipHash-1-3 (Aumasson, Bernstein 2012) with a process-wide key: of
 * their two forms the one for tables, whose hashes nobody gets to see. */
#include "base/hash.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>

#include "base/random.h"

static uint64_t hash_key[2];
static pthread_once_t hash_key_once = PTHREAD_ONCE_INIT;

static void
draw_key(void)
{
	random_bytes(hash_key, sizeof(hash_key));
}

static uint64_t
rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static inline void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

static uint64_t
load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

/* The bytes behind the last whole word, and the length above them. */
static uint64_t
last_word(const char *bytes, size_t len)
{
	size_t rest = len % 8;
	uint64_t word = (uint64_t)len << 56;

	/* Of a long text the last eight bytes can be had at once. */
	if (rest != 0 && len > 8)
		return word | load(bytes + len - 8) >> (64 - 8 * rest);
	for (size_t i = 0; i < rest; i++)
		word |= (uint64_t)(unsigned char)bytes[len - rest + i] <<
		    (8 * i);
	return word;
}

uint64_t
hash_bytes(const void *data, size_t len)
{
	const char *bytes = data;
	uint64_t v[4];

	pthread_once(&hash_key_once, draw_key);
	v[0] = hash_key[0] ^ UINT64_C(0x736f6d6570736575);
	v[1] = hash_key[1] ^ UINT64_C(0x646f72616e646f6d);
	v[2] = hash_key[0] ^ UINT64_C(0x6c7967656e657261);
	v[3] = hash_key[1] ^ UINT64_C(0x7465646279746573);
	for (size_t i = 0; i + 8 <= len; i += 8)
		sip_word(v, load(bytes + i));
	sip_word(v, last_word(bytes, len));
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
