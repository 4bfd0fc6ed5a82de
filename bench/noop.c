/* SPDX-License-Identifier: ISC */
/* noop.c - a libmilter filter that accepts everything: the price of any. */
/*
 * usage: noop SOCKET, as smfi_setconn(3) takes it: unix:PATH, inet:PORT@HOST.
 *
 * It asks for every event, as a filter that does something must, and for
 * every no-reply flag that the MTA offers, so that no callback but the last
 * costs a round trip.  What Postfix with this filter takes longer than
 * Postfix without one is the cost of the protocol, which no filter can avoid.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <libmilter/mfapi.h>

#define NO_REPLY_STEPS (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | \
	SMFIP_NR_RCPT | SMFIP_NR_DATA | SMFIP_NR_HDR | SMFIP_NR_EOH | \
	SMFIP_NR_BODY)

enum {
	LISTEN_BACKLOG = 1024,
};

static sfsistat
silent(SMFICTX *ctx)
{
	/* An MTA without the flags still waits for an answer. */
	return smfi_getpriv(ctx) != NULL ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long offered_actions,
    unsigned long offered_steps, unsigned long more2, unsigned long more3,
    unsigned long *actions_r, unsigned long *steps_r, unsigned long *more2_r,
    unsigned long *more3_r)
{
	(void)offered_actions;
	(void)more2;
	(void)more3;
	*actions_r = 0;
	*steps_r = offered_steps & NO_REPLY_STEPS;
	*more2_r = 0;
	*more3_r = 0;
	if (*steps_r == NO_REPLY_STEPS)
		smfi_setpriv(ctx, ctx);
	else
		*steps_r = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	(void)name;
	(void)address;
	return silent(ctx);
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	(void)name;
	return silent(ctx);
}

static sfsistat
on_envelope(SMFICTX *ctx, char **arguments)
{
	(void)arguments;
	return silent(ctx);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)name;
	(void)value;
	return silent(ctx);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	return silent(ctx);
}

static sfsistat
on_end_of_message(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	/* libmilter complains of private data that outlives a session. */
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

static struct smfiDesc noop = {
	.xxfi_name = "noop",
	.xxfi_version = SMFI_VERSION,
	.xxfi_connect = on_connect,
	.xxfi_helo = on_helo,
	.xxfi_envfrom = on_envelope,
	.xxfi_envrcpt = on_envelope,
	.xxfi_data = silent,
	.xxfi_header = on_header,
	.xxfi_eoh = silent,
	.xxfi_body = on_body,
	.xxfi_eom = on_end_of_message,
	.xxfi_close = on_close,
	.xxfi_negotiate = on_negotiate,
};

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: noop SOCKET\n");
		return EX_USAGE;
	}
	/* smtpd and cleanup connect as user postfix. */
	umask(S_IXUSR | S_IXGRP | S_IXOTH);
	if (smfi_register(noop) != MI_SUCCESS ||
	    smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_setbacklog(LISTEN_BACKLOG) != MI_SUCCESS ||
	    smfi_opensocket(1) != MI_SUCCESS) {
		fprintf(stderr, "noop: cannot listen on %s\n", argv[1]);
		return EX_UNAVAILABLE;
	}
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}
