/* SPDX-License-Identifier: ISC */
/* directory_ann.h - for tests: a directory with Ann in it, by whom faults are
 * seen. */
#ifndef TESTS_DIRECTORY_ANN_H
#define TESTS_DIRECTORY_ANN_H

#include "directories.h"

/* Her world, as directories_do() has it, and how she reads in it. */
#define DIRECTORY_ANN_WORLD "add class staff\nadd domain example.org\n" \
	"add user ann@example.org class=staff\n"
#define DIRECTORY_ANN "user ann@example.org {\n\tclass staff;\n}\n"

/* How she reads, "none", or "trouble: why not". lab's arena. */
const char *directory_ann_read(struct directory_lab *lab,
    struct directory *directory);

/* Lines that add count more users to her domain, of 200 octets and more each,
 * numbered from first. lab's arena. */
const char *directory_ann_others(struct directory_lab *lab, int first,
    int count);

#endif
