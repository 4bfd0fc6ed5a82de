/* SPDX-License-Identifier: ISC */
/* sa_pdf.h - what stands in the clear in a message's PDF files, line by line, as
 * SpamAssassin reads them (Plugin/PDFInfo.pm). */
#ifndef RULES_CALL_SA_PDF_H
#define RULES_CALL_SA_PDF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"
#include "mime/digest.h"

struct view;

/* The things that a file says of itself. */
enum sa_pdf_detail {
	SA_PDF_AUTHOR,
	SA_PDF_CREATOR,
	SA_PDF_CREATED,
	SA_PDF_MODIFIED,
	SA_PDF_PRODUCER,
	SA_PDF_TITLE,
	SA_PDF_DETAILS
};

struct sa_pdf_said {
	enum sa_pdf_detail detail;
	struct str text;
};

/* Of an image, or of all images of a file together. */
struct sa_pdf_size {
	double height, width;
};

/* An MD5: of a whole file, or of what files of one origin share. */
struct sa_pdf_digest {
	bool is_fuzzy;
	char hex[DIGEST_MD5_SIZE];
};

/* All PDF files of a message. */
struct sa_pdf {
	size_t files, images;
	double area;		/* of the last file with images; 0: none */
	bool is_encrypted;
	struct vec names;	/* struct str */
	struct vec said;	/* struct sa_pdf_said */
	struct vec sizes;	/* struct sa_pdf_size */
	struct vec digests;	/* struct sa_pdf_digest */
};

/* Read at the first call (sa_pdf_read.c). */
const struct sa_pdf *sa_pdf(struct view *view);

#endif
