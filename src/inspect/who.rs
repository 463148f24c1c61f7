//! Who of the file's processes changes it, and how many there are of each kind.

use std::collections::{BTreeMap, HashMap};

use crate::{
    os::processes,
    results::{Availability, FileLocks, MapperGroup, MappingKind, ProcessOfFile, Stale},
};

/// Bytes that each process made dirty until now, as far as that may be known.
pub fn dirtied(processes: &[ProcessOfFile]) -> HashMap<u32, u64> {
    processes.iter().filter_map(|process| Some((process.pid, processes::dirtied_bytes(process.pid).ok()?))).collect()
}

/// Says of each process whether it changed the file between two looks at what they used: it held an exclusive lock on it, or it has it open for
/// writing and made pages of some file dirty meanwhile, as `dirtied` says. The second is not certain, because the system does not count by file.
pub fn mark_writers(
    processes: &mut [ProcessOfFile],
    locks: &FileLocks,
    before: &HashMap<u32, u64>,
    after: &HashMap<u32, u64>,
) {
    for process in processes {
        let pid = process.pid;
        let mut held = locks.held.value().into_iter().flatten();
        let has_locked = held.any(|lock| lock.exclusive && lock.pid == Some(pid));
        let may_write = process.open.value().into_iter().flatten().any(|open| open.writable);
        let has_dirtied = before.get(&pid).zip(after.get(&pid)).is_some_and(|(before, after)| after > before);
        process.writes |= has_locked || may_write && has_dirtied;
    }
}

/// Processes that are alike, the largest group first; each process is in one of them. Names that differ in a number at their end are alike.
pub fn groups(processes: &[ProcessOfFile]) -> Vec<MapperGroup> {
    type Alike<'a> = (&'a str, Option<&'a String>, Option<&'a String>, Option<MappingKind>, Option<Stale>);
    let mut groups: BTreeMap<Alike<'_>, MapperGroup> = BTreeMap::new();
    // Many servers number their processes.
    let stem = |process: &ProcessOfFile| process.command.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    for process in processes {
        let user = process.user.value();
        let service = process.service.value().and_then(Option::as_ref);
        let kind = most_expensive(process);
        let name = &process.command[..stem(process)];
        let group = groups.entry((name, user, service, kind, process.stale)).or_insert_with(|| MapperGroup {
            command: process.command.clone(),
            user: user.cloned(),
            service: service.cloned(),
            kind,
            stale: process.stale,
            processes: 0,
            mapped_bytes: 0,
            page_table_bytes: process.page_table_bytes.known().map(|_| 0).map_err(String::clone).into(),
            writers: 0,
        });
        if group.command != process.command {
            group.command = format!("{name}*");
        }
        group.processes += 1;
        group.mapped_bytes = group.mapped_bytes.max(process.mapping.iter().map(|range| range.bytes).sum());
        if let Some(more) = process.page_table_bytes.value() {
            group.page_table_bytes = Availability::Value(group.page_table_bytes.value().unwrap_or(&0) + more);
        }
        group.writers += u32::from(process.writes);
    }
    let mut groups: Vec<MapperGroup> = groups.into_values().collect();
    // Stable: groups of one size stay in the order of their names.
    groups.sort_by_key(|group| std::cmp::Reverse(group.processes));
    groups
}

/// The kind of its mappings that costs a commit most; `None`: it has none.
fn most_expensive(process: &ProcessOfFile) -> Option<MappingKind> {
    let cost = |kind: &MappingKind| match kind {
        MappingKind::Private => 0,
        MappingKind::ReadOnly => 1,
        MappingKind::ReadOnlyOfWritable => 2,
        MappingKind::Writable => 3,
    };
    process.mapping.iter().map(|range| range.kind).max_by_key(cost)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        inspect::fixtures::{held, process},
        results::{MappedRange, OpenFile},
    };

    #[test]
    fn writers_hold_a_lock_or_make_pages_dirty_with_the_file_open_for_writing() {
        let open = |writable| Availability::Value(vec![OpenFile { descriptor: 3, writable }]);
        let mut all: Vec<ProcessOfFile> = (1..=6).map(process).collect();
        all[0].open = open(true);
        all[1].open = open(false);
        all[2].open = open(true);
        let locks = |held| FileLocks { held, looks: 1, most_waiters: 0, exclusive_share: None };
        let before: HashMap<u32, u64> = (1..=5).map(|pid| (pid, 10)).collect();
        let after: HashMap<u32, u64> = [(1, 20), (2, 20), (3, 10), (4, 20), (5, 10)].into();
        let locked = Availability::Value(vec![held(Some(5), true), held(Some(6), false), held(None, true)]);
        mark_writers(&mut all, &locks(locked), &before, &after);
        assert_eq!(
            all.iter().map(|process| process.writes).collect::<Vec<_>>(),
            [true, false, false, false, true, false]
        );
        let unknown = Err("not readable".to_owned()).into();
        mark_writers(&mut all, &locks(unknown), &after, &after);
        assert!(all[0].writes, "once seen to write, it stays a writer");
    }

    #[test]
    fn the_most_expensive_mapping_names_the_group() {
        let mut one = process(1);
        let range = |kind| MappedRange { bytes: 4096, offset: 0, kind, resident_bytes: Availability::Value(0) };
        one.mapping = [MappingKind::ReadOnly, MappingKind::Writable, MappingKind::Private].map(range).to_vec();
        let found = groups(&[one, process(2), process(3)]);
        assert_eq!(
            found.iter().map(|group| (group.processes, group.kind)).collect::<Vec<_>>(),
            [(2, None), (1, Some(MappingKind::Writable))]
        );
        assert_eq!(found[1].mapped_bytes, 3 * 4096);
    }

    #[test]
    fn page_tables_that_the_system_does_not_report_are_not_zero() {
        let hidden = |pid| ProcessOfFile { page_table_bytes: Err("hidden".to_owned()).into(), ..process(pid) };
        let tables =
            |processes: &[ProcessOfFile]| groups(processes)[0].page_table_bytes.known().copied().map_err(String::clone);
        assert_eq!(tables(&[hidden(1), hidden(2)]), Err("hidden".to_owned()));
        assert_eq!(tables(&[hidden(1), process(2), process(3)]), Ok(8192), "of those that are known");
    }

    #[test]
    fn numbered_names_are_alike() {
        let named = |(pid, name): (u32, &str)| ProcessOfFile { command: name.to_owned(), ..process(pid) };
        let found =
            groups(&[(1, "reader1"), (2, "reader22"), (3, "reader"), (4, "python3"), (5, "python3")].map(named));
        let found: Vec<_> = found.iter().map(|group| (group.processes, group.command.as_str())).collect();
        assert_eq!(found, [(3, "reader*"), (2, "python3")]);
    }

    fn any_process() -> impl Strategy<Value = ProcessOfFile> {
        let kinds =
            [MappingKind::ReadOnly, MappingKind::ReadOnlyOfWritable, MappingKind::Writable, MappingKind::Private];
        let ranges = prop::collection::vec((1u64..1 << 30, prop::sample::select(kinds.to_vec())), 0..3);
        let known = || prop::option::of(0..3u64);
        (ranges, 0..3u32, known(), known(), prop::option::of(any::<bool>()), any::<bool>()).prop_map(
            |(ranges, name, user, tables, stale, writes)| {
                let why = || "hidden".to_owned();
                let range = |(bytes, kind)| MappedRange { bytes, offset: 0, kind, resident_bytes: Err(why()).into() };
                ProcessOfFile {
                    command: format!("imapd{name}"),
                    user: user.map(|user| user.to_string()).ok_or_else(why).into(),
                    page_table_bytes: tables.ok_or_else(why).into(),
                    mapping: ranges.into_iter().map(range).collect(),
                    stale: stale.map(|replaced| if replaced { Stale::Replaced } else { Stale::Deleted }),
                    writes,
                    ..process(1)
                }
            },
        )
    }

    proptest! {
        #[test]
        fn groups_add_up_to_all_processes(processes in prop::collection::vec(any_process(), 0..60)) {
            let found = groups(&processes);
            let count = |of: fn(&MapperGroup) -> u64| found.iter().map(of).sum::<u64>();
            prop_assert_eq!(count(|group| group.processes.into()), processes.len() as u64);
            prop_assert_eq!(count(|group| group.writers.into()), processes.iter().filter(|one| one.writes).count() as u64);
            let tables: u64 = processes.iter().filter_map(|one| one.page_table_bytes.value()).sum();
            prop_assert_eq!(count(|group| *group.page_table_bytes.value().unwrap_or(&0)), tables);
            let largest = |one: &ProcessOfFile| one.mapping.iter().map(|range| range.bytes).sum::<u64>();
            prop_assert_eq!(found.iter().map(|group| group.mapped_bytes).max(), processes.iter().map(largest).max());
            prop_assert!(found.is_sorted_by(|a, b| a.processes >= b.processes));
            let keys: std::collections::HashSet<_> = found
                .iter()
                .map(|group| (&group.command, &group.user, &group.service, group.kind, group.stale))
                .collect();
            prop_assert_eq!(keys.len(), found.len());
        }
    }
}
