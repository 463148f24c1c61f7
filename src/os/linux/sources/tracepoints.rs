//! Tracepoints, counted on all CPUs through `perf_event_open`: nothing is recorded, the kernel only adds one.
//! `tlb:tlb_flush` is distinguished by reason *number*: 1 is a shootdown received, 4 one attempted at the sender, which may find
//! nobody to interrupt.

use std::{
    ffi::CString,
    fs,
    os::{
        fd::{AsRawFd, RawFd},
        unix::fs::MetadataExt,
    },
    path::PathBuf,
};

use perf_event::{Builder, Counter, events::Tracepoint};

use super::{Column, Probe, Source, Subject, or_absent};

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

/// A column for each name, with one counter per CPU.
fn counted(tracepoints: impl Iterator<Item = (&'static str, Probe<Vec<Counter>>)>) -> Source {
    let (columns, mut counters): (Vec<Column>, Vec<Vec<Counter>>) = tracepoints
        .map(|(name, counters)| match counters {
            Ok(counters) => (Column::counted(name), counters),
            Err(why) => (Column::counted(name).unavailable(why), Vec::new()),
        })
        .unzip();
    // Without any counter the sum is no count: such a column is unavailable.
    Source::new(columns, move |_, row| row.extend(counters.iter_mut().map(|counters| sum(counters))))
}

fn sum(counters: &mut [Counter]) -> Option<u64> {
    if counters.is_empty() { None } else { counters.iter_mut().map(|counter| counter.read().ok()).sum() }
}

pub fn open_flushes(_: Subject<'_>) -> Source {
    let id = if REPORTS_FLUSHES {
        id("tlb/tlb_flush")
    } else {
        Err("tlb:tlb_flush: only kernels for x86 report flushes there".to_owned())
    };
    let with_reason = |reason: u32| on_all_cpus(id.clone()?, Some(&format!("reason=={reason}")));
    counted(FLUSHES.iter().map(|(reason, name)| (*name, with_reason(*reason))))
}

pub fn open_others(_: Subject<'_>) -> Source {
    counted(OTHERS.iter().map(|(event, name)| (*name, id(event).and_then(|id| on_all_cpus(id, None)))))
}

/// A filter can name only so many files.
const MOST_FILES: usize = 32;

const REMOVALS: &str = "page_cache_removals";

/// Removals of the mapped files' pages (folios, rather) from the page cache: by truncation, or by reclaim.
pub fn open_removals(subject: Subject<'_>) -> Source {
    or_absent(removals(subject), vec![Column::counted(REMOVALS)])
}

fn removals(subject: Subject<'_>) -> Probe<Source> {
    let id = id("filemap/mm_filemap_delete_from_page_cache")?;
    let paths: Vec<PathBuf> = subject.files.iter().take(MOST_FILES).cloned().collect();
    let mut known = inodes(&paths);
    let mut counters = on_all_cpus(id, Some(&filter_of(&known)))?;
    Ok(Source::new(vec![Column::counted(REMOVALS)], move |_, row| {
        row.push(sum(&mut counters));
        // Another file may have taken a file's place.
        let now = inodes(&paths);
        if now != known {
            let filter = filter_of(&now);
            // Refused: then the old files are counted on, and `files_replaced` reports the change.
            let _ = counters.iter().try_for_each(|counter| set_filter(counter.as_raw_fd(), &filter));
            known = now;
        }
    }))
}

fn inodes(paths: &[PathBuf]) -> Vec<u64> {
    paths.iter().filter_map(|path| Some(fs::metadata(path).ok()?.ino())).collect()
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

fn on_all_cpus(id: u64, filter: Option<&str>) -> Probe<Vec<Counter>> {
    let online =
        fs::read_to_string("/sys/devices/system/cpu/online").map_err(|error| format!("CPUs online: {error}"))?;
    cpus(&online).into_iter().map(|cpu| on_cpu(id, filter, cpu)).collect()
}

fn on_cpu(id: u64, filter: Option<&str>, cpu: usize) -> Probe<Counter> {
    let refused = |error: std::io::Error| {
        format!("perf_event_open: {error}; run as root, or with CAP_PERFMON and kernel.perf_event_paranoid at most 0")
    };
    let mut builder = Builder::new(Tracepoint::with_id(id));
    let mut counter = builder.any_pid().one_cpu(cpu).include_kernel().build().map_err(refused)?;
    if let Some(filter) = filter {
        set_filter(counter.as_raw_fd(), filter).map_err(refused)?;
    }
    counter.enable().map_err(refused)?;
    Ok(counter)
}

fn set_filter(event: RawFd, filter: &str) -> std::io::Result<()> {
    /// `_IOW('$', 6, char *)` of include/uapi/linux/perf_event.h.
    const SET_FILTER: libc::Ioctl = libc::_IOW::<*mut libc::c_char>(b'$' as u32, 6);
    let text = CString::new(filter)?;
    // SAFETY: the descriptor is a perf event's, and the text ends with a zero byte and lives until the call returns.
    match unsafe { libc::ioctl(event, SET_FILTER, text.as_ptr()) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// The numbers of a list such as `0-3,6`.
fn cpus(list: &str) -> Vec<usize> {
    let ranges = list.trim().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?)
    });
    ranges.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::cpus;

    #[test]
    fn a_list_of_cpus_is_read() {
        assert_eq!(cpus("0-3,6\n"), [0, 1, 2, 3, 6]);
        assert_eq!(cpus("0"), [0]);
    }
}
