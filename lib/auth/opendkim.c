/* SPDX-License-Identifier: ISC */
/* opendkim.c - libopendkim, given only what it gets right.
 *
 * The library (2.11.0 beta 2) canonicalizes headers, makes and checks
 * signatures. What it must not meet, each found by trial or in its source, is
 * kept from it here:
 * - All signatures in one handle share their fate: one whose h= is too long
 *   ends the work for all. So each has a handle of its own.
 * - When h= names more fields than the message has, it writes one pointer
 *   behind its array. A guard field that no h= can name makes room.
 * - It scans all fields for each name of h=: only those that can be chosen are
 *   handed over, the lowest n of a name that h= has n times.
 * - h= is cut at 4095 bytes; "b =" with a blank is not found; relaxed form
 *   ends at a NUL and takes VT, FF and CR for blanks; a DKIM-Signature in h=
 *   may be taken for the one that is verified. Such signatures are real in no
 *   mail; they are answered as "unable" rather than wrongly.
 * - It leaks (64 bytes and a reference to the key for each Ed25519 signature):
 *   all its memory is one arena for each call, and keys are counted.
 * - Its clock and its keys: dkim_scope.h. Its body canonicalization:
 *   dkim_body.h; the library sees no body.
 * - A simple header with Ed25519 signs what nobody verifies (its own fold of
 *   b= is hashed in one way and written in another): signing is relaxed. */
#include "auth/opendkim.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <opendkim/dkim.h>

#include "auth/dkim_key_record.h"
#include "auth/dkim_scope.h"
#include "base/arena.h"
#include "base/map.h"
#include "mail/header.h"

#define FIELDS_SIZE_MAX 4095	/* the library's DKIM_MAXHEADER - 1 */
#define KEY_TEXT_MAX 900	/* its buffer for a key record has 1024 */
#define WORK_SIZE ((size_t)32 * 1024)	/* what it takes for one signature */

/* Its name has a blank inside, which no name in h= can have. */
#define GUARD_FIELD "Mailreeve guard: x"

#define OVERSIGNED "From", "Reply-To", "Subject", "Date", "Message-ID", "To", \
	"Cc", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"

static const char *const oversigned[] = { OVERSIGNED, NULL };
static const char *const oversigned_bulk[] = { OVERSIGNED, "List-Unsubscribe",
	"List-Unsubscribe-Post", NULL };

/* The library's own state: made once, then only read. What it oversigns is a
 * property of that, so there are two. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static DKIM_LIB *plain_library, *bulk_library;

static void *
allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void
release(void *arena, void *memory)
{
	(void)arena;
	(void)memory;
}

/* What the key lookup of one verification answers. */
struct lookup {
	const struct dkim_signature *signature;
	const char *key_text;
};

static DKIM_CBSTAT
look_up_key(DKIM *dkim, DKIM_SIGINFO *info, u_char *text, size_t size)
{
	const struct lookup *lookup = dkim_get_user_context(dkim);
	const char *selector = (const char *)dkim_sig_getselector(info);
	const char *domain = (const char *)dkim_sig_getdomain(info);
	size_t len = strlen(lookup->key_text);

	/* Another DKIM-Signature that h= names is fed too: no key for that. */
	if (strcmp(selector, lookup->signature->selector) != 0 ||
	    strcasecmp(domain, lookup->signature->domain) != 0 || len >= size)
		return DKIM_CBSTAT_NOTFOUND;
	memcpy(text, lookup->key_text, len + 1);
	return DKIM_CBSTAT_CONTINUE;
}

static DKIM_LIB *
open_library(const char *const *names)
{
	DKIM_LIB *library = dkim_init(allocate, release);
	uint32_t flags = DKIM_LIBFLAGS_BADSIGHANDLES;
	uint64_t drift = 0;

	if (library == NULL ||
	    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags,
	    sizeof(flags)) != DKIM_STAT_OK ||
	    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift,
	    sizeof(drift)) != DKIM_STAT_OK ||
	    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS,
	    (void *)(uintptr_t)names, sizeof(names)) != DKIM_STAT_OK ||
	    dkim_set_key_lookup(library, look_up_key) != DKIM_STAT_OK)
		abort();
	return library;
}

static void
open_libraries(void)
{
	plain_library = open_library(oversigned);
	bulk_library = open_library(oversigned_bulk);
}

/* A field as it stands in the message: the folds, which we keep as LF, are
 * CRLF there. */
static DKIM_STAT
feed(DKIM *dkim, const struct header *header, struct buf *line)
{
	struct str rest = header->value, piece;
	bool is_first = true;

	buf_clear(line);
	buf_add_str(line, header->name);
	buf_add_char(line, ':');
	for (; str_cut(&rest, '\n', &piece); is_first = false) {
		if (!is_first)
			buf_add(line, "\r\n", 2);
		buf_add_str(line, piece);
	}
	return dkim_header(dkim, (u_char *)line->data, line->len);
}

/* --- verifying --------------------------------------------------------------- */

/* How often h= has each of its names: lower case name to size_t. */
static struct map *
count_names(struct arena *arena, const struct dkim_signature *signature)
{
	struct map *counts = map_new(arena);

	for (size_t i = 0; i < signature->name_count; i++) {
		size_t *count = map_find(counts, signature->names[i]);

		if (count == NULL) {
			count = arena_zalloc(arena, sizeof(*count));
			map_put(counts, signature->names[i], count);
		}
		++*count;
	}
	return counts;
}

static bool
has_odd_blank(struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if (memchr("\0\v\f\r", value.data[i], 4) != NULL)
			return true;
	return false;
}

/* The fields that h= chooses, lowest first: each name takes the lowest one
 * that is left (RFC 6376 5.4.2). */
static int
choose_fields(struct arena *arena, const struct header_list *headers,
    const struct header *field, const struct dkim_signature *signature,
    struct vec *chosen, const char **error_r)
{
	struct map *counts = count_names(arena, signature);
	size_t *count;

	for (size_t i = headers->fields.len; i-- > 0;) {
		const struct header *header = vec_at(&headers->fields, i);

		count = map_find(counts, str_lower(arena, header->name));
		if (header->is_ours || header == field || count == NULL ||
		    *count == 0)
			continue;
		--*count;
		*(const struct header **)vec_push(chosen) = header;
		if (signature->header_canon == DKIM_RELAXED &&
		    has_odd_blank(header->value)) {
			*error_r = "a signed field has a control character";
			return -1;
		}
	}
	count = map_find(counts, STR("dkim-signature"));
	if (count == NULL || *count == 0)
		return 0;
	*error_r = "h= names more DKIM-Signature fields than there are";
	return -1;
}

static int
feed_chosen(DKIM *dkim, struct arena *arena, const struct header *field,
    const struct vec *chosen)
{
	struct buf line;

	buf_init(&line, arena);
	if (feed(dkim, field, &line) != DKIM_STAT_OK ||
	    dkim_header(dkim, (u_char *)GUARD_FIELD, strlen(GUARD_FIELD)) !=
	    DKIM_STAT_OK)
		return -1;
	for (size_t i = chosen->len; i-- > 0;)
		if (feed(dkim, *(const struct header **)vec_at(chosen, i),
		    &line) == DKIM_STAT_NORESOURCE)
			return -1;
	return 0;
}

/* What the library found: the first signature is ours. */
static enum opendkim_answer
read_answer(DKIM *dkim, struct arena *arena, const char **error_r)
{
	DKIM_SIGINFO **infos;
	int count;

	if (dkim_eoh(dkim) != DKIM_STAT_OK ||
	    dkim_getsiglist(dkim, &infos, &count) != DKIM_STAT_OK ||
	    count < 1) {
		*error_r = "libopendkim gave up on the header";
		return OPENDKIM_UNABLE;
	}
	if ((dkim_sig_getflags(infos[0]) & DKIM_SIGFLAG_PASSED) != 0)
		return OPENDKIM_GOOD;
	if (dkim_sig_geterror(infos[0]) == DKIM_SIGERROR_BADSIG)
		return OPENDKIM_BAD;
	*error_r = arena_printf(arena, "libopendkim: %s",
	    dkim_sig_geterrorstr(dkim_sig_geterror(infos[0])));
	return OPENDKIM_UNABLE;
}

/* RSA keys come from the scope; a text that fits makes the library right even
 * if its call were not ours. Ed25519 keys it makes of the text itself. */
static const char *
key_text(struct arena *arena, const struct dkim_key_record *record)
{
	const char *text = strlen(record->public_key) <= KEY_TEXT_MAX
	    ? record->public_key : "AAAA";

	return arena_printf(arena, "k=%s; p=%s", record->type, text);
}

static enum opendkim_answer
verify(struct arena *work, const struct lookup *lookup,
    const struct header *field, const struct vec *chosen,
    struct dkim_scope *scope, struct arena *arena, const char **error_r)
{
	enum opendkim_answer answer = OPENDKIM_UNABLE;
	DKIM_STAT status;
	DKIM *dkim = dkim_verify(plain_library, (const u_char *)"mailreeve",
	    work, &status);

	*error_r = "libopendkim refused the signature";
	if (dkim == NULL)
		return OPENDKIM_UNABLE;
	dkim_scope_open(scope);
	if (dkim_set_user_context(dkim, (void *)(uintptr_t)lookup) ==
	    DKIM_STAT_OK && feed_chosen(dkim, work, field, chosen) == 0)
		answer = read_answer(dkim, arena, error_r);
	dkim_free(dkim);
	dkim_scope_close(scope);
	return answer;
}

enum opendkim_answer
opendkim_verify(struct arena *arena, const struct header_list *headers,
    const struct header *field, const struct dkim_signature *signature,
    const struct dkim_key_record *record, int64_t now_s, const char **error_r)
{
	struct arena *work = arena_new(WORK_SIZE);
	struct lookup lookup = { signature, key_text(work, record) };
	/* The times have been judged; without drift this one suits t= and x=
	 * alike, for x= is later than both. */
	struct dkim_scope scope = { .key = record->key,
		.time_s = now_s > signature->time_s ? now_s
		    : signature->time_s };
	enum opendkim_answer answer = OPENDKIM_UNABLE;
	struct vec chosen;

	pthread_once(&once, open_libraries);
	vec_init(&chosen, work, sizeof(const struct header *));
	if (strlen(signature->fields) > FIELDS_SIZE_MAX)
		*error_r = "h= is too long";
	else if (signature->is_b_spaced)
		*error_r = "blanks between b and =";
	else if (choose_fields(work, headers, field, signature, &chosen,
	    error_r) == 0)
		answer = verify(work, &lookup, field, &chosen, &scope, arena,
		    error_r);
	arena_free(&work);
	return answer;
}

/* --- signing ----------------------------------------------------------------- */

static DKIM *
new_signer(struct arena *work, const struct opendkim_order *order)
{
	DKIM_LIB *library = plain_library;
	DKIM_STAT status;

	for (size_t i = 0; i < order->field_count; i++)
		if (str_is_nocase(order->fields[i]->name, "List-Unsubscribe"))
			library = bulk_library;
	/* "-----" means PEM, which the scope answers with the key. */
	return dkim_sign(library, (const u_char *)"mailreeve", work,
	    (dkim_sigkey_t)"-----", (const u_char *)order->selector,
	    (const u_char *)order->domain, DKIM_CANON_RELAXED,
	    DKIM_CANON_RELAXED, order->algorithm == DKIM_ED25519_SHA256
	    ? DKIM_SIGN_ED25519SHA256 : DKIM_SIGN_RSASHA256, -1, &status);
}

static DKIM_STAT
run_signer(DKIM *dkim, struct arena *work, const struct opendkim_order *order,
    u_char **text_r, size_t *len_r)
{
	DKIM_STAT status = DKIM_STAT_OK;
	struct buf line;

	buf_init(&line, work);
	for (size_t i = 0; status == DKIM_STAT_OK && i < order->field_count;
	    i++)
		status = feed(dkim, order->fields[i], &line);
	if (status == DKIM_STAT_OK)
		status = dkim_eoh(dkim);
	/* The scope has the hash of the body. */
	if (status == DKIM_STAT_OK)
		status = dkim_eom(dkim, NULL);
	if (status == DKIM_STAT_OK)
		status = dkim_getsighdr_d(dkim, strlen("DKIM-Signature: "),
		    text_r, len_r);
	return status;
}

static struct str
make_value(struct arena *arena, const u_char *text, size_t len)
{
	struct buf value;

	buf_init(&value, arena);
	buf_add_char(&value, ' ');
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\r')
			buf_add_char(&value, (char)text[i]);
	return buf_str(&value);
}

static int
sign(struct arena *arena, struct arena *work,
    const struct opendkim_order *order, struct dkim_scope *scope,
    struct str *value_r, const char **error_r)
{
	DKIM *dkim = new_signer(work, order);
	DKIM_STAT status;
	const char *why;
	u_char *text;
	size_t len;

	if (dkim == NULL) {
		*error_r = "libopendkim refused domain or selector";
		return -1;
	}
	dkim_scope_open(scope);
	status = run_signer(dkim, work, order, &text, &len);
	if (status == DKIM_STAT_OK) {
		*value_r = make_value(arena, text, len);
	} else {
		why = dkim_geterror(dkim);
		*error_r = arena_printf(arena, "libopendkim: %s",
		    why != NULL ? why : dkim_getresultstr(status));
	}
	dkim_free(dkim);
	dkim_scope_close(scope);
	return status == DKIM_STAT_OK ? 0 : -1;
}

int
opendkim_sign(struct arena *arena, const struct opendkim_order *order,
    struct str *value_r, const char **error_r)
{
	struct arena *work = arena_new(WORK_SIZE);
	struct dkim_scope scope = { .key = order->key,
		.time_s = order->now_s, .body_hash = order->body_hash };
	int status;

	pthread_once(&once, open_libraries);
	status = sign(arena, work, order, &scope, value_r, error_r);
	/* For RSA the library drops its reference, for Ed25519 it forgets. */
	if (order->algorithm == DKIM_ED25519_SHA256)
		dkim_scope_drop_keys(&scope);
	arena_free(&work);
	return status;
}
