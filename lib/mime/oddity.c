/* SPDX-License-Identifier: ISC */
/* oddity.c - the table of oddities. */
#include "mime/oddity.h"

static const struct {
	const char *name, *words;
} oddities[] = {
#define ODDITY(name, words) { #name, words },
#include "mime/oddities.list"
#undef ODDITY
};

const char *
mime_oddity_name(enum mime_oddity oddity)
{
	return oddities[oddity].name;
}

const char *
mime_oddity_words(enum mime_oddity oddity)
{
	return oddities[oddity].words;
}
