/* SPDX-License-Identifier: ISC */
/* roff.h - texts as mandoc reads them. */
#ifndef CLI_ROFF_H
#define CLI_ROFF_H

struct buf;

/* A text as lines that no macro can be read into, each sentence on its own. */
void roff_text(struct buf *out, const char *text);
/* A text as one argument of a macro. */
void roff_argument(struct buf *out, const char *text);

#endif
