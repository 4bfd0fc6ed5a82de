/* SPDX-License-Identifier: ISC */
/* fetch.c - files over HTTPS, by libcurl. */
#include "cli/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/curl_load.h"

#define CONNECT_S 20L
#define ALL_S 600L
/* Slower than this for so long: the next mirror is tried. */
#define SLOW_BYTES 100L
#define SLOW_S 30L
#define REDIRECTS_MAX 5L

struct fetch {
	struct arena *arena;
	struct curl lib;
	CURL *curl;
	bool has_progress;
	/* The file under way. */
	int fd;
	size_t written, max;
	int write_error;		/* errno */
	char error[CURL_ERROR_SIZE];
};

static size_t
take(char *data, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;
	size_t len = size * count, at = 0;

	if (len > fetch->max - fetch->written) {
		fetch->write_error = EFBIG;
		return 0;
	}
	while (at < len) {
		ssize_t put = write(fetch->fd, data + at, len - at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			fetch->write_error = errno;
			return 0;
		}
		at += (size_t)put;
	}
	fetch->written += len;
	return len;
}

static int
tell(void *arg, curl_off_t total, curl_off_t now, curl_off_t to_send,
    curl_off_t sent)
{
	(void)arg;
	(void)to_send;
	(void)sent;
	if (total > 0)
		fprintf(stderr, "\r%7lld of %lld kB", (long long)now / 1024,
		    (long long)total / 1024);
	return 0;
}

static void
set_options(struct fetch *fetch, const char *authorities)
{
	__typeof__(curl_easy_setopt) *set = fetch->lib.easy_setopt;
	CURL *curl = fetch->curl;

	set(curl, CURLOPT_PROTOCOLS_STR, "https");
	set(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	set(curl, CURLOPT_FOLLOWLOCATION, 1L);
	set(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	set(curl, CURLOPT_FAILONERROR, 1L);
	set(curl, CURLOPT_NOSIGNAL, 1L);
	set(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	set(curl, CURLOPT_TIMEOUT, ALL_S);
	set(curl, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	set(curl, CURLOPT_LOW_SPEED_TIME, SLOW_S);
	set(curl, CURLOPT_USERAGENT, "mailreeve/" MAILREEVE_VERSION);
	set(curl, CURLOPT_ERRORBUFFER, fetch->error);
	set(curl, CURLOPT_WRITEFUNCTION, take);
	set(curl, CURLOPT_WRITEDATA, fetch);
	if (authorities != NULL)
		set(curl, CURLOPT_CAINFO, authorities);
	if (fetch->has_progress) {
		set(curl, CURLOPT_NOPROGRESS, 0L);
		set(curl, CURLOPT_XFERINFOFUNCTION, tell);
	}
}

struct fetch *
fetch_new(struct arena *arena, const char *authorities, bool has_progress,
    const char **error_r)
{
	struct fetch *fetch = arena_zalloc(arena, sizeof(*fetch));

	fetch->arena = arena;
	fetch->has_progress = has_progress;
	if (curl_load(&fetch->lib) < 0) {
		*error_r = "cannot load libcurl; install the package "
		    "libcurl4";
		return NULL;
	}
	if (fetch->lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (fetch->curl = fetch->lib.easy_init()) == NULL) {
		*error_r = "libcurl cannot be used";
		return NULL;
	}
	set_options(fetch, authorities);
	return fetch;
}

void
fetch_free(struct fetch **fetch)
{
	if (*fetch == NULL)
		return;
	(*fetch)->lib.easy_cleanup((*fetch)->curl);
	(*fetch)->lib.global_cleanup();
	*fetch = NULL;
}

static int
fail(struct fetch *fetch, const char *url, const char *reason,
    const char **error_r)
{
	*error_r = arena_printf(fetch->arena, "%s: %s", url, reason);
	return -1;
}

int
fetch_get(void *arg, const char *url, int fd, size_t max,
    const char **error_r)
{
	struct fetch *fetch = arg;
	long status = 0;
	CURLcode code;

	fetch->fd = fd;
	fetch->max = max;
	fetch->written = 0;
	fetch->write_error = 0;
	fetch->error[0] = '\0';
	fetch->lib.easy_setopt(fetch->curl, CURLOPT_URL, url);
	code = fetch->lib.easy_perform(fetch->curl);
	if (fetch->has_progress)
		fputs("\r\033[K", stderr);
	fetch->lib.easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK)
		return 0;
	if (code == CURLE_HTTP_RETURNED_ERROR &&
	    (status == 404 || status == 410))
		return 1;
	if (fetch->write_error == EFBIG)
		return fail(fetch, url, "it is larger than is taken", error_r);
	if (fetch->write_error != 0)
		return fail(fetch, url, strerror(fetch->write_error),
		    error_r);
	return fail(fetch, url, fetch->error[0] != '\0' ? fetch->error :
	    fetch->lib.easy_strerror(code), error_r);
}
