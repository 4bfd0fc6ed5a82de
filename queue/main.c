/* SPDX-License-Identifier: ISC */
/* main.c - mailreeve-queue: does with held mail what only root may, once.
 *
 * systemd starts it for each connection to a UNIX socket, as root with few
 * rights (deploy/systemd/mailreeve-queue@.service): one line comes in, one
 * answer goes out (base/ctl.h). It reads no configuration, keeps no state, runs
 * no shell, and passes to Postfix's commands nothing of the request but queue
 * ids; what else was said stands in the notice to a sender. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ctl.h"
#include "base/log.h"
#include "base/net.h"
#include "queue/peer.h"
#include "queue/postfix.h"
#include "queue/queue.h"

#define PROGRAM "mailreeve-queue"
#define PATIENCE_S 10
#define LOG_TEXT_MAX 400
#define EXIT_USAGE 2

struct options {
	const char *group;
	struct postfix postfix;
};

static const char usage[] =
    "Usage: " PROGRAM " [OPTION...]\n"
    "\n"
    "Answer one request about held mail, on standard input and output, which\n"
    "are a connected UNIX socket. systemd starts it, 'mailreeve queue' asks it.\n"
    "\n"
    "  -g, --group NAME   whose members may ask, beside root\n"
    "                     (mailreeve-admin)\n"
    "  -p, --postfix DIR  where the main.cf of Postfix is, if not in its\n"
    "                     default place\n"
    "      --version      print the version\n";

enum { OPTION_VERSION = 256 };

static const struct option long_options[] = {
	{ "group", required_argument, NULL, 'g' },
	{ "postfix", required_argument, NULL, 'p' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static struct options
read_options(int argc, char **argv)
{
	struct options options = { .group = "mailreeve-admin" };
	int option;

	while ((option = getopt_long(argc, argv, "g:p:h", long_options,
	    NULL)) != -1) {
		switch (option) {
		case 'g':
			options.group = optarg;
			break;
		case 'p':
			options.postfix.config_directory = optarg;
			break;
		case OPTION_VERSION:
			printf(PROGRAM " %s\n", MAILREEVE_VERSION);
			exit(EXIT_SUCCESS);
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind == argc)
		return options;
	fprintf(stderr, PROGRAM ": unexpected argument '%s'\n%s",
	    argv[optind], usage);
	exit(EXIT_USAGE);
}

/* The line that was asked, without its newline. -1: none came in time. */
static int
read_line(struct buf *text, struct str *line_r)
{
	while (text->len <= CTL_LINE_MAX) {
		char chunk[4096];
		ssize_t got = recv(STDIN_FILENO, chunk, sizeof(chunk), 0);
		ptrdiff_t end;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		buf_add(text, chunk, (size_t)got);
		end = str_find(buf_str(text), '\n');
		if (end >= 0 && end <= CTL_LINE_MAX) {
			*line_r = str_sub(buf_str(text), 0, (size_t)end);
			return 0;
		}
	}
	return -1;
}

static int
answer(const struct options *options, struct str line, struct arena *arena,
    struct buf *out, const char **error_r)
{
	struct ctl_request request;
	struct peer peer;

	if (peer_of(STDIN_FILENO, &peer) < 0) {
		*error_r = "denied nobody knows who asks";
		return -1;
	}
	if (!peer_may_ask(&peer, options->group)) {
		*error_r = arena_printf(arena, "denied only root and members "
		    "of the group %s may ask", options->group);
		log_warn(NULL, "denied: uid=%u pid=%d", peer.uid, peer.pid);
		return -1;
	}
	if (ctl_parse(line, &request, error_r) < 0)
		return -1;
	/* The listing changes nothing. */
	if (!str_is(request.verb, "list"))
		log_info(NULL, "asked by uid=%u pid=%d: %s", peer.uid,
		    peer.pid, log_wire(arena, line, LOG_TEXT_MAX));
	return queue_answer(&options->postfix, &request, arena, out, error_r);
}

static int
serve(const struct options *options, struct arena *arena)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	struct buf text, out, head;
	const char *error = NULL;
	struct str line;

	buf_init(&text, arena);
	buf_init(&out, arena);
	buf_init(&head, arena);
	setsockopt(STDIN_FILENO, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	setsockopt(STDIN_FILENO, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	if (read_line(&text, &line) < 0) {
		log_warn(NULL, "no request has come on standard input, which "
		    "must be a connected UNIX socket");
		return EXIT_FAILURE;
	}
	if (answer(options, line, arena, &out, &error) < 0) {
		buf_clear(&out);
		buf_printf(&head, "ERR %s\n", error);
		log_warn(NULL, "refused: %s", error);
	} else {
		buf_printf(&head, "OK %zu\n", out.len);
	}
	if (net_write_all(STDOUT_FILENO, head.data, head.len) < 0 ||
	    net_write_all(STDOUT_FILENO, out.data, out.len) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct options options = read_options(argc, argv);
	struct arena *arena = arena_new(0);
	int status;

	log_open(PROGRAM, false);
	status = serve(&options, arena);
	arena_free(&arena);
	return status;
}
