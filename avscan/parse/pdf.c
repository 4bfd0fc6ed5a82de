/* SPDX-License-Identifier: ISC */
/* pdf.c - PDF documents, by libqpdf: what they do, hold and link to.
 *
 * Of Debian's libraries it is the one that reads the structure alone, with
 * cross-reference streams, compressed objects and a repair of broken files, and
 * that draws nothing: no fonts, images or scripts ever run in it. It has no text
 * of pages therefore, for that takes the fonts: see pdf_text.c. Objects are read
 * in the order of their numbers, not along the tree: no tree leads in circles,
 * and what hangs nowhere is seen. Files that are attached are looked into. */
#include <qpdf/qpdf-c.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "avscan/kind.h"
#include "avscan/look.h"
#include "base/arena.h"
#include "base/vec.h"

/* Objects that are read; the deadline ends it before, as a rule. */
#define OBJECTS_MAX 200000
/* Direct objects within an object. */
#define NESTING_MAX 8

static const struct {
	const char *key;
	enum scan_mark mark;
} keys[] = {
	{ "/JS", SCAN_MARK_pdf_javascript },
	{ "/JavaScript", SCAN_MARK_pdf_javascript },
	{ "/OpenAction", SCAN_MARK_pdf_action },
	{ "/AA", SCAN_MARK_pdf_action },
	{ "/EmbeddedFile", SCAN_MARK_pdf_file },
	{ "/EF", SCAN_MARK_pdf_file },
	{ "/AcroForm", SCAN_MARK_pdf_form },
	{ "/XFA", SCAN_MARK_pdf_form },
};

/* What an action or a stream says that it is (ISO 32000-1 12.6.4). */
static const struct {
	const char *name;
	enum scan_mark mark;
} types[] = {
	{ "/JavaScript", SCAN_MARK_pdf_javascript },
	{ "/Launch", SCAN_MARK_pdf_launch },
	{ "/SubmitForm", SCAN_MARK_pdf_form },
	{ "/EmbeddedFile", SCAN_MARK_pdf_file },
};

struct reading {
	struct look *look;
	qpdf_data pdf;
	unsigned depth;		/* of the file that it is */
};

static void
add_link(struct reading *reading, qpdf_oh value)
{
	size_t len = 0;
	const char *text;

	if (!qpdf_oh_is_string(reading->pdf, value))
		return;
	text = qpdf_oh_get_binary_string_value(reading->pdf, value, &len);
	look_add_link(reading->look, str_of(text, len));
}

/* The name of a file that is attached (7.11.3), "" without. */
static struct str
name_of(struct reading *reading, qpdf_oh dict)
{
	qpdf_oh name = qpdf_oh_get_key(reading->pdf, dict, "/UF");
	size_t len = 0;
	const char *text;

	if (!qpdf_oh_is_string(reading->pdf, name))
		name = qpdf_oh_get_key(reading->pdf, dict, "/F");
	if (!qpdf_oh_is_string(reading->pdf, name))
		return STR("");
	text = qpdf_oh_get_binary_utf8_value(reading->pdf, name, &len);
	return str_copy(reading->look->arena, str_of(text, len));
}

/* Its bytes, and what lies in them. The library unpacks a stream whole; what is
 * too much for the worker's memory fails. */
static void
look_into(struct reading *reading, qpdf_oh stream, struct str name,
    struct scan_entry *entry)
{
	struct look *look = reading->look;
	unsigned char *bytes = NULL;
	struct str data;
	size_t len = 0;

	if (look_unpack_left(look) == 0) {
		look_mark(look, SCAN_MARK_limit_unpacked);
		return;
	}
	if ((qpdf_oh_get_stream_data(reading->pdf, stream,
	    qpdf_dl_specialized, NULL, &bytes, &len) & QPDF_ERRORS) != 0) {
		look_mark(look, SCAN_MARK_document_broken);
	} else {
		data = str_of((const char *)bytes, len);
		entry->kind = kind_of(data);
		entry->size = len;
		entry->has_size = true;
		if (look_unpack(look, len))
			look_at(look, data, name, reading->depth + 1);
	}
	free(bytes);
}

/* A file that is attached (7.11.4). There may be one for each system, all by one
 * name: readers take any of them. */
static void
add_files(struct reading *reading, qpdf_oh dict)
{
	static const char *const systems[] = { "/UF", "/F", "/Unix", "/Mac",
		"/DOS" };
	qpdf_oh streams = qpdf_oh_get_key(reading->pdf, dict, "/EF");
	struct str name = name_of(reading, dict);
	int last = 0;

	for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
		qpdf_oh stream = qpdf_oh_get_key(reading->pdf, streams,
		    systems[i]);
		int number = qpdf_oh_get_object_id(reading->pdf, stream);
		struct scan_entry *entry;

		if (!qpdf_oh_is_stream(reading->pdf, stream) || number == last)
			continue;
		last = number;
		entry = look_add_entry(reading->look, name,
		    reading->depth + 1);
		if (entry == NULL)
			return;
		look_into(reading, stream, name, entry);
	}
}

static void
read_key(struct reading *reading, qpdf_oh dict, const char *key)
{
	qpdf_oh value = qpdf_oh_get_key(reading->pdf, dict, key);

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(key, keys[i].key) == 0)
			look_mark(reading->look, keys[i].mark);
	if (strcmp(key, "/URI") == 0)
		add_link(reading, value);
	if (strcmp(key, "/EF") == 0)
		add_files(reading, dict);
	if (!qpdf_oh_is_name(reading->pdf, value) ||
	    (strcmp(key, "/S") != 0 && strcmp(key, "/Type") != 0))
		return;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (qpdf_oh_is_name_and_equals(reading->pdf, value,
		    types[i].name))
			look_mark(reading->look, types[i].mark);
}

/* The keys of a dictionary; there is but one walk over keys at a time, so they
 * are copied. */
static struct vec
keys_of(struct reading *reading, qpdf_oh dict)
{
	struct vec found;

	vec_init(&found, reading->look->arena, sizeof(char *));
	qpdf_oh_begin_dict_key_iter(reading->pdf, dict);
	while (qpdf_oh_dict_more_keys(reading->pdf))
		*(char **)vec_push(&found) = arena_strdup(reading->look->arena,
		    qpdf_oh_dict_next_key(reading->pdf));
	return found;
}

/* An object and what stands directly in it; what it refers to has its own
 * number. */
static void
read_object(struct reading *reading, qpdf_oh object, unsigned nesting)
{
	qpdf_data pdf = reading->pdf;
	struct vec found;

	if (nesting > NESTING_MAX)
		return;
	if (qpdf_oh_is_stream(pdf, object))
		object = qpdf_oh_get_dict(pdf, object);
	if (qpdf_oh_is_array(pdf, object)) {
		int count = qpdf_oh_get_array_n_items(pdf, object);

		for (int i = 0; i < count; i++) {
			qpdf_oh item = qpdf_oh_get_array_item(pdf, object, i);

			if (!qpdf_oh_is_indirect(pdf, item) &&
			    !qpdf_oh_is_scalar(pdf, item))
				read_object(reading, item, nesting + 1);
			qpdf_oh_release(pdf, item);
		}
	}
	if (!qpdf_oh_is_dictionary(pdf, object))
		return;
	found = keys_of(reading, object);
	for (size_t i = 0; i < found.len; i++) {
		const char *key = *(char **)vec_at(&found, i);
		qpdf_oh value = qpdf_oh_get_key(pdf, object, key);

		read_key(reading, object, key);
		if (!qpdf_oh_is_indirect(pdf, value) &&
		    !qpdf_oh_is_scalar(pdf, value))
			read_object(reading, value, nesting + 1);
	}
}

/* Its trailer says how many objects there are at most (7.5.5). */
static void
read_objects(struct reading *reading)
{
	qpdf_oh trailer = qpdf_get_trailer(reading->pdf);
	long long count = qpdf_oh_get_int_value(reading->pdf,
	    qpdf_oh_get_key(reading->pdf, trailer, "/Size"));

	if (count > OBJECTS_MAX)
		look_mark(reading->look, SCAN_MARK_limit_entries);
	for (int i = 1; i < count && i <= OBJECTS_MAX; i++) {
		read_object(reading, qpdf_get_object_by_id(reading->pdf, i, 0),
		    0);
		qpdf_oh_release_all(reading->pdf);
	}
}

static bool
fits(const struct piece *piece)
{
	return piece->kind == SCAN_KIND_pdf;
}

/* One that opens with the empty password is read as any other. */
static void
read_pdf(struct look *look, const struct piece *piece)
{
	struct reading reading = { look, qpdf_init(), piece->depth };
	QPDF_ERROR_CODE status;

	look_mark(look, SCAN_MARK_pdf);
	qpdf_silence_errors(reading.pdf);
	qpdf_set_suppress_warnings(reading.pdf, QPDF_TRUE);
	status = qpdf_read_memory(reading.pdf, "", piece->data.data,
	    piece->data.len, NULL);
	if ((status & QPDF_ERRORS) == 0) {
		if (qpdf_is_encrypted(reading.pdf))
			look_mark(look, SCAN_MARK_document_encrypted);
		read_objects(&reading);
	} else if (qpdf_get_error_code(reading.pdf, qpdf_get_error(
	    reading.pdf)) == qpdf_e_password) {
		look_mark(look, SCAN_MARK_document_encrypted);
	} else {
		look_mark(look, SCAN_MARK_pdf_broken);
	}
	qpdf_cleanup(&reading.pdf);
}

const struct parser parser_pdf = {
	.fits = fits,
	.read = read_pdf,
};
