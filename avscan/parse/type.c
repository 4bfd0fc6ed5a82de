/* SPDX-License-Identifier: ISC */
/* type.c - what a file is by its content, as libmagic sees it. */
#include <magic.h>

#include "avscan/look.h"
#include "base/str.h"

/* No child processes, no look into archives: that is others' work. */
#define FLAGS (MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | \
	MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CDF)

/* No type is known by what stands behind; searches go so far. */
#define HEAD_MAX ((size_t)128 * 1024)

/* libmagic's, with its database; loaded once, before workers are forked. */
static magic_t database;

static const char *
prepare(void)
{
	const size_t head_max = HEAD_MAX;

	database = magic_open(FLAGS);
	if (database == NULL)
		return "libmagic cannot begin";
	if (magic_load(database, NULL) < 0)
		return "the database of libmagic cannot be loaded (package "
		    "libmagic-mgc)";
	if (magic_setparam(database, MAGIC_PARAM_BYTES_MAX, &head_max) < 0)
		return "libmagic takes no limit";
	/* What it builds for itself at the first use. */
	magic_buffer(database, "%", 1);
	return NULL;
}

static bool
fits(const struct piece *piece)
{
	return piece->depth == 0;
}

static void
read_type(struct look *look, const struct piece *piece)
{
	const char *type = database == NULL ? NULL : magic_buffer(database,
	    piece->data.data, piece->data.len);

	if (type != NULL)
		look->answer.type = scan_answer_clean(look->arena,
		    str_from(type), SCAN_TYPE_MAX);
}

const struct parser parser_type = {
	.prepare = prepare,
	.fits = fits,
	.read = read_type,
};
