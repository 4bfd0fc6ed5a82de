/* SPDX-License-Identifier: ISC */
/* test_mime_html_traps.c - pages that are made to take long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "mime/html.h"

/* A page of these pieces: before, then middle n times, then behind n times. */
struct trap {
	const char *sentence, *before, *middle, *behind;
};

static const struct trap traps[] = {
	{ "tags that are not closed", "", "<div>", "" },
	{ "tags of all depths", "", "<div>", "</div>" },
	{ "end tags to which nothing fits", "", "<b>", "</i>" },
	{ "unknown end tags to which nothing fits", "", "<x>", "</y>" },
	{ "misnested", "", "<b><div>", "</b></div>" },
	{ "formatting that goes on", "<b><i><u><s><tt><em><b><i><u><s><a>",
	    "<p><font color=red>", "" },
	{ "cells", "<table>", "<td>", "" },
	{ "tables in tables", "", "<table><td>", "</table>" },
	{ "items", "", "<ul><li>", "<li>" },
	{ "items behind many others", "<li><b><b><b><b><b><b><b><b>",
	    "<i>", "<dd>" },
	{ "links", "", "<a href=x>", "" },
	{ "attributes", "<a ", "a=b ", "" },
	{ "an attribute again and again", "<a ", "href=x ", "" },
	{ "classes", "<style>.a{color:red}</style><b class='", "a ", "" },
	{ "rules and elements", "<style>", ".a,.b,.c{color:red}", "<b class=a>" },
	{ "blocks of rules that do not end", "<style>", "a{", "" },
	{ "declarations", "<b style='", "color:red;", "" },
	{ "brackets", "<b style='", "(", "" },
	{ "escapes", "<b style='", "\\", "" },
	{ "comments of CSS", "<b style='", "/*", "" },
	{ "style attributes", "", "<b style='color:red'>", "" },
	{ "\"<\"", "", "<", "" },
	{ "comments that do not end", "", "<!--", "" },
	{ "minus signs", "<!--", "-", "" },
	{ "end tags of scripts", "<script>", "</s", "" },
	{ "styles in comments", "<!--", "<style>", "" },
	{ "references", "", "&", "" },
	{ "numbers", "&#", "1", "" },
	{ "names", "", "&CounterClockwiseContourIntegra", "" },
	{ "blanks", "", " ", "" },
	{ "line ends", "", "<br>", "" },
	{ "hidden pieces", "", "<b hidden>a</b><b style='opacity:0'>b</b>", "" },
	{ "addresses of a long base", "<base href='http://a.example/aaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/'>",
	    "<a href=b>", "" },
	{ "srcset", "<img srcset='", "a 1x,", "" },
};

static struct str
make_trap(struct arena *arena, const struct trap *trap, size_t n)
{
	struct buf buf;

	buf_init(&buf, arena);
	buf_add_text(&buf, trap->before);
	for (size_t i = 0; i < n; i++)
		buf_add_text(&buf, trap->middle);
	for (size_t i = 0; i < n; i++)
		buf_add_text(&buf, trap->behind);
	return buf_str(&buf);
}

static double
seconds_for(const struct trap *trap, size_t n)
{
	struct arena *arena = arena_new(0);
	struct str text = make_trap(arena, trap, n);
	struct html_page page;
	struct timespec begin, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	html_read(arena, text, &mime_default_limits.content.html, &page);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	arena_free(&arena);
	return (double)(end.tv_sec - begin.tv_sec) +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

/* The least of some runs: what others do on the machine only adds. */
static double
least_seconds(const struct trap *trap, size_t n)
{
	double least = seconds_for(trap, n);

	for (int i = 0; i < 4; i++) {
		double again = seconds_for(trap, n);

		least = again < least ? again : least;
	}
	return least;
}

/* Four times the page takes four times as long, not sixteen times. */
static void
test_time_is_linear(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traps); i++) {
		double one = least_seconds(&traps[i], 10000);
		double four = least_seconds(&traps[i], 40000);

		if (four > 8 * one + 0.001) {
			wrong++;
			print_error("%s: %g s, and %g s for four times that\n",
			    traps[i].sentence, one, four);
		}
	}
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
