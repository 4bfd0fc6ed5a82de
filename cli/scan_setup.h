/* SPDX-License-Identifier: ISC */
/* scan_setup.h - what commands that judge stored messages are told, and open. */
#ifndef CLI_SCAN_SETUP_H
#define CLI_SCAN_SETUP_H

#include "cli/asking.h"
#include "cli/command.h"
#include "cli/consulting.h"
#include "cli/scan.h"

/* What stands for the SMTP session; a member of the command's own options. */
struct scan_options {
	const char *config;
	const char *zone;
	const char *now;
	const char *client_ip;
	const char *client_name;
	const char *helo;
	const char *mail_from;
	struct setting_list rcpts;
	const char *auth_user;
};

/* The rows of struct scan_options, where it is the member `scan` of type. */
#define SCAN_OPTION_ROWS(type, config_help)                                  \
	OPTION_TEXT_ROW("config", type, scan.config, "FILE", config_help,    \
	    .letter = 'c'),                                                  \
	OPTION_TEXT_ROW("zone", type, scan.zone, "FILE",                     \
	    "Take every DNS answer from this file: lines of name, type and " \
	    "rdata, separated by tabs."),                                    \
	OPTION_TEXT_ROW("now", type, scan.now, "TIME",                       \
	    "Judge as of this time: Unix seconds or RFC 3339."),             \
	OPTION_TEXT_ROW("client-ip", type, scan.client_ip, "ADDRESS",        \
	    "The address of the SMTP client; without it checks of the "      \
	    "client are left out."),                                         \
	OPTION_TEXT_ROW("client-name", type, scan.client_name, "NAME",       \
	    "The client's name as Postfix found it."),                       \
	OPTION_TEXT_ROW("helo", type, scan.helo, "NAME",                     \
	    "The name of the client's HELO."),                               \
	OPTION_TEXT_ROW("mail-from", type, scan.mail_from, "ADDRESS",        \
	    "The envelope sender; the null sender when absent."),            \
	OPTION_LIST_ROW("rcpt", type, scan.rcpts, "ADDRESS",                 \
	    "An envelope recipient; may be given many times."),              \
	OPTION_TEXT_ROW("auth-user", type, scan.auth_user, "LOGIN",          \
	    "The SASL login of the client.")

/* Whom they ask as the milter would. All NULL: nobody. */
struct scan_peers {
	struct consulting consulting;	/* the directory */
	struct asking asking;		/* mailreeve-avscan */
};

/* Envelope, time, configuration, DNS and, where wants_peers, rules and what those
 * others say: into scan, which is otherwise the caller's. 0; -1: the usage
 * or the configuration is wrong, and cli_error() has said so. Either way
 * scan_close() follows. quiet: who reads the output is a program. */
int scan_open(struct command_run *run, const struct scan_options *options,
    bool is_quiet, bool wants_peers, struct scan *scan,
    struct scan_peers *peers);
void scan_close(struct scan *scan, struct scan_peers *peers);

/* How many messages to judge at once. */
unsigned scan_threads(const struct scan_options *options);
/* Standard input is one message: -1, and said, when '-' is given twice. */
int scan_check_input(const struct command_run *run);

#endif
