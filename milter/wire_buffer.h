/* SPDX-License-Identifier: ISC */
/* wire_buffer.h - buffers that busy connections use and resting ones do not. */
#ifndef MILTER_WIRE_BUFFER_H
#define MILTER_WIRE_BUFFER_H

#define WIRE_BUFFER_SIZE (16 * 1024)

/* A buffer of WIRE_BUFFER_SIZE bytes on pages of its own, as the one before
 * left it. Never NULL. Any thread. */
char *wire_buffer_take(void);

/* Give it back; NULL is allowed. A few are kept for the next connection, the
 * others go back to the system. Any thread. */
void wire_buffer_give(char *buffer);

#endif
