/* SPDX-License-Identifier: ISC */
/* access_words.c - how well the words of an access entry fit a request. */
#include "policyd/rule/access_words.h"

#include <string.h>

#include "base/setting.h"
#include "mail/netlist.h"
#include "mail/txn.h"
#include "policyd/rule.h"

/* How specific a word is: what has no number here is less than EXACT, a mask up
 * to 129 of it. */
#define EXACT 200
#define LOGIN 300
#define LOGIN_DOMAIN 250
#define LOCAL_PART 100
#define DOMAIN 65

static unsigned
mask_of(const char *text)
{
	const char *slash = strchr(text, '/');
	uint64_t bits = 128;

	if (slash == NULL)
		return EXACT;
	str_to_u64(str_from(slash + 1), 128, &bits);
	return 1 + (unsigned)bits + (strchr(text, ':') != NULL ? 0 : 96);
}

/* "mail.example.org", "*.example.org": the longer the more specific. */
static unsigned
fit_name(const char *word, const char *name)
{
	struct str pattern = str_from(word), own = str_from(name);

	if (name == NULL)
		return 0;
	if (str_eq_nocase(pattern, own))
		return EXACT;
	if (word[0] != '*' || word[1] != '.' || !str_has_suffix_nocase(own,
	    str_from(word + 1)))
		return 0;
	return pattern.len < EXACT ? (unsigned)pattern.len : EXACT - 1;
}

unsigned
access_fit_client(const struct setting_list *list,
    const struct netlist *const *networks, const struct client *client)
{
	unsigned best = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *word = list->texts[i];
		unsigned fit = 0;

		if (networks[i] == NULL)
			fit = fit_name(word, client->name);
		else if (client->address.len != 0 &&
		    netlist_has(networks[i], &client->address))
			fit = mask_of(word);
		if (fit > best)
			best = fit;
	}
	return best;
}

static unsigned
fit_domain(struct str word, struct str domain)
{
	/* "@.example.org": what ends in ".example.org". */
	if (word.len > 1 && word.data[1] == '.' &&
	    str_has_suffix_nocase(domain, str_from_pos(word, 1)))
		return word.len < DOMAIN ? (unsigned)word.len : DOMAIN - 1;
	return str_eq_nocase(str_from_pos(word, 1), domain) ? DOMAIN : 0;
}

/* The local part as it is, or without its extension. */
static bool
fits_local(struct str word, struct str local, char delimiter)
{
	ptrdiff_t cut = delimiter != '\0' ? str_find(local, delimiter) : -1;

	return str_eq_nocase(word, local) || (cut > 0 &&
	    str_eq_nocase(word, str_sub(local, 0, (size_t)cut)));
}

static unsigned
fit_address(const char *text, const struct address *address, char delimiter)
{
	struct str word = str_from(text), domain;
	ptrdiff_t at = str_find_last(word, '@');

	if (address->local.len == 0 && address->domain.len == 0)
		return strcmp(text, "<>") == 0 ? EXACT : 0;
	if (at < 0)
		return 0;
	if (at == 0)
		return fit_domain(word, address->domain);
	domain = str_from_pos(word, (size_t)at + 1);
	if (!fits_local(str_sub(word, 0, (size_t)at), address->local,
	    delimiter))
		return 0;
	if (domain.len == 0)
		return LOCAL_PART;
	return str_eq_nocase(domain, address->domain) ? EXACT : 0;
}

static unsigned
fit_addresses(const struct setting_list *list, const struct address *address,
    char delimiter)
{
	unsigned best = 0;

	for (size_t i = 0; i < list->count; i++) {
		unsigned fit = fit_address(list->texts[i], address, delimiter);

		if (fit > best)
			best = fit;
	}
	return best;
}

unsigned
access_fit_sender(const struct setting_list *list, const struct txn *txn)
{
	/* One that did not parse is not the null sender, though it is empty. */
	if (txn->sender.local.len == 0 && txn->sender.domain.len == 0 &&
	    strcmp(txn->sender_path, "<>") != 0)
		return 0;
	return fit_addresses(list, &txn->sender,
	    txn->site->recipient_delimiter);
}

unsigned
access_fit_rcpts(const struct setting_list *list, const struct txn *txn)
{
	unsigned best = 0;

	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);
		unsigned fit = fit_addresses(list, &rcpt->address,
		    txn->site->recipient_delimiter);

		if (fit > best)
			best = fit;
	}
	return best;
}

unsigned
access_fit_login(const struct setting_list *list, const char *login)
{
	unsigned best = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct setting_list one = { 1, &list->texts[i] };
		unsigned fit = !rule_has_login(&one, login) ? 0
		    : list->texts[i][0] == '@' ? LOGIN_DOMAIN : LOGIN;

		if (fit > best)
			best = fit;
	}
	return best;
}

unsigned
access_fit_helo(const struct setting_list *list, const char *helo)
{
	unsigned best = 0;

	for (size_t i = 0; i < list->count; i++) {
		unsigned fit = fit_name(list->texts[i], helo);

		if (fit > best)
			best = fit;
	}
	return best;
}
