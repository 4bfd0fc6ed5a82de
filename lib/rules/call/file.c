/* SPDX-License-Identifier: ISC */
/* file.c - what the scanner found in the files of a message. */
#include "rules/call.h"

#include "base/vec.h"
#include "mail/txn.h"
#include "rules/call_args.h"
#include "rules/view.h"
#include "scan/answer.h"

static const char *const marks[] = {
#define SCAN_MARK(name, words) #name,
#include "scan/marks.list"
#undef SCAN_MARK
	NULL
};

static int
files_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	return call_prepare_set(setup, marks, prepared_r, error_r);
}

/* How many files have one of these marks. */
static double
files_run(struct view *view, const void *prepared)
{
	const struct vec *files = &view->txn->files;
	size_t count = 0;

	for (size_t i = 0; i < files->len; i++) {
		const struct scanned_file *file = vec_at(files, i);

		count += (file->answer->marks &
		    *(const uint64_t *)prepared) != 0;
	}
	return (double)count;
}

/* How many could not be read. */
static double
files_unread_run(struct view *view, const void *prepared)
{
	const struct vec *files = &view->txn->files;
	size_t count = 0;

	(void)prepared;
	for (size_t i = 0; i < files->len; i++)
		count += ((struct scanned_file *)vec_at(files, i))->answer->
		    unread != SCAN_READ;
	return (double)count;
}

const struct call call_files = {
	.name = "files",
	.prepare = files_prepare,
	.run = files_run,
};

const struct call call_files_unread = {
	.name = "files_unread",
	.run = files_unread_run,
};
