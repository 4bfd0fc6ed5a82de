/* SPDX-License-Identifier: ISC */
/* object_effective.h - what holds for an address, and where it comes from. */
#ifndef CLI_OBJECT_EFFECTIVE_H
#define CLI_OBJECT_EFFECTIVE_H

struct buf;
struct conf;
struct directory_object;
struct json_writer;
struct object_job;
struct policy;

/* Ask for the policy of the object's address: that of the directory, and what
 * it says nowhere by section policy of the configuration. -1 with job->error. */
int object_effective(struct object_job *job,
    const struct directory_object *object, const struct policy **policy_r);
/* What no level says is told by the section that holds then (policy_base()). */
void object_effective_print(struct buf *out, const struct conf *conf,
    const struct directory_object *object, const struct policy *policy);
/* A member "effective": {"address", "status", "class", "values": {KEY: {"value",
 * "origin"}}, "limits": {NAME: the same}}. */
void object_effective_json(struct json_writer *json, const struct conf *conf,
    const struct policy *policy);

#endif
