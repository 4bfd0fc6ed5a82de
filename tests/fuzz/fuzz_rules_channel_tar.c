/* SPDX-License-Identifier: ISC */
/* fuzz_rules_channel_tar.c - archives of channels: whatever is in one, what comes
 * out are plain files. */
#include <string.h>

#include "fuzz.h"
#include "rules/channel.h"

#define BLOCK ((size_t)512)

static void
check_name(struct str name)
{
	must(name.len > 0 && name.len <= 100 && name.data[0] != '.' &&
	    name.data[0] != '-');
	for (size_t i = 0; i < name.len; i++)
		must(char_is_alnum(name.data[i]) ||
		    strchr("_.+-", name.data[i]) != NULL);
}

/* Headers with a sum that is right: no input finds one by chance. */
static void
set_sums(char *data, size_t size)
{
	for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
		unsigned sum = 8 * ' ';
		bool is_header = memcmp(data + at + 257, "ustar", 5) == 0;

		for (size_t i = 0; i < BLOCK; i++)
			if (i < 148 || i >= 156)
				sum += (unsigned char)data[at + i];
		for (int i = 5; is_header && i >= 0; i--, sum /= 8)
			data[at + 148 + (size_t)i] = (char)('0' + sum % 8);
		if (is_header)
			memcpy(data + at + 154, "\0 ", 2);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	struct channel_tar tar;
	struct str name, content;
	const char *error = NULL;
	size_t all = 0;
	int result;

	must(copy != NULL);
	if (size != 0)
		memcpy(copy, data, size);
	set_sums(copy, size);
	tar = (struct channel_tar){ .rest = { copy, size } };
	while ((result = channel_tar_next(&tar, &name, &content,
	    &error)) > 0) {
		check_name(name);
		must(content.data >= copy &&
		    content.data + content.len <= copy + size);
		all += BLOCK + content.len;
		must(all <= size);
	}
	must(result == 0 || (error != NULL && *error != '\0'));
	free(copy);
	return 0;
}
