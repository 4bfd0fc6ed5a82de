/* SPDX-License-Identifier: ISC */
/* access_words.c - the words of access lists, and those that name a mail. */
#include "mail/access_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/txn.h"

/* How specific a word is. Networks count by their mask, up to EXACT for one
 * address; names with a wildcard by their length. */
#define LOGIN 300
#define LOGIN_DOMAIN 250
#define EXACT 200
#define LOCAL_PART 100
#define DOMAIN 65
/* A mask of IPv4 is as specific as that of the mapped IPv6 network. */
#define MAPPED_BITS 96

/* --- a word of a list ----------------------------------------------------- */

static uint16_t
fit_of_len(size_t len, unsigned limit)
{
	return (uint16_t)(len < limit ? len : limit - 1);
}

/* Once for every word of every mail: no printf. */
static struct str
join(struct arena *arena, struct str front, struct str back)
{
	char *text = arena_alloc(arena, front.len + back.len + 1);

	memcpy(text, front.data, front.len);
	memcpy(text + front.len, back.data, back.len);
	text[front.len + back.len] = '\0';
	return str_of(text, front.len + back.len);
}

/* As it is looked up: the bytes of a network, so that its text need not be
 * printed for each length of a mask. */
static struct str
network_key(struct arena *arena, const struct netaddr *base, unsigned prefix)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 1 + 2 * (base->len + 1U);
	char *key = arena_alloc(arena, len);

	/* No name has one. */
	key[0] = '/';
	key[1] = digits[prefix >> 4];
	key[2] = digits[prefix & 15];
	for (size_t i = 0; i < base->len; i++) {
		key[2 * i + 3] = digits[base->bytes[i] >> 4];
		key[2 * i + 4] = digits[base->bytes[i] & 15];
	}
	return str_of(key, len);
}

static int
parse_network(struct arena *arena, struct str text,
    struct access_word *word_r, const char **error_r)
{
	struct netaddr base;
	unsigned prefix;

	if (network_parse(arena, text, &base, &prefix, error_r) < 0)
		return -1;
	word_r->address_len = base.len;
	word_r->prefix = (uint8_t)prefix;
	word_r->key = network_key(arena, &base, prefix);
	word_r->fit = EXACT;
	if (prefix != base.len * 8U)
		word_r->fit = (uint16_t)(1 + prefix +
		    (base.len == 4 ? MAPPED_BITS : 0));
	return 0;
}

/* "mail.example.org", "*.example.org" */
static int
parse_name(struct arena *arena, struct str text, struct access_word *word_r,
    const char **error_r)
{
	bool is_wild = text.len > 2 && memcmp(text.data, "*.", 2) == 0;
	struct str name;

	if (domain_canonical(arena, str_from_pos(text, is_wild ? 2 : 0),
	    &name) < 0 || name.len == 0) {
		*error_r = arena_printf(arena, "'%.*s' is no name of a host "
		    "(mail.example.org, *.example.org)", STR_ARG(text));
		return -1;
	}
	word_r->key = is_wild ? join(arena, STR("*."), name) : name;
	word_r->fit = is_wild ? fit_of_len(word_r->key.len, EXACT) : EXACT;
	return 0;
}

/* A network that was mistyped must not become the name of a host. */
static int
parse_client(struct arena *arena, struct str text, struct access_word *word_r,
    const char **error_r)
{
	struct str last = str_from_pos(text,
	    (size_t)(str_find_last(text, '.') + 1));

	if (parse_network(arena, text, word_r, error_r) == 0)
		return 0;
	if (str_find(text, '/') >= 0 || str_find(text, ':') >= 0 ||
	    text.len == 0 || last.len == 0 || char_is_digit(last.data[0])) {
		*error_r = arena_printf(arena, "'%.*s': %s", STR_ARG(text),
		    *error_r);
		return -1;
	}
	return parse_name(arena, text, word_r, error_r);
}

/* "@example.org", "@.example.org" */
static int
parse_domain(struct arena *arena, struct str text, struct access_word *word_r)
{
	bool is_below = text.len > 2 && text.data[1] == '.';
	struct str name;

	if (domain_canonical(arena, str_from_pos(text, is_below ? 2 : 1),
	    &name) < 0 || name.len == 0)
		return -1;
	word_r->key = join(arena, is_below ? STR("@.") : STR("@"), name);
	word_r->fit = is_below ? fit_of_len(word_r->key.len, DOMAIN) : DOMAIN;
	return 0;
}

static int
parse_mailbox(struct arena *arena, struct str text,
    struct access_word *word_r)
{
	bool is_local = text.len > 1 && text.data[text.len - 1] == '@';
	struct address address;
	const char *error;

	if (address_parse_path(arena, is_local
	    ? str_sub(text, 0, text.len - 1) : text, &address, &error) < 0 ||
	    address.local.len == 0 || is_local != (address.domain.len == 0))
		return -1;
	word_r->key = address_canonical(arena, &address, '\0');
	word_r->fit = is_local ? LOCAL_PART : EXACT;
	word_r->is_claim = is_local;
	if (is_local)
		word_r->key = join(arena, word_r->key, STR("@"));
	return 0;
}

static int
parse_address(struct arena *arena, struct str text,
    struct access_word *word_r, const char **error_r)
{
	int status;

	if (str_is(text, "<>")) {
		word_r->key = STR("<>");
		word_r->fit = EXACT;
		word_r->is_claim = true;
		return 0;
	}
	status = text.len > 1 && text.data[0] == '@'
	    ? parse_domain(arena, text, word_r)
	    : parse_mailbox(arena, text, word_r);
	if (status < 0)
		*error_r = arena_printf(arena, "'%.*s' is none of "
		    "joe@example.org, joe@, @example.org, @.example.org",
		    STR_ARG(text));
	return status;
}

static int
parse_login(struct arena *arena, struct str text, struct access_word *word_r,
    const char **error_r)
{
	*error_r = "a login is joe@example.org, joe, or @example.org for all "
	    "of a domain";
	if (text.len == 0 || str_is(text, "@"))
		return -1;
	word_r->key = str_lower(arena, text);
	word_r->fit = text.data[0] == '@' ? LOGIN_DOMAIN : LOGIN;
	return 0;
}

int
access_word_parse(struct arena *arena, enum access_kind kind,
    struct str text, struct access_word *word_r, const char **error_r)
{
	*word_r = (struct access_word){ .fit = 0 };
	switch (kind) {
	case ACCESS_CLIENT:
		return parse_client(arena, text, word_r, error_r);
	case ACCESS_LOGIN:
		return parse_login(arena, text, word_r, error_r);
	case ACCESS_SENDER:
	case ACCESS_RCPT:
		return parse_address(arena, text, word_r, error_r);
	case ACCESS_HELO:
		return parse_name(arena, text, word_r, error_r);
	}
	return -1;
}

/* --- the words that name a mail ------------------------------------------- */

static void
add_word(struct vec *words, struct str word)
{
	*(struct str *)vec_push(words) = word;
}

/* mark + what follows each dot: "*.example.org", "*.org". */
static void
add_parents(struct vec *words, struct arena *arena, struct str name,
    struct str mark)
{
	struct str rest = name, label;

	while (str_cut(&rest, '.', &label) && rest.len != 0)
		add_word(words, join(arena, mark, rest));
}

static void
add_name(struct vec *words, struct arena *arena, const char *text)
{
	struct str name = text != NULL ? str_from(text) : STR("");

	if (name.len == 0 || name.len > ACCESS_NAME_MAX)
		return;
	name = str_lower(arena, name);
	add_word(words, name);
	add_parents(words, arena, name, STR("*."));
}

static void
add_networks(struct vec *words, struct arena *arena,
    const struct netaddr *address, const struct access_prefixes *prefixes)
{
	const bool *has = address->len == 4 ? prefixes->ipv4 : prefixes->ipv6;

	for (unsigned i = 0; address->len != 0 && i <= address->len * 8U; i++) {
		struct netaddr base;

		if (!has[i])
			continue;
		base = netaddr_mask(address, i);
		add_word(words, network_key(arena, &base, i));
	}
}

static void
add_address(struct vec *words, struct arena *arena,
    const struct address *address, char delimiter)
{
	const struct address local = { .local = address->local,
	    .domain = STR("") };
	struct str full = address_canonical(arena, address, '\0');
	struct str bare = address_canonical(arena, address, delimiter);

	add_word(words, full);
	if (!str_eq(full, bare))
		add_word(words, bare);
	add_word(words, join(arena, address_canonical(arena, &local, '\0'),
	    STR("@")));
	if (!str_eq(full, bare))
		add_word(words, join(arena, address_canonical(arena, &local,
		    delimiter), STR("@")));
	if (address->domain.len == 0)
		return;
	add_word(words, join(arena, STR("@"), address->domain));
	add_parents(words, arena, address->domain, STR("@."));
}

static void
add_sender(struct vec *words, struct arena *arena, const struct txn *txn,
    char delimiter)
{
	const struct address *sender = &txn->sender;

	if (sender->local.len != 0 || sender->domain.len != 0)
		add_address(words, arena, sender, delimiter);
	/* One that did not parse is empty, but not the null sender. */
	else if (strcmp(txn->sender_path, "<>") == 0)
		add_word(words, STR("<>"));
}

static void
add_login(struct vec *words, struct arena *arena, const char *login)
{
	struct str name;
	ptrdiff_t at;

	if (login == NULL)
		return;
	name = str_lower(arena, str_from(login));
	at = str_find_last(name, '@');
	add_word(words, name);
	if (at >= 0)
		add_word(words, str_from_pos(name, (size_t)at));
}

void
access_words_of(enum access_kind kind, const struct txn *txn,
    const struct rcpt *rcpt, const struct access_prefixes *prefixes,
    struct arena *arena, struct vec *words)
{
	char delimiter = txn->site->recipient_delimiter;

	switch (kind) {
	case ACCESS_CLIENT:
		add_networks(words, arena, &txn->client.address, prefixes);
		add_name(words, arena, txn->client.name);
		break;
	case ACCESS_LOGIN:
		add_login(words, arena, txn->client.login);
		break;
	case ACCESS_SENDER:
		add_sender(words, arena, txn, delimiter);
		break;
	case ACCESS_RCPT:
		if (rcpt != NULL)
			add_address(words, arena, &rcpt->address, delimiter);
		break;
	case ACCESS_HELO:
		add_name(words, arena, txn->client.helo);
		break;
	}
}
