/* SPDX-License-Identifier: Apache-2.0 */
#include "tracer.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_GAVE_UP = 1, EXIT_FORBIDDEN = 77 };

static bool writes_octets(uint64_t call)
{
	return call == SYS_write || call == SYS_pwrite64;
}

/* What changes a file, a folder, or what of them is durable. */
static bool writes(uint64_t call)
{
	static const long calls[] = {
		SYS_write,    SYS_pwrite64,  SYS_writev, SYS_pwritev,  SYS_fsync,     SYS_fdatasync, SYS_ftruncate,
		SYS_renameat, SYS_renameat2, SYS_linkat, SYS_unlinkat, SYS_fallocate, SYS_openat,
#ifdef SYS_unlink
		SYS_unlink,   SYS_rename,    SYS_link,	 SYS_truncate,
#endif
	};

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (call == (uint64_t)calls[i])
			return true;
	return false;
}

/* Halves the length of the write that the child is about to do. False where that is not known how. */
static bool halve(pid_t child)
{
#ifdef __x86_64__
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, child, NULL, &regs) != 0)
		return false;
	regs.rdx /= 2;
	return ptrace(PTRACE_SETREGS, child, NULL, &regs) == 0;
#else
	(void)child;
	return false;
#endif
}

static pid_t spawn(bool (*fn)(void *arg), void *arg)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(EXIT_FORBIDDEN);
	raise(SIGSTOP);
	_exit(fn(arg) ? 0 : EXIT_GAVE_UP);
}

static enum tracer_end end_of(int status)
{
	if (!WIFEXITED(status))
		return TRACER_FAILED;
	if (WEXITSTATUS(status) == EXIT_FORBIDDEN)
		return TRACER_FORBIDDEN;
	return WEXITSTATUS(status) == 0 ? TRACER_DONE : TRACER_FAILED;
}

static enum tracer_end end_now(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	return waitpid(child, &status, 0) == child && WIFSIGNALED(status) ? TRACER_CUT : TRACER_FAILED;
}

enum tracer_end tracer_run(bool (*fn)(void *arg), void *arg, long at, bool torn, long *ret_calls)
{
	pid_t child = spawn(fn, arg);
	bool last = false;
	int status;

	*ret_calls = 0;
	if (child < 0 || waitpid(child, &status, 0) != child)
		return TRACER_FAILED;
	if (!WIFSTOPPED(status))
		return end_of(status);
	if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0) {
		end_now(child);
		return TRACER_FORBIDDEN;
	}
	for (;;) {
		struct __ptrace_syscall_info info;
		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0 || waitpid(child, &status, 0) != child)
			return TRACER_FAILED;
		if (!WIFSTOPPED(status))
			return end_of(status);
		if (last) /* on the way out of the halved call */
			return end_now(child);
		if (WSTOPSIG(status) != (SIGTRAP | 0x80) ||
		    ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, &info) <= 0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY || !writes(info.entry.nr))
			continue;
		if ((*ret_calls)++ != at)
			continue;
		last = torn && writes_octets(info.entry.nr) && halve(child);
		if (!last)
			return end_now(child);
	}
}
