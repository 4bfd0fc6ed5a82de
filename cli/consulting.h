/* SPDX-License-Identifier: ISC */
/* consulting.h - the directory as a daemon asks it, for commands that judge as
 * one does. */
#ifndef CLI_CONSULTING_H
#define CLI_CONSULTING_H

struct arena;
struct conf;
struct lists;
struct policies;
struct served_directory;

/* All NULL where the configuration names no directory. */
struct consulting {
	struct served_directory *directory;
	struct policies *policies;	/* of that */
	struct lists *lists;		/* as they stand now */
};

/* Open the directory of conf, which must live as long, and read its lists, for
 * which it waits as long as a statement may take. Extensions of local parts
 * begin with delimiter (0: none). -1 with the reason, which says what to do:
 * nothing is open then. */
int consulting_begin(struct consulting *consulting, const struct conf *conf,
    char delimiter, struct arena *arena, const char **error_r);
/* What is NULL is passed over. */
void consulting_end(struct consulting *consulting);

#endif
