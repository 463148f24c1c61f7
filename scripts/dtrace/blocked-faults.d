#!/usr/sbin/dtrace -s
/*
 * Which lock do page faults on the file sleep on, and for how long?
 *
 *   mapstorm run SCENARIO --trace 'dtrace -s scripts/dtrace/blocked-faults.d'
 *
 * Expect, if a lock of the file system holds the readers up: long times of ufs_getpage (i_contents, held by a write or its log
 * commit) or zfs_getpage (z_map_lock, before 2009), with rwlock blocks below them whose sum is about the stalled time. If they
 * are blocked on a mutex below hat_ functions instead, the page's list of mappings is being walked: see pagesync.d.
 *
 * Needs the privilege dtrace_kernel: root in the global zone. fbt probes may change with the kernel. Never run by its authors.
 */

#pragma D option quiet
/* A file system that is not loaded has no probes. */
#pragma D option zdefs

fbt::ufs_getpage:entry,
fbt::zfs_getpage:entry,
fbt::tmp_getpage:entry
{
	self->began = timestamp;
}

/* lockstat probes fire when the wait is over: arg1 is its length in ns. */
lockstat:::rw-block
/self->began/
{
	@rwlocks[stack(10)] = sum(arg1);
	@waits["rwlock"] = quantize(arg1);
}

lockstat:::adaptive-block
/self->began/
{
	@mutexes[stack(10)] = sum(arg1);
	@waits["mutex"] = quantize(arg1);
}

fbt::ufs_getpage:return,
fbt::zfs_getpage:return,
fbt::tmp_getpage:return
/self->began/
{
	@times[probefunc] = quantize(timestamp - self->began);
	self->began = 0;
}

END
{
	trunc(@rwlocks, 10);
	trunc(@mutexes, 10);
	printf("one getpage, ns\n");
	printa("  %s%@d\n", @times);
	printf("\none wait for a lock inside a getpage, ns\n");
	printa("  %s%@d\n", @waits);
	printf("\nns asleep on rwlocks inside getpage, by kernel stack\n");
	printa("%k  %@d\n\n", @rwlocks);
	printf("\nns asleep on mutexes inside getpage, by kernel stack\n");
	printa("%k  %@d\n\n", @mutexes);
}
