/* SPDX-License-Identifier: ISC */
/* socketmap.c - one look-up in Postfix's socketmap protocol. */
#include "policyd/socketmap.h"

#include "base/arena.h"
#include "directory/maps.h"

static const struct {
	const char *word, *text;
} statuses[SOCKETMAP_STATUSES] = {
	[SOCKETMAP_OK] = { "OK", "ok" },
	[SOCKETMAP_NOT_FOUND] = { "NOTFOUND", "not_found" },
	[SOCKETMAP_TEMP] = { "TEMP", "temp" },
	[SOCKETMAP_TIMEOUT] = { "TIMEOUT", "timeout" },
	[SOCKETMAP_PERM] = { "PERM", "perm" },
};

size_t
socketmap_len(struct str text, size_t *looked_r)
{
	struct str content;
	size_t len = 0;

	*looked_r = 0;
	switch (netstring_parse(text, SOCKETMAP_CONTENT_MAX, &content,
	    &len)) {
	case NETSTRING_WHOLE:
		return len;
	case NETSTRING_PARTIAL:
		return 0;
	case NETSTRING_BAD:
		break;
	}
	return text.len;
}

int
socketmap_parse(struct str text, struct socketmap_request *request_r)
{
	struct str content, name;
	char word[32];
	size_t len;

	*request_r = (struct socketmap_request){ .map = NULL };
	if (netstring_parse(text, SOCKETMAP_CONTENT_MAX, &content, &len) !=
	    NETSTRING_WHOLE)
		return -1;
	if (str_find(content, ' ') < 0)
		return 0;
	str_cut(&content, ' ', &name);
	if (name.len >= sizeof(word))
		return 0;
	memcpy(word, name.data, name.len);
	word[name.len] = '\0';
	request_r->map = directory_map_find(word);
	request_r->key = content;
	return 0;
}

const char *
socketmap_status_text(enum socketmap_status status)
{
	return statuses[status].text;
}

struct str
socketmap_answer(struct arena *arena, enum socketmap_status status,
    const char *text)
{
	struct buf content, out;

	buf_init(&content, arena);
	buf_printf(&content, "%s %s", statuses[status].word, text);
	buf_init(&out, arena);
	netstring_add(&out, buf_str(&content));
	return buf_str(&out);
}

int
socketmap_parse_answer(struct arena *arena, struct str content,
    enum socketmap_status *status_r, const char **text_r)
{
	struct str word;

	str_cut(&content, ' ', &word);
	for (int i = 0; i < SOCKETMAP_STATUSES; i++) {
		if (!str_is(word, statuses[i].word))
			continue;
		*status_r = (enum socketmap_status)i;
		*text_r = str_dup(arena, content);
		return 0;
	}
	return -1;
}
