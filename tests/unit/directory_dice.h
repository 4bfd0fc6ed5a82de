/* SPDX-License-Identifier: ISC */
/* directory_dice.h - for tests: random changes of the directory. */
#ifndef UNIT_DIRECTORY_DICE_H
#define UNIT_DIRECTORY_DICE_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* The same on every machine: a test that fails can be repeated. */
struct dice {
	uint64_t state;
	struct arena *arena;
};

/* 0 to sides - 1. */
size_t dice_roll(struct dice *dice, size_t sides);
/* A line for directories_do(): about one in two is refused. */
const char *dice_line(struct dice *dice);

#endif
