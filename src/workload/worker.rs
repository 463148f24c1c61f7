//! The loop of one worker: wait for each arrival, execute the operation, record its times, until the run ends.
//! In the loop a reader allocates nothing and makes no system call beyond the operation's own, the clock and the sleep.

use std::io::ErrorKind;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

use super::{Emulator, Keys, Recorder, Schedule, StallProfiler, Stopwatch, Times, Writing};
use crate::mailboxes::{Database, Error};
use crate::os::clock::{Woken, now_ns, sleep_until};
use crate::os::private_pages::PrivatePages;
use crate::scenario::{Arrivals, Mix, Operation, ReaderOperation, WriterOperation};
use crate::shm::{RunControl, WorkerCell};

#[allow(clippy::large_enum_variant, reason = "one of them, on the stack")]
pub enum Role<'a> {
    Reader(&'a Mix<ReaderOperation>),
    /// Commits, and emulates another system for the readers of its file. Only a writer has its buffers: thousands of readers would pay for
    /// them.
    Writer(&'a Mix<WriterOperation>, Writing<'a>, Option<Emulator<'a>>),
}

pub struct Plan<'a> {
    pub arrivals: Arrivals,
    pub seed: u64,
    pub keys: &'a Keys,
    /// Pages that are mapped, used and unmapped after each operation.
    pub unmaps: u32,
    pub run_control: &'a RunControl,
    /// First arrivals come from here on, nanoseconds of the monotonic clock.
    pub start_ns: u64,
    /// Operations due in here are the control; empty without one.
    pub control_ns: Range<u64>,
    pub measure_ns: u64,
    /// No operation is due from here on.
    pub end_ns: u64,
}

/// Works until the end of the run, or until the run is stopped. With a `profiler`, slow operations leave records, and so do all commits.
pub fn work(
    plan: &Plan<'_>,
    mut role: Role<'_>,
    recorder: &mut Recorder<'_>,
    profiler: Option<&StallProfiler<'_>>,
    database: &mut Database,
) {
    let mut schedule = Schedule::new(plan.arrivals, plan.seed, plan.start_ns);
    let closed = matches!(plan.arrivals, Arrivals::Closed { .. });
    let writes = matches!(role, Role::Writer(..));
    let mut ended = plan.start_ns;
    loop {
        let due = schedule.due_ns();
        if due >= plan.end_ns || plan.run_control.is_stopped() {
            break;
        }
        // What is due right before the end may begin and end after it. Whoever is over the stall threshold behind leaves the rest.
        let free = due.max(ended);
        let now = now_ns();
        if now >= plan.end_ns && now - due > recorder.stall_ns {
            break;
        }
        if let Some(profiler) = profiler {
            profiler.prepare(free, now);
        }
        recorder.cell.next_due_ns.store(due, Relaxed);
        let prepared = match &mut role {
            Role::Reader(_) => Ok(()),
            Role::Writer(mix, writing, _) => writing.prepare(mix, &mut schedule, database),
        };
        if now_ns() < due {
            recorder.slots.flush();
            if sleep_until(due) == Woken::BySignal {
                continue;
            }
        }
        let measured = due >= plan.measure_ns;
        if measured {
            recorder.due(due);
        }
        let ready = Ready { profiler, cell: recorder.cell, free_ns: free };
        let (outcome, operation, watch, start) = match (&mut role, prepared) {
            (Role::Reader(mix), _) => read(plan, mix, &mut schedule, database, ready),
            (Role::Writer(_, writing, emulator), Ok(())) => write(database, writing, emulator.as_mut(), ready),
            (Role::Writer(..), Err(error)) => {
                let now = now_ns();
                (Err(error), 0, Stopwatch::started(now, None), now)
            }
        };
        let end = watch.last_ns.max(start);
        let due = if closed { start } else { due };
        match outcome {
            Ok(()) if measured => recorder.completed(operation, &watch, due, start, end),
            Ok(()) if plan.control_ns.contains(&due) => recorder.controlled(end - due),
            Ok(()) => {}
            // Interrupted while waiting for the lock: the driver wants this worker to stop.
            Err(Error::Io { ref source, .. }) if source.raw_os_error() == Some(libc::EINTR) => {
                if measured {
                    recorder.given_up(operation, now_ns() - due);
                }
                break;
            }
            Err(error) => {
                fail(recorder.cell, &error);
                // A failed operation has ended too, and counts for the slots.
                if measured {
                    recorder.slots.completed(end);
                }
            }
        }
        if let Some(profiler) = profiler
            && end >= plan.control_ns.start
            && (writes || end - due > recorder.stall_ns)
        {
            profiler.keep(operation, Times { due_ns: due, free_ns: free, start_ns: start, end_ns: end }, &watch);
        }
        recorder.cell.set_idle();
        ended = end;
        if plan.unmaps > 0 {
            if let Err(error) = unmap_pages(plan) {
                fail(recorder.cell, &error);
            }
            ended = now_ns();
        }
        schedule.advance(ended);
    }
    if !closed {
        leave_due(plan, &mut schedule, recorder, &role);
    }
    recorder.slots.flush();
    recorder.cell.next_due_ns.store(0, Relaxed);
}

/// Takes translations of pages of its own away, as an allocator does that gives memory back.
fn unmap_pages(plan: &Plan<'_>) -> Result<(), Error> {
    for _ in 0..plan.unmaps {
        if plan.run_control.is_stopped() || now_ns() >= plan.end_ns {
            break;
        }
        let mut page = PrivatePages::map(1).map_err(Error::call("mmap"))?;
        page.store(1, 1).map_err(Error::call("store"))?;
    }
    Ok(())
}

/// Counts the operations that were due and not begun when the run ended, each drawn from the mix as it would have been.
fn leave_due(plan: &Plan<'_>, schedule: &mut Schedule, recorder: &mut Recorder<'_>, role: &Role<'_>) {
    let end = if plan.run_control.is_stopped() { now_ns().min(plan.end_ns) } else { plan.end_ns };
    while schedule.due_ns() < end {
        let due = schedule.due_ns();
        let drawn = schedule.uniform();
        if due >= plan.measure_ns {
            recorder.due(due);
            let operation = match role {
                Role::Reader(mix) => mix.choose(drawn).index(),
                Role::Writer(mix, ..) => mix.choose(drawn).index(),
            };
            recorder.given_up(operation, end - due);
        }
        schedule.advance(0);
    }
}

type Done<'m> = (Result<(), Error>, usize, Stopwatch<'m>, u64);

/// An operation that its worker can begin, and could since `free_ns`.
struct Ready<'m> {
    profiler: Option<&'m StallProfiler<'m>>,
    cell: &'m WorkerCell,
    free_ns: u64,
}

impl<'m> Ready<'m> {
    #[inline]
    fn begin(self, operation: usize) -> (u64, Stopwatch<'m>) {
        let start = now_ns();
        if let Some(profiler) = self.profiler {
            profiler.began(start.saturating_sub(self.free_ns));
        }
        (start, Stopwatch::started(start, self.profiler).shown_in(self.cell, operation))
    }
}

fn read<'m>(
    plan: &Plan<'_>,
    mix: &Mix<ReaderOperation>,
    schedule: &mut Schedule,
    database: &mut Database,
    ready: Ready<'m>,
) -> Done<'m> {
    let operation = mix.choose(schedule.uniform());
    let key = plan.keys.at(schedule.uniform());
    let (start, mut watch) = ready.begin(operation.index());
    let outcome = match operation {
        ReaderOperation::Lookup => database.lookup(key, &mut watch).map(|_| ()),
        ReaderOperation::List => database.list(user_prefix(key), &mut watch).map(|_| ()),
        ReaderOperation::Noop => database.noop(&mut watch),
    };
    (outcome, operation.index(), watch, start)
}

fn write<'m>(
    database: &mut Database,
    writing: &mut Writing<'_>,
    emulator: Option<&mut Emulator<'_>>,
    ready: Ready<'m>,
) -> Done<'m> {
    let (start, mut watch) = ready.begin(writing.operation());
    let outcome = writing.commit(database, emulator, &mut watch);
    (outcome, writing.operation(), watch, start)
}

/// Notes a failure by the number that the system has for it: 0 says that the file is damaged.
fn fail(cell: &WorkerCell, error: &Error) {
    let number = match error {
        // A write that was cut short, a store to a page that is missing, or a hole that cannot be made, has no number of its own.
        Error::Io { source, .. } => source.raw_os_error().unwrap_or(match source.kind() {
            ErrorKind::StorageFull => libc::ENOSPC,
            _ => libc::EIO,
        }),
        Error::TooLarge { .. } => libc::EFBIG,
        Error::Unsupported { .. } => libc::ENOTSUP,
        _ => 0,
    };
    cell.failed(number as u32, error.offset().unwrap_or(0));
}

/// The part of a key that all mailboxes of its user share: up to the second separator (`.` or 0x1F).
pub(super) fn user_prefix(key: &[u8]) -> &[u8] {
    let separator = |byte: &u8| *byte == b'.' || *byte == 0x1f;
    match key.iter().enumerate().filter(|(_, byte)| separator(byte)).nth(1) {
        Some((second, _)) => &key[..second],
        None => key,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::{fail, user_prefix};
    use crate::mailboxes::{
        Database, Error, Format, KeyOrder, LockKind, NoPhases, OpenMode, OpenOptions, RecordStyle, dump,
        fixtures::generated,
    };
    use crate::shm::WorkerCell;

    #[test]
    fn a_users_prefix_ends_before_the_folder() {
        assert_eq!(user_prefix(b"user.joe.Sent.2007"), b"user.joe");
        assert_eq!(user_prefix(b"Nuser\x1fjoe\x1fSent"), b"Nuser\x1fjoe");
        assert_eq!(user_prefix(b"user.joe"), b"user.joe");
        assert_eq!(user_prefix(b"Iabcdef"), b"Iabcdef");
        assert_eq!(user_prefix(b"N\x1f00001A\x1f3Kfj"), b"N\x1f00001A");
    }

    #[test]
    fn only_damage_has_no_error_number() {
        for (error, number, offset) in [
            (Error::no_room("write"), libc::ENOSPC, 0),
            (Error::call("fdatasync")(nix::Error::EDQUOT), libc::EDQUOT, 0),
            (Error::io("a hole where the page was")(std::io::Error::other("fallocate")), libc::EIO, 0),
            (Error::TooLarge { what: "a skiplist file", limit: 1 << 32 }, libc::EFBIG, 0),
            (Error::corrupt(64, "the keys do not ascend"), 0, 64),
            (Error::Truncated { offset: 4096 }, 0, 4096),
            (Error::Unclean, 0, 0),
        ] {
            let cell = WorkerCell::default();
            fail(&cell, &error);
            let noted = (cell.error_number.load(Relaxed) as i32, cell.error_offset.load(Relaxed));
            assert_eq!(noted, (number, offset), "{error}");
        }
    }

    #[test]
    fn a_scan_of_the_census_meets_ten_records() {
        let format = Format::Twoskip;
        // 995 of a thousand records are users', ten each, and none has fewer.
        let (_directory, path) = generated(format, RecordStyle::Census2026, 2000);
        let (mode, lock) = (OpenMode::ReadOnly, LockKind::None);
        let options = OpenOptions { mode, lock, ..OpenOptions::of(format, KeyOrder::Plain) };
        let mut database = Database::open(&path, options).unwrap();
        dump(&path, |key, _| {
            let expected = if key.starts_with(b"N") { 10 } else { 1 };
            assert_eq!(database.list(user_prefix(key), &mut NoPhases).unwrap(), expected);
            Ok(())
        })
        .unwrap();
    }
}
