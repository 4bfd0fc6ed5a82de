/* SPDX-License-Identifier: ISC */
/* ruleset_metas.c - expressions: their names become numbers of rules, and no
 * rule refers to itself by any way.
 *
 * As SpamAssassin 4.0 has it (Mail::SpamAssassin::Conf::Parser,
 * compile_meta_rules()): a name that no rule has counts as not hit, and rules
 * that refer in circles are left out with all that refer to them. In a native
 * rule such a name is a slip of the pen ("not NAME" would always hit), so that
 * rule is left out. */
#include "rules/ruleset_private.h"

#include "base/arena.h"
#include "rules/expr.h"

/* A judge computes values by recursion. */
#define DEPTH_MAX 50
/* Of all expressions together: what globs fit is a product of two numbers. */
#define REFS_MAX 1000000
#define GLOBS_MAX 1000
/* So many names of a circle are told in each note. */
#define SHOWN_MAX 20

struct metas {
	struct ruleset_load *load;
	struct ruleset *ruleset;
	size_t refs, globs;		/* so far */
	struct mark *marks;		/* of each rule */
	struct vec path;		/* struct visit: from the first rule to
					 * the one that is looked at */
};

/* What one expression names, while it is read. */
struct naming {
	struct ruleset_rule *rule;
	struct vec names;		/* struct ruleset_name */
	struct vec refs;		/* uint32_t */
};

struct mark {
	enum { MARK_NEW, MARK_UNDER_WAY, MARK_DONE } state;
	bool is_circular;	/* refers to itself, or to one that does */
	unsigned depth;
	size_t at;		/* UNDER_WAY: its place in the path */
	size_t circle;		/* and is_circular: from where on all of the
				 * path up to it is so */
};

struct visit {
	uint32_t rule;
	uint32_t next;		/* of its refs */
};

/* --- names -------------------------------------------------------------------- */

/* "*" is anything, "?" one character; the last "*" takes one more where what is
 * behind it does not fit. */
static bool
fits_glob(struct str glob, struct str name)
{
	size_t g = 0, n = 0, star = SIZE_MAX, begin = 0;

	while (n < name.len) {
		if (g < glob.len && glob.data[g] == '*') {
			star = g++;
			begin = n;
		} else if (g < glob.len && (glob.data[g] == '?' ||
		    glob.data[g] == name.data[n])) {
			g++;
			n++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			n = ++begin;
		} else
			return false;
	}
	while (g < glob.len && glob.data[g] == '*')
		g++;
	return g == glob.len;
}

static void
add_ref(struct metas *metas, struct naming *naming, size_t number)
{
	*(uint32_t *)vec_push(&naming->refs) = (uint32_t)number;
	metas->refs++;
}

/* All rules that fit but itself. */
static void
add_globbed(struct metas *metas, struct naming *naming, struct str glob)
{
	const struct vec *rules = &metas->load->draft->rules;

	metas->globs++;
	for (size_t i = 0; i < rules->len && metas->refs < REFS_MAX; i++)
		if (i != naming->rule->draft->at &&
		    fits_glob(glob, metas->ruleset->rules[i].draft->name))
			add_ref(metas, naming, i);
}

static bool
is_glob(struct str name)
{
	return str_find(name, '*') >= 0 || str_find(name, '?') >= 0;
}

static void
leave_out(struct metas *metas, struct ruleset_rule *rule, const char *reason)
{
	rule->kind = RULESET_OUT;
	draft_note(metas->load->draft, DRAFT_ERROR, rule->draft->origin,
	    rule->draft->name, "%s", reason);
}

/* Is that no fault of who wrote the rule? SpamAssassin takes it so. */
static bool
may_be_missing(const struct ruleset_rule *rule)
{
	return (rule->draft->flags & RULE_SPAMASSASSIN) != 0;
}

static void
note_missing(struct metas *metas, struct ruleset_rule *rule, struct str name,
    enum draft_note_kind kind, const char *words)
{
	struct arena *arena = metas->load->arena;

	if (may_be_missing(rule))
		draft_note(metas->load->draft, kind, rule->draft->origin,
		    rule->draft->name, "\"%.*s\" %s: never hits",
		    STR_ARG(name), words);
	else if (rule->kind != RULESET_OUT)
		leave_out(metas, rule, arena_printf(arena, "\"%.*s\" %s",
		    STR_ARG(name), words));
}

static void
resolve(struct metas *metas, struct naming *naming, struct str name)
{
	struct ruleset_name *known = vec_push(&naming->names);
	const struct draft_rule *other = draft_find(metas->load->draft, name);
	unsigned set = metas->ruleset->options.score_set;

	metas->refs++;
	known->first = (uint32_t)naming->refs.len;
	if (is_glob(name))
		add_globbed(metas, naming, name);
	else if (str_is(name, "local_tests_only"))
		known->constant = (set & RULES_WITH_NET) == 0;
	else if (other != NULL && other->test.kind != DRAFT_NONE)
		add_ref(metas, naming, other->at);
	else
		note_missing(metas, naming->rule, name, DRAFT_PASSED_OVER,
		    "is no rule");
	known->count = (uint32_t)(naming->refs.len - known->first);
}

static void
load_meta(struct metas *metas, struct ruleset_rule *rule)
{
	struct arena *arena = metas->load->arena;
	struct naming naming = { .rule = rule };
	struct ruleset_names *made;
	const char *error;
	struct expr *expr;
	struct vec names;

	if (expr_parse(arena, rule->draft->test.expression, &names, &expr,
	    &error) < 0) {
		leave_out(metas, rule, arena_printf(arena,
		    "the expression cannot be read: %s", error));
		return;
	}
	vec_init(&naming.names, arena, sizeof(struct ruleset_name));
	vec_init(&naming.refs, arena, sizeof(uint32_t));
	for (size_t i = 0; i < names.len && metas->refs < REFS_MAX &&
	    metas->globs < GLOBS_MAX; i++)
		resolve(metas, &naming, *(struct str *)vec_at(&names, i));
	rule->expr = expr;
	rule->names = made = arena_alloc(arena, sizeof(*made));
	*made = (struct ruleset_names){ naming.names.items,
		naming.refs.items, (uint32_t)naming.refs.len };
	if (naming.names.len < names.len ||
	    (names.len > 0 && metas->refs >= REFS_MAX))
		leave_out(metas, rule, "the expressions name more rules than "
		    "are read");
}

/* --- circles ------------------------------------------------------------------ */

static struct ruleset_rule *
rule_of(const struct metas *metas, const struct visit *visit)
{
	return &metas->ruleset->rules[visit->rule];
}

/* Only expressions have some, also those that are left out by now. */
static uint32_t
ref_count(const struct ruleset_rule *rule)
{
	return rule->names != NULL ? rule->names->ref_count : 0;
}

/* "refers in a circle: A, B, A". */
static const char *
circle_text(const struct metas *metas, size_t from)
{
	size_t count = metas->path.len - from;
	struct buf names;

	buf_init(&names, metas->load->arena);
	buf_add_text(&names, "refers in a circle: ");
	for (size_t i = 0; i < count && i < SHOWN_MAX; i++)
		buf_printf(&names, "%.*s, ", STR_ARG(rule_of(metas,
		    vec_at(&metas->path, from + i))->draft->name));
	if (count > SHOWN_MAX)
		buf_printf(&names, "%zu more, ", count - SHOWN_MAX);
	buf_add_str(&names,
	    rule_of(metas, vec_at(&metas->path, from))->draft->name);
	return names.data;
}

/* The rules of the path from this place on refer in a circle. What is known to be
 * in one already is jumped over, so that many circles cost no more than one. */
static void
close_circle(struct metas *metas, size_t from)
{
	const char *names = NULL;

	for (size_t i = metas->path.len; i > from;) {
		struct visit *visit = vec_at(&metas->path, i - 1);
		struct mark *mark = &metas->marks[visit->rule];
		size_t known = i;

		if (mark->is_circular)
			known = mark->circle + 1;
		else {
			if (names == NULL)
				names = circle_text(metas, from);
			leave_out(metas, rule_of(metas, visit),
			    names);
		}
		if (mark->is_circular && mark->circle <= from)
			return;
		mark->is_circular = true;
		mark->circle = from;
		i = known - 1;
	}
}

static void
enter(struct metas *metas, uint32_t rule)
{
	struct visit *visit = vec_push(&metas->path);

	visit->rule = rule;
	metas->marks[rule].state = MARK_UNDER_WAY;
	metas->marks[rule].at = metas->path.len - 1;
}

/* What it refers to is done, as far as it is in no circle. */
static void
look_at(struct metas *metas, struct ruleset_rule *rule, uint32_t number)
{
	const struct ruleset_rule *other = &metas->ruleset->rules[number];
	struct mark *mark = &metas->marks[rule->draft->at];
	const struct mark *below = &metas->marks[number];

	if (mark->depth <= below->depth)
		mark->depth = below->depth + 1;
	if (mark->is_circular)
		return;
	if (below->is_circular) {
		mark->is_circular = true;
		leave_out(metas, rule, arena_printf(metas->load->arena,
		    "refers to \"%.*s\", which refers in a circle",
		    STR_ARG(other->draft->name)));
	} else if (other->kind == RULESET_OUT && !other->is_off &&
	    other->draft->test.kind != DRAFT_NONE)
		note_missing(metas, rule, other->draft->name,
		    DRAFT_APPROXIMATED, "is left out");
}

static void
finish(struct metas *metas, struct ruleset_rule *rule)
{
	struct mark *mark = &metas->marks[rule->draft->at];

	for (uint32_t i = 0; i < ref_count(rule); i++)
		look_at(metas, rule, rule->names->refs[i]);
	if (mark->depth > DEPTH_MAX && rule->kind == RULESET_META)
		leave_out(metas, rule, "refers to rules that refer to others, "
		    "deeper than is read");
	if (rule->kind == RULESET_META)
		ruleset_load_needs(metas->ruleset, rule);
	mark->state = MARK_DONE;
}

/* One step: into the next rule that this one refers to, or out of this one. */
static void
step(struct metas *metas)
{
	struct visit *visit = vec_at(&metas->path, metas->path.len - 1);
	struct ruleset_rule *rule = rule_of(metas, visit);
	uint32_t next;

	if (visit->next == ref_count(rule)) {
		finish(metas, rule);
		metas->path.len--;
		return;
	}
	next = rule->names->refs[visit->next++];
	if (metas->marks[next].state == MARK_NEW)
		enter(metas, next);
	else if (metas->marks[next].state == MARK_UNDER_WAY)
		close_circle(metas, metas->marks[next].at);
}

void
ruleset_load_metas(struct ruleset_load *load)
{
	struct metas metas = { .load = load, .ruleset = load->ruleset };
	size_t count = load->draft->rules.len;

	metas.marks = arena_zalloc(load->arena, count * sizeof(struct mark));
	vec_init(&metas.path, load->arena, sizeof(struct visit));
	for (size_t i = 0; i < count; i++)
		if (load->ruleset->rules[i].kind == RULESET_META)
			load_meta(&metas, &load->ruleset->rules[i]);
	for (size_t i = 0; i < count; i++) {
		if (metas.marks[i].state == MARK_NEW)
			enter(&metas, (uint32_t)i);
		while (metas.path.len > 0)
			step(&metas);
	}
}
