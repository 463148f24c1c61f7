//! Tracepoints, counted on all CPUs through `perf_event_open`: nothing is recorded, the kernel only adds one.
//! `tlb:tlb_flush` is told apart by reason *number*: 1 is a shootdown received, 4 one attempted at the sender, which may find
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

/// Whether this architecture's kernel reports flushes at `tlb:tlb_flush`. Others have the tracepoint too, and never reach it: what
/// it counts there is no zero.
pub const TELLS_OF_FLUSHES: bool = cfg!(any(target_arch = "x86_64", target_arch = "x86"));

/// Each name with one counter per CPU; without any it is unavailable.
struct Tracepoints(Vec<(Column, Vec<Counter>)>);

impl Tracepoints {
    fn of(each: impl Iterator<Item = (&'static str, Probe<Vec<Counter>>)>) -> Box<dyn Source> {
        let each = each.map(|(name, counters)| match counters {
            Ok(counters) => (Column::counted(name), counters),
            Err(why) => (Column::counted(name).unavailable(why), Vec::new()),
        });
        Box::new(Tracepoints(each.collect()))
    }
}

pub fn open_flushes(_: Subject<'_>) -> Box<dyn Source> {
    let id = if TELLS_OF_FLUSHES {
        id("tlb/tlb_flush")
    } else {
        Err("tlb:tlb_flush: only kernels for x86 report flushes there".to_owned())
    };
    Tracepoints::of(
        FLUSHES.iter().map(|(reason, name)| {
            (*name, id.clone().and_then(|id| on_all_cpus(id, Some(&format!("reason=={reason}")))))
        }),
    )
}

pub fn open_others(_: Subject<'_>) -> Box<dyn Source> {
    Tracepoints::of(OTHERS.iter().map(|(event, name)| (*name, id(event).and_then(|id| on_all_cpus(id, None)))))
}

/// Removals of the mapped files' pages (folios, rather) from the page cache: by truncation, or by reclaim.
struct Removals {
    paths: Vec<PathBuf>,
    inodes: Vec<u64>,
    counters: Vec<Counter>,
}

/// A filter can name only so many files.
const MOST_FILES: usize = 32;

const REMOVALS: &str = "page_cache_removals";

pub fn open_removals(subject: Subject<'_>) -> Box<dyn Source> {
    or_absent(removals(subject), vec![Column::counted(REMOVALS)])
}

fn removals(subject: Subject<'_>) -> Probe<Box<dyn Source>> {
    let id = id("filemap/mm_filemap_delete_from_page_cache")?;
    let paths: Vec<PathBuf> = subject.files.iter().take(MOST_FILES).cloned().collect();
    let inodes = inodes(&paths);
    let counters = on_all_cpus(id, Some(&filter_of(&inodes)))?;
    Ok(Box::new(Removals { paths, inodes, counters }))
}

fn inodes(paths: &[PathBuf]) -> Vec<u64> {
    paths.iter().filter_map(|path| Some(fs::metadata(path).ok()?.ino())).collect()
}

fn filter_of(inodes: &[u64]) -> String {
    let each = inodes.iter().map(|inode| format!("i_ino=={inode}")).collect::<Vec<_>>().join("||");
    if each.is_empty() { "i_ino==0".to_owned() } else { each }
}

impl Source for Removals {
    fn columns(&self) -> Vec<Column> {
        vec![Column::counted(REMOVALS)]
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        values.push(self.counters.iter_mut().map(|counter| counter.read().ok()).sum());
        // Another file may have taken a file's place.
        let now = inodes(&self.paths);
        if now != self.inodes {
            let filter = filter_of(&now);
            // Refused: then the old files are counted on, and `files_replaced` tells of the change.
            let _ = self.counters.iter().try_for_each(|counter| set_filter(counter.as_raw_fd(), &filter));
            self.inodes = now;
        }
    }
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

impl Source for Tracepoints {
    fn columns(&self) -> Vec<Column> {
        self.0.iter().map(|(column, _)| column.clone()).collect()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        for (_, counters) in &mut self.0 {
            let count = counters.iter_mut().map(|counter| counter.read().ok()).sum();
            // Without any counter the sum is no count.
            values.push(if counters.is_empty() { None } else { count });
        }
    }
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
