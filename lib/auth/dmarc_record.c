/* SPDX-License-Identifier: ISC */
/* dmarc_record.c - DMARC policy records (RFC 9989 4.7, 4.8). */
#include "auth/dmarc_record.h"

#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns.h"

/* The tags that mean something to us, in the order of tag_names. All others,
 * pct, rf and ri of RFC 7489 among them, are passed over (4.7). */
enum tag {
	TAG_V, TAG_P, TAG_SP, TAG_NP, TAG_ADKIM, TAG_ASPF, TAG_T, TAG_PSD,
	TAG_RUA, TAG_RUF, TAG_FO,
	TAG_COUNT
};

static const char *const tag_names[TAG_COUNT] = {
	"v", "p", "sp", "np", "adkim", "aspf", "t", "psd", "rua", "ruf", "fo",
};

/* data NULL: the tag is absent; "": its value cannot be used. */
struct tags {
	struct str value[TAG_COUNT];
};

static const char *const policy_texts[] = { "none", "quarantine", "reject" };

const char *
dmarc_policy_text(enum dmarc_policy policy)
{
	return policy_texts[policy];
}

/* The literals of the ABNF, so of tag names too, have no case (RFC 5234 2.3);
 * test vectors of mailauth and mox have "P=Reject". */
static bool
find_tag(struct str name, enum tag *tag_r)
{
	for (unsigned i = 0; i < TAG_COUNT; i++)
		if (str_is_nocase(name, tag_names[i])) {
			*tag_r = (enum tag)i;
			return true;
		}
	return false;
}

/* dmarc-value = %x20-3A / %x3C-7E; a tab may stand in a list (4.8). */
static bool
is_printable(struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((value.data[i] < ' ' || value.data[i] > '~') &&
		    value.data[i] != '\t')
			return false;
	return true;
}

/* A piece between two semicolons. False: it is no tag. */
static bool
split(struct str piece, struct str *name_r, struct str *value_r)
{
	*value_r = piece;
	if (!str_cut(value_r, '=', name_r) || value_r->data == NULL)
		return false;
	*name_r = str_trim(*name_r);
	*value_r = str_trim(*value_r);
	return true;
}

/* v=DMARC1 comes first, with white space around "=" at most, and its value has
 * case (4.7, 4.8). */
static bool
has_version(struct str text)
{
	struct str first, name, value;

	if (!str_cut(&text, ';', &first))
		return false;
	return !(first.len != 0 && char_is_space(first.data[0])) &&
	    split(first, &name, &value) && str_is_nocase(name, "v") &&
	    str_is(value, "DMARC1");
}

/* What is no tag, or an unknown one, is passed over (4.8). But the list is one
 * by RFC 6376 3.2, where a name that occurs twice makes all of it invalid: two
 * readers would take two policies from it. mox has this in its vectors. */
static int
read_tags(struct arena *arena, struct str text, struct tags *tags,
    const char **error_r)
{
	struct str piece, name, value;
	enum tag tag;

	while (str_cut(&text, ';', &piece)) {
		if (!split(piece, &name, &value) || !find_tag(name, &tag))
			continue;
		if (tags->value[tag].data != NULL) {
			*error_r = arena_printf(arena, "%s= occurs twice",
			    tag_names[tag]);
			return -1;
		}
		tags->value[tag] = is_printable(value) ? value : STR("");
	}
	return 0;
}

/* Is the value this word? No for a tag that is absent. */
static bool
tag_is(const struct tags *tags, enum tag tag, const char *word)
{
	return str_is_nocase(tags->value[tag], word);
}

/* An absent tag leaves *policy. False: its value is no policy. */
static bool
read_policy(const struct tags *tags, enum tag tag, enum dmarc_policy *policy)
{
	if (tags->value[tag].data == NULL)
		return true;
	for (unsigned i = 0; i < ARRAY_LEN(policy_texts); i++)
		if (tag_is(tags, tag, policy_texts[i])) {
			*policy = (enum dmarc_policy)i;
			return true;
		}
	return false;
}

/* p, sp and np. NULL, or what is wrong with them. */
static const char *
read_policies(const struct tags *tags, struct dmarc_record *record)
{
	if (tags->value[TAG_P].data == NULL)
		return "p= is missing";
	if (!read_policy(tags, TAG_P, &record->policy))
		return "p= is no policy";
	record->subdomain_policy = record->policy;
	if (!read_policy(tags, TAG_SP, &record->subdomain_policy))
		return "sp= is no policy";
	record->missing_policy = record->subdomain_policy;
	if (!read_policy(tags, TAG_NP, &record->missing_policy))
		return "np= is no policy";
	return NULL;
}

/* obs-dmarc-report-size behind its "!": digits and a unit (4.8). */
static bool
is_size(struct str size)
{
	uint64_t number;

	if (size.len != 0 && str_find(STR("kmgt"),
	    char_lower(size.data[size.len - 1])) >= 0)
		size.len--;
	return str_to_u64(size, UINT64_MAX, &number) == 0;
}

/* A character of a URI (RFC 3986 2), without ',' and '!' (4.8). */
static bool
is_uri_char(char c)
{
	return char_is_alnum(c) ||
	    str_find(STR("-._~:/?#[]@$&'()*+;=%"), c) >= 0;
}

/* scheme ":" and something behind it, for mailto with an "@" in it; the size
 * that RFC 7489 had may follow. */
static bool
is_report_uri(struct str uri)
{
	struct str size = uri, scheme, rest;

	str_cut(&size, '!', &uri);
	if (size.data != NULL && !is_size(size))
		return false;
	rest = uri;
	str_cut(&rest, ':', &scheme);
	if (scheme.len == 0 || !char_is_alpha(scheme.data[0]) || rest.len == 0)
		return false;
	for (size_t i = 0; i < uri.len; i++)
		if (!is_uri_char(uri.data[i]))
			return false;
	return !str_is_nocase(scheme, "mailto") || str_find(rest, '@') > 0;
}

/* At least one syntactically valid reporting URI (4.10.1)? */
static bool
has_report_uri(struct str list)
{
	struct str uri;

	while (str_cut(&list, ',', &uri))
		if (is_report_uri(str_trim(uri)))
			return true;
	return false;
}

static struct str
usable(struct str value)
{
	return value.len != 0 ? value : (struct str){ NULL, 0 };
}

/* All but the policies: a default stands for what is unknown (4.8). */
static void
read_others(const struct tags *tags, struct dmarc_record *record)
{
	record->is_dkim_strict = tag_is(tags, TAG_ADKIM, "s");
	record->is_spf_strict = tag_is(tags, TAG_ASPF, "s");
	record->is_test = tag_is(tags, TAG_T, "y");
	record->psd = tag_is(tags, TAG_PSD, "y") ? DMARC_PSD_YES :
	    tag_is(tags, TAG_PSD, "n") ? DMARC_PSD_NO : DMARC_PSD_UNKNOWN;
	record->rua = usable(tags->value[TAG_RUA]);
	record->ruf = usable(tags->value[TAG_RUF]);
	record->fo = usable(tags->value[TAG_FO]);
}

/* Without a policy in order the record is one of p=none if somebody wants
 * reports, else DMARC does not apply (4.10.1). */
static int
read_record(const struct tags *tags, struct dmarc_record *record,
    const char **error_r)
{
	const char *wrong = read_policies(tags, record);

	read_others(tags, record);
	if (wrong == NULL)
		return 0;
	record->policy = DMARC_NONE;
	record->subdomain_policy = DMARC_NONE;
	record->missing_policy = DMARC_NONE;
	if (has_report_uri(record->rua)) {
		record->defect = wrong;
		return 0;
	}
	*error_r = wrong;
	return -1;
}

int
dmarc_record_parse(struct arena *arena, struct str text,
    struct dmarc_record *record_r, bool *is_dmarc_r, const char **error_r)
{
	struct tags tags = { 0 };

	*record_r = (struct dmarc_record){ 0 };
	*is_dmarc_r = has_version(text);
	if (!*is_dmarc_r) {
		*error_r = "it does not begin with v=DMARC1";
		return -1;
	}
	if (read_tags(arena, text, &tags, error_r) < 0)
		return -1;
	return read_record(&tags, record_r, error_r);
}

/* How many DMARC records are there? Others may stand beside them, where a
 * wildcard reaches this name (4.10 step 2). */
static size_t
count_records(const struct dns_answer *answer, struct str *text_r)
{
	size_t count = 0;

	for (size_t i = 0; i < answer->count; i++)
		if (has_version(answer->records[i].data)) {
			*text_r = answer->records[i].data;
			count++;
		}
	return count;
}

enum dmarc_find
dmarc_record_find(struct arena *arena, const struct dns_answer *answer,
    struct dmarc_record *record_r, const char **error_r)
{
	struct str text;
	bool is_dmarc;
	size_t count;

	*record_r = (struct dmarc_record){ 0 };
	if (answer->status == DNS_SERVFAIL || answer->status == DNS_TIMEOUT) {
		*error_r = answer->error;
		return DMARC_FIND_FAULT;
	}
	count = count_records(answer, &text);
	if (count == 0)
		return DMARC_FIND_NONE;
	if (count > 1) {
		*error_r = "several DMARC records";
		return DMARC_FIND_MANY;
	}
	return dmarc_record_parse(arena, text, record_r, &is_dmarc,
	    error_r) == 0 ? DMARC_FIND_ONE : DMARC_FIND_BAD;
}
