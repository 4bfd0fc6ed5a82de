/* SPDX-License-Identifier: ISC */
/* fuzz_url.c - links of strangers: their form is one, and it does not change. */
#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "mime/url.h"

static void
must_have_one_form(const struct url *url)
{
	for (size_t i = 0; i < url->normal.len; i++)
		must(url->host.len == 0 ||
		    (url->normal.data[i] > ' ' && url->normal.data[i] < 0x7f));
	must(url->address.len == 0 ||
	    (url->oddities & URL_ADDRESS_HOST) != 0);
	must(url->registered.len <= url->host.len);
	must((url->inner != NULL) == ((url->oddities & URL_REDIRECTS) != 0));
	if (url->inner != NULL)
		must_have_one_form(url->inner);
}

/* A link that was read once is read the same again. */
static void
must_stay(struct arena *arena, const struct url *url)
{
	struct url again;

	if (url->host.len == 0)
		return;
	must(url_parse(arena, url->normal, &again));
	must(str_eq(again.normal, url->normal));
	must(str_eq(again.host, url->host));
	must(again.port == url->port);
	must(str_eq(again.path, url->path) && str_eq(again.query, url->query));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	const char *end = text.data;
	struct vec urls;
	struct url url;

	if (url_parse(arena, text, &url)) {
		must_have_one_form(&url);
		must_stay(arena, &url);
	}
	vec_init(&urls, arena, sizeof(struct url));
	url_find(arena, text, 50, &urls);
	must(urls.len <= 50);
	for (size_t i = 0; i < urls.len; i++) {
		const struct url *found = vec_at(&urls, i);

		/* In order, within the text, no octet twice. */
		must(found->raw.data >= end);
		end = found->raw.data + found->raw.len;
		must(end <= text.data + text.len && found->raw.len != 0);
		must_have_one_form(found);
		must_stay(arena, found);
	}
	arena_free(&arena);
	return 0;
}
