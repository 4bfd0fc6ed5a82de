/* SPDX-License-Identifier: ISC */
/* header.c - a header field: its decoded value, or one of its forms. Each field
 * of the name is a text of its own, and so is each address in it. */
#include "mail/header.h"

#include "base/arena.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mime/words.h"
#include "rules/place.h"
#include "rules/view.h"

static void
push(struct vec *texts, struct str text)
{
	*(struct str *)vec_push(texts) = text;
}

static void
read_decoded(struct view *view, const struct header *field, struct vec *texts)
{
	push(texts, view_decoded(view, field));
}

static void
read_raw(struct view *view, const struct header *field, struct vec *texts)
{
	(void)view;
	push(texts, field->value);
}

/* Of all fields of one name together there are VIEW_ADDRESSES_MAX. */
static void
read_addresses(struct view *view, const struct header *field,
    struct vec *texts,
    struct str (*text_of)(struct arena *arena, const struct address *address))
{
	const struct vec *list = view_addresses(view, field);

	for (size_t i = 0; i < list->len && texts->len < VIEW_ADDRESSES_MAX;
	    i++)
		push(texts, text_of(view->arena, vec_at(list, i)));
}

static struct str
whole_of(struct arena *arena, const struct address *address)
{
	return address_print(arena, address);
}

static struct str
name_of(struct arena *arena, const struct address *address)
{
	return words_decode(arena, address->display, NULL);
}

static struct str
domain_of(struct arena *arena, const struct address *address)
{
	(void)arena;
	return address->domain;
}

static struct str
local_of(struct arena *arena, const struct address *address)
{
	(void)arena;
	return address->local;
}

static void
read_whole(struct view *view, const struct header *field, struct vec *texts)
{
	read_addresses(view, field, texts, whole_of);
}

static void
read_names(struct view *view, const struct header *field, struct vec *texts)
{
	read_addresses(view, field, texts, name_of);
}

static void
read_domains(struct view *view, const struct header *field, struct vec *texts)
{
	read_addresses(view, field, texts, domain_of);
}

static void
read_locals(struct view *view, const struct header *field, struct vec *texts)
{
	read_addresses(view, field, texts, local_of);
}

static const struct {
	const char *name;
	void (*read)(struct view *view, const struct header *field,
	    struct vec *texts);
} forms[] = {
	{ "", read_decoded },
	{ "raw", read_raw },
	{ "addr", read_whole },
	{ "name", read_names },
	{ "addr:domain", read_domains },
	{ "addr:local", read_locals },
};

static void
header_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *fields = view_fields_at(view, place);
	size_t form = 0;

	if (fields->len == 0)
		return;
	while (form < ARRAY_LEN(forms) &&
	    !str_is(place->form, forms[form].name))
		form++;
	for (size_t i = 0; form < ARRAY_LEN(forms) && i < fields->len; i++)
		forms[form].read(view, *(const struct header **)vec_at(fields,
		    i), texts);
}

static const char *const form_names[] = { "raw", "addr", "name",
	"addr:domain", "addr:local", NULL };

const struct place_row place_header = {
	.name = "header",
	.words = "a header field, decoded",
	.has_name = true,
	.forms = form_names,
	.read = header_read,
};
