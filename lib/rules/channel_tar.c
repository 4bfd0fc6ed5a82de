/* SPDX-License-Identifier: ISC */
/* channel_tar.c - plain files out of a tar archive, and nothing else.
 *
 * A channel is a handful of files without folders. So names are checked before
 * anything is made of them, and whatever else an archive can hold is a reason to
 * turn it down as a whole, signature or not. */
#include "rules/channel.h"

#define BLOCK ((size_t)512)
#define FILES_MAX 1000
#define NAME_MAX_LEN 100

/* Where the fields of a header are. */
enum {
	NAME_AT = 0, NAME_LEN = 100,
	SIZE_AT = 124, SIZE_LEN = 12,
	SUM_AT = 148, SUM_LEN = 8,
	TYPE_AT = 156,
	PREFIX_AT = 345, PREFIX_LEN = 155,
};

static int
fail(const char **error_r, const char *reason)
{
	*error_r = reason;
	return -1;
}

/* Octal digits, ended by a blank or NUL. */
static bool
read_octal(struct str field, uint64_t *value_r)
{
	size_t at = 0, digits = 0;

	while (at < field.len && field.data[at] == ' ')
		at++;
	for (*value_r = 0; at < field.len && field.data[at] >= '0' &&
	    field.data[at] <= '7'; at++, digits++)
		*value_r = *value_r * 8 + (uint64_t)(field.data[at] - '0');
	return digits != 0 && (at == field.len || field.data[at] == ' ' ||
	    field.data[at] == '\0');
}

/* The sum of all octets, those of the sum itself as blanks. */
static bool
has_right_sum(struct str header)
{
	uint64_t sum = 0, stated;

	for (size_t i = 0; i < header.len; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' :
		    (unsigned char)header.data[i];
	return read_octal(str_sub(header, SUM_AT, SUM_LEN), &stated) &&
	    stated == sum;
}

static struct str
text_of(struct str field)
{
	ptrdiff_t end = str_find(field, '\0');

	return end < 0 ? field : str_sub(field, 0, (size_t)end);
}

static bool
is_plain_name(struct str name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN ||
	    (!char_is_alnum(name.data[0]) && name.data[0] != '_'))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) &&
		    strchr("._+-", name.data[i]) == NULL)
			return false;
	return true;
}

/* The name without "./" in front; data NULL: it is none to be had. */
static struct str
name_of(struct str header)
{
	struct str name = text_of(str_sub(header, NAME_AT, NAME_LEN));

	if (header.data[PREFIX_AT] != '\0')
		return (struct str){ NULL, 0 };
	if (str_has_prefix_nocase(name, STR("./")))
		name = str_from_pos(name, 2);
	return is_plain_name(name) ? name : (struct str){ NULL, 0 };
}

static bool
is_blank(struct str header)
{
	for (size_t i = 0; i < header.len; i++)
		if (header.data[i] != '\0')
			return false;
	return true;
}

/* The content behind the header; what follows it begins a block. */
static bool
cut_content(struct channel_tar *tar, struct str header, struct str *content_r)
{
	uint64_t size;

	if (!read_octal(str_sub(header, SIZE_AT, SIZE_LEN), &size) ||
	    size > tar->rest.len)
		return false;
	*content_r = str_sub(tar->rest, 0, (size_t)size);
	tar->rest = str_from_pos(tar->rest,
	    ((size_t)size + BLOCK - 1) / BLOCK * BLOCK);
	return true;
}

int
channel_tar_next(struct channel_tar *tar, struct str *name_r,
    struct str *content_r, const char **error_r)
{
	while (tar->rest.len >= BLOCK) {
		struct str header = str_sub(tar->rest, 0, BLOCK);
		char type = header.data[TYPE_AT];

		if (is_blank(header))
			return 0;
		tar->rest = str_from_pos(tar->rest, BLOCK);
		if (!has_right_sum(header))
			return fail(error_r, "the archive is damaged");
		if (!cut_content(tar, header, content_r))
			return fail(error_r, "the archive is cut off");
		/* What pax says besides (owners, times) is of no matter; a
		 * name that it has is not taken. */
		if (type == '5' || type == 'g' || type == 'x')
			continue;
		if (type != '0' && type != '\0')
			return fail(error_r, "the archive has links or other "
			    "things in it that are no files");
		*name_r = name_of(header);
		if (name_r->data == NULL)
			return fail(error_r, "the archive has a file in it "
			    "whose name is no plain one");
		if (++tar->files > FILES_MAX)
			return fail(error_r, "the archive has too many files");
		return 1;
	}
	return tar->rest.len == 0 ? 0 :
	    fail(error_r, "the archive is cut off");
}
