#!/usr/sbin/dtrace -s
/*
 * How long does one walk over all mappings of a page take, and how many cross calls does it send?
 *
 *   mapstorm run SCENARIO --trace 'dtrace -s scripts/dtrace/pagesync.d'
 *
 * Expect, if the walk is the cost: times that grow in proportion to readers.count, with cross calls in proportion too on
 * SPARC (each mapper touched since the last sync is interrupted), and at most one for each other CPU on x86. Short times
 * whatever the number of mappers speak against it.
 *
 * Needs the privilege dtrace_kernel: root in the global zone. fbt probes may change with the kernel. Never run by its authors.
 */

#pragma D option quiet

fbt::hat_pagesync:entry,
fbt::hat_page_clrattr:entry,
fbt::hat_pageunload:entry
{
	self->began[probefunc] = timestamp;
	self->calls = 0;
}

sysinfo:::xcalls
/self->began["hat_pagesync"] || self->began["hat_page_clrattr"] || self->began["hat_pageunload"]/
{
	self->calls += arg0;
}

fbt::hat_pagesync:return,
fbt::hat_page_clrattr:return,
fbt::hat_pageunload:return
/self->began[probefunc]/
{
	@times[probefunc, execname] = quantize(timestamp - self->began[probefunc]);
	@sums[probefunc, execname] = sum(timestamp - self->began[probefunc]);
	@calls[probefunc, execname] = quantize(self->calls);
	self->began[probefunc] = 0;
}

END
{
	printf("all walks together, ns\n");
	printa("  %-20s %-20s %@d\n", @sums);
	printf("\none walk, ns\n");
	printa("  %s by %s%@d\n", @times);
	printf("\ncross calls of one walk\n");
	printa("  %s by %s%@d\n", @calls);
}
