/* SPDX-License-Identifier: ISC */
/* reader_private.h - what the files of the reader share. */
#ifndef MIME_READER_PRIVATE_H
#define MIME_READER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "mime/part.h"
#include "mime/reader.h"
#include "mime/transfer.h"

struct arena;
struct digest;
struct spool;

/* --- the multiparts that are open (reader_open.c) ---------------------------- */

/* A multipart whose parts are being read. */
struct container {
	struct mime_part *part;
	bool has_come;		/* a delimiter of it */
	bool is_closed;		/* its last one */
	bool has_guess;		/* a boundary that nobody named was taken */
	struct vec boundaries;	/* struct str, as its header names them */
};

/* One boundary of one; a container whose header names two has two of these,
 * next to each other. */
struct open {
	struct container *container;
	struct str boundary;	/* "": none was named */
	uint64_t hash;
	ptrdiff_t older;	/* the one before it in its bucket, -1 */
};

#define OPEN_BUCKETS 64
#define OPEN_LENGTHS 128

struct opens {
	struct vec stack;	/* struct open, the innermost last */
	ptrdiff_t buckets[OPEN_BUCKETS];	/* the innermost in it, -1 */
	uint32_t by_length[OPEN_LENGTHS];	/* how many there are; the last one: of
					 * that length or more */
};

void opens_init(struct opens *opens, struct arena *arena);
void opens_push(struct opens *opens, struct container *container,
    struct str boundary);
void opens_pop(struct opens *opens);
/* The innermost one; NULL: there is none. */
struct open *opens_top(const struct opens *opens);
/* The innermost with this boundary; NULL. */
struct open *opens_find(const struct opens *opens, struct str boundary);

/* --- content on its way (reader_sink.c) -------------------------------------- */

/* Where the decoded octets of the part go that is read. */
struct sink {
	struct mime_part *part;
	bool to_text;		/* into text, up to the limits */
	bool to_file;		/* into its spool and its hash */
	bool is_cut;		/* text: a limit was reached */
	struct spool *waiting;	/* into this, to be taken apart later */
	struct transfer_decoder decoder;
};

/* --- the reader -------------------------------------------------------------- */

enum reading {
	READ_HEADER,		/* of part */
	READ_BEFORE,		/* part is a container, no delimiter yet */
	READ_CONTENT,		/* of part, which has none below it */
	READ_BEHIND,		/* part is a container that was closed */
	READ_NOTHING,		/* a limit was reached, nothing more is read */
};

/* Content that is to be taken apart when all else was read. */
enum pending_as {
	AS_CONTAINER,		/* of a multipart that was encoded */
	AS_MESSAGE,		/* header and body */
	AS_TNEF,
	AS_PKCS7,
};

struct pending {
	struct mime_part *part;
	struct str content;
	enum pending_as as;
	enum transfer transfer;	/* AS_CONTAINER, AS_MESSAGE: not undone yet */
	struct vec boundaries;	/* AS_CONTAINER: struct str */
};

struct mime_reader {
	struct arena *arena;
	const struct mime_limits *limits;
	const struct spool *like;
	struct mime_message message;
	struct vec root_fields;		/* struct header, Content-* */
	struct digest *digest;		/* made when it is needed */
	bool has_begun;

	/* Where it is in the structure. */
	struct mime_part *part;
	struct container *container;	/* of part, when it is one */
	enum reading reading;
	struct opens opens;
	struct mime_part *outer;	/* whose content is taken apart; NULL:
					 * the body itself is read */
	struct vec pending;

	/* Lines (reader_line.c). */
	uint64_t at;		/* octets that were taken */
	bool is_start;		/* the next one begins a line */
	bool is_whole;		/* a line is gathered in held */
	bool is_cr;		/* the last octet was a CR */
	const char *lf;		/* the first one ahead in the chunk, or its
				 * end */
	char end[2];		/* the line end before, content if no delimiter
				 * follows */
	unsigned char end_len;
	size_t line_len;
	uint64_t line_at;	/* of a whole line */
	struct buf held;
	bool has_crlf, has_lf;

	/* The header of a part (reader_header.c). */
	struct buf head;	/* its lines, each with LF */
	size_t bad_at;		/* a line that is no field stands there */
	uint64_t bad_line_at;	/* the same in the body */
	bool has_field;
	bool was_bad;		/* the last line was such a one */
	bool has_bad;
	size_t fields_left;

	/* Content (reader_sink.c). */
	struct sink sink;
	struct buf text;
	size_t text_left, content_left;
	char *scratch;
	char *outer_scratch;	/* of content that is taken apart */

	struct buf guess;	/* a boundary that the last line may mean */
	bool has_guess;
};

/* More than octets that stand for themselves? */
static inline bool
transfer_is_coded(enum transfer transfer)
{
	return transfer >= TRANSFER_QUOTED && transfer <= TRANSFER_YENC;
}

static inline void
odd(struct mime_part *part, enum mime_oddity oddity)
{
	part->oddities |= mime_odd(oddity);
}

/* A line in a body that is longer is no delimiter. */
#define HELD_MAX ((size_t)20000)

/* --- lines (reader_line.c) ---------------------------------------------------- */

void lines_begin(struct mime_reader *reader);
void lines_feed(struct mime_reader *reader, struct str chunk);
/* No more comes. */
void lines_end(struct mime_reader *reader);
/* Take a line without its end, whatever is read. */
void lines_take(struct mime_reader *reader, struct str line, struct str end);

/* --- structure (reader_part.c) ----------------------------------------------------- */

/* A new part below, whose fields are not known yet; NULL: there are too many,
 * and nothing more is read. */
struct mime_part *reader_add_part(struct mime_reader *reader,
    struct mime_part *above, enum mime_source source);
/* Is the line, which begins with "--", a delimiter? Then it was dealt with. */
bool reader_delimiter(struct mime_reader *reader, struct str line);
/* The line behind one that may be a delimiter, by a boundary nobody named or
 * with text behind it: when it begins a header, a part begins with it. */
void reader_guess(struct mime_reader *reader, struct str line);
/* The fields of reader->part are known: its content begins. boundaries: struct
 * str, of a container. */
void reader_content(struct mime_reader *reader, const struct vec *boundaries);
/* The header of a new part below this one begins; the parts of reader->part
 * begin. */
void reader_begin_part(struct mime_reader *reader, struct mime_part *above);
void reader_begin_container(struct mime_reader *reader,
    const struct vec *boundaries);
/* No more comes: everything that is open ends. */
void reader_finish(struct mime_reader *reader);
/* Look into this when all else was read. */
void reader_later(struct mime_reader *reader, struct pending pending);

/* --- headers of parts (reader_header.c, reader_fields.c) ---------------------- */

void header_begin(struct mime_reader *reader);
void header_line(struct mime_reader *reader, struct str line);
/* No more lines: an empty one came, or (has_end false) none. */
void header_end(struct mime_reader *reader, bool has_end);
/* Set what the fields (struct header) say of the part. The boundaries go to
 * boundaries, struct str. */
void fields_read(struct arena *arena, const struct vec *fields,
    bool is_in_digest, struct mime_part *part, struct vec *boundaries);
/* Set the name of a file. */
void fields_name(struct mime_part *part, struct str name);

/* --- content (reader_sink.c, reader_text.c) ----------------------------------- */

#define SINK_SLICE ((size_t)16 * 1024)	/* decoded at a time */
void sink_begin(struct mime_reader *reader, struct mime_part *part,
    enum transfer transfer);
void sink_add(struct mime_reader *reader, struct str octets);
/* All was added. What went to the text or, else, into a spool; it lives as long as
 * the arena. */
struct str sink_end(struct mime_reader *reader);
/* The same, but nobody wants it: the text holds until the next sink_begin(). */
struct str sink_drop(struct mime_reader *reader);
/* A file found within another part, all at once. NULL: too many parts. */
struct mime_part *sink_file(struct mime_reader *reader,
    struct mime_part *above, enum mime_source source, struct str name,
    struct str content, enum transfer transfer);

/* What is in a buffer, which goes on behind it: its memory stays, uncopied. */
struct str reader_carve(struct buf *buf);

/* Is this part's content taken apart by us? */
bool reader_opens(const struct mime_part *part, enum pending_as *as_r);
/* What a text part is for its reader. */
void text_read(struct mime_reader *reader, struct mime_part *part,
    struct str octets);
/* Take uuencode, yEnc and PGP's armour out of a text: parts below it. What
 * remains. */
struct str inline_take(struct mime_reader *reader, struct mime_part *part,
    struct str text);
/* Lines end with LF from now on; in place. */
struct str text_line_ends(char *data, size_t len);
/* format=flowed as it is shown (RFC 3676 4); in place. */
struct str text_unfold(char *data, size_t len, bool has_delsp);

/* --- what others wrap (tnef.c, pkcs7.c) --------------------------------------- */

/* The parts of winmail.dat, below part. */
void tnef_read(struct mime_reader *reader, struct mime_part *part,
    struct str content);
/* S/MIME in DER or BER (RFC 8551 3.2): encrypted, or the content that is signed;
 * false: neither. */
bool pkcs7_read(struct arena *arena, struct str der, bool *is_encrypted_r,
    struct str *content_r);

#endif
