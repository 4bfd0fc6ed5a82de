/* SPDX-License-Identifier: ISC */
/* test_mime_html.c - what a person sees of a page, and what it hides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "mime/html.h"

struct page_case {
	const char *sentence, *page;
	const char *text;	/* what is seen */
	const char *hidden;	/* "kind: text", pieces by " | " */
};

static const struct page_case cases[] = {
	/* --- text ---------------------------------------------------------- */
	{ "plain text is text", "Good day", "Good day", "" },
	{ "blanks and line ends are one blank", " a \r\n\t b ", "a b", "" },
	{ "no break space is a blank", "a&nbsp;&nbsp;b\xc2\xa0" "c", "a b c",
	    "" },
	{ "blocks stand on lines of their own", "a<div>b</div>c", "a\nb\nc",
	    "" },
	{ "paragraphs have an empty line around", "<p>a<p>b</p>c",
	    "a\n\nb\n\nc", "" },
	{ "br ends a line", "a<br>b<BR/>c</br>d", "a\nb\nc\nd", "" },
	{ "many line ends are two", "a<br><br><br><br><br>b", "a\n\nb", "" },
	{ "inline elements do not part a word", "V<b>ia</b><span>g</span>ra",
	    "Viagra", "" },
	{ "unknown elements are inline", "<x-y>a</x-y><o:p>b</o:p>", "ab",
	    "" },
	{ "cells stand beside each other, rows below",
	    "<table><tr><td>a<td>b<tr><td>c</td><td>d</td></table>e",
	    "a\tb\nc\td\ne", "" },
	{ "items have a mark", "<ul><li>a<li>b</ul>", "* a\n* b", "" },
	{ "pre keeps its white space", "<pre>a  b\n c</pre>", "a  b\n c", "" },
	{ "white-space: pre too", "<div style='white-space:pre-wrap'>a  b",
	    "a  b", "" },
	{ "images are told by their alt text", "a <img src=x alt='b &amp; c'> d",
	    "a b & c d", "" },
	{ "textarea shows what it holds", "<textarea>a <b></textarea>c",
	    "a <b>c", "" },
	{ "noscript is shown, scripts do not run in mail",
	    "<noscript>a</noscript>", "a", "" },

	/* --- tokens (WHATWG HTML 13.2.5) ------------------------------------- */
	{ "a comment", "a<!-- b -->c", "ac", "" },
	{ "an empty comment", "a<!-->b", "ab", "" },
	{ "an empty comment with three marks", "a<!--->b", "ab", "" },
	{ "a comment ended by --!>", "a<!-- b --!>c", "ac", "" },
	{ "a comment with > in it", "a<!-- > b -->c", "ac", "" },
	{ "a comment that does not end hides the rest", "a<!-- b", "a", "" },
	{ "bogus comments: <!, <?, </ and no name",
	    "a<!x>b<?php y ?>c</ z>d<![CDATA[e]]>f", "abcdf", "" },
	{ "an end tag without name is nothing", "a</>b", "ab", "" },
	{ "\"<\" in front of no name is text", "1 < 2 <3 <= <", "1 < 2 <3 <= <",
	    "" },
	{ "a tag that does not end is dropped", "a<b c", "a", "" },
	{ "\">\" in a value ends no tag", "<a title='a>b'>c</a>", "c", "" },
	{ "a value without quotes ends with \">\"", "<a title=a>b</a>", "b",
	    "" },
	{ "\"/\" between attributes", "<img/alt=\"a\"/src=x>b", "ab", "" },
	{ "the first attribute of a name counts", "<img alt=a alt=b>", "a",
	    "" },
	{ "script is no text", "a<script>if (a<b) x('</p>')</script>b", "ab",
	    "" },
	{ "an end tag within a script must fit", "<script></scriptx></script >a",
	    "a", "" },
	{ "title is not shown", "<title>a</title>b", "b", "" },
	{ "xmp shows tags", "<xmp><b>&amp;</xmp>", "<b>&amp;", "" },
	{ "plaintext does not end", "<plaintext>a</plaintext>b",
	    "a</plaintext>b", "" },
	{ "template is not shown", "a<template>b</template>c", "ac",
	    "not shown: b" },

	/* --- character references ---------------------------------------------- */
	{ "names", "&lt;&gt;&amp;&quot;&euro;&Auml;", "<>&\"\xe2\x82\xac\xc3\x84",
	    "" },
	{ "names without ;", "&copy 2026 &ampx &AMP", "\xc2\xa9 2026 &x &", "" },
	{ "the longest name counts", "&notin; &notit;",
	    "\xe2\x88\x89 \xc2\xacit;", "" },
	{ "two characters of one name", "&NotEqualTilde;", "\xe2\x89\x82\xcc\xb8",
	    "" },
	{ "numbers", "&#65;&#x42;&#X43&#68 &#0;", "ABCD \xef\xbf\xbd", "" },
	{ "numbers of windows-1252", "&#146;&#x80;", "\xe2\x80\x99\xe2\x82\xac",
	    "" },
	{ "numbers beyond Unicode", "&#x110000;&#xd800;&#99999999999999;",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "" },
	{ "no reference", "a & b &x; &#; &;", "a & b &x; &#; &;", "" },
	{ "NUL is not shown", "a&#1;b", "a\001b", "" },

	/* --- hidden: display -------------------------------------------------- */
	{ "display: none", "a<div style='display:none'>b</div>c", "ac",
	    "not shown: b" },
	{ "whatever the case and blanks", "a<p STYLE=' Display : NONE ; '>b</p>",
	    "a", "not shown: b" },
	{ "important, and a later one is not",
	    "<b style='display:none!important;display:inline'>a</b>b", "b",
	    "not shown: a" },
	{ "escapes of CSS", "<b style='d\\69 splay:n\\6fne'>a</b>b", "b",
	    "not shown: a" },
	{ "comments within CSS", "<b style='dis/*x*/play:none'>a</b>b", "b",
	    "not shown: a" },
	{ "references in the attribute", "<b style='display&colon;none'>a</b>b",
	    "b", "not shown: a" },
	{ "a \";\" within quotes ends nothing",
	    "<b style='x:\"a;b\";display:none'>a</b>b", "b", "not shown: a" },
	{ "nothing within shows itself again",
	    "<div style='display:none'><b style='display:inline'>a</b></div>b",
	    "b", "not shown: a" },
	{ "the attribute hidden", "<p hidden>a</p>b", "b", "not shown: a" },
	{ "hidden, but display shows it", "<p hidden style='display:block'>a",
	    "a", "" },
	{ "the content of iframe and noframes",
	    "<iframe>a</iframe><noframes>b</noframes>c", "c",
	    "not shown: ab" },
	{ "visibility", "a<b style='visibility:hidden'>b</b>c", "ac",
	    "not visible: b" },
	{ "visible within what is not",
	    "<div style='visibility:hidden'>a<b style='visibility:visible'>b"
	    "</b></div>", "b", "not visible: a" },
	{ "opacity", "a<b style='opacity:0'>b</b>", "a", "clear: b" },
	{ "opacity multiplies", "<div style='opacity:.2'>"
	    "<div style='opacity:20%'>a</div></div>b", "b", "clear: a" },
	{ "half opaque is seen", "<b style='opacity:.5'>a</b>", "a", "" },
	{ "a colour that lets all through",
	    "<b style='color:transparent'>a</b><b style='color:rgba(0,0,0,0)'>"
	    "b</b>c", "c", "clear: ab" },

	/* --- hidden: size -------------------------------------------------------- */
	{ "a font of no size", "a<b style='font-size:0'>b</b>", "a",
	    "tiny: b" },
	{ "of one pixel, point, percent", "<b style='font-size:1px'>a</b>"
	    "<b style='font-size:1pt'>b</b><b style='font-size:1%'>c</b>d", "d",
	    "tiny: abc" },
	{ "by font:", "<b style='font:bold 1px/1px Arial'>a</b>b", "b",
	    "tiny: a" },
	{ "relative to what is around", "<div style='font-size:100px'>"
	    "<b style='font-size:0.1em'>a</b></div>", "a", "" },
	{ "tiny around, and large within", "<div style='font-size:1px'>a"
	    "<b style='font-size:12px'>b</b></div>", "b", "tiny: a" },
	{ "font size=1 is seen", "<font size=1>a</font>", "a", "" },
	{ "a box of no height that is cut",
	    "<div style='max-height:0;overflow:hidden'>a</div>b", "b",
	    "tiny: a" },
	{ "a box of no height that is not cut", "<div style='height:0'>a</div>",
	    "a", "" },

	/* --- hidden: colour --------------------------------------------------------- */
	{ "white on white", "<font color=white>a</font>b", "b",
	    "same colour: a" },
	{ "nearly white on white", "<b style='color:#fdfdfd'>a</b>b", "b",
	    "same colour: a" },
	{ "white on black is seen",
	    "<table><tr><td bgcolor=#000000><font color=#ffffff>a</font></td>"
	    "</tr></table>", "a", "" },
	{ "black on black", "<div style='background:#000'>a</div>b", "b",
	    "same colour: a" },
	{ "white within white within black",
	    "<body bgcolor=black text=white>a<div style='background-color:"
	    "rgb(255, 255, 255)'>b</div>", "a", "same colour: b" },
	{ "on a picture nobody can tell",
	    "<td background=x.gif><font color=white>a</font>", "a", "" },
	{ "hsl", "<b style='color:hsl(0, 0%, 100%)'>a</b>b", "b",
	    "same colour: a" },
	{ "a link is blue", "<div style='color:white'><a href=x>a</a></div>",
	    "a", "" },
	{ "the names of old attributes", "<font color=chucknorris>a</font>",
	    "a", "" },

	/* --- hidden: place ------------------------------------------------------------ */
	{ "far to the left", "<div style='position:absolute;left:-9999px'>a"
	    "</div>b", "b", "off screen: a" },
	{ "an offset without position is none", "<div style='left:-9999px'>a",
	    "a", "" },
	{ "text-indent", "<h1 style='text-indent:-9999px'>a</h1>b", "b",
	    "off screen: a" },
	{ "clip", "<span style='position:absolute;clip:rect(0 0 0 0)'>a</span>b"
	    "<span style='clip-path:inset(50%)'>c</span>", "b",
	    "off screen: ac" },
	{ "transform", "<i style='transform:scale(0)'>a</i>b", "b",
	    "off screen: a" },

	/* --- style elements ------------------------------------------------------------- */
	{ "a class", "<style>.x{display:none}</style><b class='y x'>a</b>b", "b",
	    "not shown: a" },
	{ "an id, a tag, a tag with class", "<style>#x, i, u.y {display:none}"
	    "</style><b id=x>a</b><i>b</i><u>c</u><u class=y>d</u>", "c",
	    "not shown: abd" },
	{ "the style stands behind", "<b class=x>a</b>b<style>.x{display:none}"
	    "</style>", "b", "not shown: a" },
	{ "in a comment of HTML, as it was once written",
	    "<style><!-- .x{display:none} --></style><b class=x>a</b>b", "b",
	    "not shown: a" },
	{ "for the printer only", "<style media=print>b{display:none}</style>"
	    "<style>@media print{b{display:none}}</style><b>a</b>", "a", "" },
	{ "@media screen", "<style>@media screen{b{display:none}}"
	    "i{display:none}</style><b>a</b><i>b</i>c", "c", "not shown: ab" },
	{ "an id is stronger than a class", "<style>#x{display:inline}"
	    ".y{display:none}</style><b id=x class=y>a</b>", "a", "" },
	{ "the attribute is stronger than a rule",
	    "<style>b{display:none}</style><b style='display:inline'>a</b>",
	    "a", "" },
	{ "but not than one that is important",
	    "<style>b{display:none !important}</style>"
	    "<b style='display:inline'>a</b>b", "b", "not shown: a" },
	{ "more than that is not read: a:hover, b i",
	    "<style>b:hover, u b{display:none}</style><b>a</b>", "a", "" },
	{ "a style in a comment is none",
	    "<!-- <style>b{display:none}</style> --><b>a</b>", "a", "" },

	/* --- what ends where ------------------------------------------------------------ */
	{ "a paragraph ends at the next block",
	    "<p style='display:none'>a<div>b</div>", "b", "not shown: a" },
	{ "an item ends at the next, not at that of a list within",
	    "<ul><li style='display:none'>a<ul><li>b</ul>c<li>d</ul>", "* d",
	    "not shown: a\nb\nc" },
	{ "a cell ends at the next one", "<table><tr><td style='display:none'>"
	    "a<td>b</table>", "b", "not shown: a" },
	{ "an end tag reaches no further than its cell",
	    "<div style='display:none'><table><tr><td>a</div>b</table></div>c",
	    "c", "not shown: ab" },
	{ "a formatting element goes on behind the block",
	    "<div><font style='display:none'>a</div>b", "", "not shown: a\nb" },
	{ "another does not", "<div><span style='display:none'>a</div>b", "b",
	    "not shown: a" },
	{ "</b> does not end the div within", "<b><div style='display:none'>a"
	    "</b>b</div>c", "c", "not shown: ab" },
	{ "an end tag to which nothing fits is nothing",
	    "<div style='display:none'>a</span></td></p>b</div>c", "c",
	    "not shown: a\n\nb" },
	{ "</body> ends nothing", "a</body></html>b", "ab", "" },
};

/* "kind: text | kind: text". */
static const char *
tell_hidden(struct arena *arena, const struct html_page *page)
{
	struct buf buf;

	buf_init(&buf, arena);
	for (size_t i = 0; i < page->hidden.len; i++) {
		const struct html_piece *piece = vec_at(&page->hidden, i);

		buf_printf(&buf, "%s%s: %.*s", i > 0 ? " | " : "",
		    html_hidden_text(piece->hidden), STR_ARG(piece->text));
	}
	return buf.len > 0 ? buf.data : "";
}

static struct html_page
read_page(struct arena *arena, const char *text)
{
	struct html_page page;

	html_read(arena, str_from(text), &mime_default_limits.content.html, &page);
	return page;
}

static void
test_pages(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		struct html_page page = read_page(arena, cases[i].page);
		const char *text = str_dup(arena, page.text);
		const char *hidden = tell_hidden(arena, &page);

		if (strcmp(text, cases[i].text) != 0 ||
		    strcmp(hidden, cases[i].hidden) != 0) {
			wrong++;
			print_error("%s:\n  text   <%s>\n  wanted <%s>\n"
			    "  hidden <%s>\n  wanted <%s>\n", cases[i].sentence,
			    text, cases[i].text, hidden, cases[i].hidden);
		}
		arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

struct address_case {
	const char *sentence, *page;
	const char *told;	/* "use target [shown] (kind)" by line */
};

static const struct address_case addresses[] = {
	{ "a link and its text", "<a href='http://x.example/'>a <b>b</b></a>c",
	    "link http://x.example/ [a b]\n" },
	{ "references in the target", "<a href='http://x/?a=1&amp;b=2&copy=3'>"
	    "a</a>", "link http://x/?a=1&b=2&copy=3 [a]\n" },
	{ "blanks around and line ends within",
	    "<a href=' ht\ntp://x/\ta '>a</a>", "link http://x/a [a]\n" },
	{ "a link begins where the one before has not ended",
	    "<a href=a:1>b<a href=a:2>c</a>", "link a:1 [b]\nlink a:2 [c]\n" },
	{ "the image of a link", "<a href=a:1><img src=a:2 alt=b></a>",
	    "link a:1 [b]\nimage a:2 []\n" },
	{ "a hidden link", "<a href=a:1 style='display:none'>b</a>c",
	    "link a:1 [b] (not shown)\n" },
	{ "base, wherever it stands", "<a href='b?c'>d</a>"
	    "<base href='http://x.example/y/z'>",
	    "link http://x.example/y/b?c [d]\n" },
	{ "the first base counts", "<base href=http://a.example><base "
	    "href=http://b.example><a href=c>d</a><a href=/e>f</a>"
	    "<a href=//g.example/h>i</a><a href='#j'>k</a><a href='?l'>m</a>",
	    "link http://a.example/c [d]\nlink http://a.example/e [f]\n"
	    "link http://g.example/h [i]\nlink http://a.example#j [k]\n"
	    "link http://a.example?l [m]\n" },
	{ "a form, and a button of its own",
	    "<form action=a:1><input type=submit formaction=a:2></form>",
	    "form a:1 []\nform a:2 []\n" },
	{ "images", "<img src=a:1 srcset='a:2 2x, a:3 3x,a:4'><table "
	    "background=a:5><td style='background:url( \"a:6\" )'><video "
	    "poster=a:7><input type=image src=a:8>",
	    "image a:1 []\nimage a:2 []\nimage a:3 []\nimage a:4 []\n"
	    "image a:5 []\nimage a:6 []\nimage a:7 []\n"
	    "image a:8 [] (not shown)\n" },
	{ "refresh", "<meta http-equiv=Refresh content=\"0; URL='a:1'\">",
	    "refresh a:1 []\n" },
	{ "frames and scripts", "<iframe src=a:1></iframe><object data=a:2>"
	    "</object><embed src=a:3><script src=a:4></script>",
	    "frame a:1 []\nframe a:2 []\nframe a:3 []\n"
	    "script a:4 []\n" },
	{ "styles", "<link rel=stylesheet href=a:1><style>@import 'a:2'; "
	    "@import url(a:3) screen;</style><link rel=icon href=a:4>",
	    "style a:2 []\nstyle a:3 []\nstyle a:1 []\nother a:4 []\n" },
};

static const char *
tell_addresses(struct arena *arena, const struct html_page *page)
{
	struct buf buf;

	buf_init(&buf, arena);
	for (size_t i = 0; i < page->addresses.len; i++) {
		const struct html_address *address =
		    vec_at(&page->addresses, i);

		buf_printf(&buf, "%s %.*s [%.*s]", html_use_text(address->use),
		    STR_ARG(address->target), STR_ARG(address->shown));
		if (address->hidden != HTML_SEEN)
			buf_printf(&buf, " (%s)",
			    html_hidden_text(address->hidden));
		buf_add_char(&buf, '\n');
	}
	return buf.data;
}

static void
test_addresses(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct arena *arena = arena_new(0);
		struct html_page page = read_page(arena, addresses[i].page);
		const char *told = tell_addresses(arena, &page);

		if (strcmp(told, addresses[i].told) != 0) {
			wrong++;
			print_error("%s:\n%swanted\n%s", addresses[i].sentence,
			    told, addresses[i].told);
		}
		arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

static void
test_facts(void **state)
{
	struct arena *arena = *state;
	struct html_page page = read_page(arena,
	    "<title>A &amp; B</title><!--[if mso]>x<![endif]-->"
	    "<meta http-equiv=refresh content='5'><form><input type=password>"
	    "<input type=text></form><script></script><body onload=x()>"
	    "<img src=http://t.example/p.gif width=1 height=1>"
	    "<img src=cid:1 width=100 height=1><iframe></iframe><b");

	assert_true(str_is(page.title, "A & B"));
	assert_true(page.has_conditional);
	assert_true(page.has_refresh);
	assert_true(page.has_no_end);
	assert_false(page.is_cut);
	assert_int_equal(page.forms, 1);
	assert_int_equal(page.password_fields, 1);
	assert_int_equal(page.scripts, 1);
	assert_int_equal(page.event_handlers, 1);
	assert_int_equal(page.images, 2);
	assert_int_equal(page.remote_images, 1);
	assert_int_equal(page.tiny_images, 1);
	assert_int_equal(page.frames, 1);
}

/* Pages, the words that they split, and their elements without sense. */
static const struct {
	const char *page;
	size_t words, tags;
} split[] = {
	{ "via<!--x-->gra", 1, 0 },
	{ "v<b></b>i<i></i>a<u></u>gra", 3, 0 },
	{ "via</b><b>gra", 1, 0 },
	{ "a<!-- forty octets of a comment that is no mo -->b", 0, 0 },
	{ "a<!--0123456789012345678901234567890123456789-->b", 1, 0 },
	{ "a<!--01234567890123456789012345678901234567890-->b", 0, 0 },
	{ "one<b>two</b>", 0, 0 },
	{ "one <b></b>two", 0, 0 },
	{ "one<b></b> two", 0, 0 },
	{ "1<b></b>two", 0, 0 },
	{ "one<b class=x></b>two", 0, 0 },
	{ "one<b ></b>two", 0, 0 },
	{ "one<b></b><!--x-->two", 0, 0 },
	{ "one<!--x--><!--y-->two", 0, 0 },
	{ "one<style>p{}</style>two", 0, 0 },
	{ "one<b></b", 0, 0 },
	{ "<qzxvrtk>a<QZXVR>b</qzxvrtk>", 0, 2 },
	{ "<abcdfgh>", 0, 1 },
	{ "<abaqwrtp>", 0, 1 },
	{ "<abaeqwrtp>", 0, 0 },
	{ "<qzxv>", 0, 0 },
	{ "<qzxvrtk x>", 0, 0 },
	{ "<o:qzxvrtk><h1><html><strong>", 0, 0 },
	{ "<!--<qzxvrtk>-->", 0, 0 },
};

static void
test_split_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(split); i++) {
		struct arena *arena = arena_new(0);
		struct html_page page = read_page(arena, split[i].page);

		if (page.split_words != split[i].words ||
		    page.nonsense_tags != split[i].tags)
			fail_msg("%s: %zu words, %zu tags", split[i].page,
			    page.split_words, page.nonsense_tags);
		arena_free(&arena);
	}
}

static void
test_limits_cut(void **state)
{
	struct html_limits limits = { .max_text_bytes = 4, .max_addresses = 1,
		.max_depth = 4, .max_css_rules = 1 };
	struct arena *arena = *state;
	struct html_page page;

	html_read(arena, STR("abc\xc3\xa4"), &limits, &page);
	assert_true(page.is_cut);
	assert_true(str_is(page.text, "abc"));
	html_read(arena, STR("<a href=a:1></a><a href=a:2></a>"), &limits,
	    &page);
	assert_true(page.is_cut);
	assert_int_equal(page.addresses.len, 1);
	html_read(arena, STR("<i><i><i><i><i><b>a</b></i></i></i></i></i>b"),
	    &limits, &page);
	assert_true(page.is_cut);
	assert_true(str_is(page.text, "ab"));
	assert_int_equal(page.max_depth, 4);
	html_read(arena, STR("<style>.a{color:red}.b{color:red}</style>"),
	    &limits, &page);
	assert_true(page.is_cut);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_addresses),
		ARENA_TEST(test_facts),
		cmocka_unit_test(test_split_words),
		ARENA_TEST(test_limits_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
