/* SPDX-License-Identifier: ISC */
/* load_corpus.c - a directory tree, a list, or one made message. */
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "load_corpus.h"
#include "load_message.h"

static void *
must(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

/* The whole file as heap with one spare byte behind it, or NULL. */
static char *
read_file(const char *path, size_t *len_r)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	char *text;

	if (file == NULL || fstat(fileno(file), &st) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (file != NULL)
			fclose(file);
		return NULL;
	}
	text = must(malloc((size_t)st.st_size + 1));
	*len_r = fread(text, 1, (size_t)st.st_size, file);
	text[*len_r] = '\0';
	fclose(file);
	return text;
}

static int
add_file(struct load_corpus *corpus, const char *path, const char *name)
{
	struct load_message *msg;
	size_t len;
	char *text = read_file(path, &len);

	if (text == NULL)
		return -1;
	if ((corpus->count & 255) == 0)
		corpus->messages = must(realloc(corpus->messages,
		    (corpus->count + 256) * sizeof(*corpus->messages)));
	msg = &corpus->messages[corpus->count++];
	load_message_parse(text, len, msg);
	msg->name = must(strdup(name));
	corpus->bytes += msg->size;
	return 0;
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int
read_tree(const char *path, size_t limit, struct load_corpus *corpus)
{
	char *roots[] = { (char *)path, NULL };
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	int rc = tree != NULL ? 0 : -1;
	FTSENT *entry;

	while (rc == 0 && (limit == 0 || corpus->count < limit) &&
	    (entry = fts_read(tree)) != NULL) {
		const char *name = entry->fts_path + strlen(path);

		if (entry->fts_info == FTS_F)
			rc = add_file(corpus, entry->fts_path,
			    name + strspn(name, "/"));
	}
	if (tree != NULL)
		fts_close(tree);
	return rc;
}

static int
read_list(const char *path, size_t limit, struct load_corpus *corpus)
{
	const char *slash = strrchr(path, '/');
	FILE *list = fopen(path, "r");
	char line[PATH_MAX];
	int rc = 0;

	if (list == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (rc == 0 && (limit == 0 || corpus->count < limit) &&
	    fgets(line, sizeof(line), list) != NULL) {
		char full[2 * PATH_MAX];
		bool is_relative = line[0] != '/' && slash != NULL;

		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0')
			continue;
		snprintf(full, sizeof(full), "%.*s%s",
		    is_relative ? (int)(slash - path + 1) : 0, path, line);
		rc = add_file(corpus, full, line);
	}
	fclose(list);
	return rc;
}

int
load_corpus_read(const char *path, size_t limit, struct load_corpus *corpus_r)
{
	struct stat st;
	int rc;

	memset(corpus_r, 0, sizeof(*corpus_r));
	if (stat(path, &st) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	rc = S_ISDIR(st.st_mode) ? read_tree(path, limit, corpus_r) :
	    read_list(path, limit, corpus_r);
	if (rc == 0 && corpus_r->count == 0) {
		fprintf(stderr, "%s: no message\n", path);
		rc = -1;
	}
	return rc;
}

void
load_corpus_make(size_t body_len, struct load_corpus *corpus_r)
{
	static const char line[] = "The quick brown fox jumps over the lazy "
	    "dog and runs off again.\n";
	size_t size = body_len + 2048;
	char *text = must(malloc(size + 1));
	size_t len = (size_t)snprintf(text, size,
	    "From: Alice <alice@example.com>\nTo: Bob <bob@example.net>\n"
	    "Subject: load\nMessage-Id: <1@example.com>\n"
	    "Date: Mon, 2 Feb 2026 10:00:00 +0000\n");

	for (int i = 0; i < 10; i++)
		len += (size_t)snprintf(text + len, size - len,
		    "X-Filler-%d: of the length that headers have;\n"
		    "\tfolded once; number=%d\n", i, i);
	text[len++] = '\n';
	for (size_t i = 0; i < body_len; i++)
		text[len++] = line[i % (sizeof(line) - 1)];
	memset(corpus_r, 0, sizeof(*corpus_r));
	corpus_r->messages = must(calloc(1, sizeof(*corpus_r->messages)));
	corpus_r->count = 1;
	load_message_parse(text, len, corpus_r->messages);
	corpus_r->messages->name = must(strdup("made"));
	corpus_r->bytes = corpus_r->messages->size;
}

/* Searches on from where the last name was found: files keep their order. */
static struct load_message *
find_message(struct load_corpus *corpus, const char *name, size_t *hint)
{
	for (size_t i = 0; i < corpus->count; i++) {
		size_t at = (*hint + i) % corpus->count;

		if (strcmp(corpus->messages[at].name, name) == 0) {
			*hint = at;
			return &corpus->messages[at];
		}
	}
	return NULL;
}

static void
set_envelope(struct load_envelope *from, char *fields)
{
	const char **members[] = {
		&from->client_addr, &from->client_name, &from->helo,
		&from->sender, &from->recipient, &from->login,
	};
	char *field;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) &&
	    (field = strsep(&fields, "\t")) != NULL; i++) {
		if (*field != '\0')
			*members[i] = field;
	}
	if (from->sender != NULL && strcmp(from->sender, "<>") == 0)
		from->sender = "";
}

long
load_corpus_envelopes(struct load_corpus *corpus, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	size_t hint = 0;
	long named = 0;

	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (getline(&line, &size, file) > 0) {
		char *fields = line;
		struct load_message *msg;

		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		msg = find_message(corpus, strsep(&fields, "\t"), &hint);
		if (msg == NULL)
			continue;
		set_envelope(&msg->from, fields);
		corpus->envelope_lines = must(realloc(corpus->envelope_lines,
		    (corpus->envelope_count + 1) * sizeof(char *)));
		corpus->envelope_lines[corpus->envelope_count++] = line;
		line = NULL;
		size = 0;
		named++;
	}
	free(line);
	fclose(file);
	return named;
}

static const char *
or_else(const char *value, const char *fallback)
{
	return value != NULL ? value : fallback;
}

void
load_corpus_defaults(struct load_corpus *corpus,
    const struct load_envelope *fallback)
{
	for (size_t i = 0; i < corpus->count; i++) {
		struct load_envelope *from = &corpus->messages[i].from;

		from->client_addr = or_else(from->client_addr,
		    fallback->client_addr);
		from->client_name = or_else(from->client_name,
		    fallback->client_name);
		from->helo = or_else(from->helo, fallback->helo);
		from->sender = or_else(from->sender, fallback->sender);
		from->recipient = or_else(from->recipient,
		    fallback->recipient);
		from->login = or_else(from->login, fallback->login);
	}
}

void
load_corpus_done(struct load_corpus *corpus)
{
	for (size_t i = 0; i < corpus->count; i++)
		load_message_done(&corpus->messages[i]);
	for (size_t i = 0; i < corpus->envelope_count; i++)
		free(corpus->envelope_lines[i]);
	free(corpus->messages);
	free(corpus->envelope_lines);
	memset(corpus, 0, sizeof(*corpus));
}
