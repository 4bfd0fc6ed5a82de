/* SPDX-License-Identifier: ISC */
/* test_mime_html_traps.c - pages that are made to take long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "growth.h"
#include "mime/html.h"

/* A page of these pieces: before, then middle many times, then behind as many. */
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

static void
read_page(struct arena *arena, struct str text)
{
	struct html_page page;

	html_read(arena, text, &mime_default_limits.content.html, &page);
}

static void
test_time_is_linear(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traps); i++) {
		print_message("%s\n", traps[i].sentence);
		grows_with_pieces(traps[i].before, traps[i].middle,
		    traps[i].behind, read_page);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
