/* SPDX-License-Identifier: ISC */
/* sa_recipients.c - eval: tests of many recipients that look alike
 * (Plugin/HeaderEval.pm). */
#include "rules/call/sa_eval.h"

#include "base/arena.h"

#define ADDRESSES_MAX 256
#define SORTED_MIN 7
#define SIMILAR_MIN 5
#define SIMILAR_LENGTH 2

static void
add(struct view *view, const char *request, struct vec *addresses)
{
	const struct vec *found = sa_get_all(view, request);

	for (size_t i = 0; i < found->len && addresses->len < ADDRESSES_MAX;
	    i++) {
		struct str address = *(struct str *)vec_at(found, i);
		const struct str *last = addresses->len == 0 ? NULL :
		    vec_at(addresses, addresses->len - 1);

		if (last == NULL || !str_eq_nocase(*last, address))
			*(struct str *)vec_push(addresses) = address;
	}
}

static const struct vec *
addresses_of(struct view *view)
{
	void **kept = view_kept(view, "sa_recipients_all");
	struct vec *addresses;

	if (*kept != NULL)
		return *kept;
	*kept = addresses = arena_zalloc(view->arena, sizeof(*addresses));
	vec_init(addresses, view->arena, sizeof(struct str));
	add(view, "tocc:addr", addresses);
	if (sa_get_all(view, "tocc:addr")->len < SIMILAR_MIN)
		add(view, "bcc:addr", addresses);
	return addresses;
}

static int
compare(struct str a, struct str b)
{
	int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static double
run_sorted(struct view *view, const void *prepared)
{
	const struct vec *addresses = addresses_of(view);

	(void)prepared;
	for (size_t i = 1; i < addresses->len; i++)
		if (compare(*(struct str *)vec_at(addresses, i - 1),
		    *(struct str *)vec_at(addresses, i)) > 0)
			return 0;
	return addresses->len >= SORTED_MIN;
}

static struct str
host_of(struct str address)
{
	return str_from_pos(address, (size_t)(str_find(address, '@') + 1));
}

/* Two of them: the same first letters of the user, and of different hosts. */
static unsigned
likeness(struct str a, struct str b)
{
	struct str host_a = host_of(a), host_b = host_of(b);

	return (unsigned)str_eq(str_sub(a, 0, SIMILAR_LENGTH),
	    str_sub(b, 0, SIMILAR_LENGTH)) +
	    (str_eq(str_sub(host_a, 0, SIMILAR_LENGTH),
	    str_sub(host_b, 0, SIMILAR_LENGTH)) && !str_eq(host_a, host_b));
}

static double
similarity(const struct vec *addresses)
{
	size_t hits = 0, pairs = 0;

	if (addresses->len < SIMILAR_MIN)
		return 0;
	for (size_t i = 0; i < addresses->len; i++)
		for (size_t j = i + 1; j < addresses->len; j++, pairs++)
			hits += likeness(*(struct str *)vec_at(addresses, i),
			    *(struct str *)vec_at(addresses, j));
	return (double)hits / (double)pairs;
}

static double
run_similar(struct view *view, const void *prepared)
{
	const struct sa_args *args = prepared;
	double value = similarity(addresses_of(view));

	return value >= args->least[0] && value < args->most[1];
}

const struct call call_sorted_recipients = { "sorted_recipients", NULL, NULL,
	run_sorted };
const struct call call_similar_recipients = { "similar_recipients", NULL,
	sa_prepare_args, run_similar };
