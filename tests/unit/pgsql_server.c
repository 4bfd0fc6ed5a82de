/* SPDX-License-Identifier: ISC */
/* pgsql_server.c - PostgreSQL in a folder of its own, on a UNIX socket. */
#include "pgsql_server.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "child.h"
#include "directory/db.h"
#include "directory/directory_settings.h"
#include "scratch.h"

#define START_MS 60000

struct pgsql_server {
	char folder[SCRATCH_SIZE], data[96], conninfo[192];
	char programs[256];		/* the folder of initdb and postgres */
	uid_t uid;
	gid_t gid;
	pid_t pid;			/* 0: it does not run */
};

static int
find_programs(struct pgsql_server *server)
{
	glob_t found;
	int result = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found);

	if (result == 0)
		snprintf(server->programs, sizeof(server->programs), "%.*s",
		    (int)(strrchr(found.gl_pathv[0], '/') -
		    found.gl_pathv[0]), found.gl_pathv[0]);
	globfree(&found);
	return result;
}

/* Who it runs as: we, but not root. */
static int
find_user(struct pgsql_server *server)
{
	const struct passwd *user;

	server->uid = geteuid();
	server->gid = getegid();
	if (server->uid != 0)
		return 0;
	user = getpwnam("postgres");
	if (user == NULL)
		return -1;
	server->uid = user->pw_uid;
	server->gid = user->pw_gid;
	return 0;
}

/* What it says goes into the file log. */
static pid_t
spawn(const struct pgsql_server *server, const char *program,
    const char *const *args)
{
	char path[300];
	pid_t pid = fork();
	int log;

	if (pid != 0)
		return pid;
	if (chdir(server->folder) < 0 || (geteuid() == 0 &&
	    (setgroups(0, NULL) < 0 || setgid(server->gid) < 0 ||
	    setuid(server->uid) < 0)))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	snprintf(path, sizeof(path), "%s/%s", server->programs, program);
	execv(path, (char *const *)(uintptr_t)args);
	_exit(127);
}

static void
die(const struct pgsql_server *server)
{
	fprintf(stderr, "PostgreSQL does not start: see %s/log\n",
	    server->folder);
	abort();
}

static void
init_cluster(struct pgsql_server *server)
{
	const char *const args[] = { "initdb", "-D", server->data, "-U",
	    "mailreeve", "-A", "trust", "-E", "UTF8", "--locale=C",
	    "--wal-segsize=1", "--no-sync", "--no-instructions", NULL };
	int status;

	waitpid(spawn(server, "initdb", args), &status, 0);
	if (status != 0)
		die(server);
}

static void
copy_cluster(const struct pgsql_server *server, const char *from,
    const char *to)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl("/bin/cp", "cp", "-a", from, to, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	if (status != 0)
		die(server);
}

/* All clusters are the same, and a copy takes an eighth of the time: the first
 * of the programs that share a folder leaves one there. */
static void
share_cluster(struct pgsql_server *server, const char *folder)
{
	char path[256], kept[256];
	int lock;

	snprintf(path, sizeof(path), "%s/cluster.lock", folder);
	snprintf(kept, sizeof(kept), "%s/cluster", folder);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		die(server);
	if (access(kept, F_OK) == 0) {
		copy_cluster(server, kept, server->data);
	} else {
		init_cluster(server);
		copy_cluster(server, server->data, kept);
	}
	close(lock);
}

static void
make_cluster(struct pgsql_server *server)
{
	const char *folder = getenv("UNIT_SHARED");

	if (chown(server->folder, server->uid, server->gid) < 0 ||
	    chmod(server->folder, 0755) < 0)
		die(server);
	if (folder != NULL)
		share_cluster(server, folder);
	else
		init_cluster(server);
}

struct pgsql_server *
pgsql_server_new(const char **reason_r)
{
	struct pgsql_server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		abort();
	*reason_r = "PostgreSQL is not installed";
	if (find_programs(server) != 0 || find_user(server) < 0) {
		free(server);
		return NULL;
	}
	scratch_folder(server->folder, "pgsql");
	snprintf(server->data, sizeof(server->data), "%s/data",
	    server->folder);
	snprintf(server->conninfo, sizeof(server->conninfo),
	    "host=%s user=mailreeve dbname=postgres", server->folder);
	make_cluster(server);
	return server;
}

static bool
is_answering(const struct pgsql_server *server)
{
	const struct directory_settings settings = {
		.kind = DIRECTORY_PGSQL,
		.place = server->conninfo,
		.timeout_ms = START_MS,
	};
	struct arena *arena = arena_new(0);
	struct db *db = db_new(&settings, DB_WRITE);
	struct db_error error;
	bool is_there = db_run(db, arena, "SELECT 1", NULL, NULL,
	    &error) == 0;

	db_free(&db);
	arena_free(&arena);
	return is_there;
}

void
pgsql_server_start(struct pgsql_server *server)
{
	const char *const args[] = { "postgres", "-D", server->data, "-k",
	    server->folder, "-c", "listen_addresses=", "-c", "fsync=off",
	    "-c", "shared_buffers=8MB", "-c", "autovacuum=off", NULL };
	int64_t until_ms = clock_steady_ms() + START_MS;

	server->pid = spawn(server, "postgres", args);
	while (!is_answering(server)) {
		if (clock_steady_ms() > until_ms ||
		    waitpid(server->pid, NULL, WNOHANG) != 0)
			die(server);
		usleep(10000);
	}
}

void
pgsql_server_stop(struct pgsql_server *server)
{
	child_end(&server->pid, SIGQUIT);
}

void
pgsql_server_free(struct pgsql_server **server)
{
	struct pgsql_server *old = *server;

	*server = NULL;
	if (old == NULL)
		return;
	pgsql_server_stop(old);
	scratch_remove(old->folder);
	free(old);
}

const char *
pgsql_server_conninfo(const struct pgsql_server *server)
{
	return server->conninfo;
}
