/* SPDX-License-Identifier: ISC */
/* dkim_keygen.c - mailreeve dkim keygen: a new key, and what to do with it. */
#include <time.h>
#include <unistd.h>

#include "auth/dkim_key.h"
#include "base/arena.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/output.h"
#include "mail/address.h"

#define KEY_FOLDER "/etc/mailreeve/keys"
#define BITS_DEFAULT "2048"

struct keygen_options {
	const char *selector;
	const char *bits;
	bool is_ed25519;
	const char *folder;
	bool may_replace;
};

static const struct command_option rows[] = {
	OPTION_TEXT_ROW("selector", struct keygen_options, selector, "NAME",
	    "The selector; without it the month and the kind of key, as in "
	    "202611-rsa.", .letter = 's'),
	OPTION_TEXT_ROW("bits", struct keygen_options, bits, "NUMBER",
	    "Size of an RSA key, 1024 to 4096; 2048 when absent.",
	    .letter = 'b'),
	OPTION_FLAG_ROW("ed25519", struct keygen_options, is_ed25519,
	    "Make an Ed25519 key (RFC 8463) instead of an RSA key."),
	OPTION_TEXT_ROW("directory", struct keygen_options, folder, "PATH",
	    "Where the key file goes; " KEY_FOLDER " when absent."),
	OPTION_FLAG_ROW("force", struct keygen_options, may_replace,
	    "Replace a key file that is already there."),
};

/* Everything that the command line asks for, checked. */
struct order {
	struct str domain;
	const char *selector;
	unsigned bits;		/* 0: Ed25519 */
	const char *file;
};

static const char *
default_selector(struct arena *arena, bool is_ed25519)
{
	time_t now = (time_t)(clock_now_ms() / 1000);
	struct tm date;

	gmtime_r(&now, &date);
	return arena_printf(arena, "%04d%02d-%s", date.tm_year + 1900,
	    date.tm_mon + 1, is_ed25519 ? "ed25519" : "rsa");
}

static int
take_bits(const struct keygen_options *options, unsigned *bits_r)
{
	struct str text = str_from(options->bits != NULL ? options->bits
	    : BITS_DEFAULT);
	uint64_t bits = 0;

	if (options->is_ed25519 && options->bits != NULL) {
		cli_error("--bits is for RSA keys: an Ed25519 key has one "
		    "size");
		return -1;
	}
	if (!options->is_ed25519 &&
	    (str_to_u64(text, DKIM_KEY_BITS_MAX, &bits) < 0 ||
	    bits < DKIM_KEY_BITS_MIN)) {
		cli_error("--bits '%s' is not a number from %d to %d",
		    options->bits, DKIM_KEY_BITS_MIN, DKIM_KEY_BITS_MAX);
		return -1;
	}
	*bits_r = (unsigned)bits;
	return 0;
}

static int
take_order(struct command_run *run, struct order *order)
{
	const struct keygen_options *options = run->options;
	struct str selector;

	if (domain_canonical(run->arena, str_from(run->args[0]),
	    &order->domain) < 0) {
		cli_error("'%s' is not a domain name", run->args[0]);
		return -1;
	}
	order->selector = options->selector != NULL ? options->selector
	    : default_selector(run->arena, options->is_ed25519);
	if (domain_canonical(run->arena, str_from(order->selector),
	    &selector) < 0) {
		cli_error("--selector '%s' cannot be part of a DNS name",
		    order->selector);
		return -1;
	}
	order->selector = selector.data;
	order->file = arena_printf(run->arena, "%s/%.*s.%s.pem",
	    options->folder != NULL ? options->folder : KEY_FOLDER,
	    STR_ARG(order->domain), order->selector);
	return take_bits(options, &order->bits);
}

static void
print_result(struct arena *arena, const struct order *order,
    const struct dkim_key *key)
{
	const char *record = dkim_key_record(key, arena);

	output_print(STYLE_GOOD, "made");
	output_print(STYLE_PLAIN, " %s\n\n", order->file);
	output_print(STYLE_BOLD, "1. Publish its public half in the DNS:\n");
	output_print(STYLE_PLAIN, "%s\n\n", dkim_key_zone_line(arena,
	    order->selector, order->domain.data, record));
	output_print(STYLE_BOLD, "2. See that it is there:\n");
	output_print(STYLE_PLAIN, "mailreeve dkim check %s %s\n\n",
	    order->domain.data, order->selector);
	output_print(STYLE_BOLD, "3. Sign with it. Where the directory has the "
	    "domain:\n");
	output_print(STYLE_PLAIN, "mailreeve dkim-key add %s %s \\\n"
	    "    file=%s\n", order->domain.data, order->selector, order->file);
	output_print(STYLE_BOLD, "Elsewhere in mailreeve.conf, and reload the "
	    "milter:\n");
	output_print(STYLE_PLAIN, "domain %s {\n\tdkim_key %s {\n"
	    "\t\tfile %s;\n\t}\n}\n", order->domain.data, order->selector,
	    order->file);
}

static int
run_keygen(struct command_run *run)
{
	const struct keygen_options *options = run->options;
	struct order order;
	struct dkim_key *key;
	const char *error;

	if (take_order(run, &order) < 0)
		return CLI_USAGE;
	if (dkim_key_make(run->arena, order.bits, order.file,
	    options->may_replace, &error) < 0) {
		cli_error("%s%s", error, access(order.file, F_OK) == 0
		    ? " (--force replaces a key)" : "");
		return CLI_FAILED;
	}
	key = dkim_key_load(run->arena, order.file, &error);
	if (key == NULL) {
		cli_error("%s", error);
		return CLI_FAILED;
	}
	print_result(run->arena, &order, key);
	return CLI_OK;
}

const struct command cmd_dkim_keygen = {
	.name = "dkim keygen",
	.help = "Make a key that signs mail of a domain.",
	.text = "Writes a private key to a file that only its owner reads (and "
	    "the group of the folder where that is setgid, as it is for "
	    KEY_FOLDER "), and prints the DNS record of its public half, cut "
	    "into strings of 255 bytes, and the lines of the configuration.\n\n"
	    "An existing file is never replaced without --force. A domain may "
	    "have several keys: RSA, which every receiver knows, and Ed25519 "
	    "beside it for those who know it.",
	.examples = "dkim keygen example.org --selector s2026\n"
	    "dkim keygen example.org --ed25519\n",
	.arguments = "DOMAIN",
	.min_args = 1,
	.max_args = 1,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct keygen_options),
	.run = run_keygen,
};
