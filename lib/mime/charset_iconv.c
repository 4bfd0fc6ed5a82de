/* SPDX-License-Identifier: ISC */
/* charset_iconv.c - charsets that the C library's iconv knows.
 *
 * A converter costs far more to open than a header costs to read, so one that
 * was used waits in its charset's place for the next who needs it, in whatever
 * thread: at most one for each charset, taken and put back without a lock.
 */
#include "mime/charset_private.h"

#include <errno.h>
#include <iconv.h>
#include <stdatomic.h>

#include "base/arena.h"

static _Atomic(iconv_t) idle[CHARSET_COUNT];	/* NULL: none waits */

#define NO_CONVERTER ((iconv_t)-1)

static iconv_t
take_converter(const struct charset *charset)
{
	iconv_t converter = atomic_exchange(&idle[charset_index(charset)],
	    NULL);

	if (converter == NULL)
		return iconv_open("UTF-8", charset->iconv_name);
	iconv(converter, NULL, NULL, NULL, NULL);
	return converter;
}

static void
put_back(const struct charset *charset, iconv_t converter)
{
	iconv_t other = atomic_exchange(&idle[charset_index(charset)],
	    converter);

	if (other != NULL)
		iconv_close(other);
}

/* More wrong octets than this and one in 16 are another charset: that also
 * bounds the calls of iconv, which ends at each of them. */
static bool
is_hopeless(size_t replaced, size_t passed)
{
	return replaced > 16 && replaced > passed / 16;
}

static ptrdiff_t
convert(iconv_t converter, struct str octets, struct buf *out)
{
	char *in = (char *)octets.data;
	size_t left = octets.len, replaced = 0;
	bool is_flushed = false;

	buf_reserve(out, octets.len + octets.len / 2 + 16);
	while (left != 0 || !is_flushed) {
		char *to = out->data + out->len;
		size_t room = out->capacity - out->len - 1, had = left;
		size_t result;

		is_flushed = left == 0;
		result = iconv(converter, is_flushed ? NULL : &in, &left, &to,
		    &room);
		out->len = (size_t)(to - out->data);
		if (result != (size_t)-1)
			continue;
		if (errno == E2BIG) {
			buf_reserve(out, out->capacity + had);
			is_flushed = false;
			continue;
		}
		if (left == 0)
			break;
		buf_add_text(out, CHARSET_REPLACEMENT);
		replaced++;
		left = errno == EINVAL ? 0 : left - 1;
		in++;
		if (is_hopeless(replaced, octets.len - left))
			return -1;
	}
	out->data[out->len] = '\0';
	return (ptrdiff_t)replaced;
}

ptrdiff_t
charset_iconv(const struct charset *charset, struct str octets,
    struct buf *out)
{
	iconv_t converter = take_converter(charset);
	ptrdiff_t replaced;

	if (converter == NO_CONVERTER)
		return -1;
	replaced = convert(converter, octets, out);
	put_back(charset, converter);
	return replaced;
}
