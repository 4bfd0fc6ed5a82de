/* SPDX-License-Identifier: ISC */
/* memory_snapshot.c - the store in memory as bytes of a file.
 *
 * struct head, then of each entry struct entry_head, value and key, then a sum
 * of all bytes before. Numbers as this machine has them: on one of the other
 * byte order the version reads as another one. A file is read whole or not at
 * all: each is written beside the last one and renamed when it is complete.
 *
 * The sum is FNV-1a of 64 bits: every single changed byte shows, any other
 * damage but for one case in 2^64. It is no protection from somebody who may
 * write the file. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/memory_private.h"
#include "store/request.h"

#define SNAPSHOT_MAGIC "MRmemory"
#define SNAPSHOT_VERSION 1u
#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

struct head {
	char magic[8];
	uint32_t version;
	uint32_t reserved;
	uint64_t count;
};

struct entry_head {
	int64_t put_ms, life_ms;
	uint64_t len, key_len;
};

static uint64_t
sum_more(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * FNV_PRIME;
	return sum;
}

uint64_t
memory_snapshot_sum(struct str bytes)
{
	return sum_more(FNV_START, bytes.data, bytes.len);
}

/* --- writing -------------------------------------------------------------- */

struct writer {
	int fd;
	bool has_failed;	/* errno tells why */
	uint64_t sum;
	size_t len;
	char bytes[65536];
};

static void
flush(struct writer *writer)
{
	size_t done = 0;

	while (done < writer->len && !writer->has_failed) {
		ssize_t got = write(writer->fd, writer->bytes + done,
		    writer->len - done);

		if (got > 0)
			done += (size_t)got;
		else if (got == 0 || errno != EINTR)
			writer->has_failed = true;
	}
	writer->len = 0;
}

static void
put_bytes(struct writer *writer, const void *data, size_t len)
{
	const char *at = data;

	writer->sum = sum_more(writer->sum, data, len);
	while (len > 0 && !writer->has_failed) {
		size_t room = sizeof(writer->bytes) - writer->len;
		size_t some = len < room ? len : room;

		memcpy(writer->bytes + writer->len, at, some);
		writer->len += some;
		at += some;
		len -= some;
		if (writer->len == sizeof(writer->bytes))
			flush(writer);
	}
}

static void
put_entry(struct writer *writer, const struct memory_entry *entry)
{
	const struct entry_head head = {
		.put_ms = entry->put_ms,
		.life_ms = entry->life_ms,
		.len = entry->len,
		.key_len = entry->key_len,
	};

	put_bytes(writer, &head, sizeof(head));
	put_bytes(writer, entry->value, entry->len + entry->key_len);
}

int
memory_snapshot_write(const struct memory *memory, int fd)
{
	struct writer writer = { .fd = fd, .sum = FNV_START };
	struct head head = {
		.version = SNAPSHOT_VERSION,
		.count = memory->count,
	};
	uint64_t sum;

	memcpy(head.magic, SNAPSHOT_MAGIC, sizeof(head.magic));
	put_bytes(&writer, &head, sizeof(head));
	for (size_t i = 0; i < memory->bucket_count; i++)
		for (const struct memory_entry *entry = memory->buckets[i];
		    entry != NULL; entry = entry->next)
			put_entry(&writer, entry);
	sum = writer.sum;
	put_bytes(&writer, &sum, sizeof(sum));
	flush(&writer);
	return writer.has_failed ? -1 : 0;
}

/* --- reading -------------------------------------------------------------- */

struct read_entry {
	struct entry_head head;
	struct str value, key;
};

static bool
is_time(int64_t time_ms)
{
	return time_ms >= 0 && time_ms <= STORE_NEVER;
}

/* Take the next entry off rest. */
static bool
read_entry(struct str *rest, struct read_entry *entry)
{
	struct entry_head *head = &entry->head;

	if (rest->len < sizeof(*head))
		return false;
	memcpy(head, rest->data, sizeof(*head));
	*rest = str_from_pos(*rest, sizeof(*head));
	if (!is_time(head->put_ms) || !is_time(head->life_ms) ||
	    head->key_len > UINT32_MAX || head->len > rest->len ||
	    head->key_len > rest->len - head->len)
		return false;
	entry->value = str_sub(*rest, 0, head->len);
	entry->key = str_sub(*rest, head->len, head->key_len);
	*rest = str_from_pos(*rest, head->len + head->key_len);
	return true;
}

static bool
can_read_all(struct str rest, uint64_t count)
{
	struct read_entry entry;

	for (; count > 0; count--)
		if (!read_entry(&rest, &entry))
			return false;
	return rest.len == 0;
}

static void
restore_all(struct memory *memory, struct str rest)
{
	struct read_entry entry;

	while (read_entry(&rest, &entry)) {
		void *value = memory_restore(memory, entry.key,
		    entry.value.len, entry.head.put_ms, entry.head.life_ms);

		if (entry.value.len != 0)
			memcpy(value, entry.value.data, entry.value.len);
	}
}

/* Cut short, even within its first word, it is still ours. */
static bool
is_ours(struct str bytes)
{
	struct str magic = STR(SNAPSHOT_MAGIC);

	return str_eq(str_sub(bytes, 0, magic.len),
	    str_sub(magic, 0, bytes.len));
}

enum snapshot_state
memory_snapshot_parse(struct memory *memory, struct str bytes)
{
	struct head head;
	uint64_t sum;
	struct str body;

	if (!is_ours(bytes))
		return SNAPSHOT_FOREIGN;
	if (bytes.len < sizeof(head) + sizeof(sum))
		return SNAPSHOT_TORN;
	memcpy(&head, bytes.data, sizeof(head));
	if (head.version != SNAPSHOT_VERSION)
		return SNAPSHOT_OTHER_VERSION;
	body = str_sub(bytes, 0, bytes.len - sizeof(sum));
	memcpy(&sum, bytes.data + body.len, sizeof(sum));
	body = str_from_pos(body, sizeof(head));
	if (sum != memory_snapshot_sum(str_sub(bytes, 0,
	    bytes.len - sizeof(sum))) || !can_read_all(body, head.count))
		return SNAPSHOT_TORN;
	restore_all(memory, body);
	return SNAPSHOT_LOADED;
}
