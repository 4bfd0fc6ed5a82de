/* SPDX-License-Identifier: ISC */
/* fixture.c - for tests: what the tests of many files begin and end with. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "mail/header.h"

int
fixture_arena_setup(void **state)
{
	*state = arena_new(0);
	return 0;
}

int
fixture_arena_teardown(void **state)
{
	struct arena *arena = *state;

	arena_free(&arena);
	return 0;
}

/* Threads of the code under test log as well, where cmocka cannot fail. */
void
fixture_log_is_silent(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	fprintf(stderr, "logged: %s\n", line);
	abort();
}

void
fixture_log_is_dropped(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
}

void
fixture_log_is_counted(void *arg, enum log_level level, const char *line)
{
	atomic_uint *lines = arg;

	(void)level;
	(void)line;
	atomic_fetch_add(lines, 1);
}

int64_t
fixture_cpu_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

struct str
fixture_repeat(struct arena *arena, const char *text, size_t count)
{
	struct buf buf;

	buf_init(&buf, arena);
	for (size_t i = 0; i < count; i++)
		buf_add_text(&buf, text);
	return buf_str(&buf);
}

void
fixture_add_fields(struct header_list *headers, const char *fields, char end)
{
	struct str rest = str_from(fields), field, name;

	while (rest.len != 0 && str_cut(&rest, end, &field)) {
		str_cut(&field, ':', &name);
		assert_non_null(field.data);
		header_list_add(headers, name, field);
	}
}

static void
add_record(struct buf *text, const struct dns_record *record,
    enum dns_type type)
{
	buf_add_char(text, ' ');
	if (type == DNS_MX)
		buf_printf(text, "%u:", record->preference);
	if (type != DNS_A && type != DNS_AAAA) {
		buf_add_str(text, record->data);
		return;
	}
	for (size_t i = 0; i < record->data.len; i++)
		buf_printf(text, "%02x", (unsigned char)record->data.data[i]);
}

const char *
fixture_answer_text(struct arena *arena, const struct dns_answer *answer,
    enum dns_type type)
{
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, dns_status_text(answer->status));
	for (size_t i = 0; i < answer->count; i++)
		add_record(&text, &answer->records[i], type);
	return text.data;
}
