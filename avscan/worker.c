/* SPDX-License-Identifier: ISC */
/* worker.c - the process that reads files of strangers, one after another. */
#include "avscan/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "avscan/last_words.h"
#include "avscan/look.h"
#include "avscan/sandbox.h"
#include "base/arena.h"
#include "base/net.h"
#include "scan/answer.h"
#include "scan/pass.h"

/* For what is read last; and when it does not mind that. */
#define LAST_MS 2000
#define LAST_MAX_MS 3000

const char *
worker_prepare(void)
{
	const char *error = NULL;

	for (const struct parser *const *parser = parsers; *parser != NULL &&
	    error == NULL; parser++)
		if ((*parser)->prepare != NULL)
			error = (*parser)->prepare();
	return error;
}

/* The bytes of the file; -1: it is none that is read. */
static int
map_file(int file, const struct file_limits *limits, struct str *data_r,
    enum scan_unread *unread_r)
{
	struct stat status;
	void *map;

	*unread_r = SCAN_UNREAD_descriptor;
	if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode))
		return -1;
	*unread_r = SCAN_UNREAD_size;
	if ((uint64_t)status.st_size > limits->size)
		return -1;
	*data_r = STR("");
	if (status.st_size == 0)
		return 0;
	*unread_r = SCAN_UNREAD_memory;
	map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file,
	    0);
	if (map == MAP_FAILED)
		return -1;
	*data_r = str_of(map, (size_t)status.st_size);
	return 0;
}

/* An answer begins with room for its head. */
static void
begin_answer(struct buf *answer, struct arena *arena)
{
	const char room[SCAN_ANSWER_HEAD] = "";

	buf_init(answer, arena);
	buf_add(answer, room, sizeof(room));
}

static void
end_answer(struct buf *answer)
{
	scan_answer_put_head(answer->len - SCAN_ANSWER_HEAD, answer->data);
}

/* What is read last may break us: what is known until then is told in any
 * case, with a mark that there is more. */
static void
read_last(int fd, struct look *look)
{
	scan_marks marks = look->answer.marks;
	struct buf words;

	begin_answer(&words, look->arena);
	look_mark(look, SCAN_MARK_limit_text);
	scan_answer_write(&look->answer, &words);
	look->answer.marks = marks;
	end_answer(&words);
	last_words_set(fd, words.data, words.len, LAST_MAX_MS);
	look_end(look, LAST_MS);
	last_words_drop();
}

static void
send_answer(int fd, struct buf *answer)
{
	end_answer(answer);
	if (net_write_all(fd, answer->data, answer->len) < 0)
		_exit(EXIT_SUCCESS);
}

static void
do_job(int fd, const struct worker_job *job, int file)
{
	struct arena *arena = arena_new(65536);
	enum scan_unread unread;
	struct look look;
	struct buf answer;
	struct str data;

	begin_answer(&answer, arena);
	if (map_file(file, &job->limits, &data, &unread) < 0) {
		scan_answer_write_unread(unread, &answer);
	} else {
		look_init(&look, arena, &job->limits);
		look_at(&look, data, str_of(job->name, job->name_len), 0);
		if (look_has_last(&look))
			read_last(fd, &look);
		scan_answer_write(&look.answer, &answer);
		if (data.len != 0)
			munmap((void *)(uintptr_t)data.data, data.len);
	}
	close(file);
	send_answer(fd, &answer);
	arena_free(&arena);
}

/* The daemon writes a job in one go; still the socket is one of bytes. */
static bool
take_job(int fd, struct worker_job *job, int *file_r)
{
	size_t len = 0;

	while (len < sizeof(*job)) {
		ssize_t got = pass_receive(fd, (char *)job + len,
		    sizeof(*job) - len, file_r);

		if (got <= 0)
			return false;
		len += (size_t)got;
	}
	return job->name_len <= sizeof(job->name) && *file_r >= 0;
}

void
worker_run(int fd, const struct worker_limits *limits)
{
	struct worker_job job;
	sigset_t none;
	int file = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "avscan-worker");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fd = sandbox_keep_descriptor(fd);
	if (sandbox_enter(limits) != NULL)
		_exit(EXIT_FAILURE);
	while (take_job(fd, &job, &file)) {
		do_job(fd, &job, file);
		file = -1;
	}
	_exit(EXIT_SUCCESS);
}
