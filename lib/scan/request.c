/* SPDX-License-Identifier: ISC */
/* request.c - how a client asks mailreeve-avscan about a file. */
#include "scan/request.h"

#include "base/octets.h"
#include "scan/answer.h"

#define MAGIC_LEN 4
#define NAME_LEN_AT 8

static const char request_magic[] = "MRS1", answer_magic[] = "MRA1";

static void
put_u32(char *at, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(number >> (24 - 8 * i));
}

void
scan_request_write(const struct scan_request *request, struct buf *out)
{
	struct str name = str_sub(request->name, 0, SCAN_REQUEST_NAME_MAX);
	char number[4];

	buf_add(out, request_magic, MAGIC_LEN);
	put_u32(number, request->timeout_ms);
	buf_add(out, number, sizeof(number));
	buf_add_char(out, 0);
	buf_add_char(out, (char)name.len);
	buf_add_str(out, name);
}

int
scan_request_read(struct str bytes, struct scan_request *request_r)
{
	size_t known = bytes.len < MAGIC_LEN ? bytes.len : MAGIC_LEN, name_len;

	if (known != 0 && memcmp(bytes.data, request_magic, known) != 0)
		return -1;
	if (bytes.len < SCAN_REQUEST_HEAD)
		return 0;
	request_r->timeout_ms = octets_be(bytes.data + MAGIC_LEN, 4);
	name_len = octets_be(bytes.data + NAME_LEN_AT, 2);
	if (name_len > SCAN_REQUEST_NAME_MAX ||
	    bytes.len > SCAN_REQUEST_HEAD + name_len)
		return -1;
	request_r->name = str_from_pos(bytes, SCAN_REQUEST_HEAD);
	return bytes.len == SCAN_REQUEST_HEAD + name_len;
}

void
scan_answer_put_head(size_t len, char head[SCAN_ANSWER_HEAD])
{
	memcpy(head, answer_magic, MAGIC_LEN);
	put_u32(head + MAGIC_LEN, (uint32_t)len);
}

int
scan_answer_read_head(const char head[SCAN_ANSWER_HEAD], size_t *len_r)
{
	*len_r = octets_be(head + MAGIC_LEN, 4);
	return memcmp(head, answer_magic, MAGIC_LEN) != 0 || *len_r == 0 ||
	    *len_r > SCAN_ANSWER_MAX ? -1 : 0;
}
