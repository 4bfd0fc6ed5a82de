/* SPDX-License-Identifier: ISC */
/* memory_store.c - the store in memory as a store; its snapshots on disk. */
#include "store/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "store/call.h"
#include "store/memory_private.h"
#include "store/op.h"

/* So many buckets are looked through for expired entries at each snapshot,
 * when nothing is put that would do it. */
#define SAVE_SWEEP_BUCKETS 10000

/* And so many at each operation while there is no room. */
#define FULL_SWEEP_BUCKETS 100

/* --- a store ------------------------------------------------------------- */

static const char *
degraded(struct store *store)
{
	const struct memory *memory = (const struct memory *)store;

	return memory->bytes <= memory->bytes_max ? NULL :
	    "the memory for counters is full; it needs more room, or a store "
	    "in Redis";
}

/* Nothing is put while it is full, so nothing would look for what has
 * expired. */
static bool
has_room(struct memory *memory)
{
	if (degraded(&memory->base) != NULL)
		memory_sweep(memory, FULL_SWEEP_BUCKETS, clock_now_ms());
	return degraded(&memory->base) == NULL;
}

static struct store_call *
ask(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct memory *memory = (struct memory *)store;
	struct store_call *call = store_call_new(wait);
	struct arena *arena = arena_new(0);
	struct store_answer answer = { .status = STORE_DONE };
	struct vec values;

	vec_init(&values, arena, sizeof(struct str));
	answer.error = has_room(memory) ? NULL : degraded(store);
	if (answer.error != NULL || request->op->run(memory, request, &values,
	    &answer.error) != 0)
		answer.status = STORE_REFUSED;
	answer.count = answer.status == STORE_DONE ? values.len : 0;
	answer.values = values.items;
	memory->stats.asked++;
	store_stats_add(&memory->stats, answer.status, 0);
	store_call_done(call, &answer);
	arena_free(&arena);
	return call;
}

static void
count(struct store *store, struct store_stats *stats)
{
	*stats = ((struct memory *)store)->stats;
}

void
memory_limit(struct store *store, size_t bytes)
{
	((struct memory *)store)->bytes_max = bytes;
}

size_t
memory_count(const struct store *store)
{
	return ((const struct memory *)store)->count;
}

size_t
memory_bytes(const struct store *store)
{
	return ((const struct memory *)store)->bytes;
}

/* --- writing ------------------------------------------------------------- */

/* The names that writing needs, made before the fork. */
struct names {
	char *path, *new_path, *old_path, *folder;
};

static struct names
make_names(const struct memory *memory, struct arena *arena)
{
	struct names names = {
		.path = arena_strdup(arena, memory->path),
		.new_path = arena_printf(arena, "%s.new", memory->path),
		.old_path = arena_printf(arena, "%s.old", memory->path),
		.folder = arena_strdup(arena, memory->path),
	};
	char *slash = strrchr(names.folder, '/');

	if (slash == NULL)
		names.folder = arena_strdup(arena, ".");
	else
		slash[slash == names.folder ? 1 : 0] = '\0';
	return names;
}

/* The new name must be on disk as well as the bytes. */
static int
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return rc;
}

/* Only what a child of a process with threads may call. 0 or errno. */
static int
write_snapshot(const struct memory *memory, const struct names *names)
{
	int fd = open(names->new_path, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return errno;
	rc = memory_snapshot_write(memory, fd) != 0 || fsync(fd) != 0
	    ? errno : 0;
	if (close(fd) != 0 && rc == 0)
		rc = errno;
	if (rc != 0) {
		unlink(names->new_path);
		return rc;
	}
	/* The one before keeps a name, should this one turn out torn. */
	unlink(names->old_path);
	if (link(names->path, names->old_path) != 0 && errno != ENOENT)
		return errno;
	if (rename(names->new_path, names->path) != 0)
		return errno;
	return sync_folder(names->folder) != 0 ? errno : 0;
}

static int
failed(const struct memory *memory, int error, struct arena *arena,
    const char **error_r)
{
	*error_r = arena_printf(arena, "%s: cannot write the snapshot: %s; "
	    "what was counted is lost at a restart", memory->path,
	    strerror(error));
	return -1;
}

/* The child keeps neither sockets nor files of its parent open, and does not
 * outlive it: two must not write to one file. */
static void
be_writer(const struct memory *memory, const struct names *names, pid_t parent)
{
	syscall(SYS_close_range, 3u, ~0u, 0u);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(ECANCELED);
	_exit(write_snapshot(memory, names));
}

/* Has the child ended? 1: yes or there is none, 0: it still writes. -1: it
 * failed. */
static int
reap_writer(struct memory *memory, struct arena *arena, const char **error_r)
{
	int status = 0;
	pid_t ended;

	if (memory->writer == 0)
		return 1;
	ended = waitpid(memory->writer, &status, WNOHANG);
	if (ended == 0)
		return 0;
	memory->writer = 0;
	if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return failed(memory, WEXITSTATUS(status), arena, error_r);
	if (ended > 0 && WIFSIGNALED(status))
		return failed(memory, EINTR, arena, error_r);
	memory->saved_changes = memory->saving_changes;
	return 1;
}

static void
stop_writer(struct memory *memory)
{
	if (memory->writer == 0)
		return;
	kill(memory->writer, SIGKILL);
	waitpid(memory->writer, NULL, 0);
	memory->writer = 0;
}

int
memory_save(struct store *store, struct arena *arena, const char **error_r)
{
	struct memory *memory = (struct memory *)store;
	pid_t parent = getpid(), child;
	struct names names;
	int ended;

	memory_sweep(memory, SAVE_SWEEP_BUCKETS, clock_now_ms());
	if (memory->path == NULL)
		return 0;
	ended = reap_writer(memory, arena, error_r);
	if (ended <= 0)
		return ended;
	if (memory->changes == memory->saved_changes)
		return 0;
	names = make_names(memory, arena);
	memory->saving_changes = memory->changes;
	child = fork();
	if (child == 0)
		be_writer(memory, &names, parent);
	if (child < 0)
		return failed(memory, errno, arena, error_r);
	memory->writer = child;
	return 0;
}

int
memory_save_now(struct store *store, struct arena *arena,
    const char **error_r)
{
	struct memory *memory = (struct memory *)store;
	struct names names;
	int rc;

	if (memory->path == NULL)
		return 0;
	stop_writer(memory);
	if (memory->changes == memory->saved_changes)
		return 0;
	names = make_names(memory, arena);
	rc = write_snapshot(memory, &names);
	if (rc != 0)
		return failed(memory, rc, arena, error_r);
	memory->saved_changes = memory->changes;
	return 0;
}

/* --- reading ------------------------------------------------------------- */

/* The whole file, in the arena. -1 and errno. */
static int
read_file(const char *path, struct arena *arena, struct str *bytes_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	size_t done = 0;
	ssize_t got = 1;
	char *data;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) != 0) {
		close(fd);
		return -1;
	}
	data = arena_alloc(arena, (size_t)status.st_size + 1);
	while (got > 0 && done < (size_t)status.st_size) {
		got = read(fd, data + done, (size_t)status.st_size - done);
		done += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	*bytes_r = str_of(data, done);
	return got < 0 ? -1 : 0;
}

static int
refuse(const char *path, const char *reason, struct arena *arena,
    const char **error_r)
{
	*error_r = arena_printf(arena, "%s: %s", path, reason);
	return -1;
}

/* 1: the file does not count, look for the one before. */
static int
load_file(struct memory *memory, const char *path, struct arena *arena,
    const char **error_r)
{
	struct str bytes;

	if (read_file(path, arena, &bytes) != 0)
		return errno == ENOENT ? 0 : refuse(path, arena_printf(arena,
		    "cannot read the snapshot: %s", strerror(errno)), arena,
		    error_r);
	switch (memory_snapshot_parse(memory, bytes)) {
	case SNAPSHOT_LOADED:
		return 0;
	case SNAPSHOT_OTHER_VERSION:
		log_warn(NULL, "%s: written by another version: counting "
		    "starts anew", path);
		return 0;
	case SNAPSHOT_TORN:
		log_warn(NULL, "%s: the snapshot is torn", path);
		return 1;
	case SNAPSHOT_FOREIGN:
		break;
	}
	return refuse(path, "no snapshot of ours; name another file or remove "
	    "this one", arena, error_r);
}

static int
load(struct memory *memory, const char **error_r, struct arena *arena)
{
	struct arena *files = arena_new(0);
	int rc = load_file(memory, memory->path, files, error_r);

	if (rc == 1)
		rc = load_file(memory, arena_printf(files, "%s.old",
		    memory->path), files, error_r);
	if (rc < 0)
		*error_r = arena_strdup(arena, *error_r);
	memory->saved_changes = memory->changes;
	arena_free(&files);
	return rc < 0 ? -1 : 0;
}

static void
free_store(struct store *store)
{
	stop_writer((struct memory *)store);
	memory_drop((struct memory *)store);
}

struct store *
memory_open(const char *snapshot, struct arena *arena, const char **error_r)
{
	struct memory *memory = memory_new();

	memory->base = (struct store){
		.ask = ask,
		.degraded = degraded,
		.count = count,
		.free = free_store,
	};
	if (snapshot == NULL)
		return &memory->base;
	memory->path = strdup(snapshot);
	if (memory->path == NULL)
		abort();
	if (load(memory, error_r, arena) == 0)
		return &memory->base;
	memory_drop(memory);
	return NULL;
}
