/* SPDX-License-Identifier: ISC */
/* sa_image.c - eval: tests of images by what their first octets tell
 * (Plugin/ImageInfo.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"
#include "base/octets.h"
#include "rules/place.h"

enum image_kind { GIF, PNG, JPEG, KINDS };

static const char *const kind_names[KINDS] = { "gif", "png", "jpeg" };

struct image {
	enum image_kind kind;
	unsigned width, height;		/* 0: it does not tell */
	struct str name;
};

static void
read_gif(struct str data, struct image *image)
{
	if (data.len < 10 || memcmp(data.data, "GIF8", 4) != 0)
		return;
	image->width = octets_le(data.data + 6, 2);
	image->height = octets_le(data.data + 8, 2);
}

static void
read_png(struct str data, struct image *image)
{
	if (data.len < 24 || memcmp(data.data, "\x89PNG\r\n\x1a\n", 8) != 0 ||
	    memcmp(data.data + 12, "IHDR", 4) != 0)
		return;
	image->width = octets_be(data.data + 16, 4);
	image->height = octets_be(data.data + 20, 4);
}

/* A frame header is C0 to CF but for three of them (ITU-T T.81 B.1.1.3). */
static bool
is_frame(unsigned mark)
{
	return mark >= 0xc0 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 &&
	    mark != 0xcc;
}

static void
read_jpeg(struct str data, struct image *image)
{
	size_t at = 2;

	if (data.len < 4 || octets_be(data.data, 2) != 0xffd8)
		return;
	while (at + 9 <= data.len && data.data[at] == '\xff') {
		unsigned mark = (unsigned char)data.data[at + 1];
		unsigned len = octets_be(data.data + at + 2, 2);

		if (mark == 0xda || mark == 0xd9 || len < 2)
			return;
		if (is_frame(mark)) {
			image->height = octets_be(data.data + at + 5, 2);
			image->width = octets_be(data.data + at + 7, 2);
			return;
		}
		at += 2 + len;
	}
}

static void
add(struct view *view, struct sa_part *part, struct vec *images)
{
	static void (*const readers[KINDS])(struct str, struct image *) = {
		read_gif, read_png, read_jpeg };
	struct image image = { .kind = KINDS, .name = part->name };
	struct str type = part->type;

	if (!part->is_leaf || !str_has_prefix_nocase(type, STR("image/")) ||
	    !str_is_nocase(sa_field_last(view->arena, part->fields,
	    "content-transfer-encoding"), "base64"))
		return;
	type = str_from_pos(type, 6);
	if (str_is(type, "jpg"))
		type = STR("jpeg");
	for (unsigned i = 0; i < KINDS; i++)
		if (str_is(type, kind_names[i]))
			image.kind = i;
	if (image.kind == KINDS)
		return;
	readers[image.kind](sa_part_decoded(view, part), &image);
	*(struct image *)vec_push(images) = image;
}

static const struct vec *
images_of(struct view *view)
{
	void **kept = view_kept(view, "sa_images");
	const struct vec *parts = sa_parts(view);
	struct vec *images;

	if (*kept != NULL)
		return *kept;
	*kept = images = arena_zalloc(view->arena, sizeof(*images));
	vec_init(images, view->arena, sizeof(struct image));
	for (size_t i = 0; i < parts->len; i++)
		add(view, vec_at(parts, i), images);
	return images;
}

static bool
is_of(const struct image *image, struct str kind)
{
	return str_is(kind, "all") || str_is(kind, kind_names[image->kind]);
}

static double
area_of(struct view *view, struct str kind)
{
	const struct vec *images = images_of(view);
	double area = 0;

	for (size_t i = 0; i < images->len; i++) {
		const struct image *image = vec_at(images, i);

		if (is_of(image, kind))
			area += (double)image->width * image->height;
	}
	return area;
}

static double
run_count(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *images = images_of(view);
	double count = 0;

	for (size_t i = 0; i < images->len; i++)
		count += is_of(vec_at(images, i), args->texts[0]);
	return count >= args->least[1] && count <= args->most[2];
}

static double
run_coverage(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double area = area_of(view, args->texts[0]);

	return area >= args->least[1] && area <= args->most[2];
}

/* Letters of the text by pixel. */
static double
run_ratio(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *body = sa_body(view);
	double area = area_of(view, args->texts[0]), length = 0;

	for (size_t i = 0; i < body->len; i++)
		length += (double)((struct str *)vec_at(body, i))->len;
	if (length == 0 || area == 0)
		return 0;
	return length / area >= args->least[1] && length / area < args->most[2];
}

static double
run_exact(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *images = images_of(view);

	for (size_t i = 0; i < images->len; i++) {
		const struct image *image = vec_at(images, i);

		if (is_of(image, args->texts[0]) && image->width != 0 &&
		    image->height == args->least[1] &&
		    image->width == args->least[2])
			return 1;
	}
	return 0;
}

static double
run_range(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *images = images_of(view);

	for (size_t i = 0; i < images->len; i++) {
		const struct image *image = vec_at(images, i);

		if (is_of(image, args->texts[0]) && image->width != 0 &&
		    image->height >= args->least[1] &&
		    image->width >= args->least[2] &&
		    image->height <= args->most[3] &&
		    image->width <= args->most[4])
			return 1;
	}
	return 0;
}

static double
run_named(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *images = images_of(view);

	for (size_t i = 0; i < images->len; i++) {
		const struct image *image = vec_at(images, i);

		if (image->width != 0 && image->name.len != 0 &&
		    str_eq(image->name, args->texts[0]))
			return 1;
	}
	return 0;
}

static int
prepare_name(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	if (setup->args->len != 1) {
		*error_r = "it wants a regular expression";
		return -1;
	}
	return sa_prepare_pattern(setup, 0, prepared_r, error_r);
}

static double
run_like(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	const struct vec *images = images_of(view);

	for (size_t i = 0; i < images->len; i++) {
		const struct image *image = vec_at(images, i);

		if (image->width != 0 && image->name.len != 0 &&
		    sa_matches(view, args->pattern, image->name))
			return 1;
	}
	return 0;
}

const struct call call_image_count = { "image_count", NULL, sa_prepare_args,
	run_count };
const struct call call_pixel_coverage = { "pixel_coverage", NULL,
	sa_prepare_args, run_coverage };
const struct call call_image_to_text_ratio = { "image_to_text_ratio",
	"in rawbody rules too the rendered text counts", sa_prepare_args,
	run_ratio };
const struct call call_image_size_exact = { "image_size_exact", NULL,
	sa_prepare_args, run_exact };
const struct call call_image_size_range = { "image_size_range", NULL,
	sa_prepare_args, run_range };
const struct call call_image_named = { "image_named", NULL, sa_prepare_args,
	run_named };
const struct call call_image_name_regex = { "image_name_regex", NULL,
	prepare_name, run_like };
