/* SPDX-License-Identifier: ISC */
/* questions.h - the questions under way: their turn, deadlines and numbers. */
#ifndef DNS_QUESTIONS_H
#define DNS_QUESTIONS_H

#include "dns/dns.h"

struct dns_settings;

/* One question: waits for its turn, is sent, and may still be answered when
 * its deadline has passed and the asker has been told so. */
struct question;

/* Who carries questions out. */
struct question_carrier {
	void *arg;
	/* Ask for name (canonical, NUL-terminated); question_answered() gives
	 * the answer, from here already or later. *id_r: for cancel, set
	 * before that. -1: it cannot be sent, with the reason. */
	int (*send)(void *arg, const char *name, enum dns_type type,
	    struct question *question, int *id_r, const char **error_r);
	/* The answer is of no use any more and must not be given. */
	void (*cancel)(void *arg, int id);
	/* Have questions_run() called soon. Any thread. */
	void (*wake)(void *arg);
};

/* All questions of one resolver, with its cache in front. One thread, that of
 * the carrier, calls run and answered. */
struct questions;

/* settings must live as long; max_under_way stands for the one there. */
struct questions *questions_new(const struct dns_settings *settings,
    size_t max_under_way, const struct question_carrier *carrier);

/* As dns_source.ask (dns.h). Any thread. */
struct dns_query *questions_ask(struct questions *questions, struct str name,
    enum dns_type type, struct wait *wait);

/* Send what may be sent, end what has reached its deadline. Milliseconds until
 * it must be called again, or -1: not before something happens. */
int64_t questions_run(struct questions *questions);

/* The answer to a question that was sent; it is gone afterwards. */
void question_answered(struct question *question,
    const struct dns_answer *answer);
struct str question_name(const struct question *question);
void *question_carrier_arg(const struct question *question);
enum dns_type question_type(const struct question *question);

/* Any thread. */
void questions_count(struct questions *questions, struct dns_stats *stats);
void questions_forget(struct questions *questions);

/* Answer all that is under way (SERVFAIL), release everything. The carrier
 * must not answer any more. */
void questions_free(struct questions **questions);

#endif
