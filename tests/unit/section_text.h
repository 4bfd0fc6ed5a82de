/* SPDX-License-Identifier: ISC */
/* section_text.h - for tests: configurations that only one section reads. */
#ifndef TESTS_SECTION_TEXT_H
#define TESTS_SECTION_TEXT_H

struct arena;
struct conf;
struct section;

/* The test fails unless it can be read. For conf_unref(). */
struct conf *section_text_read(struct arena *arena,
    const struct section *section, const char *text);

/* The test fails unless it is refused for its first line, in words that have
 * these in them. */
void section_text_refused(struct arena *arena, const struct section *section,
    const char *text, const char *words);

#endif
