/* SPDX-License-Identifier: ISC */
/* test_smtp_server.c - where a server is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "smtp/smtp_server.h"

static const struct {
	const char *name, *text, *want;
} places[] = {
	{ "a UNIX socket", "unix:/run/dovecot/lmtp", "/run/dovecot/lmtp" },
	{ "TCP, IPv4", "inet:25@127.0.0.1", "127.0.0.1 25" },
	{ "TCP, IPv6", "inet:10025@[::1]", "::1 10025" },
	{ "not another host: nothing is encrypted", "inet:25@192.0.2.1",
	  "'inet:25@192.0.2.1' is neither unix:/PATH nor inet:PORT@ADDRESS "
	  "with an address of this host alone, such as inet:25@127.0.0.1" },
	{ "no name: that would be a look-up", "inet:25@localhost", "'inet:25" },
	{ "no port 0", "inet:0@127.0.0.1", "'inet:0" },
	{ "no port", "inet:127.0.0.1", "'inet:127" },
	{ "no kind", "127.0.0.1:25", "'127" },
	{ "a path is absolute", "unix:private/lmtp", "the path of a socket "
	  "begins with '/', as in unix:/run/dovecot/lmtp" },
	{ "and not too long", "unix:/0123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567890123456789012345678901234"
	  "567", "a socket path has at most 107 bytes" },
};

static void
test_places(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct smtp_server server = { 0 };
		char text[NETADDR_TEXT_SIZE];
		const char *error = NULL, *got;

		if (smtp_server_parse(places[i].text, &server, arena,
		    &error) < 0)
			got = error;
		else if (server.path != NULL)
			got = server.path;
		else
			got = arena_printf(arena, "%s %d",
			    netaddr_format(&server.address, text),
			    server.port);
		if (strncmp(got, places[i].want, strlen(places[i].want)) != 0)
			fail_msg("%s: %s", places[i].name, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
