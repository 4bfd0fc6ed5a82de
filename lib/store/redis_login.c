/* SPDX-License-Identifier: ISC */
/* redis_login.c - what is said first on a connection. */
#include "store/redis_login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "store/redis_link.h"
#include "store/store_settings.h"

#define PASSWORD_MAX 1024
#define WORDS_MAX 8

static const char *
judge_mode(int fd, const char *file, struct arena *arena)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return arena_printf(arena, "%s: it is no file", file);
	if ((status.st_mode & S_IRWXO) != 0)
		return arena_printf(arena, "%s: everybody may open it (mode "
		    "%04o); run: chmod o= %s", file, status.st_mode & 07777,
		    file);
	return NULL;
}

/* Its first line. */
static const char *
read_line(int fd, const char *file, struct arena *arena, char **line_r)
{
	char *text = arena_zalloc(arena, PASSWORD_MAX + 1);
	ssize_t len = read(fd, text, PASSWORD_MAX);

	if (len < 0)
		return arena_printf(arena, "%s: %s", file, strerror(errno));
	text[strcspn(text, "\r\n")] = '\0';
	if (text[0] == '\0')
		return arena_printf(arena, "%s: no password in its first line",
		    file);
	*line_r = text;
	return NULL;
}

int
redis_login_password(const struct store_settings *settings,
    struct arena *arena, char **password_r, const char **error_r)
{
	const char *file = settings->password_file;
	int fd;

	*password_r = NULL;
	*error_r = NULL;
	if (file == NULL)
		return 0;
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		*error_r = arena_printf(arena, "%s: %s; may this user read "
		    "it?", file, strerror(errno));
		return -1;
	}
	*error_r = judge_mode(fd, file, arena);
	if (*error_r == NULL)
		*error_r = read_line(fd, file, arena, password_r);
	close(fd);
	return *error_r != NULL ? -1 : 0;
}

/* HELLO is allowed to whoever has no rights at all, and tells servers before
 * version 6 from later ones. It is said without a password too: the reply shows
 * that somebody is there, not just a socket of one who hangs. */
static void
say_hello(const struct store_settings *settings, const char *password,
    struct redis_link *link)
{
	struct str words[WORDS_MAX] = { STR("HELLO"), STR("2") };
	size_t count = 2;

	if (password != NULL) {
		words[count++] = STR("AUTH");
		words[count++] = settings->user != NULL ?
		    str_from(settings->user) : STR("default");
		words[count++] = str_from(password);
	}
	words[count++] = STR("SETNAME");
	words[count++] = STR("mailreeve");
	redis_link_send(link, words, count);
}

int
redis_login_send(const struct store_settings *settings,
    struct redis_link *link, struct arena *arena, const char **error_r)
{
	char number[24], *password;
	struct str select[2] = { STR("SELECT") };

	if (redis_login_password(settings, arena, &password, error_r) < 0)
		return -1;
	say_hello(settings, password, link);
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	if (settings->database == 0)
		return 1;
	select[1] = str_of(number, (size_t)snprintf(number, sizeof(number),
	    "%lld", (long long)settings->database));
	redis_link_send(link, select, 2);
	return 2;
}
