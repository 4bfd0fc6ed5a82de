/* SPDX-License-Identifier: ISC */
/* host.c - this mail host and its site, as the configuration describes them. */
#include "mail/host.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/setting.h"
#include "mail/forwarders.h"
#include "mail/login.h"
#include "mail/netlist.h"
#include "mail/policy.h"
#include "mail/txn.h"

struct host_settings {
	const char *authserv_id;
	const char *host_id;
	const char *login_map;
	const char *recipient_delimiter;
	struct setting_list signing_networks;
	struct setting_list trusted_relays;
	struct setting_list trusted_forwarders;
};

static const struct setting rows[] = {
	SETTING_TEXT_ROW("authserv_id", struct host_settings, authserv_id,
	    NULL, "The name under which this host writes and trusts "
	    "Authentication-Results (RFC 8601 2.5), the same on every host of "
	    "a site; the host's own name when absent."),
	SETTING_TEXT_ROW("host_id", struct host_settings, host_id, NULL,
	    "What tells this host from the others of a site; the host's own "
	    "name when absent."),
	SETTING_TEXT_ROW("login_map", struct host_settings, login_map, NULL,
	    "Which login owns which address: a file of the form of Postfix's "
	    "smtpd_sender_login_maps. Without it a login user@example.org "
	    "owns all of example.org."),
	SETTING_TEXT_ROW("recipient_delimiter", struct host_settings,
	    recipient_delimiter, NULL,
	    "The character between a local part and its extension, as in "
	    "Postfix; none when absent."),
	SETTING_LIST_ROW("signing_networks", struct host_settings,
	    signing_networks, "127.0.0.0/8 ::1/128",
	    "Clients whose mail is ours without a login, unless it came "
	    "from elsewhere before."),
	SETTING_LIST_ROW("trusted_relays", struct host_settings,
	    trusted_relays, NULL,
	    "Clients that pass on mail from strangers: a backup MX, a "
	    "gateway. Each writes a Received field that tells from whom: SPF, "
	    "iprev and helo judge that client."),
	SETTING_LIST_ROW("trusted_forwarders", struct host_settings,
	    trusted_forwarders, NULL,
	    "Who passes on mail of others and breaks its authentication: "
	    "addresses and networks of clients, domains of their names and of "
	    "their DKIM signatures (lists.example.org, *.example.org). See "
	    "on_trusted_forwarder of check dmarc."),
};

/* What may stand there without quotes, and in a name of a host. */
static bool
is_host_name(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!char_is_alnum(*c) && strchr(".-_", *c) == NULL)
			return false;
	return *name != '\0';
}

static int
check_name(const char *name, const char *key, const char **key_r,
    const char **error_r)
{
	if (name == NULL || is_host_name(name))
		return 0;
	*key_r = key;
	*error_r = "it has letters, digits, '.', '-' and '_' only";
	return -1;
}

static int
check_networks(const struct setting_list *list, const char *key,
    struct arena *arena, const char **key_r, const char **error_r)
{
	*key_r = key;
	return netlist_parse(arena, list, error_r) != NULL ? 0 : -1;
}

static int
check(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct host_settings *host = values;
	const char *delimiter = host->recipient_delimiter;

	if (delimiter != NULL && (strlen(delimiter) != 1 ||
	    char_is_alnum(*delimiter) || strchr("@.\"\\ ", *delimiter))) {
		*key_r = "recipient_delimiter";
		*error_r = "it is one character, such as + or -";
		return -1;
	}
	if (check_name(host->authserv_id, "authserv_id", key_r, error_r) < 0 ||
	    check_name(host->host_id, "host_id", key_r, error_r) < 0 ||
	    check_networks(&host->signing_networks, "signing_networks", arena,
	    key_r, error_r) < 0 ||
	    check_networks(&host->trusted_relays, "trusted_relays", arena,
	    key_r, error_r) < 0)
		return -1;
	*key_r = "trusted_forwarders";
	return forwarders_parse(arena, &host->trusted_forwarders, error_r)
	    != NULL ? 0 : -1;
}

const struct section host_section = {
	.name = "host",
	.help = "This mail host: its names, who submits mail and who passes "
	    "it on.",
	.size = sizeof(struct host_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check,
};

static const char *
own_name(struct arena *arena)
{
	char name[256];

	if (gethostname(name, sizeof(name)) < 0)
		return "localhost";
	name[sizeof(name) - 1] = '\0';
	return is_host_name(name) ? arena_strdup(arena, name) : "localhost";
}

static const char *
name_or_own(struct arena *arena, const char *name)
{
	return name != NULL ? arena_strdup(arena, name) : own_name(arena);
}

struct site *
site_from_conf(struct arena *arena, const struct conf *conf,
    const char **error_r)
{
	const struct host_settings *host = conf_get(conf, &host_section);
	struct site *site = arena_zalloc(arena, sizeof(*site));

	site->authserv_id = name_or_own(arena, host->authserv_id);
	site->host_id = name_or_own(arena, host->host_id);
	if (host->recipient_delimiter != NULL)
		site->recipient_delimiter = *host->recipient_delimiter;
	site->signing_networks = netlist_parse(arena, &host->signing_networks,
	    error_r);
	site->trusted_relays = netlist_parse(arena, &host->trusted_relays,
	    error_r);
	site->trusted_forwarders = forwarders_parse(arena,
	    &host->trusted_forwarders, error_r);
	if (site->signing_networks == NULL || site->trusted_relays == NULL ||
	    site->trusted_forwarders == NULL)
		return NULL;
	site->policies = policy_source_from_conf(arena, conf,
	    site->recipient_delimiter, error_r);
	if (site->policies == NULL)
		return NULL;
	site->logins = login_map_load(arena, host->login_map,
	    site->recipient_delimiter, error_r);
	return site->logins != NULL ? site : NULL;
}
