/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pdf_text.c - what people read on the pages of a PDF document, by Poppler.
 *
 * Letters stand in a PDF by their numbers in fonts, in the order in which they
 * are painted: what a reader sees takes encodings, tables of the fonts, places
 * and directions. Poppler knows them all, and is what many people read PDF with;
 * it draws nothing here and follows no link. A page costs it about a
 * millisecond, and the zygote 6 ms and 4 MB once. What it cannot stand, or takes
 * too long for, costs the text alone: it comes last.
 *
 * Poppler may be linked under the GPL alone, and so may this file and the program
 * that it is part of (see README). */
#include <poppler.h>

#include "avscan/look.h"
#include "base/clock.h"
#include "mail/public_suffix.h"

/* Fonts that lie in no PDF have their letters in tables of files, of which
 * Poppler keeps four at a time. A worker opens none: a page that asks for each is
 * read beforehand. Without the tables such text is missing, no more. */
#define FONT(number, order, encoding) \
	number " 0 obj<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/" encoding \
	"/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/A" \
	"/CIDSystemInfo<</Registry(Adobe)/Ordering(" order ")/Supplement 0>>" \
	"/FontDescriptor<</Type/FontDescriptor/FontName/A/Flags 4>>>>]>>endobj\n"
static const char asking_for_tables[] = "%PDF-1.4\n"
    "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 8 0 R"
    "/Resources<</Font<</A 4 0 R/B 5 0 R/C 6 0 R/D 7 0 R>>>>>>endobj\n"
    FONT("4", "GB1", "UniGB-UCS2-H")
    FONT("5", "Japan1", "UniJIS-UCS2-H")
    FONT("6", "CNS1", "UniCNS-UCS2-H")
    FONT("7", "Korea1", "UniKS-UCS2-H")
    "8 0 obj<</Length 85>>stream\n"
    "BT 9 9 Td /A 9 Tf <4e2d> Tj /B 9 Tf <4e2d> Tj /C 9 Tf <4e2d> Tj "
    "/D 9 Tf <4e2d> Tj ET\n"
    "endstream endobj\n"
    "trailer<</Root 1 0 R/Size 9>>\n";

/* false: there is no more to read. */
static bool
read_page(struct look *look, PopplerDocument *document, int number)
{
	PopplerPage *page = poppler_document_get_page(document, number);
	char *text = page == NULL ? NULL : poppler_page_get_text(page);
	bool goes_on = text == NULL || look_add_text(look, str_from(text));

	g_free(text);
	g_clear_object(&page);
	return goes_on;
}

/* One page may take longer than there is time: that is the worker's to end. */
static void
read_pages(struct look *look, PopplerDocument *document)
{
	int count = poppler_document_get_n_pages(document);
	bool goes_on = true;

	for (int i = 0; i < count && goes_on; i++) {
		if (clock_steady_ms() > look->last_end_ms) {
			look_mark(look, SCAN_MARK_limit_text);
			break;
		}
		goes_on = read_page(look, document, i);
	}
}

/* NULL: it cannot be read, or only with a password. */
static PopplerDocument *
open_document(struct str data)
{
	GBytes *bytes = g_bytes_new_static(data.data, data.len);
	PopplerDocument *document = poppler_document_new_from_bytes(bytes,
	    NULL, NULL);

	g_bytes_unref(bytes);
	return document;
}

static const char *
prepare(void)
{
	PopplerDocument *document = open_document(
	    str_from(asking_for_tables));
	PopplerPage *page = document == NULL ? NULL
	    : poppler_document_get_page(document, 0);

	if (page == NULL)
		return "Poppler does not read PDF documents";
	/* It stays open: the tables would go with the last document. */
	g_free(poppler_page_get_text(page));
	g_object_unref(page);
	/* The list by which links are known in a text. */
	public_suffix_is(STR("test"));
	return NULL;
}

static bool
fits(const struct piece *piece)
{
	return piece->kind == SCAN_KIND_pdf;
}

/* What is broken or encrypted is told by who reads the structure. */
static void
read_pdf_text(struct look *look, const struct piece *piece)
{
	PopplerDocument *document = open_document(piece->data);

	if (document == NULL)
		return;
	read_pages(look, document);
	g_object_unref(document);
}

const struct parser parser_pdf_text = {
	.prepare = prepare,
	.fits = fits,
	.read_last = read_pdf_text,
};
