//! The table of causes. Order matters: time belongs to the first cause whose rule fits; the last fits everything.
//! What the rules ask is in `context`.

use super::{
    super::time_attribution::{
        Interference::{Frozen, Halted, Stopped},
        LockHolder,
        SchedState::{Blocked, Queued, Running},
    },
    Cause, CauseFigure,
    context::{
        HERD_SHARE, MANY_MAPPERS, high_if, high_or_low, is_sync, is_write, refaults, remaps_as_reader, runs_or_waits,
        sleeps_in_faults,
    },
};
use crate::{
    mailboxes::Phase::*,
    results::{
        Confidence::{High, Low, Medium, Seen},
        Role,
        Series::{Phase, StartDelay},
    },
};

const RUNNABLE: CauseFigure = ("runnable", "processes that could run, mean");
const BLOCKED: CauseFigure = ("blocked", "processes blocked in the kernel, mean");
const MINOR_FAULTS: CauseFigure = ("minor_faults", "page faults without I/O a second");
const MAJOR_FAULTS: CauseFigure = ("major_faults", "page faults with I/O a second");
const DEVICE_BUSY: CauseFigure = ("device_busy_us", "µs a second that the device was busy");
const CROSS_CALLS: CauseFigure = ("cross_calls.", "cross calls sent a second, all CPUs");
const WAIT_FOR_IO: CauseFigure = ("pressure_io_some_us", "µs a second in which a process waited for I/O");
const TLB_INTERRUPTS: CauseFigure = ("tlb_interrupts.", "TLB interrupts received a second, all CPUs");
const STOPPED: CauseFigure = ("stalled_stopped", "stalled workers found stopped, of 8 sampled");
const LOCK_WAITERS: CauseFigure = ("lock_waiters", "processes waiting for a lock on the file, mean");

pub static CAUSES: [Cause; 22] = [
    Cause {
        name: "emulated",
        meaning: "another system's behaviour was imitated at every commit (`writer.emulate`): no property of this machine",
        owns: |kind, context| {
            let stops = context.facts.recorded.run.scenario.writer.emulate.stops_mappers();
            kind.part == Phase(Emulated) || (stops && kind.interference == Some(Stopped))
        },
        confidence: |_| High,
        figures: &[MINOR_FAULTS, STOPPED],
        advice: &["give `writer.emulate = \"nothing\"` to see what this system does itself"],
    },
    Cause {
        name: "stopped-by-signal",
        meaning: "workers were stopped by a signal (SIGSTOP, SIGTSTP, a debugger)",
        owns: |kind, _| kind.interference == Some(Stopped),
        confidence: |_| High,
        figures: &[STOPPED],
        advice: &["find who sends SIGSTOP (an administrator, a debugger, a batch scheduler); the file is not at fault"],
    },
    Cause {
        name: "frozen-cgroup",
        meaning: "the workers' control group was frozen",
        owns: |kind, _| kind.interference == Some(Frozen),
        confidence: |_| High,
        figures: &[("stalled_frozen", "stalled workers found in a frozen control group, of 8 sampled")],
        advice: &["find who freezes the group (a container pause, a checkpoint, a suspend); the file is not at fault"],
    },
    Cause {
        name: "memory-pressure",
        meaning: "memory is short: pages are reclaimed and read again",
        owns: |kind, context| {
            let waits = kind.state == Blocked && kind.holder != LockHolder::Other;
            // Processes that read their own program's pages again are halted too: the noise probes, the driver.
            let itself = matches!(kind.interference, None | Some(Halted));
            (kind.major_faults || waits) && itself && context.memory_is_short()
        },
        confidence: |_| High,
        figures: &[
            ("pressure_memory_some_us", "µs a second in which a process waited for memory"),
            MAJOR_FAULTS,
            ("refaulted_file_pages", "file pages a second that were read again after reclaim"),
            ("direct_reclaim_pages", "pages a second that processes had to reclaim themselves"),
        ],
        advice: &[
            "give the machine or the control group more memory, or fewer processes: each mapper of every page costs a page table \
             of its own",
        ],
    },
    Cause {
        name: "cpu-quota",
        meaning: "the CPU quota of a control group was used up: none of its processes ran until the next period",
        owns: |kind, context| {
            let waits = kind.state == Queued || kind.interference == Some(Halted);
            // The holder of the lock was held up outside of its records, unless a process outside the workers was seen with it.
            let unseen = kind.holder == LockHolder::Other && context.facts.locked_by_others.is_empty();
            kind.throttled && (waits || unseen)
        },
        confidence: |context| high_if(context.facts.rate("cpu_quota_throttled_us").is_some_and(|us| us > 200_000.0)),
        figures: &[
            ("cpu_quota_throttled_us", "µs a second that a used-up quota kept tasks from running, all CPUs"),
            ("cpu_quota_throttled_periods", "periods a second in which the quota was used up"),
            RUNNABLE,
        ],
        advice: &[
            "raise cpu.max (version 1: cpu.cfs_quota_us) of GROUP: it is the CPU limit of a container, CPUQuota= of systemd, a cap of \
             illumos; more CPUs do not help",
            "have less done in the group, or fewer processes at a time: the quota is one for all of them",
        ],
    },
    Cause {
        name: "hypervisor",
        meaning: "the hypervisor gave the CPUs to others (steal), or stopped the whole machine",
        owns: |kind, context| {
            kind.interference == Some(Halted)
                || (kind.state == Queued && context.facts.steal_share().is_some_and(|share| share > 0.3))
        },
        confidence: |context| high_or_low(context.facts.steal_share().is_some_and(|share| share > 0.1)),
        figures: &[("cpu_steal_us", "µs of CPU time a second that the hypervisor kept from this machine")],
        advice: &[
            "look at the host: too many guests, a live migration, a snapshot; where no steal is shown, at whoever can suspend \
             this machine or freeze all of its processes",
        ],
    },
    Cause {
        name: "page-fault-storm",
        meaning: "the file was cut short or replaced, and all workers had to wait for that and fault its pages in again",
        owns: |kind, context| {
            let after = kind.replaced
                && (kind.holder == LockHolder::Other || matches!(kind.part, Phase(Remap | Search) | StartDelay));
            let faulting = context.faulting > HERD_SHARE && kind.part == Phase(Search) && kind.faults;
            after || faulting
        },
        confidence: |context| high_if(!context.facts.replaced.is_empty()),
        figures: &[
            MINOR_FAULTS,
            ("page_cache_removals", "pages (or folios) a second that left the page cache"),
            ("files_replaced", "times a second that another file took the file's place"),
        ],
        advice: &[
            "do not rewrite the file in place or replace it while thousands have it mapped; checkpoint at night, or split it \
             into instances",
        ],
    },
    Cause {
        name: "remap-herd",
        meaning: "all readers remap the file at the same time",
        owns: |kind, context| {
            // A process that remapped faults the pages in again, and all others wait for the CPUs that this takes.
            let follows = kind.state == Queued || kind.part == Phase(Search);
            kind.holder != LockHolder::Other && (remaps_as_reader(kind) || (follows && context.is_herd))
        },
        confidence: |context| context.seen_at(Role::Reader, &["mapping_lock"], 0.3, high_if(context.is_herd)),
        figures: &[
            MINOR_FAULTS,
            ("mmap_lock.start_locking", "times a second that an address space was locked"),
            RUNNABLE,
        ],
        advice: &[
            "map more than the file's size, so that growth does not force all readers to remap it (Cyrus: a larger slack)",
            "split into instances: a herd is as large as the number of mappers of one file",
        ],
    },
    Cause {
        name: "demap-walks-mappers",
        meaning: "a sync or write visits every process that maps the page, and interrupts the CPUs that it has run on to drop their translation",
        owns: |kind, context| {
            let runs = matches!(kind.state, Running | Queued);
            let works = runs && (is_sync(kind.part) || is_write(kind.part));
            // The page's list of mappings is locked as long as the walk takes: processes that fault on it sleep.
            context.demaps() && (works || sleeps_in_faults(kind))
        },
        confidence: |_| High,
        figures: &[CROSS_CALLS, MINOR_FAULTS, ("cpu_system_us", "µs of CPU time a second in the kernel, all CPUs")],
        advice: &[
            "split into instances: a walk is as long as the number of mappers of one file",
            "bind the processes of one instance to few CPUs: only those that a process has run on are interrupted",
            "keep fewer idle preforked processes: they are mappers too",
            "see who sends the cross calls: `--trace \"dtrace -s scripts/dtrace/xcalls.d\"`",
        ],
    },
    Cause {
        name: "faults-behind-file-lock",
        meaning: "page faults on the file sleep although nothing is read and no CPU is interrupted: a lock inside the file system is held",
        owns: |kind, _| sleeps_in_faults(kind),
        confidence: |context| high_if(context.facts.figure("cross_calls.", "").is_some()),
        figures: &[
            CROSS_CALLS,
            ("rwlock_read_waits", "times a second that a reader waited for a kernel rwlock"),
            ("rwlock_write_waits", "times a second that a writer waited for one"),
            ("mutex_waits", "times a second that a kernel mutex was waited for"),
        ],
        advice: &[
            "see which lock it is: `--trace \"dtrace -s scripts/dtrace/blocked-faults.d\"`",
            "put the file on a file system that takes no lock of the file's in a fault (ZFS since 2009), or commit less often",
        ],
    },
    Cause {
        name: "folio-lock",
        meaning: "processes that fault in the same pages wait for each other: a folio is locked while one of them maps it",
        owns: |kind, context| refaults(kind) && context.stacks_are_at(Role::Reader, &["folio"], 0.3),
        confidence: |_| Seen,
        figures: &[MINOR_FAULTS, ("reader_stacks.folio", "stacks a second of slow readers that waited for a folio")],
        advice: &[
            "have each process touch the file's pages before it works (mapstorm: readers.prefault), and after each growth",
            "split into instances: the queue is as long as the number of processes that fault in one page",
        ],
    },
    Cause {
        name: "tlb-shootdowns",
        meaning: "CPUs are interrupted to drop translations of pages that another process or thread unmaps or cleans",
        owns: |kind, context| kind.state == Running && context.tlb_share().is_some_and(|share| share > 0.1),
        confidence: |_| High,
        figures: &[
            TLB_INTERRUPTS,
            ("tlb_flush.remote_received", "remote TLB flushes received a second (tracepoint)"),
            (
                "tlb_flush.remote_attempted",
                "remote TLB flushes attempted a second (tracepoint; many find no other CPU)",
            ),
        ],
        advice: &[
            "bind the processes or threads of one instance to few CPUs, or split into instances",
            "see who unmaps: `--trace \"bpftrace scripts/bpftrace/shootdowns.bt\"`; let an allocator keep what it has (glibc: \
             M_TRIM_THRESHOLD, M_MMAP_THRESHOLD)",
        ],
    },
    Cause {
        name: "sync-walks-mappers",
        meaning: "a sync visits every process that maps the page it writes back, under the file's lock",
        owns: |kind, context| {
            // Work that takes long on the CPU also waits for the CPU behind the readers that the last commit released.
            let works = kind.state == Running || (kind.state == Queued && context.walking > HERD_SHARE);
            // A write to a folio that the kernel's own flusher is cleaning waits for that walk: the device is idle meanwhile.
            let waits = is_write(kind.part) && kind.state == Blocked && context.walking > HERD_SHARE;
            let behind_flusher = waits && context.device_is_busy() == Some(false);
            (is_sync(kind.part) && works || behind_flusher) && context.mappers >= MANY_MAPPERS
        },
        confidence: |context| context.seen_at(Role::Writer, &["walk", "mapping_lock"], 0.3, High),
        figures: &[TLB_INTERRUPTS, DEVICE_BUSY],
        advice: &[
            "open the file read-only in readers: the walk then passes their mappings by",
            "split into instances: the cost is per mapper of one file",
            "write the file in smaller pieces (or on a file system without large folios): the walk looks at every page of a folio",
            "keep fewer idle preforked processes: they are mappers too",
        ],
    },
    Cause {
        name: "lock-held-over-sync",
        meaning: "the file's lock is held while a write or sync waits for the file system and its device",
        owns: |kind, _| {
            (is_sync(kind.part) || is_write(kind.part)) && kind.holder == LockHolder::Writer && runs_or_waits(kind)
        },
        confidence: |context| context.waits_for_disk(High),
        figures: &[WAIT_FOR_IO, BLOCKED, DEVICE_BUSY],
        advice: &[
            "put the file on a faster or battery-backed device",
            "commit less often, or split into instances, so that fewer wait for one sync",
        ],
    },
    Cause {
        name: "device-io",
        meaning: "operations wait for the device themselves: writes and syncs of a writer, or pages of the file",
        owns: |kind, context| {
            let is_blocked = kind.state == Blocked && kind.holder != LockHolder::Other;
            // Where most of the time some process waits for I/O, a page that is being written or read keeps others waiting too.
            let for_pages = is_write(kind.part) || matches!(kind.part, Phase(Search | Remap));
            let waits = kind.major_faults || (for_pages && context.facts.waits_for_io && kind.interference.is_none());
            (is_sync(kind.part) && runs_or_waits(kind)) || (is_blocked && waits)
        },
        confidence: |context| {
            let is_busy = context.device_is_busy() == Some(true);
            context.waits_for_disk(high_if(is_busy || context.oldest_write().is_some()))
        },
        figures: &[WAIT_FOR_IO, BLOCKED, DEVICE_BUSY, MAJOR_FAULTS],
        advice: &["put the file on a faster device, and away from what else keeps this one busy"],
    },
    Cause {
        name: "lock-held-over-checkpoint",
        meaning: "the file's lock is held while the whole file is rewritten",
        owns: |kind, _| matches!(kind.part, Phase(Checkpoint | Recover)),
        confidence: |_| High,
        figures: &[DEVICE_BUSY],
        advice: &[
            "checkpoint at night (Cyrus: ctl_cyrusdb -c), or split into instances, so that each rewrite is short",
        ],
    },
    Cause {
        name: "commit-behind-repack",
        meaning: "writers wait while the whole file is rewritten under the shared lock; readers go on",
        owns: |kind, _| kind.part == Phase(Repack),
        confidence: |_| High,
        figures: &[DEVICE_BUSY],
        advice: &[
            "only commits wait: where they may not, split into instances, so that each repack is short, or repack at night (twom)",
        ],
    },
    Cause {
        name: "lock-convoy",
        meaning: "releasing the lock takes long, because all processes that wait for it are woken then",
        owns: |kind, _| kind.holder == LockHolder::Writer && kind.part == Phase(Unlock),
        confidence: |_| High,
        figures: &[LOCK_WAITERS, RUNNABLE],
        advice: &["split into instances: the convoy is as long as the number of processes that use one file"],
    },
    Cause {
        name: "lock-held-by-another",
        meaning: "a process that is no worker holds the file's lock",
        owns: |kind, _| kind.holder == LockHolder::Other && kind.state == Blocked,
        confidence: |context| high_or_low(!context.facts.locked_by_others.is_empty()),
        figures: &[("write_locks_of_others", "write locks on the file held by others, mean"), LOCK_WAITERS],
        advice: &[
            "find the holder while it happens: `lslocks`, or `/proc/locks` and the file's inode; a backup, a dump or a reconstruct",
        ],
    },
    Cause {
        name: "run-queue",
        meaning: "too few CPUs: processes that could run wait for one",
        owns: |kind, _| kind.state == Queued,
        confidence: |context| {
            let cpus = context.facts.recorded.run.environment.cpus_allowed.value();
            let runnable = context.facts.rate("runnable").zip(cpus);
            let is_full = runnable.is_some_and(|(runnable, cpus)| runnable > 2.0 * *cpus as f64);
            high_if(is_full || context.facts.rose("pressure_cpu_some_us", 2.0, 200_000.0))
        },
        figures: &[
            RUNNABLE,
            ("pressure_cpu_some_us", "µs a second in which a process waited for a CPU"),
            ("context_switches", "context switches a second"),
        ],
        advice: &[
            "more CPUs, or less for them to do; if the workers' own share is small, find what else runs here (`top`)",
        ],
    },
    Cause {
        name: "late-wake-up",
        meaning: "the load generator itself had a start delay without waiting for a CPU: the load was not what the scenario asked for",
        owns: |kind, _| kind.part == StartDelay && kind.state == Blocked,
        confidence: |_| Medium,
        figures: &[("timer_interrupts.", "timer interrupts a second, all CPUs")],
        advice: &[
            "timers of this machine are coarse or slack (`/proc/PID/timerslack_ns`): do not trust this run's response times",
        ],
    },
    Cause {
        name: "unexplained",
        meaning: "nothing that was recorded explains it",
        owns: |_, _| true,
        confidence: |_| Low,
        figures: &[RUNNABLE, BLOCKED, WAIT_FOR_IO],
        advice: &["run `mapstorm doctor` for evidence that could be switched on, and look at `stalls.jsonl`"],
    },
];
