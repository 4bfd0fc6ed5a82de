/* SPDX-License-Identifier: ISC */
/* charge_record.c - what memory keeps of a charge under its name. */
#include "store/charge_record.h"

#include <string.h>

#include "base/arena.h"
#include "store/memory.h"
#include "store/request.h"

/* An entry: this, then of each part the next and the name of its counter. */
struct packed_record {
	int64_t is_released, expires_ms, lapse_ms;
	uint64_t part_count;
};

struct packed_part {
	int64_t end_ms, gone_ms, amount, fits_ms;
	uint64_t counter_len;
};

/* Take size bytes off rest. NULL: it has less. */
static const char *
take(struct str *rest, size_t size)
{
	const char *data = rest->data;

	if (rest->len < size)
		return NULL;
	*rest = str_from_pos(*rest, size);
	return data;
}

static bool
read_part(struct str *rest, struct arena *arena, struct charge_part *part)
{
	struct packed_part packed;
	const char *data = take(rest, sizeof(packed));

	if (data == NULL)
		return false;
	memcpy(&packed, data, sizeof(packed));
	data = take(rest, packed.counter_len);
	if (data == NULL || !request_is_kept(packed.end_ms) ||
	    !request_is_kept(packed.gone_ms) ||
	    !request_is_kept(packed.amount))
		return false;
	*part = (struct charge_part){
		.counter = str_copy(arena, str_of(data, packed.counter_len)),
		.end_ms = packed.end_ms,
		.gone_ms = packed.gone_ms,
		.amount = packed.amount,
		.fits_ms = packed.fits_ms,
	};
	return true;
}

bool
charge_record_find(struct memory *memory, struct str name, int64_t now_ms,
    struct arena *arena, struct charge_record *record_r)
{
	struct packed_record packed;
	struct str rest = { 0 };

	rest.data = memory_find(memory, name, now_ms, &rest.len);
	if (rest.data == NULL || rest.len < sizeof(packed))
		return false;
	memcpy(&packed, take(&rest, sizeof(packed)), sizeof(packed));
	if (packed.expires_ms <= now_ms ||
	    !request_is_kept(packed.expires_ms) ||
	    !request_is_kept(packed.lapse_ms) ||
	    packed.part_count > rest.len / sizeof(struct packed_part))
		return false;
	*record_r = (struct charge_record){
		.is_released = packed.is_released != 0,
		.expires_ms = packed.expires_ms,
		.lapse_ms = packed.lapse_ms,
		.parts = arena_alloc(arena, packed.part_count *
		    sizeof(*record_r->parts) + 1),
		.part_count = packed.part_count,
	};
	for (size_t i = 0; i < packed.part_count; i++)
		if (!read_part(&rest, arena, &record_r->parts[i]))
			return false;
	return true;
}

static size_t
packed_size(const struct charge_record *record)
{
	size_t size = sizeof(struct packed_record);

	for (size_t i = 0; i < record->part_count; i++)
		size += sizeof(struct packed_part) +
		    record->parts[i].counter.len;
	return size;
}

static char *
add_bytes(char *at, const void *data, size_t len)
{
	memcpy(at, data, len);
	return at + len;
}

void
charge_record_put(struct memory *memory, struct str name, int64_t now_ms,
    const struct charge_record *record)
{
	const struct packed_record packed = {
		.is_released = record->is_released,
		.expires_ms = record->expires_ms,
		.lapse_ms = record->lapse_ms,
		.part_count = record->part_count,
	};
	char *at = memory_put(memory, name, packed_size(record), now_ms,
	    record->expires_ms);

	at = add_bytes(at, &packed, sizeof(packed));
	for (size_t i = 0; i < record->part_count; i++) {
		const struct charge_part *part = &record->parts[i];
		const struct packed_part packed_part = {
			.end_ms = part->end_ms,
			.gone_ms = part->gone_ms,
			.amount = part->amount,
			.fits_ms = part->fits_ms,
			.counter_len = part->counter.len,
		};

		at = add_bytes(at, &packed_part, sizeof(packed_part));
		at = add_bytes(at, part->counter.data, part->counter.len);
	}
}
