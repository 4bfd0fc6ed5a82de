/* SPDX-License-Identifier: ISC */
/* serve.c - the running avscan: its pool, its socket, and who controls it. */
#include "avscan/serve.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "avscan/conn.h"
#include "avscan/pool.h"
#include "avscan/serve_ctl.h"
#include "avscan/settings.h"
#include "avscan/zygote.h"
#include "base/acceptor.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/net.h"
#include "base/notify.h"
#include "daemon/configuration.h"
#include "daemon/control.h"
#include "daemon/verbs.h"
#include "mail/sections.h"

/* Of clients that are about to ask, or read their answers. */
#define OTHER_CONNS 64
/* For control clients, workers' sockets and the like. */
#define OTHER_DESCRIPTORS 128
/* Beyond the deadline: for who sends its request in pieces. */
#define STOP_GRACE_MS 2000

static const struct section *const sections[] = { &avscan_section, NULL };

struct server {
	struct verb_daemon self;
	struct loop *loop;
	struct zygote *zygote;
	struct loop_watch *zygote_watch;
	struct conf *conf, *start_conf;
	struct pool *pool;
	struct conns *conns;
	int listen_fd;
	struct acceptor *acceptor;
	struct loop_timer *grace;
	struct control control;
	uint64_t reloads, reloads_refused;
	bool is_broken;
};

/* A connection has a file besides. */
static void
adjust(struct server *server)
{
	const struct avscan_settings *settings = server_settings(server);
	size_t workers = (size_t)settings->workers;
	size_t wanted = (size_t)settings->queue + workers + OTHER_CONNS;
	size_t limit = descriptors_limit();
	size_t taken = OTHER_DESCRIPTORS + 2 * workers;
	size_t possible = limit > 2 * taken ? (limit - taken) / 2 : taken / 4;

	log_set_level((enum log_level)settings->common.log_level);
	if (possible < wanted)
		log_warn(NULL, "queue=%lld is too long for the limit on "
		    "descriptors=%zu", (long long)settings->queue, limit);
	conns_configure(server->conns, (uint64_t)settings->max_size,
	    settings->deadline_ms, possible < wanted ? possible : wanted);
}

static void
on_zygote(void *arg, uint32_t events)
{
	struct server *server = arg;

	(void)events;
	if (pool_hear(server->pool) == 0)
		return;
	log_error(NULL, "the process that makes workers is gone; the service "
	    "manager starts all anew");
	server->is_broken = true;
	loop_unwatch(&server->zygote_watch);
	loop_stop(server->loop);
}

static void
on_client(void *arg, int fd)
{
	struct server *server = arg;

	conns_add(server->conns, fd);
}

static int
open_socket(struct server *server, struct arena *arena, const char **error_r)
{
	const struct avscan_settings *settings = server_settings(server);

	server->listen_fd = net_listen_unix(settings->socket, 0660, arena,
	    error_r);
	if (server->listen_fd < 0)
		return -1;
	if (net_share_unix(settings->socket, settings->socket_group,
	    "avscan.socket_group", arena, error_r) < 0)
		return -1;
	server->acceptor = acceptor_new(server->loop, server->listen_fd,
	    on_client, server);
	return 0;
}

static int
open_parts(struct server *server, bool has_test_clock, struct arena *arena,
    const char **error_r)
{
	const struct daemon_settings *settings =
	    &server_settings(server)->common;

	log_open("mailreeve-avscan",
	    settings->log_target == LOG_TARGET_SYSLOG);
	server->pool = pool_new(server->loop, server->zygote,
	    server_settings(server));
	server->zygote_watch = loop_watch(server->loop,
	    zygote_fd(server->zygote), EPOLLIN, on_zygote, server);
	server->conns = conns_new(server->loop, server->pool);
	adjust(server);
	if (control_open(&server->control, server->loop, settings,
	    has_test_clock, serve_verbs, server, arena, error_r) < 0)
		return -1;
	return open_socket(server, arena, error_r);
}

struct server *
server_open(const char *conf_path, bool has_test_clock, struct zygote *zygote,
    struct loop *loop, struct arena *arena, const char **error_r)
{
	struct server *server = must(calloc(1, sizeof(*server)));

	server->self = (struct verb_daemon){ "avscan", conf_path,
	    clock_steady_ms() };
	server->loop = loop;
	server->zygote = zygote;
	server->listen_fd = -1;
	server->conf = configuration_load(conf_path, sections,
	    sections_not_of_avscan, arena, error_r);
	if (server->conf != NULL) {
		server->start_conf = conf_ref(server->conf);
		if (open_parts(server, has_test_clock, arena, error_r) == 0)
			return server;
	}
	server_close(&server);
	return NULL;
}

static void
close_socket(struct server *server)
{
	acceptor_free(&server->acceptor);
	if (server->listen_fd < 0)
		return;
	close(server->listen_fd);
	unlink(server_settings(server)->socket);
	server->listen_fd = -1;
}

void
server_close(struct server **server)
{
	struct server *old = *server;

	*server = NULL;
	if (old == NULL)
		return;
	close_socket(old);
	loop_cancel(&old->grace);
	control_close(&old->control);
	conns_free(&old->conns);
	loop_unwatch(&old->zygote_watch);
	pool_free(&old->pool);
	conf_unref(&old->conf);
	conf_unref(&old->start_conf);
	free(old);
}

int
server_reload(struct server *server, struct arena *arena,
    const char **error_r)
{
	struct conf *fresh;

	notify_reloading();
	fresh = configuration_load(server->self.conf_path, sections,
	    sections_not_of_avscan, arena, error_r);
	if (fresh == NULL) {
		server->reloads_refused++;
		log_error(NULL, "the new configuration is refused, the old one "
		    "stays in force: %s", *error_r);
	} else {
		configuration_log_restart(server->start_conf, fresh, arena);
		conf_unref(&server->conf);
		server->conf = fresh;
		server->reloads++;
		pool_configure(server->pool, server_settings(server));
		adjust(server);
		log_info(NULL, "the new configuration is in force");
	}
	notify_state("READY=1");
	return fresh == NULL ? -1 : 0;
}

static void
on_drained(void *arg)
{
	struct server *server = arg;

	loop_stop(server->loop);
}

static void
on_grace_over(void *arg)
{
	struct server *server = arg;

	server->grace = NULL;
	loop_stop(server->loop);
}

void
server_stop(struct server *server)
{
	close_socket(server);
	server->grace = loop_after(server->loop, server_settings(server)
	    ->deadline_ms + STOP_GRACE_MS, on_grace_over, server);
	conns_drain(server->conns, on_drained, server);
}

const struct avscan_settings *
server_settings(const struct server *server)
{
	return conf_get(server->conf, &avscan_section);
}

const struct pool *
server_pool(const struct server *server)
{
	return server->pool;
}

const struct conns *
server_conns(const struct server *server)
{
	return server->conns;
}

const struct verb_daemon *
server_self(const struct server *server)
{
	return &server->self;
}

void
server_count_reloads(const struct server *server, uint64_t *taken_r,
    uint64_t *refused_r)
{
	*taken_r = server->reloads;
	*refused_r = server->reloads_refused;
}

bool
server_is_broken(const struct server *server)
{
	return server->is_broken;
}
