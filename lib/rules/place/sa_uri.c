/* SPDX-License-Identifier: ISC */
/* sa_uri.c - every address in the text and in the tags, in every form. */
#include "rules/place/sa_uri.h"

#include "base/arena.h"
#include "base/map.h"
#include "rules/place.h"
#include "rules/place/sa_boundaries.h"
#include "rules/place/sa_html.h"
#include "rules/place/sa_options.h"
#include "rules/place/sa_private.h"

/* Forms of all addresses together that rules look at. */
#define FORMS_MAX ((size_t)20000)

struct gatherer {
	struct view *view;
	struct arena *arena;	/* of view */
	struct sa_uri_list *list;
	struct map *by_uri;	/* number + 1 */
	size_t forms;
};

static void
push_once(struct vec *texts, struct str text)
{
	for (size_t i = 0; i < texts->len; i++)
		if (str_eq(*(struct str *)vec_at(texts, i), text))
			return;
	*(struct str *)vec_push(texts) = text;
}

static struct sa_uri *
entry_of(struct gatherer *gatherer, struct str uri)
{
	struct vec *uris = &gatherer->list->uris;
	size_t number = (size_t)(uintptr_t)map_find(gatherer->by_uri, uri);
	struct sa_uri *entry;

	if (number != 0)
		return vec_at(uris, number - 1);
	entry = vec_push(uris);
	entry->uri = uri;
	vec_init(&entry->cleaned, gatherer->arena, sizeof(struct str));
	vec_init(&entry->hosts, gatherer->arena, sizeof(struct str));
	vec_init(&entry->domains, gatherer->arena, sizeof(struct str));
	vec_init(&entry->anchors, gatherer->arena, sizeof(struct str));
	map_put(gatherer->by_uri, uri, (void *)(uintptr_t)uris->len);
	return entry;
}

/* Add an address; wants_host: only with a host that the DNS could know. NULL:
 * it is not one. */
static struct sa_uri *
add(struct gatherer *gatherer, struct str uri, unsigned uses, bool wants_host)
{
	struct arena *arena = gatherer->arena;
	struct vec forms, hosts, domains;
	struct str host, domain;
	struct sa_uri *entry;

	if (gatherer->forms >= FORMS_MAX) {
		gatherer->list->is_cut = true;
		return NULL;
	}
	vec_init(&forms, arena, sizeof(struct str));
	vec_init(&hosts, arena, sizeof(struct str));
	vec_init(&domains, arena, sizeof(struct str));
	sa_uri_clean(gatherer->view, uri, &forms);
	for (size_t i = 0; i < forms.len; i++)
		if (sa_uri_host(gatherer->view, *(struct str *)
		    vec_at(&forms, i), &host, &domain)) {
			push_once(&hosts, host);
			push_once(&domains, domain);
		}
	if (wants_host && hosts.len == 0)
		return NULL;
	entry = entry_of(gatherer, uri);
	entry->uses |= uses;
	for (size_t i = 0; i < forms.len; i++)
		push_once(&entry->cleaned, *(struct str *)vec_at(&forms, i));
	for (size_t i = 0; i < hosts.len; i++)
		push_once(&entry->hosts, *(struct str *)vec_at(&hosts, i));
	for (size_t i = 0; i < domains.len; i++)
		push_once(&entry->domains, *(struct str *)vec_at(&domains, i));
	gatherer->forms += forms.len;
	return entry;
}

static void
add_of_text(struct gatherer *gatherer, const struct vec *body)
{
	struct map *seen = map_new(gatherer->arena);
	struct vec found;

	vec_init(&found, gatherer->arena, sizeof(struct sa_found_uri));
	for (size_t i = 0; i < body->len; i++)
		sa_uris_find(gatherer->arena,
		    sa_boundaries_of(gatherer->view),
		    *(struct str *)vec_at(body, i), seen, &found);
	for (size_t i = 0; i < found.len; i++) {
		const struct sa_found_uri *uri = vec_at(&found, i);

		add(gatherer, uri->uri, uri->uses, true);
	}
}

static void
add_of_page(struct gatherer *gatherer, const struct sa_page *page)
{
	gatherer->list->is_cut |= page->has_cut_uri;
	for (size_t i = 0; i < page->uris.len; i++) {
		const struct sa_page_uri *from = vec_at(&page->uris, i);
		struct sa_uri *entry = add(gatherer, from->uri,
		    from->uses != 0 ? from->uses : SA_IN_TEXT, false);

		for (size_t j = 0; entry != NULL && j < from->anchors.len; j++)
			*(struct str *)vec_push(&entry->anchors) =
			    *(struct str *)vec_at(&from->anchors, j);
	}
}

/* A domain that signs: its host counts, it is no address that rules look at. */
static void
add_signer(struct gatherer *gatherer, struct str domain)
{
	struct str uri = str_from(arena_printf(gatherer->arena,
	    "domainkeys:%.*s", STR_ARG(domain))), host, registrable;
	struct sa_uri *entry;

	if (gatherer->forms >= FORMS_MAX ||
	    !sa_uri_host(gatherer->view, uri, &host, &registrable))
		return;
	gatherer->forms++;
	entry = entry_of(gatherer, uri);
	entry->uses |= SA_IN_SIGNATURE;
	push_once(&entry->hosts, host);
	push_once(&entry->domains, registrable);
}

static struct str
without_space(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	buf_reserve(&out, text.len + 1);
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_space(text.data[i]))
			buf_add_char(&out, text.data[i]);
	return buf_str(&out);
}

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* Each "d=" of a signature. */
static void
add_of_signature(struct gatherer *gatherer, struct str value)
{
	for (size_t at = 0, from; at < value.len; at++) {
		if (value.data[at] != 'd' ||
		    (at != 0 && is_word(value.data[at - 1])))
			continue;
		for (from = at + 1; from < value.len &&
		    char_is_space(value.data[from]);)
			from++;
		if (from == value.len || value.data[from] != '=')
			continue;
		at = sa_uri_until(value, from + 1, ";");
		add_signer(gatherer, without_space(gatherer->arena,
		    str_sub(value, from + 1, at - from - 1)));
	}
}

static void
add_of_signatures(struct gatherer *gatherer)
{
	static const char *const names[] = { "domainkey-signature",
		"dkim-signature" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct vec *values = sa_get_all(gatherer->view,
		    names[i]);

		for (size_t j = 0; j < values->len; j++)
			add_of_signature(gatherer,
			    *(struct str *)vec_at(values, j));
	}
}

const struct sa_uri_list *
sa_uris(struct view *view)
{
	void **kept = view_kept(view, "sa_uris");
	struct gatherer gatherer = { .view = view, .arena = view->arena };
	const struct vec *body, *pages;

	if (*kept != NULL)
		return *kept;
	*kept = gatherer.list = arena_zalloc(view->arena,
	    sizeof(*gatherer.list));
	gatherer.by_uri = map_new(view->arena);
	vec_init(&gatherer.list->uris, view->arena, sizeof(struct sa_uri));
	if (sa_options_of(view)->has_dkim_uris)
		add_of_signatures(&gatherer);
	body = sa_body(view);
	add_of_text(&gatherer, body);
	pages = sa_pages(view);
	for (size_t i = 0; i < pages->len; i++)
		add_of_page(&gatherer, *(struct sa_page **)vec_at(pages, i));
	return gatherer.list;
}

static void
read_uri(struct view *view, const struct place *place, struct vec *texts)
{
	const struct sa_uri_list *list = sa_uris(view);
	struct map *seen = map_new(view->arena);

	(void)place;
	for (size_t i = 0; i < list->uris.len; i++) {
		const struct sa_uri *uri = vec_at(&list->uris, i);

		for (size_t j = 0; j < uri->cleaned.len; j++) {
			struct str form =
			    *(struct str *)vec_at(&uri->cleaned, j);

			if (map_put(seen, form, seen) == NULL)
				*(struct str *)vec_push(texts) = form;
		}
	}
}

const struct place_row place_sa_uri = {
	.name = "sa_uri",
	.words = "each address, as it stands and in the forms it may mean",
	.read = read_uri,
};
