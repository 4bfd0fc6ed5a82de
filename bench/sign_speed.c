/* SPDX-License-Identifier: ISC */
/* sign_speed.c - how many messages lib/auth signs in a second; prints JSON. */
/*
 * usage: bench-sign-speed KEY.pem MESSAGE_BYTES THREADS SECONDS
 *
 * Each thread signs the same message again and again, as an action does it: a
 * new arena, header list and signature each time, the decoded key shared.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "auth/dkim_sign.h"
#include "base/arena.h"
#include "base/str.h"
#include "mail/header.h"

enum { THREADS_MAX = 64, ARENA_FIRST = 16384 };

static const struct {
	const char *name;
	const char *value;
} fields[] = {
	{ "From", " Alice Example <alice@example.com>" },
	{ "To", " Bob Example <bob@example.net>" },
	{ "Subject", " the minutes of yesterday's meeting" },
	{ "Date", " Mon, 2 Feb 2026 10:00:00 +0000" },
	{ "Message-ID", " <20260202100000.1234@mail.example.com>" },
	{ "MIME-Version", " 1.0" },
	{ "Content-Type", " text/plain; charset=utf-8" },
	{ "Content-Transfer-Encoding", " 8bit" },
	{ "List-Unsubscribe", " <https://example.com/u/1234>" },
	{ "List-Unsubscribe-Post", " List-Unsubscribe=One-Click" },
};

struct bench {
	const struct dkim_key *key;
	struct str body;
	atomic_bool is_over;
	atomic_ullong signatures;
};

static void
sign_once(const struct bench *bench)
{
	struct arena *arena = arena_new(ARENA_FIRST);
	struct header_list headers;
	const char *error;
	struct str value;

	header_list_init(&headers, arena);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		header_list_add(&headers, str_from(fields[i].name),
		    str_from(fields[i].value));
	if (dkim_sign_message(arena, bench->key, STR("example.com"), "bench",
	    (int64_t)time(NULL) * 1000, &headers, bench->body, &value,
	    &error) != 0) {
		fprintf(stderr, "bench-sign-speed: %s\n", error);
		exit(1);
	}
	arena_free(&arena);
}

static void *
sign_until_over(void *arg)
{
	struct bench *bench = arg;
	unsigned long long count = 0;

	while (!atomic_load_explicit(&bench->is_over, memory_order_relaxed)) {
		sign_once(bench);
		count++;
	}
	atomic_fetch_add(&bench->signatures, count);
	return NULL;
}

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
cpu_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* The size of the message is that of its headers and its body. */
static struct str
make_body(struct arena *arena, size_t message_bytes)
{
	static const char line[] = "All work and no play makes a very dull "
	    "message to sign all day.\r\n";
	size_t len = message_bytes;
	char *body;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t field = strlen(fields[i].name) +
		    strlen(fields[i].value) + 3;

		len -= field < len ? field : len;
	}
	body = arena_alloc(arena, len + sizeof(line));
	for (size_t i = 0; i < len; i++)
		body[i] = line[i % (sizeof(line) - 1)];
	if (len >= 2)
		memcpy(body + len - 2, "\r\n", 2);
	return str_of(body, len);
}

static void
run(struct bench *bench, size_t threads, double seconds)
{
	pthread_t ids[THREADS_MAX];
	double began = seconds_now();
	double cpu = cpu_now();

	for (size_t i = 0; i < threads; i++) {
		if (pthread_create(&ids[i], NULL, sign_until_over, bench) != 0)
			abort();
	}
	usleep((useconds_t)(seconds * 1e6));
	atomic_store(&bench->is_over, true);
	for (size_t i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	seconds = seconds_now() - began;
	cpu = cpu_now() - cpu;
	printf("{\"algorithm\": \"%s\", \"threads\": %zu, "
	    "\"signatures\": %llu, \"seconds\": %.3f, "
	    "\"signatures_per_second\": %.1f, "
	    "\"cpu_us_per_signature\": %.1f}\n",
	    dkim_key_algorithm(bench->key), threads,
	    (unsigned long long)bench->signatures, seconds,
	    (double)bench->signatures / seconds,
	    cpu * 1e6 / (double)(bench->signatures + !bench->signatures));
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(ARENA_FIRST);
	const char *error = NULL;
	struct bench bench = { 0 };
	long threads = argc == 5 ? atol(argv[3]) : 0;

	if (threads < 1 || threads > THREADS_MAX) {
		fputs("usage: bench-sign-speed KEY.pem MESSAGE_BYTES THREADS "
		    "SECONDS\n", stderr);
		return 2;
	}
	bench.key = dkim_key_load(arena, argv[1], &error);
	if (bench.key == NULL) {
		fprintf(stderr, "%s: %s\n", argv[1], error);
		return 2;
	}
	bench.body = make_body(arena, strtoul(argv[2], NULL, 10));
	run(&bench, (size_t)threads, strtod(argv[4], NULL));
	arena_free(&arena);
	return 0;
}
