/* SPDX-License-Identifier: ISC */
/* dns_relay.c - carries questions and answers, counts, delays, forgets. */
#include "dns_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define PACKET_SIZE 4096
#define NAME_AT 12
#define SLOW_MAX 64

/* An answer on its way back. */
struct held {
	struct held *next;
	int64_t due_ms;
	struct sockaddr_in to;
	size_t len;
	uint8_t data[];
};

/* Who asked, by the id under which we asked on. */
struct asker {
	struct sockaddr_in from;
	uint8_t id[2];
};

/* A slow name and when it was asked for first: as a resolver that works on it
 * answers all who asked meanwhile at the same time. */
struct slow {
	uint8_t name[PACKET_SIZE];
	size_t len;
	int64_t asked_ms;
};

struct dns_relay {
	int front, back;
	unsigned port;
	atomic_int delay_ms, slow_ms;
	atomic_uint count;
	atomic_bool is_stopping, is_holding;
	pthread_t thread;
	uint16_t next_id;
	struct asker askers[65536];
	struct held *held;	/* in the order of due_ms */
	struct slow slow[SLOW_MAX];
	size_t slow_count;
};

static void
take_question(struct dns_relay *relay)
{
	uint8_t packet[PACKET_SIZE];
	struct asker *asker = &relay->askers[relay->next_id];
	socklen_t from_len = sizeof(asker->from);
	ssize_t len = recvfrom(relay->front, packet, sizeof(packet), 0,
	    (struct sockaddr *)&asker->from, &from_len);

	if (len <= NAME_AT)
		return;
	atomic_fetch_add(&relay->count, 1);
	memcpy(asker->id, packet, 2);
	packet[0] = (uint8_t)(relay->next_id >> 8);
	packet[1] = (uint8_t)relay->next_id;
	relay->next_id++;
	send(relay->back, packet, (size_t)len, 0);
}

static void
hold(struct dns_relay *relay, const struct asker *asker, int64_t due_ms,
    const uint8_t *packet, size_t len)
{
	struct held *held = malloc(sizeof(*held) + len), **at;

	if (held == NULL)
		abort();
	held->due_ms = due_ms;
	held->to = asker->from;
	held->len = len;
	memcpy(held->data, packet, len);
	memcpy(held->data, asker->id, 2);
	for (at = &relay->held; *at != NULL &&
	    (*at)->due_ms <= held->due_ms; at = &(*at)->next)
		continue;
	held->next = *at;
	*at = held;
}

static int64_t
slow_asked_ms(struct dns_relay *relay, const uint8_t *name, size_t len)
{
	struct slow *slow = relay->slow;

	for (; slow < relay->slow + relay->slow_count; slow++)
		if (slow->len == len && memcmp(slow->name, name, len) == 0)
			return slow->asked_ms;
	if (relay->slow_count == SLOW_MAX)
		abort();
	relay->slow_count++;
	slow->len = len;
	memcpy(slow->name, name, len);
	slow->asked_ms = clock_steady_ms();
	return slow->asked_ms;
}

static void
take_answer(struct dns_relay *relay)
{
	uint8_t packet[PACKET_SIZE];
	ssize_t len = recv(relay->back, packet, sizeof(packet), 0);
	const uint8_t *name = packet + NAME_AT;
	int64_t since_ms = clock_steady_ms();
	int delay_ms = atomic_load(&relay->delay_ms);
	bool is_slow;

	if (len <= NAME_AT)
		return;
	is_slow = memcmp(name + 1, "slow", 4) == 0;
	if (is_slow)
		delay_ms = atomic_load(&relay->slow_ms);
	if (delay_ms < 0)
		return;
	if (is_slow)
		since_ms = slow_asked_ms(relay, name,
		    strnlen((const char *)name, (size_t)len - NAME_AT));
	hold(relay, &relay->askers[packet[0] << 8 | packet[1]],
	    since_ms + delay_ms, packet, (size_t)len);
}

static void
give_due(struct dns_relay *relay)
{
	while (relay->held != NULL && !atomic_load(&relay->is_holding) &&
	    relay->held->due_ms <= clock_steady_ms()) {
		struct held *held = relay->held;

		sendto(relay->front, held->data, held->len, 0,
		    (struct sockaddr *)&held->to, sizeof(held->to));
		relay->held = held->next;
		free(held);
	}
}

static void *
carry(void *arg)
{
	struct dns_relay *relay = arg;
	struct pollfd fds[] = {
		{ .fd = relay->front, .events = POLLIN },
		{ .fd = relay->back, .events = POLLIN },
	};

	while (!atomic_load(&relay->is_stopping)) {
		poll(fds, 2, relay->held != NULL ? 1 : 20);
		if (fds[0].revents != 0)
			take_question(relay);
		if (fds[1].revents != 0)
			take_answer(relay);
		give_due(relay);
	}
	return NULL;
}

static int
open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int size = 4 << 20;

	if (fd < 0)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

struct dns_relay *
dns_relay_start(unsigned server_port)
{
	struct dns_relay *relay = calloc(1, sizeof(*relay));
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);

	if (relay == NULL)
		abort();
	relay->front = open_socket();
	relay->back = open_socket();
	if (bind(relay->front, (struct sockaddr *)&address, len) < 0 ||
	    getsockname(relay->front, (struct sockaddr *)&address, &len) < 0)
		abort();
	relay->port = ntohs(address.sin_port);
	address.sin_port = htons((uint16_t)server_port);
	if (connect(relay->back, (struct sockaddr *)&address, len) < 0 ||
	    pthread_create(&relay->thread, NULL, carry, relay) != 0)
		abort();
	return relay;
}

unsigned
dns_relay_port(const struct dns_relay *relay)
{
	return relay->port;
}

void
dns_relay_set(struct dns_relay *relay, int delay_ms, int slow_ms)
{
	atomic_store(&relay->delay_ms, delay_ms);
	atomic_store(&relay->slow_ms, slow_ms);
}

void
dns_relay_hold(struct dns_relay *relay, bool is_holding)
{
	atomic_store(&relay->is_holding, is_holding);
}

unsigned
dns_relay_count(struct dns_relay *relay)
{
	return atomic_load(&relay->count);
}

void
dns_relay_stop(struct dns_relay **relay)
{
	struct dns_relay *old = *relay;

	*relay = NULL;
	if (old == NULL)
		return;
	atomic_store(&old->is_stopping, true);
	pthread_join(old->thread, NULL);
	while (old->held != NULL) {
		struct held *next = old->held->next;

		free(old->held);
		old->held = next;
	}
	close(old->front);
	close(old->back);
	free(old);
}
