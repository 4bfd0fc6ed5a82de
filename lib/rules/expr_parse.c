/* SPDX-License-Identifier: ISC */
/* expr_parse.c - expressions become a short program for a machine with a stack.
 *
 * Operators, what they give and how they bind are Perl's (perlop), for these
 * expressions are Perl in SpamAssassin; each line binds weaker than the one
 * above it:
 *
 *	!  unary + -
 *	*  /  %
 *	+  -
 *	<  >  <=  >=		not in a row
 *	==  !=			not in a row
 *	^			of whole numbers, bit by bit
 *	&&			the left side where that is 0, else the right
 *	||			the left side unless that is 0, else the right
 *	? :			from right to left
 *	not
 *	and
 *	or
 *
 * Names are letters, digits, "_" and ".", a letter or "_" first.
 * rules_matching(GLOB) is the sum of the rules whose names fit: here it is one
 * more name, the GLOB, which who asked for the names resolves ("*" and "?" stand
 * in no other).
 *
 * Parsed by precedence climbing: what recurses is parentheses, signs, "not" and
 * "?:", to a depth of DEPTH_MAX; so the stack of the machine has a bound as
 * well, which the parser reckons. */
#include <stdbool.h>

#include "base/arena.h"
#include "base/map.h"
#include "rules/expr_private.h"

#define LENGTH_MAX ((size_t)64 * 1024)
#define DEPTH_MAX 100
#define DIGITS_MAX 15

/* How strong an operator of two sides binds: more is stronger. */
enum level {
	LEVEL_OR_WORD = 1, LEVEL_AND_WORD, LEVEL_NOT_WORD, LEVEL_CHOOSE,
	LEVEL_OR, LEVEL_AND, LEVEL_XOR, LEVEL_EQUAL, LEVEL_COMPARE, LEVEL_ADD,
	LEVEL_MULTIPLY, LEVEL_UNARY,
};

struct operator {
	const char *text;
	enum level level;
	enum expr_code code;
	bool is_single;		/* not in a row */
};

/* Longer ones before what they begin with. */
static const struct operator operators[] = {
	{ "||", LEVEL_OR, CODE_OR, false },
	{ "&&", LEVEL_AND, CODE_AND, false },
	{ "==", LEVEL_EQUAL, CODE_EQUAL, true },
	{ "!=", LEVEL_EQUAL, CODE_NOT_EQUAL, true },
	{ "<=", LEVEL_COMPARE, CODE_LESS_EQUAL, true },
	{ ">=", LEVEL_COMPARE, CODE_GREATER_EQUAL, true },
	{ "<", LEVEL_COMPARE, CODE_LESS, true },
	{ ">", LEVEL_COMPARE, CODE_GREATER, true },
	{ "^", LEVEL_XOR, CODE_XOR, false },
	{ "+", LEVEL_ADD, CODE_ADD, false },
	{ "-", LEVEL_ADD, CODE_SUBTRACT, false },
	{ "*", LEVEL_MULTIPLY, CODE_MULTIPLY, false },
	{ "/", LEVEL_MULTIPLY, CODE_DIVIDE, false },
	{ "%", LEVEL_MULTIPLY, CODE_REMAINDER, false },
	{ "?", LEVEL_CHOOSE, CODE_CHOOSE, false },
	{ "or", LEVEL_OR_WORD, CODE_OR, false },
	{ "and", LEVEL_AND_WORD, CODE_AND, false },
};

struct parser {
	struct arena *arena;
	struct str text;
	size_t at;
	struct vec *names;
	struct map *by_name;	/* place in names plus one */
	struct vec steps;
	struct vec numbers;	/* double */
	unsigned depth;
	unsigned stack;		/* how much of it is in use here */
	const char *fault;	/* NULL: none so far */
	size_t fault_at;
};

static int parse_level(struct parser *parser, enum level level);

static int
fail(struct parser *parser, size_t at, const char *fault)
{
	if (parser->fault == NULL) {
		parser->fault = fault;
		parser->fault_at = at;
	}
	return -1;
}

/* --- words -------------------------------------------------------------------- */

static char
peek(struct parser *parser)
{
	while (parser->at < parser->text.len &&
	    char_is_space(parser->text.data[parser->at]))
		parser->at++;
	return parser->at < parser->text.len ?
	    parser->text.data[parser->at] : '\0';
}

static bool
begins_name(char c)
{
	return char_is_alpha(c) || c == '_';
}

static bool
belongs_to_name(char c)
{
	return char_is_alnum(c) || c == '_';
}

static bool
belongs_to_glob(char c)
{
	return belongs_to_name(c) || c == '*' || c == '?';
}

/* What stands behind the first one: a native rule's tests are RULE.TEST. */
static bool
goes_on_name(char c)
{
	return belongs_to_name(c) || c == '.';
}

/* What stands here as long as it belongs. */
static struct str
run_of(const struct parser *parser, bool (*belongs)(char))
{
	size_t end = parser->at;

	while (end < parser->text.len && belongs(parser->text.data[end]))
		end++;
	return str_sub(parser->text, parser->at, end - parser->at);
}

/* Does text stand here? A word ends where its letters do. */
static bool
is_at(struct parser *parser, const char *text)
{
	size_t len = strlen(text);

	peek(parser);
	if (begins_name(text[0]))
		return str_is(run_of(parser, goes_on_name), text);
	return str_eq(str_sub(parser->text, parser->at, len),
	    str_of(text, len));
}

static bool
take(struct parser *parser, const char *text)
{
	if (!is_at(parser, text))
		return false;
	parser->at += strlen(text);
	return true;
}

static int
expect(struct parser *parser, const char *text, const char *fault)
{
	return take(parser, text) ? 0 : fail(parser, parser->at, fault);
}

/* --- steps -------------------------------------------------------------------- */

static struct expr_step *
add_step(struct parser *parser, enum expr_code code)
{
	struct expr_step *step = vec_push(&parser->steps);

	step->code = code;
	return step;
}

/* The jump goes to what comes next. */
static void
land(struct parser *parser, size_t jump)
{
	struct expr_step *step = vec_at(&parser->steps, jump);

	step->target = (uint32_t)parser->steps.len;
}

static int
push(struct parser *parser, enum expr_code code, size_t target)
{
	if (parser->stack == EXPR_STACK_MAX)
		return fail(parser, parser->at, "too much is left open here");
	parser->stack++;
	add_step(parser, code)->target = (uint32_t)target;
	return 0;
}

static int
push_name(struct parser *parser, struct str name)
{
	uintptr_t number = (uintptr_t)map_find(parser->by_name, name);

	if (number == 0) {
		*(struct str *)vec_push(parser->names) =
		    str_copy(parser->arena, name);
		number = parser->names->len;
		map_put(parser->by_name, name, (void *)number);
	}
	return push(parser, CODE_NAME, number - 1);
}

/* --- grammar ------------------------------------------------------------------ */

static bool
belongs_to_number(char c)
{
	return char_is_digit(c) || c == '.';
}

/* Decimal digits with a point in or before them; so few that the quotient is the
 * nearest double (no strtod(): its point depends on the locale). */
static int
parse_number(struct parser *parser)
{
	struct str digits = run_of(parser, belongs_to_number);
	double number = 0, divisor = 1;
	bool has_point = false, is_one = digits.len <= DIGITS_MAX;

	for (size_t i = 0; is_one && i < digits.len; i++) {
		char c = digits.data[i];

		if (c == '.') {
			is_one = !has_point && digits.len > 1;
			has_point = true;
			continue;
		}
		number = number * 10 + (c - '0');
		divisor *= has_point ? 10 : 1;
	}
	parser->at += digits.len;
	if (!is_one || run_of(parser, belongs_to_name).len > 0)
		return fail(parser, parser->at - digits.len,
		    "this is no number");
	*(double *)vec_push(&parser->numbers) = number / divisor;
	return push(parser, CODE_NUMBER, parser->numbers.len - 1);
}

static int
parse_name(struct parser *parser)
{
	struct str name = run_of(parser, goes_on_name);

	parser->at += name.len;
	if (str_is(name, "rules_matching") && take(parser, "(")) {
		peek(parser);
		name = run_of(parser, belongs_to_glob);
		parser->at += name.len;
		if (name.len == 0 || !take(parser, ")"))
			return fail(parser, parser->at,
			    "rules_matching() takes one name with * and ?");
	}
	return push_name(parser, name);
}

static int
parse_inner(struct parser *parser)
{
	return parse_level(parser, LEVEL_OR_WORD) < 0 ? -1 :
	    expect(parser, ")", "a closing parenthesis is missing");
}

/* "!" and signs bind what stands behind them alone, "not" all but and, or. */
static int
parse_prefix(struct parser *parser)
{
	enum expr_code code = CODE_NOT;
	enum level level = LEVEL_UNARY;

	if (take(parser, "+"))
		return parse_level(parser, LEVEL_UNARY);
	if (take(parser, "-"))
		code = CODE_NEGATE;
	else if (!take(parser, "!")) {
		take(parser, "not");
		level = LEVEL_NOT_WORD;
	}
	if (parse_level(parser, level) < 0)
		return -1;
	add_step(parser, code);
	return 0;
}

static int
parse_operand(struct parser *parser)
{
	char c = peek(parser);

	if (char_is_digit(c) || c == '.')
		return parse_number(parser);
	if (take(parser, "("))
		return parse_inner(parser);
	if (c == '!' || c == '+' || c == '-' || is_at(parser, "not"))
		return parse_prefix(parser);
	if (is_at(parser, "and") || is_at(parser, "or"))
		return fail(parser, parser->at, "nothing stands before this");
	if (begins_name(c))
		return parse_name(parser);
	return fail(parser, parser->at, c == '\0' ?
	    "the expression ends too early" :
	    "a name, a number or \"(\" must stand here");
}

/* Behind "?". */
static int
parse_choice(struct parser *parser)
{
	size_t choose = parser->steps.len, go;

	add_step(parser, CODE_CHOOSE);
	parser->stack--;
	if (parse_level(parser, LEVEL_CHOOSE) < 0 ||
	    expect(parser, ":", "\":\" is missing behind \"?\"") < 0)
		return -1;
	go = parser->steps.len;
	add_step(parser, CODE_GO);
	land(parser, choose);
	parser->stack--;
	if (parse_level(parser, LEVEL_CHOOSE) < 0)
		return -1;
	land(parser, go);
	return 0;
}

/* The right side, and what to do with both. */
static int
parse_right(struct parser *parser, const struct operator *operator)
{
	bool is_jump = operator->code == CODE_AND || operator->code == CODE_OR;
	size_t at = parser->steps.len;

	if (operator->code == CODE_CHOOSE)
		return parse_choice(parser);
	if (is_jump) {
		add_step(parser, operator->code);
		parser->stack--;
	}
	if (parse_level(parser, operator->level + 1) < 0)
		return -1;
	if (is_jump)
		land(parser, at);
	else {
		add_step(parser, operator->code);
		parser->stack--;
	}
	return 0;
}

static const struct operator *
take_operator(struct parser *parser, enum level level)
{
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (is_at(parser, operators[i].text)) {
			if (operators[i].level < level)
				return NULL;
			parser->at += strlen(operators[i].text);
			return &operators[i];
		}
	return NULL;
}

/* All that binds as strong as level or stronger. */
static int
parse_level(struct parser *parser, enum level level)
{
	const struct operator *operator, *last = NULL;

	if (++parser->depth > DEPTH_MAX)
		return fail(parser, parser->at, "nested too deep");
	if (parse_operand(parser) < 0)
		return -1;
	while (level < LEVEL_UNARY &&
	    (operator = take_operator(parser, level)) != NULL) {
		if (operator->is_single && last != NULL &&
		    last->level == operator->level)
			return fail(parser, parser->at,
			    "comparisons do not stand in a row");
		if (parse_right(parser, operator) < 0)
			return -1;
		last = operator;
	}
	parser->depth--;
	return 0;
}

/* The numbers stand behind the steps, which keep what they need aligned. */
static struct expr *
make(const struct parser *parser)
{
	size_t steps_size = parser->steps.len * sizeof(struct expr_step);
	size_t numbers_size = parser->numbers.len * sizeof(double);
	struct expr *expr = arena_alloc(parser->arena,
	    sizeof(*expr) + steps_size + numbers_size);
	double *numbers = (double *)(void *)((char *)expr->steps + steps_size);

	_Static_assert(sizeof(struct expr_step) % sizeof(double) == 0,
	    "numbers behind steps are aligned");
	memcpy(expr->steps, parser->steps.items, steps_size);
	if (numbers_size > 0)
		memcpy(numbers, parser->numbers.items, numbers_size);
	expr->numbers = numbers;
	expr->count = parser->steps.len;
	return expr;
}

int
expr_parse(struct arena *arena, struct str text, struct vec *names,
    struct expr **expr_r, const char **error_r)
{
	struct parser parser = { .arena = arena, .text = text, .names = names,
		.by_name = map_new(arena) };

	vec_init(names, arena, sizeof(struct str));
	vec_init(&parser.steps, arena, sizeof(struct expr_step));
	vec_init(&parser.numbers, arena, sizeof(double));
	if (text.len > LENGTH_MAX)
		fail(&parser, LENGTH_MAX, "longer than is read");
	else if (parse_level(&parser, LEVEL_OR_WORD) == 0 &&
	    (peek(&parser) != '\0' || parser.at < text.len))
		fail(&parser, parser.at, "an operator must stand here");
	if (parser.fault != NULL) {
		*error_r = arena_printf(arena, "at %zu: %s",
		    parser.fault_at + 1, parser.fault);
		return -1;
	}
	*expr_r = make(&parser);
	return 0;
}
