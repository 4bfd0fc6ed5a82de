/* SPDX-License-Identifier: ISC */
/* native_read_words.c - lists of words, in a section or a file of their own. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/utf8.h"
#include "rules/native_read.h"
#include "rules/native_read_private.h"

#define WORD_MAX 200			/* octets of one */
#define WORDS_MAX 1000000		/* of one list */
#define WORDS_FILE_MAX (32 << 20)	/* octets of one file */

const char *
native_words_option(struct arena *arena, struct str list)
{
	return arena_printf(arena, "words %.*s", STR_ARG(list));
}

const char *
native_words_exact_option(struct arena *arena, struct str list)
{
	return arena_printf(arena, "words-exact %.*s", STR_ARG(list));
}

static bool
is_utf8(struct str text)
{
	for (size_t len; text.len != 0; text = str_from_pos(text, len)) {
		len = utf8_char_len(text);
		if (len == 0)
			return false;
	}
	return true;
}

static int
add_word(struct native *native, struct native_words *words, struct str word,
    const char *place)
{
	if (word.len > WORD_MAX)
		return native_fail(native, place, "a word of more than %d "
		    "octets", WORD_MAX);
	if (!is_utf8(word))
		return native_fail(native, place, "a word is not UTF-8");
	if (words->words.len == WORDS_MAX)
		return native_fail(native, place, "more than %d words in one "
		    "list", WORDS_MAX);
	*(struct str *)vec_push(&words->words) = word;
	return 0;
}

/* One word or phrase in a line; '#' begins a comment. */
static int
add_lines(struct native *native, struct native_words *words, const char *path,
    struct str text)
{
	struct str line, word;

	for (size_t number = 1; str_cut(&text, '\n', &line); number++) {
		word = line;
		if (str_find(line, '#') >= 0)
			word.len = (size_t)str_find(line, '#');
		word = str_trim(word);
		if (word.len != 0 && add_word(native, words, word,
		    arena_printf(native->arena, "%s:%zu:1", path, number)) < 0)
			return -1;
	}
	return 0;
}

static const char *
read_fd(struct native *native, int fd, struct str *text_r)
{
	struct stat st;
	size_t size, len = 0;
	char *data;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_size > WORDS_FILE_MAX)
		return "larger than 32 MB";
	size = (size_t)st.st_size;
	data = arena_alloc(native->arena, size);
	while (len < size) {
		ssize_t got = read(fd, data + len, size - len);

		if (got < 0 && errno != EINTR)
			return strerror(errno);
		if (got == 0)
			break;
		len += got < 0 ? 0 : (size_t)got;
	}
	*text_r = str_of(data, len);
	return NULL;
}

static int
add_file(struct native *native, struct native_words *words,
    const struct conf_line *line, const char *path)
{
	/* Without O_NONBLOCK a FIFO would stop us here. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *reason = strerror(errno);
	struct str text = { "", 0 };

	if (fd >= 0) {
		reason = read_fd(native, fd, &text);
		close(fd);
	}
	if (reason != NULL)
		return native_fail(native, line->place, "cannot read '%s': %s",
		    path, reason);
	return add_lines(native, words, path, text);
}

static int
read_match(struct native *native, struct native_words *words,
    const struct conf_line *line)
{
	static const char *const known[] = { "folded", "exact", NULL };

	if (native_check_count(native, line, 1, 1) < 0)
		return -1;
	words->has_match = true;
	words->is_exact = strcmp(line->words[1], "exact") == 0;
	if (!words->is_exact && strcmp(line->words[1], "folded") != 0)
		return native_refuse(native, line->place, "way to match",
		    line->words[1], known);
	return 0;
}

static int
read_option(struct native *native, struct native_words *words,
    const struct conf_line *line)
{
	static const char *const known[] = { "match", "word", "file", NULL };
	const char *key = line->words[0];
	bool is_file = strcmp(key, "file") == 0;

	if (strcmp(key, "match") == 0)
		return read_match(native, words, line);
	if (!is_file && strcmp(key, "word") != 0)
		return native_refuse(native, line->place, "option", key,
		    known);
	if (native_check_count(native, line, 1, SIZE_MAX) < 0)
		return -1;
	for (size_t i = 1; i < line->count; i++)
		if ((is_file ? add_file(native, words, line, line->words[i]) :
		    add_word(native, words, str_from(line->words[i]),
		    line->place)) < 0)
			return -1;
	return 0;
}

int
native_read_words(struct native *native, const struct conf_plain *section)
{
	struct str name = str_from(section->head.words[1]);
	struct native_words *words = map_find(native->words_by_name, name);

	if (words == NULL) {
		words = arena_zalloc(native->arena, sizeof(*words));
		words->name = name;
		words->place = section->head.place;
		vec_init(&words->words, native->arena, sizeof(struct str));
		map_put(native->words_by_name, name, words);
		*(struct native_words **)vec_push(&native->words) = words;
	}
	for (size_t i = 0; i < section->option_count; i++)
		if (read_option(native, words, &section->options[i]) < 0)
			return -1;
	return 0;
}

static bool
has_list(struct native *native, struct str name)
{
	return map_find(native->words_by_name, name) != NULL ||
	    draft_lines(native->draft, native_words_option(native->arena,
	    name))->len != 0;
}

static int
refuse_list(struct native *native, const struct native_test *test,
    struct str name)
{
	const char **known = arena_zalloc(native->arena,
	    (native->words.len + 1) * sizeof(*known));

	for (size_t i = 0; i < native->words.len; i++)
		known[i] = str_dup(native->arena, (*(struct native_words **)
		    vec_at(&native->words, i))->name);
	return native_refuse(native, arena_printf(native->arena, "%s:%zu:1",
	    test->origin.file, test->origin.line), "list of words",
	    str_dup(native->arena, name), known);
}

static int
check_test(struct native *native, const struct native_test *test)
{
	struct str list;

	if (test->test.kind != DRAFT_CALL || !str_is(test->test.call, "words"))
		return 0;
	if (test->test.args.len == 0)
		return native_fail(native, arena_printf(native->arena,
		    "%s:%zu:1", test->origin.file, test->origin.line),
		    "'words' wants the name of a list");
	list = *(struct str *)vec_at(&test->test.args, 0);
	return has_list(native, list) ? 0 : refuse_list(native, test, list);
}

int
native_check_words(struct native *native)
{
	for (size_t i = 0; i < native->rules.len; i++) {
		const struct native_rule *rule = *(struct native_rule **)
		    vec_at(&native->rules, i);

		for (size_t t = 0; t < rule->tests.len; t++)
			if (check_test(native, vec_at(&rule->tests, t)) < 0)
				return -1;
	}
	return 0;
}
