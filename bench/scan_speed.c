/* SPDX-License-Identifier: ISC */
/* scan_speed.c - how many files a second avscan reads, by the client that the
 * milter has.
 *
 * usage: bench-scan-speed SOCKET FILE SECONDS AT-A-TIME
 *
 * Prints JSON: files, seconds, the median and the 99th percentile of a question
 * in microseconds, and how many were not read. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/asker.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/wait.h"
#include "scan/scanner.h"

#define TIMEOUT_MS 60000
#define TIMES_MAX 1000000

struct client {
	pthread_t thread;
	struct asker *asker;
	const char *socket, *file;
	int64_t end_ms;
	size_t count, unread;
	int64_t *times_us;
};

static void *
run_loop(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void
ask_once(struct client *client, struct wait *wait)
{
	int64_t begin_us = clock_steady_us();
	struct scan_question *question = scan_ask(client->asker,
	    client->socket, open(client->file, O_RDONLY | O_CLOEXEC),
	    STR("file"), TIMEOUT_MS, wait);
	const struct scan_answer *answer;

	while ((answer = scan_question_answer(question)) == NULL)
		wait_sleep(wait, clock_steady_ms() + TIMEOUT_MS);
	client->unread += answer->unread != SCAN_READ;
	client->times_us[client->count++] = clock_steady_us() - begin_us;
	scan_question_drop(&question);
}

static void *
ask(void *arg)
{
	struct client *client = arg;
	struct wait *wait = wait_new();

	while (clock_steady_ms() < client->end_ms &&
	    client->count < TIMES_MAX)
		ask_once(client, wait);
	wait_unref(&wait);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

static void
report(const struct client *clients, size_t count, int64_t took_us)
{
	int64_t *all = calloc(count * TIMES_MAX, sizeof(*all));
	size_t files = 0, unread = 0;

	if (all == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < clients[i].count; j++)
			all[files++] = clients[i].times_us[j];
		unread += clients[i].unread;
	}
	qsort(all, files, sizeof(*all), compare);
	printf("{\"files\": %zu, \"seconds\": %.3f, \"p50_us\": %lld, "
	    "\"p99_us\": %lld, \"unread\": %zu}\n", files,
	    (double)took_us / 1e6, files == 0 ? 0LL
	    : (long long)all[files / 2], files == 0 ? 0LL
	    : (long long)all[files * 99 / 100], unread);
	free(all);
}

int
main(int argc, char **argv)
{
	size_t count = argc == 5 ? (size_t)atoi(argv[4]) : 0;
	struct loop *loop = loop_new();
	struct asker *asker = asker_open(loop);
	struct client *clients = calloc(count + 1, sizeof(*clients));
	int64_t begin_us = clock_steady_us();
	pthread_t thread;

	if (count == 0 || asker == NULL || clients == NULL) {
		fprintf(stderr, "usage: bench-scan-speed SOCKET FILE SECONDS "
		    "AT-A-TIME\n");
		return 2;
	}
	pthread_create(&thread, NULL, run_loop, loop);
	for (size_t i = 0; i < count; i++) {
		clients[i] = (struct client){ .asker = asker,
			.socket = argv[1], .file = argv[2],
			.end_ms = clock_steady_ms() + atoi(argv[3]) * 1000LL,
			.times_us = calloc(TIMES_MAX, sizeof(int64_t)) };
		if (clients[i].times_us == NULL)
			abort();
		pthread_create(&clients[i].thread, NULL, ask, &clients[i]);
	}
	for (size_t i = 0; i < count; i++)
		pthread_join(clients[i].thread, NULL);
	report(clients, count, clock_steady_us() - begin_us);
	loop_stop(loop);
	pthread_join(thread, NULL);
	asker_close(&asker);
	loop_free(&loop);
	return 0;
}
