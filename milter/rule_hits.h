/* SPDX-License-Identifier: ISC */
/* rule_hits.h - how often each rule has hit since the milter began, by its name:
 * a reload changes nothing about it. */
#ifndef MILTER_RULE_HITS_H
#define MILTER_RULE_HITS_H

#include "base/str.h"

struct findings;
struct json_writer;
struct rule_hits;

struct rule_hits *rule_hits_new(void);
void rule_hits_free(struct rule_hits **hits);

/* A message is decided, its score this. Any thread, as all here. */
void rule_hits_count(struct rule_hits *hits, const struct findings *findings,
    double score);

/* The members of the answer to `rules`: messages, and rules, an array of rule,
 * hits and score, the mean of the messages that it hit. */
void rule_hits_put(struct rule_hits *hits, struct json_writer *json);

/* The same as Prometheus text. Rules that never hit have no line. */
void rule_hits_write_metrics(struct rule_hits *hits, struct buf *out);

#endif
