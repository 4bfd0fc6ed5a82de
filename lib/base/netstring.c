/* SPDX-License-Identifier: ISC */
/* netstring.c - "5:hello,": texts that say how long they are. */
#include "base/netstring.h"

/* Reads the digits and what ends them; *at_r is behind it. */
static enum netstring
parse_length(struct str text, size_t max, size_t *length_r, size_t *at_r)
{
	size_t i, length = 0;

	for (i = 0; i < text.len && char_is_digit(text.data[i]); i++) {
		if (i == 1 && text.data[0] == '0')
			return NETSTRING_BAD;
		length = length * 10 + (size_t)(text.data[i] - '0');
		if (length > max)
			return NETSTRING_BAD;
	}
	if (i == text.len)
		return NETSTRING_PARTIAL;
	*length_r = length;
	*at_r = i + 1;
	return i != 0 && text.data[i] == ':' ? NETSTRING_WHOLE :
	    NETSTRING_BAD;
}

enum netstring
netstring_parse(struct str text, size_t max, struct str *content_r,
    size_t *len_r)
{
	enum netstring result;
	size_t length, at;

	result = parse_length(text, max, &length, &at);
	if (result != NETSTRING_WHOLE)
		return result;
	if (text.len - at <= length)
		return NETSTRING_PARTIAL;
	if (text.data[at + length] != ',')
		return NETSTRING_BAD;
	*content_r = str_sub(text, at, length);
	*len_r = at + length + 1;
	return NETSTRING_WHOLE;
}

void
netstring_add(struct buf *out, struct str content)
{
	buf_add_int(out, (int64_t)content.len);
	buf_add_char(out, ':');
	buf_add_str(out, content);
	buf_add_char(out, ',');
}
