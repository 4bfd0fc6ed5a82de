/* SPDX-License-Identifier: ISC */
/* answer_private.h - what writer and reader of answers agree on. */
#ifndef SCAN_ANSWER_PRIVATE_H
#define SCAN_ANSWER_PRIVATE_H

#define ANSWER_VERSION 1

/* The flags of an entry. */
enum answer_flag {
	ANSWER_HAS_SIZE = 1,
	ANSWER_IS_ENCRYPTED = 2,
	ANSWER_IS_DIRECTORY = 4,
	ANSWER_FLAGS = 7,
};

#endif
