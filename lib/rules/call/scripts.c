/* SPDX-License-Identifier: ISC */
/* scripts.c - words that mix scripts to deceive, and texts of a script. */
#include "base/arena.h"
#include "base/vec.h"
#include "rules/call.h"
#include "rules/call_args.h"
#include "rules/fold.h"
#include "rules/folded.h"

/* Where is looked, and for which script. */
struct scripts {
	struct place place;
	int script;
};

static int
mixed_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct scripts *scripts = arena_zalloc(setup->arena, sizeof(*scripts));

	*prepared_r = scripts;
	return call_read_place(setup, 0, &scripts->place, error_r);
}

static double
mixed_run(struct view *view, const void *prepared)
{
	const struct scripts *scripts = prepared;

	return (double)folded_mixed(view, &scripts->place);
}

/* How many words of a place mix letters that look alike. */
const struct call call_mixed = {
	.name = "mixed",
	.prepare = mixed_prepare,
	.run = mixed_run,
};

static int
script_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct scripts *scripts = arena_zalloc(setup->arena, sizeof(*scripts));

	*prepared_r = scripts;
	if (setup->args->len == 0) {
		*error_r = "the name of a script must follow";
		return -1;
	}
	scripts->script = fold_script(str_dup(setup->arena,
	    *(struct str *)vec_at(setup->args, 0)));
	if (scripts->script < 0) {
		*error_r = "there is no such script (they are named as in "
		    "Unicode: Cyrillic, Han, Arabic)";
		return -1;
	}
	return call_read_place(setup, 1, &scripts->place, error_r);
}

static double
script_run(struct view *view, const void *prepared)
{
	const struct scripts *scripts = prepared;

	return folded_share(view, &scripts->place, scripts->script);
}

/* The share of a script in a text of the place, in percent: the most of all. */
const struct call call_script = {
	.name = "script",
	.prepare = script_prepare,
	.run = script_run,
};
