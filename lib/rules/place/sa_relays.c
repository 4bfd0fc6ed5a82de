/* SPDX-License-Identifier: ISC */
/* sa_relays.c - the hosts that a message came through, and which of them are
 * trusted.
 *
 * As SpamAssassin does it (Message/Metadata/Received.pm): relays are trusted from
 * the top on as long as they are of trusted_networks or were logged in, and
 * internal as long as they are of internal_networks too; what came to a host of
 * msa_networks stays what that host is. Where nobody told of networks, those
 * count that have addresses that nobody outside has. Hosts of the site's
 * trusted_relays are trusted as well. The host that handed us the message is the
 * newest relay: Postfix writes its Received behind the milters. */
#include "base/arena.h"
#include "mail/header.h"
#include "mail/netlist.h"
#include "mail/txn.h"
#include "rules/place/sa_networks.h"
#include "rules/place/sa_options.h"
#include "rules/place/sa_private.h"
#include "rules/place/sa_reading.h"

/* More relays, and Received fields, than that nobody reads. */
#define RELAYS_MAX 500

/* Where the rules name no others, as SpamAssassin's own do. */
static const char *const origin_fields[] = { "X-Yahoo-Post-IP",
	"X-Originating-IP", "X-Apparently-From", "X-SenderIP", "X-AOL-IP",
	"X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp" };

/* What is known while the chain is walked. */
struct walk {
	struct view *view;
	const struct sa_networks *networks;	/* NULL: trust is guessed */
	struct sa_relays *relays;
	bool in_trusted, in_internal, has_msa;
};

static bool
is_of_site(const struct walk *walk, const struct sa_relay *relay)
{
	const struct site *site = walk->view->txn->site;
	struct netaddr address;

	return site != NULL && site->trusted_relays != NULL &&
	    netaddr_parse(relay->ip, &address) == 0 &&
	    netlist_has(site->trusted_relays, &address);
}

static bool
is_trusted(const struct walk *walk, const struct sa_relay *relay)
{
	if (relay->auth.len != 0)
		return true;
	return (walk->networks == NULL ? relay->is_private :
	    sa_networks_have(walk->networks, SA_NETWORKS_TRUSTED, relay->ip)) ||
	    is_of_site(walk, relay);
}

/* Of one that is trusted. */
static bool
is_internal(const struct walk *walk, const struct sa_relay *relay)
{
	return walk->networks == NULL || relay->auth.len != 0 ||
	    !sa_networks_tell_internal(walk->networks) || sa_networks_have(
	    walk->networks, SA_NETWORKS_INTERNAL, relay->ip);
}

static void
add(struct walk *walk, struct sa_relay *relay)
{
	if (walk->in_trusted && !walk->has_msa) {
		walk->in_trusted = is_trusted(walk, relay);
		walk->in_internal = walk->in_internal && walk->in_trusted &&
		    is_internal(walk, relay);
		walk->has_msa = relay->is_msa = walk->in_trusted &&
		    walk->networks != NULL && sa_networks_have(walk->networks,
		    SA_NETWORKS_MSA, relay->ip);
	}
	relay->is_trusted = walk->in_trusted;
	relay->is_internal = walk->in_internal;
	*(struct sa_relay *)vec_push(&walk->relays->relays) = *relay;
	walk->relays->trusted_count += walk->in_trusted;
}

/* Mail was fetched at this hop: what came before it is no trust of ours. */
static void
restart(struct walk *walk)
{
	if (walk->in_trusted) {
		walk->relays->relays.len = 0;
		walk->relays->trusted_count = 0;
	}
}

static void
read_line(struct walk *walk, struct str value)
{
	struct sa_relay relay;

	switch (sa_received_read(walk->view->arena, value, &relay)) {
	case SA_RECEIVED_RELAY:
		add(walk, &relay);
		break;
	case SA_RECEIVED_FETCHED:
		restart(walk);
		break;
	case SA_RECEIVED_UNKNOWN:
		walk->relays->unparseable++;
		break;
	case SA_RECEIVED_NOTHING:
		break;
	}
	walk->relays->trusted_fields += walk->in_trusted;
	walk->relays->internal_fields += walk->in_internal;
}

static struct str
text_or_empty(const char *text)
{
	return text != NULL ? str_from(text) : STR("");
}

/* The SMTP client itself. */
static void
add_client(struct walk *walk)
{
	const struct txn *txn = walk->view->txn;
	const struct client *client = &txn->client;
	char text[NETADDR_TEXT_SIZE];
	struct sa_relay relay = { .ident = STR(""), .has_envfrom = true };

	if (client->address.len == 0 || client->is_local)
		return;
	relay.ip = str_from(arena_strdup(walk->view->arena,
	    netaddr_format(&client->address, text)));
	relay.rdns = client->name != NULL && !str_is_nocase(
	    str_from(client->name), "unknown") ? str_from(client->name) :
	    STR("");
	relay.helo = text_or_empty(client->helo);
	relay.by = txn->site != NULL ? text_or_empty(txn->site->host_id) :
	    STR("");
	relay.id = text_or_empty(txn->queue_id);
	relay.auth = client->login != NULL ? STR("Postfix") : STR("");
	relay.envfrom = address_print(walk->view->arena, &txn->sender);
	relay.no_rdns = relay.rdns.len == 0;
	relay.is_private = sa_ip_is_private(relay.ip);
	add(walk, &relay);
}

static void
read_origin(struct walk *walk, struct str field)
{
	struct arena *arena = walk->view->arena;
	struct vec values;
	struct str line;

	vec_init(&values, arena, sizeof(struct str));
	sa_get(walk->view, field, STR("last:ip"), &values);
	if (values.len == 0)
		return;
	line = *(struct str *)vec_at(&values, 0);
	read_line(walk, str_from(arena_printf(arena,
	    "from X-Originating-IP: %.*s", STR_ARG(line))));
}

static void
read_origins(struct walk *walk)
{
	const struct sa_reading *reading = walk->view->sa_reading;

	if (reading == NULL || !reading->has_origin_fields) {
		for (size_t i = 0; i < ARRAY_LEN(origin_fields); i++)
			read_origin(walk, str_from(origin_fields[i]));
		return;
	}
	for (size_t i = 0; i < reading->origin_fields.len; i++)
		read_origin(walk, *(struct str *)
		    vec_at(&reading->origin_fields, i));
}

const struct sa_relays *
sa_relays(struct view *view)
{
	void **kept = view_kept(view, "sa_relays");
	struct walk walk = { .view = view, .in_trusted = true,
		.in_internal = true, .networks = view->sa_reading != NULL ?
		view->sa_reading->networks : NULL };
	struct vec values;

	if (*kept != NULL)
		return *kept;
	*kept = walk.relays = arena_zalloc(view->arena, sizeof(*walk.relays));
	vec_init(&walk.relays->relays, view->arena, sizeof(struct sa_relay));
	add_client(&walk);
	vec_init(&values, view->arena, sizeof(struct str));
	sa_get(view, STR("received"), STR(""), &values);
	for (size_t i = 0; i < values.len && i < RELAYS_MAX; i++)
		read_line(&walk, *(struct str *)vec_at(&values, i));
	read_origins(&walk);
	return walk.relays;
}

/* --- as text ---------------------------------------------------------------------- */

static void
add_text(struct buf *out, const struct sa_relay *relay)
{
	if (out->len != 0)
		buf_add_char(out, ' ');
	buf_printf(out, "[ ip=%.*s rdns=%.*s helo=%.*s by=%.*s ident=%.*s "
	    "envfrom=%.*s intl=%d id=%.*s auth=%.*s msa=%d ]",
	    STR_ARG(relay->ip), STR_ARG(relay->rdns), STR_ARG(relay->helo),
	    STR_ARG(relay->by), STR_ARG(relay->ident), STR_ARG(relay->envfrom),
	    relay->is_internal ? 1 : 0, STR_ARG(relay->id),
	    STR_ARG(relay->auth), relay->is_msa ? 1 : 0);
}

struct str
sa_relays_text(struct view *view, struct str which)
{
	const struct sa_relays *relays = sa_relays(view);
	bool is_internal_asked = str_is_nocase(which, "internal");
	bool by_internal = is_internal_asked ||
	    str_is_nocase(which, "external");
	bool wanted = is_internal_asked || str_is_nocase(which, "trusted");
	struct buf out;

	buf_init(&out, view->arena);
	buf_reserve(&out, 1);
	for (size_t i = 0; i < relays->relays.len; i++) {
		const struct sa_relay *relay = vec_at(&relays->relays, i);

		if ((by_internal ? relay->is_internal : relay->is_trusted) ==
		    wanted)
			add_text(&out, relay);
	}
	return buf_str(&out);
}

/* --- who sent it ------------------------------------------------------------------ */

static bool
is_sender(struct str text)
{
	return text.data != NULL && (text.len == 0 || str_find(text, '@') > 0);
}

/* Does a Received stand above such a field? Then it was written on the way, and
 * a list may have changed the sender since. */
static bool
is_below_received(const struct view *view, const char *name)
{
	const struct vec *fields = &view->txn->headers.fields;

	bool is_below = false;

	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (is_below && str_is_nocase(field->name, name))
			return true;
		is_below |= str_is_nocase(field->name, "received");
	}
	return false;
}

static bool
was_fetched(struct view *view)
{
	const struct vec *received = sa_get_all(view, "received");
	struct str text;

	for (size_t i = 0; i < received->len; i++) {
		text = *(struct str *)vec_at(received, i);
		if (memmem(text.data, text.len, "(fetchmail", 10) != NULL)
			return true;
	}
	return false;
}

static struct str
sender_by_field(struct view *view)
{
	static const char *const names[] = { "x-envelope-from",
		"envelope-sender", "return-path" };
	struct str sender = sa_get_text(view, "x-sender:first:addr");

	if (str_find(sender, '@') >= 0 && was_fetched(view))
		return str_of(NULL, 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct vec *found = sa_get_all(view, arena_printf(
		    view->arena, "%s:first:addr", names[i]));

		if (found->len == 0)
			continue;
		if (!is_below_received(view, names[i]))
			return *(struct str *)vec_at(found, 0);
		if (i == 0)
			break;
	}
	return str_of(NULL, 0);
}

/* By the field that the rules name: then no other counts. */
static struct str
sender_by_option(struct view *view, struct str field)
{
	struct str sender = sa_get_text(view, arena_printf(view->arena,
	    "%.*s:first:addr", STR_ARG(field)));

	return is_sender(sender) ? sender : str_of(NULL, 0);
}

/* What was written here has its sender from SMTP, whatever it claims to have come
 * through; what a trusted host passes on, from whoever gave it to ours. */
struct str
sa_envelope_from(struct view *view)
{
	const struct client *client = &view->txn->client;
	struct str field = sa_options_of(view)->sender_field;
	const struct sa_relays *relays = sa_relays(view);
	const struct sa_relay *relay = NULL;

	if (client->address.len != 0 &&
	    (client->is_local || client->login != NULL))
		return address_print(view->arena, &view->txn->sender);
	if (field.data != NULL && client->address.len == 0)
		return sender_by_option(view, field);
	if (relays->trusted_count < relays->relays.len)
		relay = vec_at(&relays->relays, relays->trusted_count);
	else if (relays->relays.len != 0)
		relay = vec_at(&relays->relays, relays->relays.len - 1);
	if (relay != NULL && relay->has_envfrom && is_sender(relay->envfrom))
		return relay->envfrom;
	if (client->address.len != 0)
		return address_print(view->arena, &view->txn->sender);
	return sender_by_field(view);
}
