/* SPDX-License-Identifier: ISC */
/* files.c - what lies in the files of a message: the sandboxed workers of
 * mailreeve-avscan are asked. */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "mail/spool.h"
#include "milter/check.h"
#include "milter/check/objection.h"
#include "mime/part.h"
#include "scan/scanner.h"

/*
 * Archives and documents are formats of others, read by libraries of others, and
 * what strangers send is made to break those: so they run in processes that can
 * do nothing but answer (DESIGN 5.12). All files are asked about at once, when
 * the message is complete. "Not read" is a finding of its own and never means
 * that a file is clean; on_unread says what becomes of such a message, on_error
 * what becomes of it when the daemon does not answer at all.
 *
 * The answers stay in the transaction (txn.files) for who judges by them.
 */

struct files_settings {
	struct check_common common;
	const char *socket;
	int64_t timeout_ms;
	int64_t max_files;
	int on_unread;		/* enum objection */
};

/* Those asked about, struct scan_question * by the part. */
struct asking {
	struct vec files;	/* struct asked */
	size_t left_out;	/* beyond max_files */
};

struct asked {
	const struct mime_part *part;
	struct scan_question *question;
};

static void
drop(void *arg)
{
	struct scan_question *question = arg;

	scan_question_drop(&question);
}

/* What a part holds, for who must not change it: its file when it has one, else
 * a copy. -1 with errno: no descriptor, or the disk is full. */
static int
open_content(const struct mime_part *part)
{
	int fd = spool_open_reader(part->content);
	struct str data;

	if (fd < 0 && spool_data(part->content, &data) == 0)
		fd = scan_file_of(data);
	return fd;
}

/* 0, or -1 with the reason. */
static int
ask_part(struct check_run *run, struct asking *asking,
    const struct mime_part *part, const char **error_r)
{
	const struct files_settings *settings = run->settings;
	struct arena *arena = run->txn->arena;
	int fd = open_content(part);
	struct asked *asked;

	if (fd < 0) {
		*error_r = arena_printf(arena, "a file could not be handed "
		    "over: %s", strerror(errno));
		return -1;
	}
	asked = vec_push(&asking->files);
	asked->part = part;
	asked->question = scan_ask(run->asker, settings->socket, fd,
	    part->name, (int)settings->timeout_ms, run->wait);
	arena_on_free(arena, drop, asked->question);
	return 0;
}

static struct asking *
ask_all(struct check_run *run, const char **error_r)
{
	const struct files_settings *settings = run->settings;
	struct asking *asking = arena_zalloc(run->txn->arena, sizeof(*asking));

	vec_init(&asking->files, run->txn->arena, sizeof(struct asked));
	for (const struct mime_part *part = run->txn->mime->root; part != NULL;
	    part = mime_part_after(part)) {
		if (part->content == NULL || part->size == 0)
			continue;
		if (asking->files.len == (size_t)settings->max_files)
			asking->left_out++;
		else if (ask_part(run, asking, part, error_r) < 0)
			return NULL;
	}
	return asking;
}

static bool
has_all(const struct asking *asking)
{
	for (size_t i = 0; i < asking->files.len; i++) {
		const struct asked *asked = vec_at(&asking->files, i);

		if (scan_question_answer(asked->question) == NULL)
			return false;
	}
	return true;
}

/* --- what they say ------------------------------------------------------------ */

/* "\"invoice.doc\" (part 3)". */
static const char *
name_of(struct arena *arena, const struct mime_part *part)
{
	if (part->name.len == 0)
		return arena_printf(arena, "part %u", part->number);
	return arena_printf(arena, "\"%.*s\" (part %u)", STR_ARG(part->name),
	    part->number);
}

static void
add_read(struct check_run *run, const struct mime_part *part,
    const struct scan_answer *answer)
{
	struct arena *arena = run->txn->arena;
	struct buf words;

	buf_init(&words, arena);
	buf_printf(&words, "%s: %.*s", name_of(arena, part),
	    STR_ARG(answer->type));
	if (answer->entries.len > 0)
		buf_printf(&words, ", %zu %s in it", answer->entries.len,
		    answer->entries.len == 1 ? "entry" : "entries");
	if (answer->links.len > 0)
		buf_printf(&words, ", %zu %s", answer->links.len,
		    answer->links.len == 1 ? "link" : "links");
	if (answer->text.len > 0)
		buf_printf(&words, ", %zu bytes of text", answer->text.len);
	for (int i = 0; i < SCAN_MARK_COUNT; i++)
		if (scan_has(answer->marks, i))
			buf_printf(&words, ", %s", scan_mark_name(i));
	findings_add(run->findings, run->name, RESULT_NEUTRAL, words.data);
}

static void
add_unread(struct check_run *run, const char *reason)
{
	static const struct reply reply = { 550, "5.7.1",
		"a file in the message could not be examined" };
	const struct files_settings *settings = run->settings;

	objection_raise(findings_add(run->findings, run->name, RESULT_POLICY,
	    reason), settings->on_unread, &reply);
}

/* The daemon is not there for any of them: the check could not run. */
static bool
is_away(const struct asking *asking)
{
	for (size_t i = 0; i < asking->files.len; i++) {
		const struct asked *asked = vec_at(&asking->files, i);

		if (scan_question_answer(asked->question)->unread !=
		    SCAN_UNREAD_away)
			return false;
	}
	return asking->files.len > 0;
}

static enum check_status
conclude(struct check_run *run, const struct asking *asking,
    const char **error_r)
{
	const struct files_settings *settings = run->settings;
	struct arena *arena = run->txn->arena;

	if (is_away(asking)) {
		*error_r = arena_printf(arena, "mailreeve-avscan does not "
		    "answer at %s", settings->socket);
		return CHECK_FAILED;
	}
	for (size_t i = 0; i < asking->files.len; i++) {
		const struct asked *asked = vec_at(&asking->files, i);
		const struct scan_answer *answer =
		    scan_question_answer(asked->question);

		*(struct scanned_file *)vec_push(&run->txn->files) =
		    (struct scanned_file){ asked->part, answer };
		if (answer->unread == SCAN_READ)
			add_read(run, asked->part, answer);
		else
			add_unread(run, arena_printf(arena, "%s was not read: "
			    "%s", name_of(arena, asked->part),
			    scan_unread_words(answer->unread)));
	}
	if (asking->left_out > 0)
		add_unread(run, arena_printf(arena, "%zu %s beyond max_files "
		    "%s not read", asking->left_out,
		    asking->left_out == 1 ? "file" : "files",
		    asking->left_out == 1 ? "was" : "were"));
	return CHECK_DONE;
}

static enum check_status
files_run(struct check_run *run, const char **error_r)
{
	if (run->asker == NULL)
		return CHECK_DONE;
	if (run->state == NULL)
		run->state = ask_all(run, error_r);
	if (run->state == NULL)
		return CHECK_FAILED;
	return has_all(run->state) ? conclude(run, run->state, error_r) :
	    CHECK_WAIT;
}

static const struct setting rows[] = {
	SETTING_BOOL_ROW("enabled", struct files_settings, common.enabled,
	    "no", "Run this check. It needs mailreeve-avscan."),
	SETTING_BOOL_ROW("dry_run", struct files_settings, common.dry_run,
	    "no", "Run it, show and count what it finds, but let it decide "
	    "nothing."),
	SETTING_WORD_ROW("on_error", struct files_settings, common.on_error,
	    on_error_words, "defer",
	    "What happens to the message when mailreeve-avscan does not "
	    "answer."),
	SETTING_TEXT_ROW("socket", struct files_settings, socket,
	    "/run/mailreeve/avscan.sock",
	    "Where mailreeve-avscan listens: avscan.socket."),
	SETTING_DURATION_ROW("timeout", struct files_settings, timeout_ms,
	    "6s", 10, 600000, "A file is waited for so long; then it was not "
	    "read. Less than milter.deadline."),
	SETTING_INT_ROW("max_files", struct files_settings, max_files, "100",
	    1, 10000, "So many files of a message are read; what comes behind "
	    "them is not."),
	SETTING_WORD_ROW("on_unread", struct files_settings, on_unread,
	    objection_words, "accept",
	    "What happens to a message with a file that could not be read: it "
	    "is too large, took too long, or broke its worker."),
};

static const struct section section = {
	.name = "check",
	.label = "files",
	.help = "What lies in the files of the message: real types, archives "
	    "with what they hold, documents with macros, scripts, links. "
	    "Sandboxed workers of mailreeve-avscan read them.",
	.size = sizeof(struct files_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_files = {
	.name = "files",
	.first_stage = STAGE_MESSAGE,
	.wants_body = true,
	.wants_mime = true,
	.wants_files = true,
	.section = &section,
	.run = files_run,
};
