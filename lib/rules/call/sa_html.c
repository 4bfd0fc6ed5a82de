/* SPDX-License-Identifier: ISC */
/* sa_html.c - eval: tests of HTML (Plugin/HTMLEval.pm): each holds when one page
 * of the message has it. */
#include "rules/call/sa_eval.h"
#include "rules/place/sa_html.h"

/* A test of one page. */
typedef bool page_test(struct view *view, const struct sa_page *page,
    const struct sa_args *args);

static double
any_page(struct view *view, const void *prepared, page_test *test)
{
	const struct vec *pages = sa_pages(view);

	for (size_t i = 0; i < pages->len; i++)
		if (test(view, *(struct sa_page **)vec_at(pages, i), prepared))
			return 1;
	return 0;
}

/* --- facts by name ------------------------------------------------------------------ */

static bool
has_fact(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	struct str name = args->texts[0];

	(void)view;
	if (str_is(name, "html"))
		return true;
	if (str_is(name, "embeds"))
		return page->has_embeds;
	if (str_is(name, "font_low_contrast"))
		return page->has_low_contrast;
	if (str_is(name, "font_face_bad"))
		return page->has_bad_face;
	if (str_is(name, "form_action_mailto"))
		return page->has_mailto_form;
	return str_is(name, "font_invalid_color") && page->has_invalid_color;
}

/* A count or ratio of the page. False: it has none. */
static bool
figure(const struct sa_page *page, struct str name, double *value_r)
{
	double tags = page->tags;

	if (str_is(name, "length"))
		*value_r = (double)page->length;
	else if (str_is(name, "min_size"))
		*value_r = page->min_size;
	else if (str_is(name, "max_size"))
		*value_r = page->max_size;
	else if (str_is(name, "image_area"))
		*value_r = (double)page->image_area;
	else if (page->tags == 0)
		return false;
	else if (str_is(name, "closed_extra_ratio"))
		*value_r = page->closed_extra / tags;
	else if (str_is(name, "bad_tag_ratio") && page->elements != 0)
		*value_r = (tags - page->elements) / tags;
	else if (str_is(name, "non_element_ratio") &&
	    page->elements_seen != 0 && page->tags_seen != 0)
		*value_r = ((double)page->tags_seen - page->elements_seen) /
		    page->tags_seen;
	else if (str_is(name, "obfuscation_ratio") && page->obfuscation != 0)
		*value_r = page->obfuscation / tags;
	else
		return false;
	return true;
}

static bool
is_in_range(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	double value;

	(void)view;
	return figure(page, args->texts[0], &value) &&
	    value > args->least[1] && value <= args->most[2];
}

/* "< 512", "!= 0": what a test says of a number. */
static bool
holds(struct str expression, double value)
{
	struct str text = str_trim(expression), number;
	uint64_t bound;
	size_t len = 0;

	while (len < text.len && len < 2 && strchr("<>=!", text.data[len]) !=
	    NULL)
		len++;
	number = str_trim(str_from_pos(text, len));
	if (len == 0 || str_to_u64(number, UINT32_MAX, &bound) != 0)
		return false;
	text.len = len;
	if (str_is(text, "<"))
		return value < (double)bound;
	if (str_is(text, "<="))
		return value <= (double)bound;
	if (str_is(text, ">"))
		return value > (double)bound;
	if (str_is(text, ">="))
		return value >= (double)bound;
	return (value == (double)bound) == str_is(text, "==");
}

static bool
figure_holds(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	double value;

	(void)view;
	return figure(page, args->texts[0], &value) &&
	    holds(args->texts[1], value);
}

/* --- tags ----------------------------------------------------------------------------- */

static bool
has_tag(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	(void)view;
	return sa_page_inside(page, args->texts[0]) >= 0;
}

static bool
is_balance(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	int open = sa_page_inside(page, args->texts[0]);

	(void)view;
	return open >= 0 && holds(args->texts[1], open);
}

static bool
has_frame(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	(void)view, (void)args;
	for (size_t i = 0; i < page->uris.len; i++)
		if ((((struct sa_page_uri *)vec_at(&page->uris, i))->uses &
		    SA_IN_IFRAME) != 0)
			return true;
	return false;
}

/* --- images ----------------------------------------------------------------------------- */

static bool
is_image_only(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	double length = (double)page->length;

	(void)view;
	return sa_page_inside(page, STR("img")) >= 0 &&
	    length > args->least[0] && length <= args->most[1];
}

static bool
is_image_ratio(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	double ratio;

	(void)view;
	if (page->image_area == 0)
		return false;
	ratio = (double)(page->text_length - page->space_length) /
	    (double)page->image_area;
	return ratio > args->least[0] && ratio <= args->most[1];
}

/* --- texts ------------------------------------------------------------------------------- */

static const struct vec *
texts_of(const struct sa_page *page, struct str name)
{
	if (str_is(name, "anchor"))
		return &page->anchors;
	if (str_is(name, "title"))
		return &page->titles;
	if (str_is(name, "comment"))
		return &page->comments;
	return str_is(name, "script") ? &page->scripts : NULL;
}

static bool
has_text(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	const struct vec *texts = texts_of(page, args->texts[0]);

	for (size_t i = 0; texts != NULL && i < texts->len; i++)
		if (sa_matches(view, args->pattern,
		    *(struct str *)vec_at(texts, i)))
			return true;
	return false;
}

/* One that the expression does not know. */
static bool
has_other_text(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	const struct vec *texts = texts_of(page, args->texts[0]);

	for (size_t i = 0; texts != NULL && i < texts->len; i++)
		if (!sa_matches(view, args->pattern,
		    *(struct str *)vec_at(texts, i)))
			return true;
	return false;
}

static size_t
chars_in(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return count;
}

static bool
has_long_title(struct view *view, const struct sa_page *page,
    const struct sa_args *args)
{
	struct str subject = sa_get_text(view, "subject");

	for (size_t i = 0; subject.len != 0 && i < page->titles.len; i++)
		if ((double)chars_in(*(struct str *)vec_at(&page->titles, i)) /
		    (double)subject.len > args->least[0])
			return true;
	return false;
}

/* --- rows -------------------------------------------------------------------------------- */

static double
run_test(struct view *view, const void *prepared)
{
	return any_page(view, prepared, has_fact);
}

static double
run_range(struct view *view, const void *prepared)
{
	return any_page(view, prepared, is_in_range);
}

static double
run_eval(struct view *view, const void *prepared)
{
	return any_page(view, prepared, figure_holds);
}

static double
run_tag_exists(struct view *view, const void *prepared)
{
	return any_page(view, prepared, has_tag);
}

static double
run_tag_balance(struct view *view, const void *prepared)
{
	return any_page(view, prepared, is_balance);
}

static double
run_frame(struct view *view, const void *prepared)
{
	return any_page(view, prepared, has_frame);
}

static double
run_image_only(struct view *view, const void *prepared)
{
	return any_page(view, prepared, is_image_only);
}

static double
run_image_ratio(struct view *view, const void *prepared)
{
	return any_page(view, prepared, is_image_ratio);
}

static double
run_text_match(struct view *view, const void *prepared)
{
	return any_page(view, prepared, has_text);
}

static double
run_text_differs(struct view *view, const void *prepared)
{
	return any_page(view, prepared, has_other_text);
}

static double
run_title_ratio(struct view *view, const void *prepared)
{
	return any_page(view, prepared, has_long_title);
}

static int
prepare_text(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	const struct sa_args *args;

	if (sa_prepare_pattern(setup, 1, prepared_r, error_r) != 0)
		return -1;
	args = *prepared_r;
	if (args->pattern != NULL)
		return 0;
	*error_r = "it wants a name and a regular expression";
	return -1;
}

const struct call call_html_test = { "html_test", NULL, sa_prepare_args,
	run_test };
const struct call call_html_range = { "html_range", NULL, sa_prepare_args,
	run_range };
const struct call call_html_eval = { "html_eval", NULL, sa_prepare_args,
	run_eval };
const struct call call_html_tag_exists = { "html_tag_exists", NULL,
	sa_prepare_args, run_tag_exists };
const struct call call_html_tag_balance = { "html_tag_balance", NULL,
	sa_prepare_args, run_tag_balance };
const struct call call_html_image_only = { "html_image_only", NULL,
	sa_prepare_args, run_image_only };
const struct call call_html_image_ratio = { "html_image_ratio", NULL,
	sa_prepare_args, run_image_ratio };
const struct call call_html_text_not_match = { "html_text_not_match", NULL,
	prepare_text, run_text_differs };
const struct call call_html_text_match = { "html_text_match", NULL,
	prepare_text, run_text_match };
const struct call call_html_title_subject_ratio = {
	"html_title_subject_ratio", NULL, sa_prepare_args, run_title_ratio };
const struct call call_check_iframe_src = { "check_iframe_src", NULL,
	sa_prepare_args, run_frame };
