// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <seccomp.h>

#include "syscall.h"

void print_syscall(unsigned long long number)
{
	unsigned int arch = seccomp_arch_native();
	char *name = NULL;

#ifdef __x86_64__
	/* The x32 ABI has numbers of its own, with this bit set. */
	if (number & 0x40000000)
		arch = SCMP_ARCH_X32;
#endif
	if (number <= INT_MAX)
		name = seccomp_syscall_resolve_num_arch(arch, (int)number);
	if (name)
		fputs(name, stdout);
	else
		printf("syscall %lld", (long long)number);
	free(name);
}
