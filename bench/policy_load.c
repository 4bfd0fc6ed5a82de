/* SPDX-License-Identifier: ISC */
/* policy_load.c - puts a policy service under load as smtpd would; prints
 * JSON. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "load_options.h"
#include "policy_clients.h"

static const char help[] =
"usage: bench-policy-load [options] SOCKET\n"
"Asks a policy service what Postfix would ask it, and prints JSON.\n"
"SOCKET is unix:PATH or inet:PORT@HOST.\n"
"\n"
"  -k, --kind KIND       asks: at RCPT alone, nothing is charged\n"
"                        charges: at END-OF-MESSAGE alone (the default)\n"
"                        messages: both, one after the other\n"
"                        strangers: both, without a login\n"
"  -c, --connections N   open connections, 1 to 4000 (1)\n"
"  -u, --users N         users, 100 in each domain (100)\n"
"  -t, --seconds S       for S seconds (5)\n"
"  -w, --warmup S        ask for S seconds before counting begins (0)\n"
"  -m, --messages N      N messages, instead of seconds\n"
"      --timeout S       give up an answer after S seconds (30)\n"
"  -p, --pid PID         CPU time and memory of PID and its descendants;\n"
"                        up to 8\n"
"  -h, --help\n"
"\n"
"Exit status: 0, 1 some request got no answer, 2 usage or no start.\n";

enum { OPT_TIMEOUT = 256 };

static const struct option long_options[] = {
	{ "kind", required_argument, NULL, 'k' },
	{ "connections", required_argument, NULL, 'c' },
	{ "users", required_argument, NULL, 'u' },
	{ "seconds", required_argument, NULL, 't' },
	{ "warmup", required_argument, NULL, 'w' },
	{ "messages", required_argument, NULL, 'm' },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "pid", required_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char *const kinds[] = {
	[POLICY_ASKS] = "asks",
	[POLICY_CHARGES] = "charges",
	[POLICY_MESSAGES] = "messages",
	[POLICY_STRANGERS] = "strangers",
};

/* --- options -------------------------------------------------------------- */

static double
number(const char *text, double low, double high, int *rc)
{
	char *end;
	double value = strtod(text, &end);

	if (*text != '\0' && *end == '\0' && value >= low && value <= high)
		return value;
	fprintf(stderr, "'%s': a number from %.0f to %.0f wanted\n", text,
	    low, high);
	*rc = -1;
	return low;
}

static int
set_kind(struct policy_plan *plan, const char *text)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(text, kinds[i]) == 0) {
			plan->kind = (enum policy_kind)i;
			return 0;
		}
	fprintf(stderr, "'%s' is no kind; see --help\n", text);
	return -1;
}

static int
add_pid(struct policy_plan *plan, const char *text)
{
	int rc = 0;
	double pid = number(text, 1, 1 << 22, &rc);

	if (rc == 0 && plan->pid_count == POLICY_PIDS_MAX) {
		fprintf(stderr, "more than %d pids\n", POLICY_PIDS_MAX);
		rc = -1;
	}
	if (rc == 0)
		plan->pids[plan->pid_count++] = (pid_t)pid;
	return rc;
}

static int
set_option(struct policy_plan *plan, int option, const char *value)
{
	int rc = 0;

	switch (option) {
	case 'k':
		return set_kind(plan, value);
	case 'c':
		plan->connections = (unsigned)number(value, 1, 4000, &rc);
		break;
	case 'u':
		plan->users = (uint64_t)number(value, 1, 9999999, &rc);
		break;
	case 't':
		plan->seconds = number(value, 0, 86400, &rc);
		break;
	case 'w':
		plan->warmup_seconds = number(value, 0, 3600, &rc);
		break;
	case 'm':
		plan->messages = (uint64_t)number(value, 1, 1e12, &rc);
		break;
	case OPT_TIMEOUT:
		plan->timeout_seconds = (unsigned)number(value, 1, 3600, &rc);
		break;
	case 'p':
		return add_pid(plan, value);
	default:
		return -1;
	}
	return rc;
}

static int
set_socket(struct policy_plan *plan, char *const *texts, int count)
{
	struct load_hop hop;

	if (count != 1) {
		fputs("one SOCKET is wanted; see --help\n", stderr);
		return -1;
	}
	if (load_options_socket(texts[0], &hop) != 0)
		return -1;
	plan->addr = hop.addr;
	plan->addr_len = hop.addr_len;
	return 0;
}

/* 1: help was printed. */
static int
parse_options(int argc, char **argv, struct policy_plan *plan_r)
{
	int option, rc = 0;

	*plan_r = (struct policy_plan){
		.kind = POLICY_CHARGES,
		.connections = 1,
		.users = 100,
		.seconds = 5,
		.timeout_seconds = 30,
	};
	while (rc == 0 && (option = getopt_long(argc, argv, "k:c:u:t:w:m:p:h",
	    long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return 1;
		}
		rc = set_option(plan_r, option, optarg);
	}
	return rc == 0 ? set_socket(plan_r, argv + optind, argc - optind) : -1;
}

/* --- the report ----------------------------------------------------------- */

static void
print_latency(const char *name, struct load_samples *samples)
{
	load_samples_sort(samples);
	printf("  \"%s\": {\"count\": %zu, \"p50_ms\": %.3f, \"p90_ms\": "
	    "%.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f},\n", name,
	    samples->count, load_samples_ms(samples, 50),
	    load_samples_ms(samples, 90), load_samples_ms(samples, 99),
	    load_samples_ms(samples, 100));
}

static double
us_each(double seconds, uint64_t count)
{
	return count > 0 ? 1e6 * seconds / (double)count : 0;
}

static void
print_servers(const struct policy_plan *plan,
    const struct policy_result *result)
{
	printf("  \"servers\": [");
	for (size_t i = 0; i < plan->pid_count; i++) {
		const struct load_usage *before = &result->before.servers[i];
		const struct load_usage *after = &result->after.servers[i];

		printf("%s\n    {\"pid\": %d, \"processes\": %d, "
		    "\"cpu_us_each\": %.3f, \"rss_kb\": %ld, "
		    "\"rss_peak_kb\": %ld}", i == 0 ? "" : ",",
		    (int)plan->pids[i], after->processes,
		    us_each(after->cpu_seconds - before->cpu_seconds,
		    result->answers), after->rss_kb, after->rss_peak_kb);
	}
	printf("],\n  \"own_cpu_us_each\": %.3f\n",
	    us_each(result->after.own_cpu_seconds -
	    result->before.own_cpu_seconds, result->answers));
}

static void
print_result(const struct policy_plan *plan, struct policy_result *result)
{
	double seconds = result->seconds > 0 ? result->seconds : 1;

	printf("{\n  \"kind\": \"%s\", \"connections\": %u, \"users\": %llu, "
	    "\"seconds\": %.3f,\n  \"answers\": %llu, \"dunno\": %llu, "
	    "\"errors\": %llu, \"answers_per_second\": %.1f,\n",
	    kinds[plan->kind], plan->connections,
	    (unsigned long long)plan->users, result->seconds,
	    (unsigned long long)result->answers,
	    (unsigned long long)result->dunno,
	    (unsigned long long)result->errors,
	    (double)result->answers / seconds);
	print_latency("ask", &result->ask);
	print_latency("charge", &result->charge);
	print_servers(plan, result);
	printf("}\n");
}

static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(int argc, char **argv)
{
	struct policy_plan plan;
	struct policy_result result;
	int rc = parse_options(argc, argv, &plan);

	if (rc != 0)
		return rc > 0 ? 0 : 2;
	raise_file_limit();
	signal(SIGPIPE, SIG_IGN);
	if (policy_clients_run(&plan, &result) != 0)
		return 2;
	print_result(&plan, &result);
	free(result.ask.us);
	free(result.charge.us);
	return result.answers == 0 || result.errors > 0;
}
