/* SPDX-License-Identifier: ISC */
/* ops.c - the table of the store's operations. */
#include "store/op.h"

#define STORE_OP(name) extern const struct store_op store_op_##name;
#include "store/ops.list"
#undef STORE_OP

const struct store_op *const store_ops[] = {
#define STORE_OP(name) &store_op_##name,
#include "store/ops.list"
#undef STORE_OP
	NULL
};

const struct store_op *
store_op_find(struct str name)
{
	for (size_t i = 0; store_ops[i] != NULL; i++)
		if (str_is(name, store_ops[i]->name))
			return store_ops[i];
	return NULL;
}
