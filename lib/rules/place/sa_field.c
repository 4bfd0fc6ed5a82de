/* SPDX-License-Identifier: ISC */
/* sa_field.c - header fields by name and form, as SpamAssassin's get() gives
 * them. */
#include "base/arena.h"
#include "mail/header.h"
#include "mail/txn.h"
#include "mime/charset.h"
#include "mime/words.h"
#include "rules/place/sa_private.h"

/* What is kept of one value, and of all together. */
#define VALUE_MAX ((size_t)8192)
#define HEADER_MAX ((size_t)65536)
/* Most headers are no longer. */
#define HEADER_USUAL ((size_t)4096)

/* --- values --------------------------------------------------------------------- */

/* In these encoded words mean nothing (RFC 2047 5). */
static bool
is_structured(struct str name)
{
	static const char *const names[] = { "received", "message-id", "date",
		"resent-message-id", "resent-date", "mime-version",
		"references", "in-reply-to" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_is_nocase(name, names[i]))
			return true;
	return str_has_prefix_nocase(name, STR("list-"));
}

/* Folds as one blank, nothing at the ends. */
static struct str
unfold(struct arena *arena, struct str value)
{
	ptrdiff_t end;
	struct buf out;

	value = str_trim(value);
	if (str_find(value, '\n') < 0)
		return value;
	buf_init(&out, arena);
	buf_reserve(&out, value.len + 1);
	while ((end = str_find(value, '\n')) >= 0) {
		size_t len = (size_t)end;

		buf_add_str(&out, str_sub(value, 0, len -
		    (len != 0 && value.data[len - 1] == '\r')));
		buf_add_char(&out, ' ');
		value = str_from_pos(value, len + 1);
		while (value.len != 0 && char_is_blank(value.data[0]))
			value = str_from_pos(value, 1);
	}
	buf_add_str(&out, value);
	return buf_str(&out);
}

struct str
sa_field_decode(struct arena *arena, struct str name, struct str value)
{
	struct charset_reading reading;

	value = unfold(arena, str_sub(value, 0, VALUE_MAX));
	if (is_structured(name)) {
		if (str_is_ascii(value))
			return value;
		charset_read(arena, STR("utf-8"), value, &reading);
		return reading.text;
	}
	return words_decode(arena, value, NULL);
}

struct str
sa_field_last(struct arena *arena, const struct vec *fields, const char *name)
{
	const struct header *last = NULL;

	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (!field->is_ours && str_is_nocase(field->name, name))
			last = field;
	}
	return last == NULL ? str_of(NULL, 0) :
	    sa_field_decode(arena, last->name, last->value);
}

static void
push(struct vec *values, struct str value)
{
	*(struct str *)vec_push(values) = value;
}

/* --- the header ----------------------------------------------------------------- */

/* A field of the message. Rules ask for some hundred names, so each name is
 * compared by a number first, and each value read once. */
struct known {
	const struct header *field;
	uint32_t number;	/* of its name */
	struct str decoded, raw;	/* a line end behind; data NULL: not yet */
};

/* Equal for names that differ in the case of letters alone (FNV-1a). */
static uint32_t
number_of(struct str name)
{
	uint32_t number = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		number = (number ^ ((unsigned char)name.data[i] | 0x20u)) *
		    16777619u;
	return number;
}

static struct vec *
known_fields(struct view *view)
{
	void **kept = view_kept(view, "sa_fields");
	const struct vec *fields = &view->txn->headers.fields;
	struct vec *known;

	if (*kept != NULL)
		return *kept;
	*kept = known = arena_zalloc(view->arena, sizeof(*known));
	vec_init(known, view->arena, sizeof(struct known));
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (!field->is_ours)
			*(struct known *)vec_push(known) = (struct known){
				.field = field,
				.number = number_of(field->name) };
	}
	return known;
}

static struct str
with_line_end(struct arena *arena, struct str value)
{
	char *text = arena_alloc(arena, value.len + 2);

	if (value.len != 0)
		memcpy(text, value.data, value.len);
	memcpy(text + value.len, "\n", 2);
	return str_of(text, value.len + 1);
}

static struct str
value_of(struct arena *arena, struct known *known, bool is_raw)
{
	const struct header *field = known->field;

	if (is_raw && known->raw.data == NULL)
		known->raw = with_line_end(arena,
		    str_sub(field->value, 0, VALUE_MAX));
	else if (!is_raw && known->decoded.data == NULL)
		known->decoded = with_line_end(arena,
		    sa_field_decode(arena, field->name, field->value));
	return is_raw ? known->raw : known->decoded;
}

/* The values of all fields of this name. */
static void
get_named(struct view *view, struct str name, bool is_raw, struct vec *values)
{
	const struct vec *fields = known_fields(view);
	struct known *known = fields->items;
	uint32_t number = number_of(name);

	for (size_t i = 0; i < fields->len; i++)
		if (known[i].number == number &&
		    str_eq_nocase(known[i].field->name, name))
			push(values, value_of(view->arena, &known[i], is_raw));
}

static void
add_field(struct view *view, struct known *known, bool is_raw, struct buf *out)
{
	buf_add_str(out, known->field->name);
	if (is_raw) {
		buf_add_char(out, ':');
		buf_add_str(out, known->field->value);
		buf_add_char(out, '\n');
	} else {
		buf_add(out, ": ", 2);
		buf_add_str(out, value_of(view->arena, known, false));
	}
}

/* Texts that follow each other in memory, so that who joins them has nothing to
 * copy. ends: where each ends in all. */
static void
push_pieces(struct str all, const struct vec *ends, struct vec *values)
{
	for (size_t i = 0, from = 0; i < ends->len; i++) {
		size_t end = *(size_t *)vec_at(ends, i);

		push(values, str_sub(all, from, end - from));
		from = end;
	}
}

/* The whole header, a text a field, from the Received of number `from` on (-1:
 * from the top) to that of number `to`. */
static void
get_all(struct view *view, bool is_raw, ptrdiff_t from, ptrdiff_t to,
    struct vec *values)
{
	const struct vec *fields = known_fields(view);
	uint32_t number = number_of(STR("received"));
	ptrdiff_t received = -1;
	size_t size = 0;
	struct buf out;
	struct vec ends;

	buf_init(&out, view->arena);
	buf_reserve(&out, HEADER_USUAL);
	vec_init(&ends, view->arena, sizeof(size_t));
	for (size_t i = 0; i < fields->len && size <= HEADER_MAX; i++) {
		struct known *known = vec_at(fields, i);

		received += known->number == number &&
		    str_is_nocase(known->field->name, "received");
		if (received < from)
			continue;
		add_field(view, known, is_raw, &out);
		*(size_t *)vec_push(&ends) = out.len;
		size += known->field->name.len + known->field->value.len;
		if (received == to)
			break;
	}
	push_pieces(buf_str(&out), &ends, values);
}

/* --- by name -------------------------------------------------------------------- */

static void
get_part_of_all(struct view *view, struct str name, bool is_raw,
    struct vec *values)
{
	const struct sa_relays *relays;
	ptrdiff_t ours;

	if (str_is(name, "all")) {
		get_all(view, is_raw, -1, PTRDIFF_MAX, values);
		return;
	}
	relays = sa_relays(view);
	ours = (ptrdiff_t)(str_is(name, "all-internal") ||
	    str_is(name, "all-external") ? relays->internal_fields :
	    relays->trusted_fields);
	if (str_is(name, "all-trusted") || str_is(name, "all-internal"))
		get_all(view, is_raw, -1, ours, values);
	else
		get_all(view, is_raw, ours, PTRDIFF_MAX, values);
}

static void
get_several(struct view *view, const char *const *names, bool is_raw,
    struct vec *values)
{
	for (; *names != NULL; names++)
		get_named(view, str_from(*names), is_raw, values);
}

/* May it be one of the names that are no field's? Few begin like those. */
static bool
may_be_special(struct str name)
{
	return name.len != 0 && (name.data[0] == 'a' || name.data[0] == 't' ||
	    name.data[0] == 'm' || name.data[0] == 'e' || name.data[0] == 'x');
}

static void
get_values(struct view *view, struct str name, bool is_raw,
    struct vec *values)
{
	static const char *const recipients[] = { "to", "cc", NULL };
	static const char *const ids[] = { "x-message-id", "resent-message-id",
		"x-original-message-id", "message-id", NULL };
	struct str text;

	if (!may_be_special(name)) {
		get_named(view, name, is_raw, values);
	} else if (str_is(name, "all") ||
	    str_has_prefix_nocase(name, STR("all-"))) {
		get_part_of_all(view, name, is_raw, values);
	} else if (str_is(name, "tocc")) {
		get_several(view, recipients, is_raw, values);
	} else if (str_is(name, "messageid")) {
		get_several(view, ids, is_raw, values);
	} else if (str_is(name, "envelopefrom")) {
		text = sa_envelope_from(view);
		if (text.data != NULL)
			push(values, text);
	} else if (str_has_prefix_nocase(name, STR("x-spam-relays-"))) {
		push(values, sa_relays_text(view, str_from_pos(name, 14)));
	} else {
		get_named(view, name, is_raw, values);
	}
}

void
sa_get(struct view *view, struct str name, struct str form,
    struct vec *values)
{
	struct sa_forms forms;
	struct vec all;

	if (form.len == 0) {
		get_values(view, name, false, values);
		return;
	}
	forms = sa_forms_of(form);
	vec_init(&all, view->arena, sizeof(struct str));
	get_values(view, name, forms.raw || forms.addr || forms.name, &all);
	if (all.len > 1 && forms.first)
		all.len = 1;
	if (all.len > 1 && forms.last) {
		*(struct str *)vec_at(&all, 0) =
		    *(struct str *)vec_at(&all, all.len - 1);
		all.len = 1;
	}
	sa_forms_take(view, &forms, &all, values);
}

/* What a request gave. */
struct answer {
	struct str request;
	uint32_t number;
	struct vec *values;	/* struct str */
};

static struct vec *
answers_of(struct view *view)
{
	void **kept = view_kept(view, "sa_answers");

	if (*kept == NULL) {
		*kept = arena_zalloc(view->arena, sizeof(struct vec));
		vec_init(*kept, view->arena, sizeof(struct answer));
	}
	return *kept;
}

const struct vec *
sa_get_all(struct view *view, const char *request)
{
	struct vec *answers = answers_of(view), *values;
	const struct answer *answer = answers->items;
	struct str form = str_from(request), name;
	uint32_t number = number_of(form);

	for (size_t i = 0; i < answers->len; i++)
		if (answer[i].number == number &&
		    str_eq(answer[i].request, form))
			return answer[i].values;
	values = arena_zalloc(view->arena, sizeof(*values));
	vec_init(values, view->arena, sizeof(struct str));
	*(struct answer *)vec_push(answers) = (struct answer){
		str_copy(view->arena, form), number, values };
	str_cut(&form, ':', &name);
	sa_get(view, name, form, values);
	return values;
}

struct str
sa_get_text(struct view *view, const char *request)
{
	const struct vec *values = sa_get_all(view, request);
	struct buf out;

	if (values->len == 0)
		return str_of(NULL, 0);
	if (values->len == 1 || strstr(request, ":addr") != NULL ||
	    strstr(request, ":name") != NULL)
		return *(struct str *)vec_at(values, 0);
	buf_init(&out, view->arena);
	for (size_t i = 0; i < values->len; i++)
		buf_add_str(&out, *(struct str *)vec_at(values, i));
	return buf_str(&out);
}
