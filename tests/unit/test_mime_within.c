/* SPDX-License-Identifier: ISC */
/* test_mime_within.c - what stands within contents: winmail.dat ([MS-OXTNEF]),
 * S/MIME (RFC 8551), and others' samples of files that must be found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/message.h"
#include "mail/spool.h"
#include "mime/part.h"
#include "mime/reader.h"
#include "mime_oracle.h"
#include "mime_tree.h"

/* --- what is built ----------------------------------------------------------------- */

static void
add_number(struct buf *out, uint32_t number, size_t octets)
{
	for (; octets != 0; octets--, number >>= 8)
		buf_add_char(out, (char)(number & 0xff));
}

static void
add_attribute(struct buf *out, int level, uint32_t id, struct str data)
{
	buf_add_char(out, (char)level);
	add_number(out, id, 4);
	add_number(out, (uint32_t)data.len, 4);
	buf_add_str(out, data);
	add_number(out, 0, 2);
}

static void
add_property(struct buf *out, unsigned type, unsigned id, struct str value)
{
	add_number(out, type, 2);
	add_number(out, id, 2);
	add_number(out, 1, 4);
	add_number(out, (uint32_t)value.len, 4);
	buf_add_str(out, value);
	for (size_t i = value.len; i % 4 != 0; i++)
		buf_add_char(out, '\0');
}

static void
begin_tnef(struct buf *out)
{
	add_number(out, 0x223e9f78, 4);
	add_number(out, 1, 2);
}

/* An attachment by attributes, one by properties, a body. */
static struct str
build_tnef(struct arena *arena)
{
	struct buf out, props;

	buf_init(&out, arena);
	begin_tnef(&out);
	add_attribute(&out, 1, 0x0002800c, STR("Hello\r\n\0"));
	add_attribute(&out, 2, 0x00069002, STR("12345678901234"));
	add_attribute(&out, 2, 0x00018010, STR("SHORT~1.TXT\0"));
	add_attribute(&out, 2, 0x0006800f, STR("One"));
	buf_init(&props, arena);
	add_number(&props, 3, 4);
	add_property(&props, 0x1e, 0x3707, STR("a long name.txt\0"));
	add_property(&props, 0x1e, 0x370e, STR("Text/X-Note\0"));
	add_number(&props, 0x03, 2);		/* a number, with a name */
	add_number(&props, 0x8001, 2);
	buf_add(&props, "0123456789abcdef", 16);
	add_number(&props, 1, 4);
	add_number(&props, 4, 4);
	buf_add(&props, "n\0m\0", 4);
	add_number(&props, 7, 4);
	add_attribute(&out, 2, 0x00069005, buf_str(&props));
	add_attribute(&out, 2, 0x00069002, STR("12345678901234"));
	buf_init(&props, arena);
	add_number(&props, 2, 4);
	add_property(&props, 0x1f, 0x3707, STR("\x61\0\xe4\0\0\0"));
	add_property(&props, 0x102, 0x3701, STR("Two"));
	add_attribute(&out, 2, 0x00069005, buf_str(&props));
	return buf_str(&out);
}

/* A message whose text is rich text alone, not compressed ([MS-OXRTFCP]
 * 2.1.3.1.2) or as one of the examples (4.1.1). */
static struct str
build_rich(struct arena *arena, struct str packed)
{
	struct buf out, props;

	buf_init(&props, arena);
	add_number(&props, 1, 4);
	add_property(&props, 0x102, 0x1009, packed);
	buf_init(&out, arena);
	begin_tnef(&out);
	add_attribute(&out, 1, 0x00069003, buf_str(&props));
	return buf_str(&out);
}

static struct str
build_rich_text(struct arena *arena)
{
	return build_rich(arena, STR("\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7"
	    "\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80"
	    "\x0f\xa0"));
}

static struct str
build_rich_page(struct arena *arena)
{
	return build_rich(arena, STR("\0\0\0\0\0\0\0\0MELA\0\0\0\0"
	    "{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag <p>}Gr\\'fc\\'dfe\\htmlrtf"
	    "\\par\\htmlrtf0}"));
}

static struct str
build_rich_nothing(struct arena *arena)
{
	return build_rich(arena, STR("nothing of that kind"));
}

/* A message within an attachment. */
static struct str
build_nested_tnef(struct arena *arena)
{
	struct buf out, props, object;

	buf_init(&object, arena);
	buf_add(&object, "0123456789abcdef", 16);	/* its interface */
	buf_add_str(&object, build_tnef(arena));
	buf_init(&props, arena);
	add_number(&props, 2, 4);
	add_property(&props, 0x0d, 0x3701, buf_str(&object));
	add_property(&props, 0x1e, 0x3001, STR("inner\0"));
	buf_init(&out, arena);
	begin_tnef(&out);
	add_attribute(&out, 2, 0x00069002, STR("12345678901234"));
	add_attribute(&out, 2, 0x00069005, buf_str(&props));
	return buf_str(&out);
}

#define OID_SIGNED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_ENVELOPED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
#define OID_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define INNER "Content-Type: text/html\r\n\r\nHello"

/* DER: every length is stated. */
static struct str
build_signed(struct arena *arena)
{
	(void)arena;
	return STR("\x30\x45" OID_SIGNED "\xa0\x38\x30\x36\x02\x01\x01\x31\x00"
	    "\x30\x2f" OID_DATA "\xa0\x22\x04\x20" INNER);
}

/* BER: no length is, and the content comes in two pieces. */
static struct str
build_signed_in_pieces(struct arena *arena)
{
	(void)arena;
	return STR("\x30\x80" OID_SIGNED "\xa0\x80\x30\x80\x02\x01\x01\x31\x00"
	    "\x30\x80" OID_DATA "\xa0\x80\x24\x80\x04\x1a"
	    "Content-Type: text/html\r\n\r" "\x04\x06\nHello"
	    "\0\0\0\0\0\0\0\0\0\0\0\0");
}

static struct str
build_enveloped(struct arena *arena)
{
	(void)arena;
	return STR("\x30\x0f" OID_ENVELOPED "\xa0\x02\x30\x00");
}

static struct str
build_cut(struct arena *arena)
{
	return str_sub(build_tnef(arena), 0, 120);
}

static struct str
build_nothing(struct arena *arena)
{
	(void)arena;
	return STR("nothing of that kind");
}

static const struct {
	const char *sentence;
	const char *type;
	struct str (*build)(struct arena *arena);
	const char *tree;	/* below the first line */
} cases[] = {
	{ "files and text of winmail.dat", "application/ms-tnef", build_tnef,
	    "  text/x-note 3 \"a long name.txt\" <tnef> {One}\n"
	    "  application/octet-stream 3 \"a\xc3\xa4\" <tnef> {Two}\n"
	    "  text/plain 7 <tnef> |Hello/|\n" },
	{ "winmail.dat by its name alone",
	    "application/octet-stream; name=winmail.dat", build_tnef,
	    "  text/x-note 3 \"a long name.txt\" <tnef> {One}\n"
	    "  application/octet-stream 3 \"a\xc3\xa4\" <tnef> {Two}\n"
	    "  text/plain 7 <tnef> |Hello/|\n" },
	{ "a message within an attachment", "application/vnd.ms-tnef",
	    build_nested_tnef,
	    "  application/octet-stream 266 \"inner\" <tnef> {x??\"?}\n"
	    "    text/x-note 3 \"a long name.txt\" <tnef> {One}\n"
	    "    application/octet-stream 3 \"a\xc3\xa4\" <tnef> {Two}\n"
	    "    text/plain 7 <tnef> |Hello/|\n" },
	{ "winmail.dat that was cut", "application/ms-tnef", build_cut,
	    "  application/octet-stream 3 \"SHORT~1.TXT\" <tnef> {One}\n"
	    "  text/plain 7 <tnef> |Hello/|\n" },
	{ "winmail.dat that is none", "application/ms-tnef", build_nothing,
	    "" },
	{ "a signed message (RFC 8551 3.5.2)",
	    "application/pkcs7-mime; smime-type=signed-data", build_signed,
	    "  text/html 5 |Hello|\n" },
	{ "the same in BER (X.690 8.1.3.6, 8.7.3)", "application/pkcs7-mime",
	    build_signed_in_pieces, "  text/html 5 |Hello|\n" },
	{ "an encrypted message (RFC 8551 3.3)",
	    "application/x-pkcs7-mime; name=smime.p7m", build_enveloped, "" },
	{ "S/MIME that is none", "application/pkcs7-mime", build_nothing, "" },
	{ "rich text for a text ([MS-OXTNEF] 2.1.3.4)", "application/ms-tnef",
	    build_rich_text, "  text/plain 11 <tnef> |hello world|\n" },
	{ "a page that was made rich text ([MS-OXRTFEX])",
	    "application/ms-tnef", build_rich_page,
	    "  text/html 10 <tnef> |<p>Gr\xc3\xbc\xc3\x9f" "e|\n" },
	{ "rich text that is none", "application/ms-tnef",
	    build_rich_nothing, "" },
};

static struct str
message_of(struct arena *arena, size_t i)
{
	struct buf out;

	buf_init(&out, arena);
	buf_printf(&out, "Content-Type: %s\r\n"
	    "Content-Transfer-Encoding: binary\r\n\r\n", cases[i].type);
	buf_add_str(&out, cases[i].build(arena));
	return buf_str(&out);
}

/* The parts below the first one; the content of a message within is not looked
 * at but for its beginning. */
static struct str
parts_below(struct arena *arena, const struct mime_message *message)
{
	struct str tree = mime_tree_text(arena, message), line;
	struct buf out;

	buf_init(&out, arena);
	str_cut(&tree, '\n', &line);
	while (tree.len != 0 && str_cut(&tree, '\n', &line)) {
		const char *magic = memmem(line.data, line.len, "{x", 2);

		if (magic != NULL) {
			line.len = (size_t)(magic - line.data);
			buf_add_str(&out, line);
			buf_add_text(&out, "{x??\"?}");
		} else {
			buf_add_str(&out, line);
		}
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

static void
test_within(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str tree = parts_below(*state, mime_tree_read(*state,
		    &mime_default_limits, message_of(*state, i), 0, 5));

		if (str_is(tree, cases[i].tree))
			continue;
		print_error("%s:\n%.*s\nwanted:\n%s", cases[i].sentence,
		    STR_ARG(tree), cases[i].tree);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static const struct {
	size_t i;
	enum mime_oddity oddity;
} oddities[] = {
	{ 0, MIME_ODD_tnef }, { 3, MIME_ODD_bad_tnef },
	{ 4, MIME_ODD_bad_tnef }, { 7, MIME_ODD_encrypted },
	{ 11, MIME_ODD_bad_tnef },
};

static void
test_oddities(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(oddities); i++)
		assert_true(mime_has(mime_tree_read(*state,
		    &mime_default_limits, message_of(*state, oddities[i].i),
		    0, 0)->root->oddities, oddities[i].oddity));
}

static unsigned
count_without_spools(struct arena *arena, struct str bytes)
{
	struct mime_reader *reader = mime_reader_new(arena,
	    &mime_default_limits, NULL);
	struct message message;
	struct str name, value;

	message_begin(&message, arena, bytes);
	while (message_next_field(&message, &name, &value))
		mime_reader_field(reader, name, value);
	mime_reader_feed(reader, message.rest);
	return mime_reader_end(reader)->part_count;
}

/* Who keeps no content sees the same parts. */
static void
test_without_spools(void **state)
{
	static const char encoded[] = "Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "U3ViamVjdDogaW4NCg0KT25lDQo=\r\n";

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str message = message_of(*state, i);

		assert_int_equal(count_without_spools(*state, message),
		    mime_tree_read(*state, &mime_default_limits, message, 0,
		    0)->part_count);
	}
	assert_int_equal(count_without_spools(*state, str_from(encoded)), 2);
}

/* Cut anywhere, it is read as far as it goes, and no further. */
static void
test_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		struct str message = message_of(arena, i);

		for (size_t len = 0; len < message.len; len++) {
			struct arena *inner = arena_new(0);

			assert_true(mime_tree_read(inner, &mime_default_limits,
			    str_sub(message, 0, len), 0, 0)->part_count >= 1);
			arena_free(&inner);
		}
		arena_free(&arena);
	}
}

/* --- others' samples ----------------------------------------------------------------- */

/* What is found: a name, or a type where none was given. */
static const struct {
	const char *file, *found;
} samples[] = {
	{ "antivirus/eicar/eicar-attachment.eml", "eicar.com" },
	{ "antivirus/eicar/eicar-zip.eml", "eicar.zip" },
	{ "antivirus/eicar/eicar-zip-in-zip.eml", "eicar2.zip" },
	{ "antivirus/eicar/eicar-message-rfc822.eml", "eicar.com" },
};

static const struct mime_part *
find_name(const struct mime_message *message, const char *name)
{
	for (const struct mime_part *part = message->root; part != NULL;
	    part = mime_part_after(part))
		if (str_is(part->name, name) && mime_part_is_attachment(part))
			return part;
	return NULL;
}

static void
test_samples(void **state)
{
	const char *data = getenv("MAILREEVE_DATA");

	if (data == NULL)
		data = "../shared/data";
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct str message = oracle_file(*state, arena_printf(*state,
		    "%s/%s", data, samples[i].file));
		const struct mime_part *part;
		struct str content, wanted;

		if (message.data == NULL) {
			print_message("skipped: no samples of others, they "
			    "come from the folder in MAILREEVE_DATA\n");
			skip();
		}
		part = find_name(mime_tree_read(*state, &mime_default_limits,
		    message, 0, 11), samples[i].found);
		assert_non_null(part);
		wanted = oracle_file(*state, arena_printf(*state,
		    "%s/antivirus/eicar/%s", data, samples[i].found));
		assert_int_equal(spool_data(part->content, &content), 0);
		assert_true(str_eq(content, wanted));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_within),
		ARENA_TEST(test_oddities),
		ARENA_TEST(test_without_spools),
		ARENA_TEST(test_every_length),
		ARENA_TEST(test_samples),
	};

	return cmocka_run_group_tests_name("mime_within", tests, NULL, NULL);
}
