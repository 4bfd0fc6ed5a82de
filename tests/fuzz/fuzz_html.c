/* SPDX-License-Identifier: ISC */
/* fuzz_html.c - pages of HTML. */
#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "mime/html.h"

static const struct html_limits limits = {
	.max_text_bytes = 4096,
	.max_addresses = 16,
	.max_depth = 16,
	.max_css_rules = 16,
};

static void
check_page(const struct html_page *page, bool was_utf8)
{
	must(page->text.len <= limits.max_text_bytes);
	must(page->addresses.len <= limits.max_addresses);
	must(page->max_depth <= limits.max_depth);
	must(!was_utf8 || is_utf8(page->text));
	for (size_t i = 0; i < page->hidden.len; i++) {
		const struct html_piece *piece = vec_at(&page->hidden, i);

		must(piece->hidden != HTML_SEEN);
		must(!was_utf8 || is_utf8(piece->text));
	}
	for (size_t i = 0; i < page->addresses.len; i++) {
		const struct html_address *address =
		    vec_at(&page->addresses, i);

		must(address->use < HTML_USE_COUNT);
		must(address->target.len == 0 || address->target.data != NULL);
		must(address->shown.len <= limits.max_text_bytes);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct html_page page;

	html_read(arena, text, &limits, &page);
	check_page(&page, is_utf8(text));
	arena_free(&arena);
	return 0;
}
