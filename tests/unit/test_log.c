/* SPDX-License-Identifier: ISC */
/* test_log.c - one line per call, fit to print, whatever it was given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"

/* The last line that came to the sink. */
struct sink {
	int count;
	enum log_level level;
	char line[8192];
};

static void
take(void *arg, enum log_level level, const char *line)
{
	struct sink *sink = arg;

	sink->count++;
	sink->level = level;
	snprintf(sink->line, sizeof(sink->line), "%s", line);
}

static int
set_up(void **state)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	log_set_sink(take, sink);
	log_set_level(LOG_LEVEL_INFO);
	*state = sink;
	return 0;
}

static int
tear_down(void **state)
{
	log_set_sink(NULL, NULL);
	free(*state);
	return 0;
}

static void
the_context_stands_in_front(void **state)
{
	struct log_context both = { "01ARZ3NDEKTSV4RRFFQ69G5FAV", "4XyZ" };
	struct log_context queue_id = { .queue_id = "4XyZ" };
	struct sink *sink = *state;

	log_info(&both, "result=%s", "pass");
	assert_string_equal(sink->line,
	    "id=01ARZ3NDEKTSV4RRFFQ69G5FAV queue_id=4XyZ result=pass");
	log_warn(&queue_id, "x");
	assert_string_equal(sink->line, "queue_id=4XyZ x");
	assert_int_equal(sink->level, LOG_LEVEL_WARN);
	log_error(NULL, "x");
	assert_string_equal(sink->line, "x");
}

static void
lines_below_the_level_are_not_written(void **state)
{
	struct sink *sink = *state;

	log_debug(NULL, "x");
	assert_int_equal(sink->count, 0);
	assert_false(log_has_level(LOG_LEVEL_DEBUG));
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug(NULL, "x");
	assert_int_equal(sink->count, 1);
	log_set_level(LOG_LEVEL_ERROR);
	log_warn(NULL, "x");
	assert_int_equal(sink->count, 1);
}

static void
control_characters_never_reach_the_log(void **state)
{
	struct log_context context = { "a\nb", "c\033d" };
	struct sink *sink = *state;

	log_info(&context, "x\r\ny\x7f\tz");
	assert_string_equal(sink->line, "id=a?b queue_id=c?d x??y??z");
}

static void
a_long_line_is_cut(void **state)
{
	char id[300], *text = malloc(100000);
	struct log_context context = { id, id };
	struct sink *sink = *state;

	memset(id, 'i', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	memset(text, 'x', 99999);
	text[99999] = '\0';
	log_info(&context, "%s", text);
	free(text);
	assert_int_equal(strlen(sink->line), 3967);
	assert_int_equal(strchr(sink->line, ' ') - sink->line, 43);
}

static void
wire_strings_become_fit_to_print(void **state)
{
	static const struct {
		const char *sentence;
		struct str wire;
		size_t cap;
		const char *wanted;
	} cases[] = {
		{ "a plain one", STR("mx.example.org"), 100, "mx.example.org" },
		{ "an empty one", STR(""), 100, "\"\"" },
		{ "with a blank", STR("a b"), 100, "\"a b\"" },
		{ "with '='", STR("a=b"), 100, "\"a=b\"" },
		{ "with a quote", STR("a\"b"), 100, "\"a\\\"b\"" },
		{ "with a backslash", STR("a\\b"), 100, "a\\\\b" },
		{ "with a line end", STR("a\r\nid=1"), 100,
		    "\"a\\x0d\\x0aid=1\"" },
		{ "with NUL and 8 bits", STR("\0\xff"), 100, "\\x00\\xff" },
		{ "with an escape sequence", STR("\033[31m"), 100,
		    "\\x1b[31m" },
		{ "as long as the cap", STR("abcd"), 4, "abcd" },
		{ "longer than the cap", STR("abcde"), 4, "abcd…" },
		{ "quoted only for what is shown", STR("abcd e"), 4, "abcd…" },
	};
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = log_wire(arena, cases[i].wire, cases[i].cap);

		if (strcmp(got, cases[i].wanted) != 0)
			fail_msg("%s: %s", cases[i].sentence, got);
	}
	arena_free(&arena);
}

/* What a line looks like on standard error, for this JOURNAL_STREAM. */
static void
capture(const char *journal_stream, bool is_right, char *line, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char stream[64];
	struct stat st;

	log_set_sink(NULL, NULL);
	fstat(fileno(file), &st);
	snprintf(stream, sizeof(stream), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	if (is_right)
		journal_stream = stream;
	unsetenv("JOURNAL_STREAM");
	if (journal_stream != NULL)
		setenv("JOURNAL_STREAM", journal_stream, 1);
	dup2(fileno(file), STDERR_FILENO);
	log_open("prog", false);
	log_warn(NULL, "hello");
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	line[0] = '\0';
	assert_non_null(fgets(line, (int)size, file));
	fclose(file);
	unsetenv("JOURNAL_STREAM");
	log_open("mailreeve", false);
}

static void
only_the_journal_itself_gets_priorities(void **state)
{
	char line[256], wanted[64];

	(void)state;
	snprintf(wanted, sizeof(wanted), " prog[%d]: hello\n", (int)getpid());
	capture(NULL, true, line, sizeof(line));
	assert_string_equal(line, "<4>hello\n");
	/* Inherited from a service whose standard error was the journal. */
	capture("1:1", false, line, sizeof(line));
	assert_non_null(strstr(line, wanted));
	capture("nonsense", false, line, sizeof(line));
	assert_non_null(strstr(line, wanted));
	capture(NULL, false, line, sizeof(line));
	assert_non_null(strstr(line, wanted));
}

static void
a_child_tells_its_own_process(void **state)
{
	char line[256] = "", wanted[64];
	int fds[2], status;
	pid_t child;

	(void)state;
	capture(NULL, false, line, sizeof(line));
	log_set_sink(NULL, NULL);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		log_warn(NULL, "hello");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
	snprintf(wanted, sizeof(wanted), "[%d]: hello\n", (int)child);
	assert_non_null(strstr(line, wanted));
	close(fds[0]);
	close(fds[1]);
}

#define WRITERS 8
#define LINES 50

static void *
log_long_lines(void *letter)
{
	char text[5000];

	memset(text, *(char *)letter, sizeof(text));
	for (int i = 0; i < LINES; i++)
		log_warn(NULL, "%.*s", (int)sizeof(text), text);
	return NULL;
}

/* A pipe holds 64 KB: writers wait for room in the middle of it. */
static void
lines_of_many_threads_are_not_torn_by_a_pipe(void **state)
{
	int saved = dup(STDERR_FILENO), fds[2], count = 0;
	char letters[WRITERS], line[8192];
	pthread_t writers[WRITERS];
	FILE *reader;

	(void)state;
	log_set_sink(NULL, NULL);
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	for (int i = 0; i < WRITERS; i++) {
		letters[i] = (char)('A' + i);
		pthread_create(&writers[i], NULL, log_long_lines, &letters[i]);
	}
	reader = fdopen(fds[0], "r");
	for (; count < WRITERS * LINES; count++) {
		char *text;

		assert_non_null(fgets(line, sizeof(line), reader));
		text = strstr(line, "]: ");
		assert_non_null(text);
		text += 3;
		assert_true(strlen(text) > 3000);
		assert_int_equal(strspn(text, (char[]){ *text, '\0' }),
		    strlen(text) - 1);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	dup2(saved, STDERR_FILENO);
	close(saved);
	fclose(reader);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		CASE(the_context_stands_in_front),
		CASE(lines_below_the_level_are_not_written),
		CASE(control_characters_never_reach_the_log),
		CASE(a_long_line_is_cut),
		CASE(wire_strings_become_fit_to_print),
		CASE(only_the_journal_itself_gets_priorities),
		CASE(a_child_tells_its_own_process),
		CASE(lines_of_many_threads_are_not_torn_by_a_pipe),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
