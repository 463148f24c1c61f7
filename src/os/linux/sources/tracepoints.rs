//! Tracepoints, counted on all CPUs through `perf_event_open`: nothing is recorded, the kernel only adds one.
//! `tlb:tlb_flush` is distinguished by reason *number*: 1 is a shootdown received, 4 one attempted at the sender, which may find
//! nobody to interrupt.

use std::{
    ffi::CString,
    fs, io,
    os::fd::{AsRawFd, RawFd},
    path::PathBuf,
};

use perf_event::{Builder, Counter, Group, events::Tracepoint};

use super::{
    super::{counters::inode, proc_text::numbers_of},
    Column, Probe, Source, Subject, or_absent,
};

/// Reasons of `enum tlb_flush_reason` (include/linux/mm_types.h).
const FLUSHES: [(u32, &str); 5] = [
    (0, "tlb_flush.task_switch"),
    (1, "tlb_flush.remote_received"),
    (2, "tlb_flush.local"),
    (3, "tlb_flush.local_mm"),
    (4, "tlb_flush.remote_attempted"),
];
const OTHERS: [(&str, &str); 3] = [
    ("mmap_lock/mmap_lock_start_locking", "mmap_lock.start_locking"),
    ("mmap_lock/mmap_lock_acquire_returned", "mmap_lock.acquire_returned"),
    ("mmap_lock/mmap_lock_released", "mmap_lock.released"),
];
pub const PLACES: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/// Whether this architecture's kernel reports flushes at `tlb:tlb_flush`. Others have the tracepoint too, and never pass it: what
/// is counted there is no zero.
pub const REPORTS_FLUSHES: bool = cfg!(any(target_arch = "x86_64", target_arch = "x86"));

const REMOVALS: &str = "page_cache_removals";

/// A filter can name only so many files.
const MOST_FILES: usize = 32;

/// Flushes by reason, the locking of address spaces, and removals of the mapped files' pages (folios, rather) from the page cache:
/// by truncation, or by reclaim.
pub fn open(subject: Subject<'_>) -> Source {
    let paths: Vec<PathBuf> = subject.files.iter().take(MOST_FILES).cloned().collect();
    let mut known = inodes(&paths);
    let flush = if REPORTS_FLUSHES {
        id("tlb/tlb_flush")
    } else {
        Err("tlb:tlb_flush: only kernels for x86 report flushes there".to_owned())
    };
    let flushes = FLUSHES.map(|(reason, column)| Counted {
        column,
        id: flush.clone(),
        filter: Some(format!("reason=={reason}")),
    });
    let others = OTHERS.map(|(event, column)| Counted { column, id: id(event), filter: None });
    let removals = Counted {
        column: REMOVALS,
        id: id("filemap/mm_filemap_delete_from_page_cache"),
        filter: Some(filter_of(&known)),
    };
    let counted: Vec<Counted> = flushes.into_iter().chain(others).chain([removals]).collect();
    let column = |counted: &Counted| Column {
        unavailable: counted.id.as_ref().err().cloned(),
        ..Column::counted(counted.column)
    };
    let columns: Vec<Column> = counted.iter().map(column).collect();
    let opened = on_all_cpus(&counted).map(|mut cpus| {
        Source::new(columns.clone(), move |_, row| {
            row.extend(sums(&mut cpus));
            // Another file may have taken a file's place.
            let now = inodes(&paths);
            if now != known {
                let filter = filter_of(&now);
                let removals = cpus.iter().filter_map(|cpu| cpu.counters.last()?.as_ref());
                // Refused: then the old files are counted on, and `files_replaced` reports the change.
                let _ = removals.map(AsRawFd::as_raw_fd).try_for_each(|counter| set_filter(counter, &filter));
                known = now;
            }
        })
    });
    or_absent(opened, columns)
}

/// A tracepoint, by its number, and which of its events are counted.
struct Counted {
    column: &'static str,
    id: Probe<u64>,
    filter: Option<String>,
}

/// The counters of one CPU, in the order of the columns; none where the kernel lacks the tracepoint.
/// A read interrupts the CPU, so they are one group: a single read has the counts of all.
struct CpuCounters {
    group: Group,
    counters: Vec<Option<Counter>>,
}

/// The counts of all CPUs together; `None` without any counter, or if one could not be read.
fn sums(cpus: &mut [CpuCounters]) -> Vec<Option<u64>> {
    let columns = cpus.first().map_or(0, |cpu| cpu.counters.len());
    let mut sums = vec![Some(0); columns];
    for cpu in cpus {
        let counts = cpu.group.read().ok();
        for (sum, counter) in sums.iter_mut().zip(&cpu.counters) {
            let count = counts.as_ref().zip(counter.as_ref()).and_then(|(counts, counter)| counts.get(counter));
            *sum = sum.zip(count).map(|(sum, count)| sum + count.value());
        }
    }
    sums
}

fn inodes(paths: &[PathBuf]) -> Vec<u64> {
    paths.iter().filter_map(|path| inode(path)).collect()
}

fn filter_of(inodes: &[u64]) -> String {
    let any_of = inodes.iter().map(|inode| format!("i_ino=={inode}")).collect::<Vec<_>>().join("||");
    if any_of.is_empty() { "i_ino==0".to_owned() } else { any_of }
}

fn id(event: &str) -> Probe<u64> {
    let texts = PLACES.iter().find_map(|place| fs::read_to_string(format!("{place}/events/{event}/id")).ok());
    let text = texts.ok_or_else(|| {
        format!("no {event}/id in {}: mount tracefs (mount -t tracefs tracefs {0}), and run as root", PLACES[0])
    })?;
    text.trim().parse().map_err(|_| format!("{event}/id: {:?} is no number", text.trim()))
}

fn on_all_cpus(counted: &[Counted]) -> Probe<Vec<CpuCounters>> {
    let online =
        fs::read_to_string("/sys/devices/system/cpu/online").map_err(|error| format!("CPUs online: {error}"))?;
    let refused = |error| {
        format!("perf_event_open: {error}; run as root, or with CAP_PERFMON and kernel.perf_event_paranoid at most 0")
    };
    numbers_of(&online).map(|cpu| on_cpu(cpu as usize, counted).map_err(refused)).collect()
}

fn on_cpu(cpu: usize, counted: &[Counted]) -> io::Result<CpuCounters> {
    let mut group = Group::builder().any_pid().one_cpu(cpu).build_group()?;
    let mut counter = |counted: &Counted| {
        let Ok(id) = counted.id else { return Ok(None) };
        let mut builder = Builder::new(Tracepoint::with_id(id));
        let mut counter = group.add(builder.any_pid().one_cpu(cpu).include_kernel())?;
        counted.filter.as_ref().map_or(Ok(()), |filter| set_filter(counter.as_raw_fd(), filter))?;
        // Before the group: Linux 6.18 counts nothing in one that is enabled after the group's first (6.1 does).
        counter.enable()?;
        Ok(Some(counter))
    };
    let counters = counted.iter().map(&mut counter).collect::<io::Result<_>>()?;
    group.enable()?;
    Ok(CpuCounters { group, counters })
}

fn set_filter(event: RawFd, filter: &str) -> io::Result<()> {
    /// `_IOW('$', 6, char *)` of include/uapi/linux/perf_event.h.
    const SET_FILTER: libc::Ioctl = libc::_IOW::<*mut libc::c_char>(b'$' as u32, 6);
    let text = CString::new(filter)?;
    // SAFETY: the descriptor is a perf event's, and the text ends with a zero byte and lives until the call returns.
    match unsafe { libc::ioctl(event, SET_FILTER, text.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
