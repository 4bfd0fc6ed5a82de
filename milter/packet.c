/* SPDX-License-Identifier: ISC */
/* packet.c - packets of the milter protocol that libmilter would trip over. */
#include "milter/packet.h"

#include <string.h>

#include "base/octets.h"

#define MACROS 'D'

/* libmilter reads heads whole, but for one that comes in pieces. */
static size_t
copy_head(struct packet_watch *watch, const unsigned char *data, size_t len)
{
	size_t take = sizeof(watch->head) - watch->head_len;

	if (take > len)
		take = len;
	if (take == sizeof(watch->head))
		memcpy(watch->head, data, sizeof(watch->head));
	else
		memcpy(watch->head + watch->head_len, data, take);
	watch->head_len += take;
	return take;
}

/* How much of data belongs to the head, which is complete then or not yet. */
static size_t
take_head(struct packet_watch *watch, const unsigned char *data, size_t len)
{
	size_t take = copy_head(watch, data, len);

	if (watch->head_len < sizeof(watch->head))
		return take;
	/* The length counts the command. */
	watch->left = octets_be(watch->head, 4);
	watch->left -= watch->left != 0;
	watch->nuls = 0;
	watch->has_end = true;
	return take;
}

static size_t
take_content(struct packet_watch *watch, const unsigned char *data,
    size_t len)
{
	size_t take = watch->left < len ? watch->left : len;

	watch->left -= (uint32_t)take;
	if (watch->head[4] != MACROS || take == 0)
		return take;
	for (size_t i = 0; i < take; i++)
		watch->nuls += data[i] == '\0';
	/* The command alone, without macros, is a whole packet too. */
	watch->has_end = data[take - 1] == '\0' || watch->nuls == 0;
	return take;
}

/* Macros are the command that they are for, and pairs of strings. */
static bool
is_whole(const struct packet_watch *watch)
{
	return watch->head[4] != MACROS ||
	    (watch->nuls % 2 == 0 && watch->has_end);
}

bool
packet_look(struct packet_watch *watch, const void *data, size_t len)
{
	const unsigned char *at = data;

	while (len != 0) {
		size_t taken;

		if (watch->head_len < sizeof(watch->head))
			taken = take_head(watch, at, len);
		else
			taken = take_content(watch, at, len);
		at += taken;
		len -= taken;
		if (watch->head_len < sizeof(watch->head) || watch->left != 0)
			continue;
		if (!is_whole(watch))
			return false;
		watch->head_len = 0;
	}
	return true;
}
