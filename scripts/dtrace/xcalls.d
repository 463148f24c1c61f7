#!/usr/sbin/dtrace -s
/*
 * Who sends the cross calls of a run, and from where in the kernel?
 *
 *   mapstorm run SCENARIO --trace 'dtrace -s scripts/dtrace/xcalls.d'
 *
 * Expect, if commits walk the mappers of the file: the writer's stack with hat_pagesync, hat_page_clrattr or hat_pageunload
 * on top of nearly all of them, and about one call for each mapper and page written. Stacks of munmap, exit or kmem_reap
 * are the background. The sum, not the count: one probe may stand for several CPUs.
 *
 * Needs the privilege dtrace_kernel: root in the global zone. Never run by its authors.
 */

#pragma D option quiet
#pragma D option aggsortrev

sysinfo:::xcalls
{
	@by_stack[stack(12)] = sum(arg0);
	@by_process[execname] = sum(arg0);
	@by_cpu[cpu] = sum(arg0);
}

END
{
	trunc(@by_stack, 20);
	printf("cross calls by program\n");
	printa("  %-20s %@d\n", @by_process);
	printf("\ncross calls by sending CPU\n");
	printa("  %-20d %@d\n", @by_cpu);
	printf("\ncross calls by kernel stack, the 20 largest\n");
	printa("%k  %@d\n\n", @by_stack);
}
