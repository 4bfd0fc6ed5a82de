/* SPDX-License-Identifier: ISC */
/* load_macro.h - the macros Postfix defines before each event. */
#ifndef BENCH_LOAD_MACRO_H
#define BENCH_LOAD_MACRO_H

struct load_session;

/* Stages as the macro lists of a filter number them. */
enum macro_stage {
	MACRO_CONNECT,
	MACRO_HELO,
	MACRO_MAIL,
	MACRO_RCPT,
	MACRO_DATA,
	MACRO_EOM,
	MACRO_EOH,
	MACRO_STAGES,
};

/*
 * Puts the macro packet for COMMAND into the session's `out`: the filter's
 * own list for this stage, else Postfix's default one, less what has no
 * value now.  Postfix sends it even when it is empty.
 */
void load_macro_put(struct load_session *session, char command,
    enum macro_stage stage);

#endif
