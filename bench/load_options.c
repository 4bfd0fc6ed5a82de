/* SPDX-License-Identifier: ISC */
/* load_options.c - options, their limits, and the help text. */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "load_options.h"

enum { CONNECTIONS_MAX = 4000, THREADS_MAX = 2 };

static const char help[] =
"usage: bench-milter-load [options] SOCKET...\n"
"Plays Postfix's side of the milter protocol and prints JSON.\n"
"SOCKET is unix:PATH or inet:PORT@HOST. Several are asked in turn, each with\n"
"what the one before it made of the headers; policy:unix:PATH is a policy\n"
"service. The last one is a milter.\n"
"\n"
"How much\n"
"  -c, --connections N   open connections, 1 to 4000 (1)\n"
"  -j, --threads N       1 or 2 (1)\n"
"  -t, --seconds S       for S seconds (5, unless -m is given)\n"
"  -m, --messages N      N messages in all\n"
"  -w, --warmup S        play S seconds before counting begins (0)\n"
"  -W, --warm-all        ... and until every connection had an answer\n"
"  -n, --new-connection  a new connection for each message\n"
"      --idle            one message a connection, then keep it open and\n"
"                        measure the memory\n"
"      --timeout S       give up an answer after S seconds (30)\n"
"\n"
"What\n"
"      --corpus PATH     a directory tree, or a file with a path a line\n"
"      --limit N         only its first N messages\n"
"      --size N          without a corpus: one message of N bytes (10240)\n"
"      --envelopes TSV   file, client_addr, client_name, helo, sender,\n"
"                        recipient, login; for messages with their own\n"
"      --client ADDR     client address (203.0.113.7)\n"
"      --client-name N   its name, or unknown (mail.bench.test)\n"
"      --helo NAME       (mail.bench.test)\n"
"      --sender ADDR     (alice@bench.test)\n"
"      --rcpt ADDR       (bob@bench.test)\n"
"      --login NAME      authenticated as NAME\n"
"      --users N         N users in turn, each authenticated as itself: the\n"
"                        sender and login of all messages\n"
"\n"
"What to measure beside the messages\n"
"  -p, --pid PID         CPU time and memory of PID and its descendants;\n"
"                        repeat it for several servers\n"
"  -h, --help\n"
"\n"
"Exit status: 0, 1 some message got no answer, 2 usage or no start.\n";

enum {
	OPT_IDLE = 256, OPT_TIMEOUT, OPT_CORPUS, OPT_LIMIT, OPT_SIZE,
	OPT_ENVELOPES, OPT_CLIENT, OPT_CLIENT_NAME, OPT_HELO, OPT_SENDER,
	OPT_RCPT, OPT_LOGIN, OPT_USERS,
};

static const struct option long_options[] = {
	{ "connections", required_argument, NULL, 'c' },
	{ "threads", required_argument, NULL, 'j' },
	{ "seconds", required_argument, NULL, 't' },
	{ "messages", required_argument, NULL, 'm' },
	{ "warmup", required_argument, NULL, 'w' },
	{ "warm-all", no_argument, NULL, 'W' },
	{ "new-connection", no_argument, NULL, 'n' },
	{ "pid", required_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ "idle", no_argument, NULL, OPT_IDLE },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "corpus", required_argument, NULL, OPT_CORPUS },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "envelopes", required_argument, NULL, OPT_ENVELOPES },
	{ "client", required_argument, NULL, OPT_CLIENT },
	{ "client-name", required_argument, NULL, OPT_CLIENT_NAME },
	{ "helo", required_argument, NULL, OPT_HELO },
	{ "sender", required_argument, NULL, OPT_SENDER },
	{ "rcpt", required_argument, NULL, OPT_RCPT },
	{ "login", required_argument, NULL, OPT_LOGIN },
	{ "users", required_argument, NULL, OPT_USERS },
	{ NULL, 0, NULL, 0 },
};

/* TEXT as a number from LOW to HIGH; anything else ends in usage trouble. */
static double
number(const char *text, double low, double high, int *rc)
{
	char *end;
	double value = strtod(text, &end);

	if (*text == '\0' || *end != '\0' || !(value >= low && value <= high)) {
		fprintf(stderr, "'%s': a number from %.0f to %.0f wanted\n",
		    text, low, high);
		*rc = -1;
		return low;
	}
	return value;
}

static int
add_pid(struct load_plan *plan, const char *text)
{
	int rc = 0;
	double pid = number(text, 1, 1 << 22, &rc);

	if (rc == 0 && plan->pid_count == LOAD_PIDS_MAX) {
		fprintf(stderr, "more than %d pids\n", LOAD_PIDS_MAX);
		rc = -1;
	}
	if (rc == 0)
		plan->pids[plan->pid_count++] = (pid_t)pid;
	return rc;
}

static int
set_plan_option(struct load_plan *plan, int option, const char *value)
{
	int rc = 0;

	switch (option) {
	case 'c':
		plan->connections = (unsigned)number(value, 1,
		    CONNECTIONS_MAX, &rc);
		break;
	case 'j':
		plan->threads = (unsigned)number(value, 1, THREADS_MAX, &rc);
		break;
	case 't':
		plan->seconds = number(value, 0, 86400, &rc);
		break;
	case 'm':
		plan->messages = (uint64_t)number(value, 1, 1e12, &rc);
		break;
	case 'w':
		plan->warmup_seconds = number(value, 0, 3600, &rc);
		break;
	case 'W':
		plan->warms_all = true;
		break;
	case 'n':
		plan->is_fresh = true;
		break;
	case 'p':
		rc = add_pid(plan, value);
		break;
	case OPT_IDLE:
		plan->is_idle = true;
		break;
	case OPT_USERS:
		plan->users = (uint64_t)number(value, 1, 9999999, &rc);
		break;
	case OPT_TIMEOUT:
		plan->timeout_seconds = (unsigned)number(value, 1, 3600, &rc);
		break;
	default:
		rc = -1;
	}
	return rc;
}

static int
set_option(struct load_options *options, int option, const char *value)
{
	struct load_envelope *from = &options->envelope;
	int rc = 0;

	switch (option) {
	case OPT_CORPUS:
		options->corpus = value;
		break;
	case OPT_LIMIT:
		options->corpus_limit = (size_t)number(value, 1, 1e9, &rc);
		break;
	case OPT_SIZE:
		options->made_size = (size_t)number(value, 0, 1e9, &rc);
		break;
	case OPT_ENVELOPES:
		options->envelopes = value;
		break;
	case OPT_CLIENT:
		from->client_addr = value;
		break;
	case OPT_CLIENT_NAME:
		from->client_name = value;
		break;
	case OPT_HELO:
		from->helo = value;
		break;
	case OPT_SENDER:
		from->sender = value;
		break;
	case OPT_RCPT:
		from->recipient = value;
		break;
	case OPT_LOGIN:
		from->login = value;
		break;
	default:
		rc = set_plan_option(&options->plan, option, value);
	}
	return rc;
}

static void
set_defaults(struct load_options *options)
{
	memset(options, 0, sizeof(*options));
	options->plan.connections = 1;
	options->plan.threads = 1;
	options->plan.timeout_seconds = 30;
	options->made_size = 10240;
	options->envelope = (struct load_envelope) {
		.client_addr = "203.0.113.7",
		.client_name = "mail.bench.test",
		.helo = "mail.bench.test",
		.sender = "alice@bench.test",
		.recipient = "bob@bench.test",
		.login = "",
	};
}

/* COUNT sockets at TEXTS, in the order in which they are asked. */
static int
set_hops(struct load_options *options, char *const *texts, int count)
{
	struct load_plan *plan = &options->plan;

	options->sockets = texts;
	if (count < 1 || count > LOAD_HOPS_MAX) {
		fprintf(stderr, "1 to %d SOCKETs are wanted; see --help\n",
		    LOAD_HOPS_MAX);
		return -1;
	}
	for (int i = 0; i < count; i++) {
		if (load_options_socket(texts[i], &plan->hops[i]) != 0)
			return -1;
	}
	plan->hop_count = (size_t)count;
	if (plan->hops[count - 1].is_policy) {
		fputs("the last SOCKET has to be a milter\n", stderr);
		return -1;
	}
	return 0;
}

int
load_options_parse(int argc, char **argv, struct load_options *options_r)
{
	int option, rc = 0;

	set_defaults(options_r);
	while (rc == 0 && (option = getopt_long(argc, argv, "c:j:t:m:w:Wnp:h",
	    long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return 1;
		}
		rc = set_option(options_r, option, optarg);
	}
	if (rc != 0)
		return -1;
	if (options_r->plan.is_idle)
		options_r->plan.messages = options_r->plan.connections;
	else if (options_r->plan.messages == 0 && options_r->plan.seconds == 0)
		options_r->plan.seconds = 5;
	return set_hops(options_r, argv + optind, argc - optind);
}

static int
unix_socket(const char *path, struct load_hop *hop)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "%s: longer than a socket's name may be\n",
		    path);
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path));
	memcpy(&hop->addr, &addr, sizeof(addr));
	hop->addr_len = sizeof(addr);
	return 0;
}

static int
inet_socket(const char *text, int family, struct load_hop *hop)
{
	const char *at = strchr(text, '@');
	struct addrinfo hints = { .ai_family = family,
	    .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char port[16];
	int rc;

	snprintf(port, sizeof(port), "%.*s",
	    at != NULL ? (int)(at - text) : 15, text);
	rc = getaddrinfo(at != NULL ? at + 1 : "localhost", port, &hints,
	    &found);
	if (rc != 0) {
		fprintf(stderr, "%s: %s\n", text, gai_strerror(rc));
		return -1;
	}
	memcpy(&hop->addr, found->ai_addr, found->ai_addrlen);
	hop->addr_len = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

int
load_options_socket(const char *text, struct load_hop *hop_r)
{
	static const char policy[] = "policy:";
	const char *rest;

	hop_r->is_policy = strncmp(text, policy, sizeof(policy) - 1) == 0;
	if (hop_r->is_policy)
		text += sizeof(policy) - 1;
	rest = strchr(text, ':');
	if (strncmp(text, "unix:", 5) == 0 || strncmp(text, "local:", 6) == 0)
		return unix_socket(rest + 1, hop_r);
	if (strncmp(text, "inet:", 5) == 0)
		return inet_socket(rest + 1, AF_INET, hop_r);
	if (strncmp(text, "inet6:", 6) == 0)
		return inet_socket(rest + 1, AF_INET6, hop_r);
	if (strchr(text, '/') != NULL)
		return unix_socket(text, hop_r);
	fprintf(stderr, "%s: neither unix:PATH nor inet:PORT@HOST\n", text);
	return -1;
}
