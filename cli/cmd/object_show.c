/* SPDX-License-Identifier: ISC */
/* object_show.c - mailreeve KIND show: one object, and what names it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/object.h"
#include "cli/object_dependents.h"
#include "cli/object_effective.h"
#include "cli/output.h"
#include "mail/policy.h"

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("effective", struct object_options, wants_effective,
	    "Print every policy value that holds for it, and where it comes "
	    "from."),
	OBJECT_OPTION_CONFIG,
	OBJECT_OPTION_JSON("Print one line of JSON."),
};

static bool
takes(const struct directory_kind *kind, const char *option)
{
	return strcmp(option, "effective") != 0 || kind->is_address;
}

/* All that is shown, of one state of the directory. */
struct facts {
	struct directory_object *object;
	struct vec dependents;
	const struct policy *policy;	/* NULL: not wanted */
	const struct conf *conf;
	int64_t *counts;		/* of each kind in a domain; NULL */
};

/* --- asking ---------------------------------------------------------------- */

static bool
is_counted(const struct directory_kind *kind)
{
	return kind->domain_key != NULL && kind != &kind_domain;
}

static int
count_domain(struct object_job *job, struct facts *facts)
{
	size_t kinds = 0;

	while (directory_kinds[kinds] != NULL)
		kinds++;
	facts->counts = arena_zalloc(job->arena,
	    kinds * sizeof(*facts->counts));
	for (size_t i = 0; i < kinds; i++)
		if (is_counted(directory_kinds[i]) && directory_count(
		    job->directory, job->arena, directory_kinds[i],
		    job->key[0], &facts->counts[i], &job->error) < 0)
			return -1;
	return 0;
}

static int
collect(struct object_job *job, struct facts *facts)
{
	if (object_find(job, &facts->object) < 0 ||
	    object_dependents(job, &facts->dependents) < 0 ||
	    (job->kind == &kind_domain && count_domain(job, facts) < 0))
		return -1;
	return !job->options->wants_effective ? 0 : object_effective(job,
	    facts->object, &facts->policy);
}

/* --- for people ------------------------------------------------------------ */

static void
print_values(struct buf *out, const struct directory_object *object)
{
	const struct directory_kind *kind = object->kind;
	struct arena *arena = out->arena;
	struct table table;

	table_init(&table, arena, 2);
	for (size_t i = kind->key_count; i < kind->row_count; i++) {
		const char *value = object_value(&kind->rows[i],
		    object->values, arena);

		if (*value != '\0')
			table_add(&table, kind->rows[i].key, value);
	}
	table_print(&table, out);
}

static void
print_policy(struct buf *out, const struct directory_object *object)
{
	struct table table;
	size_t count;
	const struct setting *policies = policy_rows(&count);

	table_init(&table, out->arena, 2);
	for (size_t i = 0; object->policy != NULL && i < count; i++)
		if (object->has_policy[i])
			table_add(&table, policies[i].key, object_value(
			    &policies[i], object->policy, out->arena));
	if (table.cells.len == 0)
		return;
	buf_add_text(out, "policy values that stand here\n");
	table_print(&table, out);
}

static void
print_counts(struct buf *out, const int64_t *counts)
{
	struct table table;

	table_init(&table, out->arena, 2);
	for (size_t i = 0; counts != NULL && directory_kinds[i] != NULL; i++)
		if (counts[i] != 0)
			table_add(&table, directory_kinds[i]->plural,
			    arena_printf(out->arena, "%" PRId64, counts[i]));
	if (table.cells.len == 0)
		return;
	buf_add_text(out, "in it\n");
	table_print(&table, out);
}

static void
print(const struct facts *facts, struct buf *out)
{
	output_print(STYLE_BOLD, "%s\n", object_title(facts->object,
	    out->arena));
	print_values(out, facts->object);
	print_policy(out, facts->object);
	if (out->len == 0)
		buf_add_text(out, "  nothing is set\n");
	print_counts(out, facts->counts);
	object_dependents_print(out, "it is named by", &facts->dependents);
	if (facts->policy != NULL)
		object_effective_print(out, facts->conf, facts->object,
		    facts->policy);
}

/* --- JSON ------------------------------------------------------------------ */

static void
put_counts(struct json_writer *json, const int64_t *counts)
{
	json_begin_object(json, "count");
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		if (is_counted(directory_kinds[i]))
			json_put_int(json, directory_kind_word(
			    directory_kinds[i]), counts[i]);
	json_end_object(json);
}

static void
print_json(const struct facts *facts, struct buf *out)
{
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	object_put_json(&json, facts->object);
	if (facts->counts != NULL)
		put_counts(&json, facts->counts);
	object_dependents_json(&json, &facts->dependents);
	if (facts->policy != NULL)
		object_effective_json(&json, facts->conf, facts->policy);
	json_end_object(&json);
	json_end(&json);
	buf_add_char(out, '\n');
}

static int
run_show(struct command_run *run)
{
	struct facts facts = { 0 };
	struct object_job job;
	struct buf out;
	int result;

	if (object_job_begin(&job, run, DB_READ) != CLI_OK)
		return CLI_USAGE;
	facts.conf = job.conf;
	if (directory_read_begin(job.directory, job.arena, &job.error) < 0)
		return object_job_fail(&job);
	result = collect(&job, &facts);
	directory_read_end(job.directory);
	if (result < 0)
		return object_job_fail(&job);
	buf_init(&out, run->arena);
	if (job.options->wants_json)
		print_json(&facts, &out);
	else
		print(&facts, &out);
	fputs(out.data, stdout);
	return CLI_OK;
}

const struct object_verb verb_show = {
	.name = "show",
	.help = "Show one, and what names it.",
	.text = "Of each way to name it the first 20 are told, with --json "
	    "the first 10,000.\n\n"
	    "Exit status: 0 when it is there, 1 when it is not or the "
	    "directory cannot be asked, 2 when the words or the configuration "
	    "are wrong.",
	.has_name = true,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.takes = takes,
	.run = run_show,
};
