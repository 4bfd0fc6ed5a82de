/* SPDX-License-Identifier: ISC */
/* part.c - the tree of parts, walked and asked. */
#include "mime/part.h"

struct mime_part *
mime_part_after(const struct mime_part *part)
{
	if (part->below != NULL)
		return part->below;
	while (part != NULL && part->next == NULL)
		part = part->above;
	return part != NULL ? part->next : NULL;
}

struct str
mime_part_param(const struct mime_part *part, const char *name)
{
	for (size_t i = 0; i < part->params.len; i++) {
		const struct mime_param *param = vec_at(&part->params, i);

		if (str_is(param->name, name))
			return param->value;
	}
	return str_of(NULL, 0);
}

bool
mime_part_is(const struct mime_part *part, const char *type,
    const char *subtype)
{
	return str_is(part->type, type) &&
	    (subtype == NULL || str_is(part->subtype, subtype));
}

/* What belongs to the message's own form: a picture that a page shows (RFC 2387),
 * a signature (RFC 1847). */
static bool
is_of_the_message(const struct mime_part *part)
{
	const struct mime_part *above = part->above;

	if (above == NULL || part->source != MIME_FROM_STRUCTURE)
		return part->source == MIME_FROM_PGP;
	if (mime_part_is(above, "multipart", "related"))
		return part->content_id.len != 0;
	return mime_part_is(above, "multipart", "signed") &&
	    above->below != part;
}

bool
mime_part_is_attachment(const struct mime_part *part)
{
	switch (part->kind) {
	case MIME_CONTAINER:
		return false;
	case MIME_MESSAGE:
		return part->above != NULL;
	case MIME_TEXT:
		return part->name.len != 0;
	case MIME_FILE:
		break;
	}
	return part->disposition == MIME_ATTACHED || !is_of_the_message(part);
}
