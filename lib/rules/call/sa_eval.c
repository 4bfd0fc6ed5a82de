/* SPDX-License-Identifier: ISC */
/* sa_eval.c - what the eval: tests of SpamAssassin share. */
#include "rules/call/sa_eval.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/netlist.h"
#include "rules/place/sa_boundaries.h"

#define MATCH_LIMIT 100000u

static void
read_number(struct arena *arena, struct str text, double *least_r,
    double *most_r)
{
	const char *number = str_dup(arena, text);
	char *end;
	double value = strtod(number, &end);
	bool is_number = text.len != 0 && *end == '\0' && isfinite(value);

	*least_r = is_number ? value : -INFINITY;
	*most_r = is_number ? value : INFINITY;
}

int
sa_prepare_args(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct sa_args *args = arena_zalloc(setup->arena, sizeof(*args));

	if (setup->args->len > SA_ARGS_MAX) {
		*error_r = "too many arguments";
		return -1;
	}
	args->count = setup->args->len;
	for (size_t i = 0; i < SA_ARGS_MAX; i++) {
		args->texts[i] = i < args->count ?
		    *(struct str *)vec_at(setup->args, i) : STR("");
		read_number(setup->arena, args->texts[i], &args->least[i],
		    &args->most[i]);
	}
	*prepared_r = args;
	return 0;
}

const struct pattern *
sa_pattern(const struct call_setup *setup, const char *text, unsigned flags,
    const char **error_r)
{
	struct pattern_source source = { str_from(text), flags };

	return pattern_compile(setup->arena, &source, error_r);
}

int
sa_prepare_pattern(const struct call_setup *setup, size_t pattern_at,
    void **prepared_r, const char **error_r)
{
	struct pattern_source source = { .flags = 0 };
	struct sa_args *args;
	struct str rest;

	if (sa_prepare_args(setup, prepared_r, error_r) != 0)
		return -1;
	args = *prepared_r;
	if (args->count <= pattern_at)
		return 0;
	source.text = args->texts[pattern_at];
	/* It may stand between slashes, as in other rules. */
	if (source.text.len > 1 && source.text.data[0] == '/' &&
	    pattern_read(setup->arena, source.text, &source, &rest, error_r) !=
	    0)
		return -1;
	args->pattern = pattern_compile(setup->arena, &source, error_r);
	return args->pattern != NULL ? 0 : -1;
}

struct pattern_scratch *
sa_scratch(struct view *view)
{
	return view_scratch(view, MATCH_LIMIT);
}

bool
sa_matches(struct view *view, const struct pattern *pattern, struct str text)
{
	return pattern_match(pattern, sa_scratch(view), text, NULL, NULL) ==
	    PATTERN_YES;
}

bool
sa_catches(struct view *view, const struct pattern *pattern, struct str text,
    struct str *caught_r)
{
	if (!sa_matches(view, pattern, text))
		return false;
	*caught_r = pattern_caught(sa_scratch(view), 1);
	return caught_r->data != NULL;
}

bool
sa_has(struct str text, const char *what)
{
	return text.len != 0 &&
	    memmem(text.data, text.len, what, strlen(what)) != NULL;
}

bool
sa_has_nocase(struct view *view, struct str text, const char *what)
{
	return sa_has(str_lower(view->arena, text), what);
}

struct str
sa_squeeze(struct view *view, struct str text)
{
	struct buf out;

	buf_init(&out, view->arena);
	buf_reserve(&out, text.len + 1);
	for (size_t i = 0; i < text.len; i++) {
		if (!char_is_space(text.data[i]))
			buf_add_char(&out, text.data[i]);
		else if (out.len == 0 || out.data[out.len - 1] != ' ')
			buf_add_char(&out, ' ');
	}
	return buf_str(&out);
}

struct str
sa_address_of(struct view *view, const char *field)
{
	const struct vec *all = sa_get_all(view, arena_printf(view->arena,
	    "%s:addr", field));

	return all->len != 0 ? *(struct str *)vec_at(all, 0) : STR("");
}

struct str
sa_domain_of(struct arena *arena, struct str address)
{
	ptrdiff_t at = str_find_last(address, '@');

	return at < 0 ? STR("") :
	    str_lower(arena, str_from_pos(address, (size_t)at + 1));
}

struct str
sa_registrable(const struct view *view, struct str host)
{
	return sa_registered(view->arena, sa_boundaries_of(view), host);
}

bool
sa_is_ipv4(struct str text)
{
	struct netaddr address;

	return text.len != 0 && char_is_digit(text.data[0]) &&
	    netaddr_parse(text, &address) == 0 && address.len == 4 &&
	    str_find(text, ':') < 0;
}
