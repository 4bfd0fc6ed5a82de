/* SPDX-License-Identifier: ISC */
/* dkim_signature.c - one DKIM-Signature field, read and judged by itself. */
#include "auth/dkim_signature.h"

#include <string.h>

#include "auth/dkim_tag.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/vec.h"

struct judge {
	struct arena *arena;
	struct dkim_tags tags;
	struct dkim_signature *signature;
	int64_t now_s, clock_skew_s;
	enum result result;
	const char *reason;
};

static int
refuse(struct judge *judge, enum result result, const char *reason)
{
	judge->result = result;
	judge->reason = reason;
	return -1;
}

static int
bad(struct judge *judge, const char *reason)
{
	return refuse(judge, RESULT_PERMERROR, reason);
}

static int
check_required(struct judge *judge)
{
	static const char *const names[] = { "v", "a", "b", "bh", "d", "h",
		"s" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (dkim_tag_packed(&judge->tags, names[i]).len == 0)
			return bad(judge, arena_printf(judge->arena,
			    "%s= is %s", names[i],
			    dkim_tag_find(&judge->tags, names[i]) == NULL
			    ? "missing" : "empty"));
	/* Read as one number, "1.0" or "01" are other versions. */
	if (!str_is(dkim_tag_packed(&judge->tags, "v"), "1"))
		return bad(judge, "v= is not 1");
	return 0;
}

static int
check_algorithm(struct judge *judge)
{
	static const struct {
		const char *name;
		enum dkim_algorithm algorithm;
		size_t hash_len;
	} known[] = {
		{ "rsa-sha256", DKIM_RSA_SHA256, 32 },
		{ "ed25519-sha256", DKIM_ED25519_SHA256, 32 },
		{ "rsa-sha1", DKIM_RSA_SHA1, 20 },
	};
	struct dkim_signature *signature = judge->signature;
	struct str bytes;
	size_t i = 0;

	while (i < ARRAY_LEN(known) &&
	    strcmp(known[i].name, signature->algorithm_text) != 0)
		i++;
	if (i == ARRAY_LEN(known))
		return bad(judge, "a= is not a known algorithm");
	signature->algorithm = known[i].algorithm;
	if (base64_decode(judge->arena, dkim_tag_packed(&judge->tags, "b"),
	    &bytes) < 0)
		return bad(judge, "b= is not base 64");
	if (base64_decode(judge->arena, dkim_tag_packed(&judge->tags, "bh"),
	    &signature->body_hash) < 0)
		return bad(judge, "bh= is not base 64");
	if (signature->body_hash.len != known[i].hash_len)
		return bad(judge, "bh= has the wrong length");
	return 0;
}

static int
parse_canon(struct str word, enum dkim_canon *canon_r)
{
	*canon_r = str_is(word, "relaxed") ? DKIM_RELAXED : DKIM_SIMPLE;
	return str_is(word, "relaxed") || str_is(word, "simple") ? 0 : -1;
}

/* c= has one word for the header and one for the body, each simple when it is
 * missing (RFC 6376 3.5). */
static int
check_canon(struct judge *judge)
{
	struct str rest = dkim_tag_packed(&judge->tags, "c");
	struct str word;

	if (dkim_tag_find(&judge->tags, "c") == NULL)
		return 0;
	str_cut(&rest, '/', &word);
	if (parse_canon(word, &judge->signature->header_canon) < 0 ||
	    (rest.data != NULL &&
	    parse_canon(rest, &judge->signature->body_canon) < 0))
		return bad(judge, "c= is not a known canonicalization");
	return 0;
}

/* sub-domain *("." sub-domain); an underscore passes, for it stands in real
 * selectors. */
static bool
is_dotted_name(struct str name, size_t min_labels)
{
	size_t labels = 0;
	struct str label;

	if (name.len > 253)
		return false;
	while (str_cut(&name, '.', &label)) {
		if (label.len == 0 || label.len > 63 ||
		    label.data[0] == '-' || label.data[label.len - 1] == '-')
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!char_is_alnum(label.data[i]) &&
			    label.data[i] != '-' && label.data[i] != '_')
				return false;
		labels++;
	}
	return labels >= min_labels;
}

static int
hex_value(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* dkim-quoted-printable (RFC 6376 2.11). */
static struct str
decode_quoted(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		int high = -1, low = -1;

		if (text.data[i] == '=' && i + 2 < text.len) {
			high = hex_value(text.data[i + 1]);
			low = hex_value(text.data[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			buf_add_char(&out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_add_char(&out, text.data[i]);
		}
	}
	return buf_str(&out);
}

/* d=, s=, and i=, whose domain is that of d= or below it (RFC 6376 3.5). */
static int
check_domain(struct judge *judge)
{
	struct dkim_signature *signature = judge->signature;
	struct str domain = str_from(signature->domain), identity;
	ptrdiff_t at;

	if (!is_dotted_name(domain, 2))
		return bad(judge, "d= is not a domain name");
	if (!is_dotted_name(str_from(signature->selector), 1))
		return bad(judge, "s= is not a selector");
	identity = str_lower(judge->arena, decode_quoted(judge->arena,
	    str_from(signature->identity)));
	at = str_find_last(identity, '@');
	if (at < 0)
		return bad(judge, "i= is not an address");
	identity = str_from_pos(identity, (size_t)at + 1);
	if (str_eq(identity, domain))
		return 0;
	signature->is_identity_below = true;
	if (!is_dotted_name(identity, 2) || identity.len <= domain.len + 1 ||
	    !str_has_suffix_nocase(identity, domain) ||
	    identity.data[identity.len - domain.len - 1] != '.')
		return bad(judge, "i= is not within d=");
	return 0;
}

static bool
is_field_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~')
			return false;
	return name.len != 0;
}

static int
check_fields(struct judge *judge)
{
	struct dkim_signature *signature = judge->signature;
	struct str rest = str_from(signature->fields), name;
	bool has_from = false;
	struct vec names;

	vec_init(&names, judge->arena, sizeof(struct str));
	while (str_cut(&rest, ':', &name)) {
		if (!is_field_name(name))
			return bad(judge, "h= is not a list of field names");
		*(struct str *)vec_push(&names) = name;
		has_from = has_from || str_is(name, "from");
	}
	signature->names = names.items;
	signature->name_count = names.len;
	/* RFC 6376 5.4, 6.1.1 */
	return has_from ? 0 : bad(judge, "h= does not name From");
}

static int
check_length(struct judge *judge)
{
	struct dkim_signature *signature = judge->signature;
	struct str text = dkim_tag_packed(&judge->tags, "l");

	if (dkim_tag_find(&judge->tags, "l") == NULL)
		return 0;
	signature->has_length = true;
	if (text.len == 0 || text.len > 76)
		return bad(judge, "l= is not a number");
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_digit(text.data[i]))
			return bad(judge, "l= is not a number");
	/* Beyond 64 bits it is longer than any body. */
	if (str_to_u64(text, UINT64_MAX, &signature->length) < 0)
		signature->length = UINT64_MAX;
	return 0;
}

static int
check_query(struct judge *judge)
{
	if (dkim_tag_find(&judge->tags, "q") == NULL ||
	    dkim_tag_has_word(dkim_tag_packed(&judge->tags, "q"), "dns/txt"))
		return 0;
	return bad(judge, "q= has no known query method");
}

static int
parse_time(struct judge *judge, const char *name, int64_t *time_s_r)
{
	uint64_t value = 0;

	/* 1*12DIGIT */
	if (dkim_tag_find(&judge->tags, name) != NULL &&
	    str_to_u64(dkim_tag_packed(&judge->tags, name),
	    UINT64_C(999999999999), &value) < 0)
		return bad(judge, arena_printf(judge->arena,
		    "%s= is not a time", name));
	*time_s_r = (int64_t)value;
	return 0;
}

static int
check_times(struct judge *judge)
{
	bool has_time = dkim_tag_find(&judge->tags, "t") != NULL;
	int64_t expires_s;

	if (parse_time(judge, "t", &judge->signature->time_s) < 0 ||
	    parse_time(judge, "x", &expires_s) < 0)
		return -1;
	if (dkim_tag_find(&judge->tags, "x") == NULL)
		return 0;
	if (has_time && expires_s <= judge->signature->time_s)
		return bad(judge, "x= is not later than t=");
	return judge->now_s < expires_s ? 0 : bad(judge, "expired");
}

/* Well-formed, but not wanted: judged last, for a bad tag is the better
 * reason. */
static int
check_policy(struct judge *judge)
{
	const struct dkim_signature *signature = judge->signature;

	/* RFC 8301 3.1 */
	if (signature->algorithm == DKIM_RSA_SHA1)
		return refuse(judge, RESULT_POLICY,
		    "rsa-sha1 is no longer accepted");
	/* RFC 6376 3.5, t=: may be ignored */
	if (signature->time_s > judge->now_s + judge->clock_skew_s)
		return refuse(judge, RESULT_POLICY,
		    "its time lies in the future");
	return 0;
}

/* What the verdict shows, whether the rest is good or not. */
static void
read_texts(struct judge *judge)
{
	struct dkim_signature *signature = judge->signature;
	const struct dkim_tag *b = dkim_tag_find(&judge->tags, "b");

	signature->algorithm_text = dkim_tag_packed(&judge->tags, "a").data;
	signature->domain = str_dup_lower(judge->arena,
	    dkim_tag_packed(&judge->tags, "d"));
	signature->selector = dkim_tag_packed(&judge->tags, "s").data;
	signature->identity = dkim_tag_find(&judge->tags, "i") != NULL
	    ? dkim_tag_packed(&judge->tags, "i").data
	    : arena_printf(judge->arena, "@%s", signature->domain);
	signature->start = str_dup(judge->arena, str_sub(
	    dkim_tag_packed(&judge->tags, "b"), 0, 8));
	signature->fields = str_dup_lower(judge->arena,
	    dkim_tag_packed(&judge->tags, "h"));
	signature->is_b_spaced = b != NULL && b->is_name_spaced;
}

int
dkim_signature_parse(struct arena *arena, struct str value, int64_t now_s,
    int64_t clock_skew_s, struct dkim_signature *signature_r,
    enum result *result_r, const char **reason_r)
{
	static int (*const checks[])(struct judge *) = { check_required,
		check_algorithm, check_canon, check_domain, check_fields,
		check_length, check_query, check_times, check_policy };
	struct judge judge = { .arena = arena, .signature = signature_r,
		.now_s = now_s, .clock_skew_s = clock_skew_s };
	int status = 0;

	*signature_r = (struct dkim_signature){ .algorithm_text = "",
		.domain = "", .selector = "", .identity = "", .start = "",
		.fields = "" };
	if (dkim_tags_parse(arena, value, &judge.tags, reason_r) < 0) {
		*result_r = RESULT_PERMERROR;
		return -1;
	}
	read_texts(&judge);
	for (size_t i = 0; status == 0 && i < ARRAY_LEN(checks); i++)
		status = checks[i](&judge);
	*result_r = judge.result;
	*reason_r = judge.reason;
	return status;
}
