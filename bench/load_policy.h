/* SPDX-License-Identifier: ISC */
/* load_policy.h - Postfix's side of a policy service, without the I/O. */
#ifndef BENCH_LOAD_POLICY_H
#define BENCH_LOAD_POLICY_H

#include "load_session.h"

/* Asks about the one recipient of session->msg, as smtpd does at RCPT. */
void load_policy_put(struct load_session *session);

/* Takes the answer in `in`: what PREPEND adds stands in `edits`. */
enum load_event load_policy_read(struct load_session *session);

#endif
