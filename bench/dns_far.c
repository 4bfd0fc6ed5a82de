/* SPDX-License-Identifier: ISC */
/* dns_far.c - makes a name server seem far away, and counts its questions.
 *
 * usage: dns_far ADDRESS PORT SERVER_PORT DELAY_MS
 *
 * Carries UDP from ADDRESS:PORT to a server on 127.0.0.1; every answer goes
 * back DELAY_MS after its question came.  A datagram that is too short to be
 * a question is answered with the number of questions so far.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PACKET_SIZE = 4096,
	HEADER_SIZE = 12,		/* RFC 1035 4.1.1 */
	UNDER_WAY_MAX = 65536,		/* as many as there are ids */
	BUFFER_SIZE = 4 << 20,
};

/* A question under way: its place is the id under which it is asked on. */
struct question {
	struct sockaddr_in from;
	uint8_t id[2];
	uint64_t due_us;
	uint8_t *answer;		/* NULL: not there yet */
	size_t len;
};

struct relay {
	int front, back;
	uint64_t delay_us;
	unsigned long long count;
	/* All wait equally long, so they are due in the order they came. */
	unsigned first, next;
	struct question questions[UNDER_WAY_MAX];
};

static uint64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct question *
question_at(struct relay *relay, unsigned id)
{
	return &relay->questions[id % UNDER_WAY_MAX];
}

static void
tell_count(struct relay *relay, const struct sockaddr_in *to)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%llu", relay->count);

	sendto(relay->front, text, (size_t)len, 0,
	    (const struct sockaddr *)to, sizeof(*to));
}

static void
take_questions(struct relay *relay)
{
	uint8_t packet[PACKET_SIZE];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	struct question *question;
	ssize_t len;

	while ((len = recvfrom(relay->front, packet, sizeof(packet), 0,
	    (struct sockaddr *)&from, &from_len)) >= 0) {
		if (len <= HEADER_SIZE) {
			tell_count(relay, &from);
			continue;
		}
		question = question_at(relay, relay->next);
		free(question->answer);
		*question = (struct question){ .from = from,
			.id = { packet[0], packet[1] },
			.due_us = now_us() + relay->delay_us };
		packet[0] = (uint8_t)(relay->next >> 8);
		packet[1] = (uint8_t)relay->next;
		relay->next++;
		relay->count++;
		send(relay->back, packet, (size_t)len, 0);
	}
}

static void
give(struct relay *relay, struct question *question)
{
	sendto(relay->front, question->answer, question->len, 0,
	    (struct sockaddr *)&question->from, sizeof(question->from));
	free(question->answer);
	question->answer = NULL;
}

static void
take_answers(struct relay *relay)
{
	uint8_t packet[PACKET_SIZE];
	struct question *question;
	ssize_t len;

	while ((len = recv(relay->back, packet, sizeof(packet), 0)) >= 0) {
		if (len <= HEADER_SIZE)
			continue;
		question = question_at(relay, packet[0] << 8u | packet[1]);
		question->answer = malloc((size_t)len);
		if (question->answer == NULL)
			abort();
		memcpy(question->answer, packet, (size_t)len);
		memcpy(question->answer, question->id, 2);
		question->len = (size_t)len;
		if (question->due_us <= now_us())
			give(relay, question);
	}
}

/* Sends what is due; returns after how many us the next one is. */
static uint64_t
give_due(struct relay *relay)
{
	uint64_t now = now_us();

	for (; relay->first != relay->next; relay->first++) {
		struct question *question = question_at(relay, relay->first);

		if (question->due_us > now)
			return question->due_us - now;
		/* A late answer is given when it comes. */
		if (question->answer != NULL)
			give(relay, question);
	}
	return 1000000;
}

static int
open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int size = BUFFER_SIZE;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		    sizeof(size));
	return fd;
}

static int
open_relay(struct relay *relay, char **argv)
{
	struct sockaddr_in front = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)atoi(argv[2])) };
	struct sockaddr_in back = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)atoi(argv[3])),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	relay->delay_us = (uint64_t)atoi(argv[4]) * 1000;
	relay->front = open_socket();
	relay->back = open_socket();
	if (inet_pton(AF_INET, argv[1], &front.sin_addr) != 1 ||
	    bind(relay->front, (struct sockaddr *)&front,
	    sizeof(front)) != 0 || connect(relay->back,
	    (struct sockaddr *)&back, sizeof(back)) != 0) {
		perror("dns_far");
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (relay == NULL)
		abort();
	if (argc != 5) {
		fputs("usage: dns_far ADDRESS PORT SERVER_PORT DELAY_MS\n",
		    stderr);
		return 2;
	}
	if (open_relay(relay, argv) != 0)
		return 1;
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = relay->front, .events = POLLIN },
			{ .fd = relay->back, .events = POLLIN },
		};
		uint64_t wait_us = give_due(relay);
		struct timespec wait = { (time_t)(wait_us / 1000000),
		    (long)(wait_us % 1000000) * 1000 };

		ppoll(fds, 2, &wait, NULL);
		take_questions(relay);
		take_answers(relay);
	}
}
