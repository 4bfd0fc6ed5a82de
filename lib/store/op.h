/* SPDX-License-Identifier: ISC */
/* op.h - what a store operation is: one Lua file, one C file that ends in one
 * of these, one row in ops.list. */
#ifndef STORE_OP_H
#define STORE_OP_H

#include "store/store.h"

struct memory;		/* memory.h */
struct vec;

struct store_op {
	const char *name;	/* "charge" */
	/* For Redis: the text of NAME.lua. KEYS and ARGV are the request's; it
	 * returns an array of strings and integers. Server versions from 6 on,
	 * Valkey too: no call that these lack. */
	const char *lua;
	size_t lua_len;
	/* The same for memory: adds struct str to values, their bytes in the
	 * vec's arena. -1 with the reason: the request is none of ours. */
	int (*run)(struct memory *memory, const struct store_request *request,
	    struct vec *values, const char **error_r);
};

/* All of ops.list; ends with NULL. */
extern const struct store_op *const store_ops[];

/* NULL: none has this name. */
const struct store_op *store_op_find(struct str name);

#endif
