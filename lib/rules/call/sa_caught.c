/* SPDX-License-Identifier: ISC */
/* sa_caught.c - a pattern with %{NAME} in it, which is what other rules have
 * caught in the message.
 *
 * It can be compiled only when the message is there. So that this is done for
 * few messages, a wider pattern is tried first, which has .* in those places. */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/caught.h"
#include "rules/draft.h"
#include "rules/places.h"

/* Of one name so many texts are looked for, each so long. */
#define VALUES_MAX 16
#define VALUE_MAX 1024

/* A rule that catches. */
struct source {
	struct place place;
	const struct pattern *pattern;
	bool is_multiple;
};

struct caught_name {
	const char *name;
	struct vec sources;	/* struct source */
};

struct caught {
	struct place place;
	struct pattern_source pattern;
	const struct pattern *wider;	/* NULL: there is none */
	struct str if_unset;		/* data NULL: nothing */
	bool is_negated, is_multiple;
	unsigned max_hits;
	struct vec names;		/* struct caught_name */
};

/* --- while rules are loaded ---------------------------------------------------- */

static struct str
argument(const struct call_setup *setup, enum caught_arg i)
{
	return setup->args->len > (size_t)i ?
	    *(struct str *)vec_at(setup->args, (size_t)i) :
	    (struct str){ NULL, 0 };
}

static void
add_name(const struct call_setup *setup, struct str name,
    struct vec *names)
{
	const struct vec *rules = &setup->draft->rules;
	struct caught_name *one = vec_push(names);
	const char *error;

	one->name = str_dup(setup->arena, name);
	vec_init(&one->sources, setup->arena, sizeof(struct source));
	for (size_t i = 0; i < rules->len; i++) {
		const struct draft_rule *rule =
		    *(struct draft_rule **)vec_at(rules, i);
		const struct pattern *pattern;

		if (!caught_is_by(rule, name))
			continue;
		/* One that does not compile is noted as a rule. */
		pattern = pattern_compile(setup->arena, &rule->test.pattern,
		    &error);
		if (pattern != NULL)
			*(struct source *)vec_push(&one->sources) =
			    (struct source){ rule->test.place, pattern,
			    (rule->flags & RULE_MULTIPLE) != 0 };
	}
}

/* Within parentheses it may be what must not be there; in a class it is none. */
static bool
is_nested(struct str text)
{
	int depth = 0;
	bool is_class = false;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == '[')
			is_class = true;
		else if (text.data[i] == ']')
			is_class = false;
		else if (!is_class && text.data[i] == '(')
			depth++;
		else if (!is_class && text.data[i] == ')')
			depth--;
	}
	return is_class || depth != 0;
}

/* Its names; and the wider pattern, where all of them let it be. */
static void
read_names(const struct call_setup *setup, struct caught *caught)
{
	struct str text = caught->pattern.text, name;
	struct pattern_source wider = caught->pattern;
	bool may_widen = true;
	size_t at = 0, begin, last = 0;
	const char *error;
	struct buf out;

	buf_init(&out, setup->arena);
	vec_init(&caught->names, setup->arena, sizeof(struct caught_name));
	while (caught_next(text, &at, &begin, &name)) {
		add_name(setup, name, &caught->names);
		may_widen = may_widen && !is_nested(str_sub(text, 0, begin));
		buf_add_str(&out, str_sub(text, last, begin - last));
		buf_add_text(&out, "(?s:.*?)");
		last = at;
	}
	buf_add_str(&out, str_from_pos(text, last));
	wider.text = buf_str(&out);
	if (may_widen)
		caught->wider = pattern_compile(setup->arena, &wider, &error);
}

static int
prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct caught *caught = arena_zalloc(setup->arena, sizeof(*caught));
	int kind = place_find(argument(setup, CAUGHT_PLACE));
	const struct draft_rule *rule;
	uint64_t flags;

	if (kind < 0 || str_to_u64(argument(setup, CAUGHT_FLAGS), UINT32_MAX,
	    &flags) < 0) {
		*error_r = "it stands for %{NAME} in a pattern, and is not "
		    "called by itself";
		return -1;
	}
	caught->place = (struct place){ .kind = (enum place_kind)kind,
		.name = argument(setup, CAUGHT_NAME),
		.form = argument(setup, CAUGHT_FORM) };
	places_number(setup->places, &caught->place);
	caught->pattern = (struct pattern_source){
		argument(setup, CAUGHT_PATTERN), (unsigned)flags };
	caught->is_negated = str_is(argument(setup, CAUGHT_OPERATOR), "!~");
	caught->if_unset = argument(setup, CAUGHT_UNSET);
	rule = draft_find(setup->draft, argument(setup, CAUGHT_RULE));
	caught->is_multiple = rule != NULL &&
	    (rule->flags & RULE_MULTIPLE) != 0;
	caught->max_hits = rule != NULL ? rule->max_hits : 0;
	if (!place_has_form(caught->place.kind, caught->place.form)) {
		*error_r = "the place that it looks at has no such form";
		return -1;
	}
	read_names(setup, caught);
	*prepared_r = caught;
	return 0;
}

/* --- what was caught ------------------------------------------------------------ */

static void
add_value(struct vec *values, struct str value)
{
	if (value.len == 0 || value.len > VALUE_MAX ||
	    values->len == VALUES_MAX)
		return;
	for (size_t i = 0; i < values->len; i++)
		if (str_eq(*(struct str *)vec_at(values, i), value))
			return;
	*(struct str *)vec_push(values) = value;
}

/* In the first text that the rule matches, once; in all of them, as often as it
 * does, where it counts. */
static void
catch_by(struct view *view, const struct source *source, const char *name,
    struct vec *values)
{
	const struct vec *texts = view_texts(view, &source->place);
	struct pattern_scratch *scratch = sa_scratch(view);

	for (size_t i = 0; i < texts->len && values->len < VALUES_MAX; i++) {
		struct str text = *(struct str *)vec_at(texts, i);
		size_t at = 0;

		while (at <= text.len && values->len < VALUES_MAX &&
		    pattern_match(source->pattern, scratch, text, &at, NULL) ==
		    PATTERN_YES) {
			add_value(values, pattern_caught_as(source->pattern,
			    scratch, name));
			if (!source->is_multiple)
				return;
		}
	}
}

/* Each octet that is more than itself in a pattern stands behind a backslash. */
static void
add_literal(struct buf *out, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (!char_is_alnum(value.data[i]) && value.data[i] != '_' &&
		    (unsigned char)value.data[i] < 0x80)
			buf_add_char(out, '\\');
		buf_add_char(out, value.data[i]);
	}
}

/* False: nobody has caught such a thing. */
static bool
add_values(struct view *view, const struct caught_name *name, struct buf *out)
{
	struct vec values;

	vec_init(&values, view->arena, sizeof(struct str));
	for (size_t i = 0; i < name->sources.len; i++)
		catch_by(view, vec_at(&name->sources, i), name->name, &values);
	for (size_t i = 0; i < values.len; i++) {
		buf_add_text(out, i == 0 ? "(?:" : "|");
		add_literal(out, *(struct str *)vec_at(&values, i));
	}
	if (values.len > 0)
		buf_add_char(out, ')');
	return values.len > 0;
}

/* The pattern with all of them. NULL: something was not caught. */
static const struct pattern *
fill_in(struct view *view, const struct caught *caught)
{
	struct pattern_source source = caught->pattern;
	struct str name;
	size_t at = 0, begin, last = 0;
	const char *error;
	struct buf out;

	buf_init(&out, view->arena);
	for (size_t i = 0; caught_next(caught->pattern.text, &at, &begin,
	    &name); i++) {
		buf_add_str(&out, str_sub(caught->pattern.text, last,
		    begin - last));
		if (!add_values(view, vec_at(&caught->names, i), &out))
			return NULL;
		last = at;
	}
	buf_add_str(&out, str_from_pos(caught->pattern.text, last));
	source.text = buf_str(&out);
	return pattern_compile(view->arena, &source, &error);
}

/* --- a message -------------------------------------------------------------------- */

/* The texts of its place, what stands for one where there is none. */
static const struct vec *
texts_of(struct view *view, const struct caught *caught)
{
	const struct vec *texts = view_texts(view, &caught->place);
	struct vec *unset;

	if (texts->len > 0 || caught->if_unset.data == NULL)
		return texts;
	unset = arena_zalloc(view->arena, sizeof(*unset));
	vec_init(unset, view->arena, sizeof(struct str));
	*(struct str *)vec_push(unset) = caught->if_unset;
	return unset;
}

static bool
may_match(struct view *view, const struct caught *caught,
    const struct vec *texts)
{
	/* What does not match hits, and needs what was caught all the same. */
	if (caught->wider == NULL || caught->is_negated)
		return texts->len > 0;
	for (size_t i = 0; i < texts->len; i++)
		if (sa_matches(view, caught->wider,
		    *(struct str *)vec_at(texts, i)))
			return true;
	return false;
}

static size_t
count_matches(struct view *view, const struct caught *caught,
    const struct pattern *pattern, const struct vec *texts)
{
	size_t most = caught->is_multiple && !caught->is_negated ?
	    caught->max_hits : 1, count = 0;

	for (size_t i = 0; i < texts->len; i++) {
		struct str text = *(struct str *)vec_at(texts, i);
		size_t at = 0;

		while (at <= text.len && pattern_match(pattern,
		    sa_scratch(view), text, &at, NULL) == PATTERN_YES)
			if (++count == most)
				return count;
	}
	return count;
}

static double
run(struct view *view, const void *prepared)
{
	const struct caught *caught = prepared;
	const struct vec *texts = texts_of(view, caught);
	const struct pattern *pattern;
	size_t count;

	if (!may_match(view, caught, texts))
		return 0;
	pattern = fill_in(view, caught);
	if (pattern == NULL)
		return 0;
	count = count_matches(view, caught, pattern, texts);
	return caught->is_negated ? count == 0 : (double)count;
}

const struct call call_check_caught = { "check_caught", NULL, prepare, run };
