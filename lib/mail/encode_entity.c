/* SPDX-License-Identifier: ISC */
/* encode_entity.c - the two fields that say what a message or part holds. */
#include "base/arena.h"
#include "mail/encode_private.h"
#include "mail/header.h"
#include "mail/lexer.h"

#define BOUNDARY_MAX 70		/* RFC 2046 5.1.1 */

void
entity_init(struct entity *entity, bool is_in_digest)
{
	*entity = (struct entity){ .type = STR("text"),
	    .subtype = STR("plain"), .boundary = STR("") };
	if (is_in_digest) {
		entity->type = STR("message");
		entity->subtype = STR("rfc822");
	}
}

/* RFC 2045 5.1 token. */
static bool
is_token_char(char c)
{
	return c > ' ' && c <= '~' && str_find(STR("()<>@,;:\\\"/[]?="), c) < 0;
}

/* What stands without quotes; "=", "/" and the like belong into quotes, but
 * everybody writes and reads boundaries without. */
static bool
is_bare_char(char c)
{
	return c > ' ' && c <= '~' && str_find(STR("()<>,;\\\""), c) < 0;
}

static bool
take_type(struct lexer *lexer, struct str *type_r, struct str *subtype_r)
{
	if (lexer_skip_cfws(lexer, NULL) < 0)
		return false;
	*type_r = lexer_run(lexer, is_token_char);
	if (lexer_skip_cfws(lexer, NULL) < 0 || !lexer_take(lexer, '/') ||
	    lexer_skip_cfws(lexer, NULL) < 0)
		return false;
	*subtype_r = lexer_run(lexer, is_token_char);
	return lexer_skip_cfws(lexer, NULL) == 0 && type_r->len != 0 &&
	    subtype_r->len != 0;
}

static bool
take_value(struct lexer *lexer, struct arena *arena, struct str *value_r)
{
	struct buf text;

	if (lexer_peek(lexer) != '"') {
		*value_r = lexer_run(lexer, is_bare_char);
		return value_r->len != 0;
	}
	buf_init(&text, arena);
	if (lexer_quoted(lexer, &text) < 0)
		return false;
	*value_r = buf_str(&text);
	return true;
}

/* ";name=value", or a ";" that nothing follows. */
static bool
take_parameter(struct lexer *lexer, struct arena *arena, struct str *name_r,
    struct str *value_r)
{
	*name_r = *value_r = STR("");
	if (!lexer_take(lexer, ';') || lexer_skip_cfws(lexer, NULL) < 0)
		return false;
	if (lexer_peek(lexer) < 0)
		return true;
	*name_r = lexer_run(lexer, is_token_char);
	return name_r->len != 0 && lexer_skip_cfws(lexer, NULL) == 0 &&
	    lexer_take(lexer, '=') && lexer_skip_cfws(lexer, NULL) == 0 &&
	    take_value(lexer, arena, value_r) &&
	    lexer_skip_cfws(lexer, NULL) == 0;
}

static bool
is_boundary(struct str text)
{
	if (text.len == 0 || text.len > BOUNDARY_MAX ||
	    text.data[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return true;
}

static const char *
take_boundary(struct entity *entity, struct arena *arena, struct lexer *lexer)
{
	struct str name, value;

	while (lexer_peek(lexer) >= 0) {
		if (!take_parameter(lexer, arena, &name, &value))
			return "a multipart's Content-Type is malformed";
		if (!str_is_nocase(name, "boundary"))
			continue;
		if (entity->boundary.len != 0)
			return "a multipart has two boundaries";
		if (!is_boundary(value))
			return "a multipart's boundary is malformed";
		entity->boundary = value;
	}
	return entity->boundary.len != 0 ? NULL
	    : "a multipart has no boundary";
}

static const char *
take_content_type(struct entity *entity, struct arena *arena, struct str value)
{
	struct lexer lexer;
	struct str type, subtype;

	if (entity->has_type)
		return "Content-Type stands twice in one header";
	entity->has_type = true;
	lexer_init(&lexer, header_unfold(arena, value));
	if (!take_type(&lexer, &type, &subtype) ||
	    (lexer_peek(&lexer) >= 0 && lexer_peek(&lexer) != ';'))
		return "a Content-Type is malformed";
	entity->type = str_lower(arena, type);
	entity->subtype = str_lower(arena, subtype);
	return str_is(entity->type, "multipart")
	    ? take_boundary(entity, arena, &lexer) : NULL;
}

static const char *
take_transfer(struct entity *entity, struct arena *arena, struct str value)
{
	struct lexer lexer;
	struct str text;

	if (entity->has_transfer)
		return "Content-Transfer-Encoding stands twice in one header";
	entity->has_transfer = true;
	lexer_init(&lexer, header_unfold(arena, value));
	if (lexer_skip_cfws(&lexer, NULL) < 0)
		return "a Content-Transfer-Encoding is malformed";
	text = str_lower(arena, lexer_run(&lexer, is_token_char));
	if (text.len == 0 || lexer_skip_cfws(&lexer, NULL) < 0 ||
	    lexer_peek(&lexer) >= 0)
		return "a Content-Transfer-Encoding is malformed";
	entity->transfer_text = text;
	entity->transfer = str_is(text, "7bit") ? TRANSFER_PLAIN
	    : str_is(text, "8bit") || str_is(text, "binary") ? TRANSFER_WIDE
	    : TRANSFER_ENCODED;
	return NULL;
}

const char *
entity_take(struct entity *entity, struct arena *arena, struct str name,
    struct str value)
{
	if (str_is_nocase(name, "Content-Type"))
		return take_content_type(entity, arena, value);
	if (str_is_nocase(name, "Content-Transfer-Encoding"))
		return take_transfer(entity, arena, value);
	return NULL;
}

bool
entity_is_multipart(const struct entity *entity)
{
	return str_is(entity->type, "multipart") &&
	    !str_is(entity->subtype, "signed") &&
	    !str_is(entity->subtype, "encrypted");
}

bool
entity_is_fixed(const struct entity *entity)
{
	if (str_is(entity->type, "multipart"))
		return !entity_is_multipart(entity);
	return str_is(entity->type, "message") ||
	    (str_is(entity->type, "application") &&
	    (str_is(entity->subtype, "pkcs7-mime") ||
	    str_is(entity->subtype, "x-pkcs7-mime")));
}
