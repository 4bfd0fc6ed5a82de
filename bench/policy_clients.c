/* SPDX-License-Identifier: ISC */
/* policy_clients.c - each connection has one request under way.
 *
 * It is as lean as can be, because what it takes of the processor the server
 * lacks: one thread, one send() and one recv() a request, and nothing is
 * allocated. Each message is of the next user by a step that is coprime to all
 * their numbers, so neighbours in a domain do not come in a row. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "policy_clients.h"
#include "policy_request.h"

enum { EVENTS = 64, ANSWER_MAX = 1024, WAIT_MS = 100, STEP = 7919 };

struct client {
	int fd;
	bool is_at_end;			/* of the message; else at RCPT */
	struct policy_message msg;
	uint64_t asked_us;		/* 0: nothing is */
	size_t got;			/* bytes of the answer */
	char answer[ANSWER_MAX];
};

struct crowd {
	const struct policy_plan *plan;
	struct policy_result *result;
	struct client *clients;
	int epoll;
	uint64_t run, begun, ended;	/* messages, in the latter two */
	bool is_measured;
	const char *trouble;		/* it cannot go on */
};

static bool
begins_at_end(const struct policy_plan *plan)
{
	return plan->kind == POLICY_CHARGES;
}

static bool
ends_at_rcpt(const struct policy_plan *plan)
{
	return plan->kind == POLICY_ASKS;
}

/* --- one request ---------------------------------------------------------- */

static void
ask(struct crowd *crowd, struct client *client)
{
	char text[POLICY_REQUEST_MAX];
	size_t len = policy_request_write(&client->msg, crowd->run,
	    client->is_at_end, text);

	client->got = 0;
	client->asked_us = load_now_us();
	/* The former request was read: there is room for this one. */
	if (send(client->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		crowd->trouble = "a request was not taken";
}

static void
begin_message(struct crowd *crowd, struct client *client)
{
	const struct policy_plan *plan = crowd->plan;

	client->asked_us = 0;
	if (plan->messages != 0 && crowd->begun == plan->messages)
		return;
	client->msg = (struct policy_message){
		.number = crowd->begun,
		.user = crowd->begun * STEP % plan->users,
		.has_login = plan->kind != POLICY_STRANGERS,
	};
	crowd->begun++;
	client->is_at_end = begins_at_end(plan);
	ask(crowd, client);
}

static bool
is_dunno(const struct client *client)
{
	static const char dunno[] = "action=DUNNO\n\n";

	return client->got == sizeof(dunno) - 1 &&
	    strncasecmp(client->answer, dunno, client->got) == 0;
}

static void
count_answer(struct crowd *crowd, const struct client *client)
{
	struct policy_result *result = crowd->result;

	if (!crowd->is_measured)
		return;
	result->answers++;
	result->dunno += is_dunno(client);
	load_samples_add(client->is_at_end ? &result->charge : &result->ask,
	    load_now_us() - client->asked_us);
}

/* What is refused at RCPT comes to no end. */
static void
go_on(struct crowd *crowd, struct client *client)
{
	count_answer(crowd, client);
	if (client->is_at_end || ends_at_rcpt(crowd->plan) ||
	    !is_dunno(client)) {
		crowd->ended++;
		begin_message(crowd, client);
		return;
	}
	client->is_at_end = true;
	ask(crowd, client);
}

static void
hear(struct crowd *crowd, struct client *client)
{
	ssize_t got = recv(client->fd, client->answer + client->got,
	    sizeof(client->answer) - client->got, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		crowd->trouble = "a connection was closed, or an answer is "
		    "too long";
		return;
	}
	client->got += (size_t)got;
	if (client->got > 1 && memcmp(client->answer + client->got - 2, "\n\n",
	    2) == 0)
		go_on(crowd, client);
}

/* --- all of them ---------------------------------------------------------- */

static void
find_late(struct crowd *crowd)
{
	const struct policy_plan *plan = crowd->plan;
	uint64_t now_us = load_now_us();

	for (unsigned i = 0; i < plan->connections; i++)
		if (crowd->clients[i].asked_us != 0 &&
		    now_us - crowd->clients[i].asked_us >
		    plan->timeout_seconds * 1000000ULL)
			crowd->trouble = "an answer did not come";
}

/* Until that time (0: no end), or until all messages are done. */
static void
serve(struct crowd *crowd, uint64_t until_us)
{
	const struct policy_plan *plan = crowd->plan;
	uint64_t looked_us = load_now_us(), now_us = looked_us;
	struct epoll_event events[EVENTS];

	while (crowd->trouble == NULL && (until_us == 0 || now_us < until_us) &&
	    (plan->messages == 0 || crowd->ended < plan->messages)) {
		int count = epoll_wait(crowd->epoll, events, EVENTS, WAIT_MS);

		for (int i = 0; i < count; i++)
			hear(crowd, events[i].data.ptr);
		now_us = load_now_us();
		if (now_us - looked_us > 1000000) {
			find_late(crowd);
			looked_us = now_us;
		}
	}
}

static int
connect_one(struct crowd *crowd, struct client *client)
{
	const struct policy_plan *plan = crowd->plan;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

	client->fd = socket(plan->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC,
	    0);
	if (client->fd < 0 || connect(client->fd,
	    (const struct sockaddr *)&plan->addr, plan->addr_len) < 0 ||
	    epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, client->fd, &event) < 0) {
		perror("connecting");
		return -1;
	}
	return 0;
}

static int
connect_all(struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->plan->connections; i++)
		crowd->clients[i].fd = -1;
	for (unsigned i = 0; i < crowd->plan->connections; i++)
		if (connect_one(crowd, &crowd->clients[i]) < 0)
			return -1;
	return 0;
}

/* --- the measurement ------------------------------------------------------ */

static void
read_usage(const struct policy_plan *plan, struct policy_usage *usage)
{
	struct rusage own;

	for (size_t i = 0; i < plan->pid_count; i++)
		load_proc_read(&plan->pids[i], 1, &usage->servers[i]);
	getrusage(RUSAGE_SELF, &own);
	usage->own_cpu_seconds = (double)(own.ru_utime.tv_sec +
	    own.ru_stime.tv_sec) +
	    (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
}

static void
measure(struct crowd *crowd)
{
	const struct policy_plan *plan = crowd->plan;
	struct policy_result *result = crowd->result;
	uint64_t begin_us;

	for (unsigned i = 0; i < plan->connections; i++)
		begin_message(crowd, &crowd->clients[i]);
	if (plan->warmup_seconds > 0)
		serve(crowd, load_now_us() +
		    (uint64_t)(plan->warmup_seconds * 1e6));
	read_usage(plan, &result->before);
	crowd->is_measured = true;
	begin_us = load_now_us();
	serve(crowd, plan->messages != 0 ? 0 : begin_us +
	    (uint64_t)(plan->seconds * 1e6));
	result->seconds = (double)(load_now_us() - begin_us) / 1e6;
	read_usage(plan, &result->after);
}

static void
disband(struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->plan->connections; i++)
		if (crowd->clients[i].fd >= 0)
			close(crowd->clients[i].fd);
	close(crowd->epoll);
	free(crowd->clients);
}

int
policy_clients_run(const struct policy_plan *plan,
    struct policy_result *result_r)
{
	struct crowd crowd = { .plan = plan, .result = result_r,
	    .run = load_now_us() };
	int rc;

	memset(result_r, 0, sizeof(*result_r));
	crowd.clients = calloc(plan->connections, sizeof(*crowd.clients));
	if (crowd.clients == NULL)
		abort();
	crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
	rc = connect_all(&crowd);
	if (rc == 0)
		measure(&crowd);
	if (crowd.trouble != NULL) {
		fprintf(stderr, "%s\n", crowd.trouble);
		result_r->errors++;
	}
	disband(&crowd);
	return rc;
}
