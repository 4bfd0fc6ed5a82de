/* SPDX-License-Identifier: ISC */
/* sa_eval_people.c - whom a message names as its senders and recipients, and lists
 * of addresses with wildcards. */
#include "rules/call/sa_eval.h"

#include "base/arena.h"

#define PEOPLE_MAX 1000

static void
add(struct view *view, struct vec *people, struct str address)
{
	struct buf out;

	if (address.len == 0 || people->len >= PEOPLE_MAX)
		return;
	/* Of several dots in a row one counts. */
	buf_init(&out, view->arena);
	for (size_t i = 0; i < address.len; i++)
		if (address.data[i] != '.' || out.len == 0 ||
		    out.data[out.len - 1] != '.')
			buf_add_char(&out, char_lower(address.data[i]));
	for (size_t i = 0; i < people->len; i++)
		if (str_eq(*(struct str *)vec_at(people, i), buf_str(&out)))
			return;
	*(struct str *)vec_push(people) = buf_str(&out);
}

static void
add_all(struct view *view, struct vec *people, const char *const *requests)
{
	for (; *requests != NULL; requests++) {
		const struct vec *found = sa_get_all(view, *requests);

		for (size_t i = 0; i < found->len; i++)
			add(view, people, *(struct str *)vec_at(found, i));
	}
}

/* The slot's list; *is_new_r: it is still empty. */
static struct vec *
list_of(struct view *view, const char *name, bool *is_new_r)
{
	void **kept = view_kept(view, name);

	*is_new_r = *kept == NULL;
	if (*is_new_r) {
		*kept = arena_zalloc(view->arena, sizeof(struct vec));
		vec_init(*kept, view->arena, sizeof(struct str));
	}
	return *kept;
}

const struct vec *
sa_senders(struct view *view)
{
	static const char *const resent[] = { "resent-from:first:addr", NULL };
	static const char *const usual[] = { "from:addr",
		"envelope-sender:addr", "resent-sender:addr",
		"x-envelope-from:addr", "envelopefrom:addr", NULL };
	bool is_new;
	struct vec *people = list_of(view, "sa_senders", &is_new);

	if (!is_new)
		return people;
	add_all(view, people, resent);
	if (people->len == 0)
		add_all(view, people, usual);
	return people;
}

/* "for <joe@example.org>;" */
static void
add_of_received(struct view *view, struct vec *people)
{
	const struct vec *lines = sa_get_all(view, "received");

	for (size_t i = 0; i < lines->len && i < 3; i++) {
		struct str line = *(struct str *)vec_at(lines, i), word;
		const char *at = memmem(line.data, line.len, " for ", 5);
		ptrdiff_t end;

		if (at == NULL)
			continue;
		word = str_from_pos(line, (size_t)(at - line.data) + 5);
		end = str_find(word, ';');
		if (end < 0 || str_find(str_sub(word, 0, (size_t)end), ' ') >= 0)
			continue;
		word.len = (size_t)end;
		if (word.len != 0 && word.data[0] == '<')
			word = str_from_pos(word, 1);
		if (word.len != 0 && word.data[word.len - 1] == '>')
			word.len--;
		if (str_find(word, '@') > 0 && str_find(word, '.') > 0)
			add(view, people, word);
	}
}

const struct vec *
sa_recipients(struct view *view)
{
	static const char *const resent[] = { "resent-to:first:addr",
		"resent-cc:first:addr", NULL };
	static const char *const usual[] = { "to:addr", "apparently-to:addr",
		"delivered-to:addr", "envelope-recipients:addr",
		"apparently-resent-to:addr", "x-envelope-to:addr",
		"envelope-to:addr", "x-delivered-to:addr",
		"x-original-to:addr", "x-rcpt-to:addr", "x-real-to:addr",
		"cc:addr", NULL };
	bool is_new;
	struct vec *people = list_of(view, "sa_recipients", &is_new);

	if (!is_new)
		return people;
	add_all(view, people, resent);
	if (people->len == 0) {
		add_of_received(view, people);
		add_all(view, people, usual);
	}
	return people;
}

bool
sa_is_like(struct str text, struct str pattern, bool within)
{
	size_t t = 0, p = 0, star = SIZE_MAX, mark = 0;

	/* Most patterns end in a domain that most addresses do not. */
	while (pattern.len != 0 && pattern.data[pattern.len - 1] != '*' &&
	    pattern.data[pattern.len - 1] != '?') {
		if (text.len == 0 || text.data[text.len - 1] !=
		    pattern.data[pattern.len - 1])
			return false;
		text.len--;
		pattern.len--;
	}
	while (t < text.len) {
		if (p < pattern.len && pattern.data[p] == '*') {
			star = p++;
			mark = t;
		} else if (p < pattern.len && (pattern.data[p] == '?' ||
		    pattern.data[p] == text.data[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX &&
		    !(within && text.data[mark] == '.')) {
			p = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.data[p] == '*')
		p++;
	return p == pattern.len;
}
