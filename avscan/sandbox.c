/* SPDX-License-Identifier: ISC */
/* sandbox.c - what a process may no longer do.
 *
 * The filter names what is allowed; a call that it does not name ends the
 * process. Libraries open files where none is needed (locales, character sets,
 * settings of theirs): those calls fail instead, as if there were no file
 * system. Memory never becomes code. */
#include "avscan/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mapped.h"
#include "base/vec.h"

#define FIRST_OTHER (SANDBOX_SOCKET + 1)
/* The socket's and those below, a file, and one more. */
#define DESCRIPTORS 6

static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
	SCMP_SYS(recvfrom), SCMP_SYS(shutdown), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(close),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime), SCMP_SYS(setitimer), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(sysinfo), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(tgkill),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static const int failing[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),
	SCMP_SYS(lstat), SCMP_SYS(statfs), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(ioctl),
	SCMP_SYS(fcntl), SCMP_SYS(sched_getaffinity), SCMP_SYS(prlimit64),
	SCMP_SYS(getrusage), SCMP_SYS(uname),
};

int
sandbox_keep_descriptor(int fd)
{
	int null = open("/dev/null", O_RDWR);

	/* Out of the way of those that come. */
	fd = fcntl(fd, F_DUPFD, FIRST_OTHER);
	for (int i = 0; i < SANDBOX_SOCKET; i++)
		dup2(null, i);
	dup2(fd, SANDBOX_SOCKET);
	syscall(SYS_close_range, FIRST_OTHER, ~0U, 0);
	return SANDBOX_SOCKET;
}

/* Who is not root may have one with users of its own. */
void
sandbox_leave_network(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWIPC) < 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) < 0)
		return;
}

static int
limit(int resource, uint64_t value)
{
	const struct rlimit both = { value, value };

	return setrlimit((__rlimit_resource_t)resource, &both);
}

static int
set_limits(const struct worker_limits *limits)
{
	uint64_t mapped = mapped_bytes();

	if (mapped == 0 || limit(RLIMIT_AS, mapped + limits->memory) < 0 ||
	    limit(RLIMIT_CPU, limits->cpu_s) < 0)
		return -1;
	return limit(RLIMIT_NOFILE, DESCRIPTORS) < 0 ||
	    limit(RLIMIT_NPROC, 0) < 0 || limit(RLIMIT_FSIZE, 0) < 0 ||
	    limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_MEMLOCK, 0) < 0 ? -1 : 0;
}

static int
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof(none));
	return (int)syscall(SYS_capset, &head, none);
}

/* 0, or a negative errno: mapping memory is allowed unless it becomes code;
 * fstat() of newer C libraries is the last. */
static int
add_conditional(scmp_filter_ctx filter)
{
	int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(mprotect), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(newfstatat), 1, SCMP_A3(SCMP_CMP_MASKED_EQ,
		    AT_EMPTY_PATH, AT_EMPTY_PATH));
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOENT),
		    SCMP_SYS(newfstatat), 1,
		    SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0));
	return error;
}

static int
add_rules(scmp_filter_ctx filter)
{
	int error = add_conditional(filter);

	for (size_t i = 0; error == 0 && i < ARRAY_LEN(allowed); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i],
		    0);
	for (size_t i = 0; error == 0 && i < ARRAY_LEN(failing); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOENT),
		    failing[i], 0);
	return error;
}

/* libseccomp writes a binary search, not a list: every call pays for it. */
static int
filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error;

	if (filter == NULL)
		return -ENOMEM;
	error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (error == 0)
		error = add_rules(filter);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

const char *
sandbox_enter(const struct worker_limits *limits)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || drop_capabilities() < 0)
		return "privileges cannot be given up";
	if (set_limits(limits) < 0)
		return "limits cannot be set";
	return filter_calls() != 0 ? "system calls cannot be filtered" : NULL;
}
