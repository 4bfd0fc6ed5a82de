/* SPDX-License-Identifier: ISC */
/* fuzz_received.c - Received fields, and what a client can write into one. */
#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "mail/received.h"

static void
must_lie_in(struct str part, struct str whole)
{
	must(part.len == 0 || (part.data >= whole.data &&
	    part.data + part.len <= whole.data + whole.len));
}

static void
check_field(struct str value)
{
	struct received received;

	if (received_parse(value, &received) < 0)
		return;
	must_lie_in(received.helo, value);
	must_lie_in(received.name, value);
	must_lie_in(received.by, value);
	must_lie_in(received.via, value);
	must_lie_in(received.with, value);
	must_lie_in(received.id, value);
	must(received.client.len == 0 || !received.is_local);
}

/* Hosts that write what the client says as it stands, and around it what they
 * know: in front of the HELO, and behind it. The name is one that they vouch
 * for. */
static const struct {
	const char *before, *behind, *name;
} forms[] = {
	{ "from ", " (unknown [192.0.2.7]) by mx.example.org (Postfix) with "
	    "SMTP id 4; date", "" },
	{ "from ", " (host.example [192.0.2.7] (may be forged)) by "
	    "mx.example.org (8.17.1/8.17.1) with ESMTP id 4; date", "" },
	{ "from ", " (192.0.2.7) by mx.example.org (192.0.2.1) with Microsoft "
	    "SMTP Server id 4; date", "" },
	{ "from host.example ([192.0.2.7] helo=", ") by mx.example.org with "
	    "esmtp (Exim 4.96) id 4; date", "host.example" },
	{ "from [192.0.2.7] (helo=", ") by mx.example.org with esmtp (Exim "
	    "4.96) id 4; date", "" },
	{ "from host.example (HELO ", ") (192.0.2.7) by mx.example.org with "
	    "SMTP; date", "" },
};

/* The client gains no other address, no login, and no name. */
static void
check_helo(struct arena *arena, size_t form, struct str helo)
{
	static const struct netaddr client = { { 192, 0, 2, 7 }, 4 };
	struct received received;
	struct buf field;

	buf_init(&field, arena);
	buf_printf(&field, " %s%.*s%s", forms[form].before, STR_ARG(helo),
	    forms[form].behind);
	if (received_parse(buf_str(&field), &received) < 0)
		return;
	must(received.client.len == 0 ||
	    netaddr_eq(&received.client, &client));
	must(!received.is_local && !received.has_login && !received.is_note);
	must(received.name.len == 0 ||
	    str_is(received.name, forms[form].name));
}

/* "%.*s" ends at a NUL, and so does what a client can say. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);

	check_field(text);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		check_helo(arena, i, text);
	arena_free(&arena);
	return 0;
}
