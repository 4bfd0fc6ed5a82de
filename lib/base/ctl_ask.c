/* SPDX-License-Identifier: ISC */
/* ctl_ask.c - the asking side of ctl. */
#include "base/ctl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/net.h"

/* Read until len bytes stand in answer, or (len 0) until its first newline.
 * -1 with the reason. */
static int
read_more(int fd, struct buf *answer, size_t len, const char **error_r)
{
	while (len == 0 ? str_find(buf_str(answer), '\n') < 0
			: answer->len < len) {
		char chunk[16384];
		ssize_t got = recv(fd, chunk, sizeof(chunk), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			*error_r = "the daemon did not answer in time";
		else if (got < 0)
			*error_r = strerror(errno);
		else if (got == 0)
			*error_r = "the daemon closed the connection";
		if (got <= 0)
			return -1;
		buf_add(answer, chunk, (size_t)got);
	}
	return 0;
}

/* The length that an OK line promises; an ERR line is the reason. */
static int
parse_status(struct str line, struct arena *arena, size_t *len_r,
    const char **error_r)
{
	uint64_t len;

	if (str_has_prefix_nocase(line, STR("ERR "))) {
		*error_r = str_dup(arena, str_from_pos(line, 4));
		return -1;
	}
	if (!str_has_prefix_nocase(line, STR("OK ")) ||
	    str_to_u64(str_from_pos(line, 3), CTL_ANSWER_MAX, &len) < 0) {
		*error_r = "what answered is no Mailreeve daemon";
		return -1;
	}
	*len_r = (size_t)len;
	return 0;
}

static int
converse(int fd, const char *verb, struct str json, struct arena *arena,
    struct str *answer_r, const char **error_r)
{
	size_t head, len;
	struct buf text;

	buf_init(&text, arena);
	buf_printf(&text, "%s %.*s\n", verb, STR_ARG(json));
	if (net_write_all(fd, text.data, text.len) < 0) {
		*error_r = strerror(errno);
		return -1;
	}
	buf_clear(&text);
	if (read_more(fd, &text, 0, error_r) < 0)
		return -1;
	head = (size_t)str_find(buf_str(&text), '\n');
	if (parse_status(str_sub(buf_str(&text), 0, head), arena, &len,
	    error_r) < 0)
		return -1;
	if (read_more(fd, &text, head + 1 + len, error_r) < 0)
		return -1;
	*answer_r = str_sub(buf_str(&text), head + 1, len);
	return 0;
}

int
ctl_ask(const char *path, const char *verb, struct str json, int timeout_ms,
    struct arena *arena, struct str *answer_r, const char **error_r)
{
	int fd = net_connect_unix(path, timeout_ms, arena, error_r);
	int status;

	if (fd < 0)
		return -1;
	status = converse(fd, verb, json, arena, answer_r, error_r);
	close(fd);
	return status;
}
