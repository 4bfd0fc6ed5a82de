/* SPDX-License-Identifier: ISC */
/* envelope.c - who sends the message, to whom, and by which client. */
#include "base/arena.h"
#include "base/vec.h"
#include "mail/origin.h"
#include "mail/txn.h"
#include "rules/place.h"
#include "rules/view.h"

static void
push(struct vec *texts, struct str text)
{
	*(struct str *)vec_push(texts) = text;
}

static void
push_address(struct view *view, const struct address *address, struct str form,
    struct vec *texts)
{
	if (str_is(form, "domain"))
		push(texts, address->domain);
	else if (str_is(form, "local"))
		push(texts, address->local);
	else
		push(texts, address->local.len + address->domain.len == 0 ?
		    STR("") : address_print(view->arena, address));
}

/* The null sender is the empty text (RFC 5321 4.5.5). */
static void
envelope_from_read(struct view *view, const struct place *place,
    struct vec *texts)
{
	push_address(view, &view->txn->sender, place->form, texts);
}

static void
rcpt_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *rcpts = &view->txn->rcpts;

	for (size_t i = 0; i < rcpts->len; i++)
		push_address(view,
		    &((struct rcpt *)vec_at(rcpts, i))->address, place->form,
		    texts);
}

/* Of the client that handed the message to our site, which a trusted relay of
 * ours tells (DESIGN 5.15). */
static void
helo_read(struct view *view, const struct place *place, struct vec *texts)
{
	const struct origin *origin = origin_of(view->txn);

	(void)place;
	if (origin->helo != NULL)
		push(texts, str_from(origin->helo));
}

static void
client_name_read(struct view *view, const struct place *place,
    struct vec *texts)
{
	const struct origin *origin = origin_of(view->txn);

	(void)place;
	if (origin->name != NULL)
		push(texts, str_from(origin->name));
}

static void
client_address_read(struct view *view, const struct place *place,
    struct vec *texts)
{
	const struct origin *origin = origin_of(view->txn);
	char text[NETADDR_TEXT_SIZE];

	(void)place;
	if (origin->address.len != 0)
		push(texts, str_from(arena_strdup(view->arena,
		    netaddr_format(&origin->address, text))));
}

static const char *const address_forms[] = { "domain", "local", NULL };

const struct place_row place_envelope_from = {
	.name = "envelope_from",
	.words = "the sender of the envelope; empty for a bounce",
	.forms = address_forms,
	.read = envelope_from_read,
};

const struct place_row place_rcpt = {
	.name = "rcpt",
	.words = "each recipient of the envelope",
	.forms = address_forms,
	.read = rcpt_read,
};

const struct place_row place_helo = {
	.name = "helo",
	.words = "the name that the client gave at HELO",
	.forms = place_plain,
	.read = helo_read,
};

const struct place_row place_client_name = {
	.name = "client_name",
	.words = "the client's name, where its address leads back to it",
	.forms = place_plain,
	.read = client_name_read,
};

const struct place_row place_client_address = {
	.name = "client_address",
	.words = "the client's address",
	.forms = place_plain,
	.read = client_address_read,
};
