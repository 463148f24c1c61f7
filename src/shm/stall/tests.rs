//! Records that have room, have none, or are cut short.

use super::*;
use crate::os::shared::Shared;

#[test]
fn the_longest_are_kept_and_the_rest_is_counted() {
    let counts = Shared::<StallCounts>::zeroed(1).unwrap();
    let records = Shared::<SharedStall>::zeroed(4).unwrap();
    let log = StallLog::new(&counts[0], &records);
    let mut spent = [Spent::default(); PLACES];
    spent[Phase::Lock as usize] = Spent { whole_us: 7, cpu_us: 1, queued_us: None };
    let counted = [Some(1), Some(0), Some(2), Some(3), None];
    let lengths = [30, 90, 20, 80, 10, 70, 60];
    for (place, length) in (1..).zip(lengths) {
        let free_ns = place * 1000;
        let (start_ns, end_ns) = (free_ns, free_ns + length);
        log.add(&Slow { operation: 0, due_ns: 5, free_ns, start_ns, end_ns, spent, counts: counted });
    }
    let kept: Vec<_> = records.iter().filter_map(SharedStall::read).collect();
    let mut kept_ns: Vec<_> = kept.iter().map(|slow| slow.end_ns - slow.free_ns).collect();
    kept_ns.sort_unstable();
    assert_eq!(kept_ns, [60, 70, 80, 90]);
    assert_eq!(counts[0].dropped(4), (3, 30 + 20 + 10));
    assert_eq!((kept[0].due_ns, kept[0].counts, kept[0].spent), (5, counted, spent));
}

#[test]
fn nothing_recorded_is_no_record() {
    let records = Shared::<SharedStall>::zeroed(1).unwrap();
    assert_eq!(records[0].read(), None);
}

#[test]
fn a_record_that_was_cut_short_is_left_out_and_counted() {
    let counts = Shared::<StallCounts>::zeroed(1).unwrap();
    let records = Shared::<SharedStall>::zeroed(2).unwrap();
    let log = StallLog::new(&counts[0], &records);
    let spent = [Spent::default(); PLACES];
    let slow = Slow { operation: 0, due_ns: 5, free_ns: 5, start_ns: 5, end_ns: 95, spent, counts: [None; COUNTS] };
    let kept = || {
        let whole: Vec<_> = records.iter().filter_map(SharedStall::read).collect();
        (whole.len(), counts[0].dropped(whole.len()).0)
    };
    log.add(&slow);
    log.add(&slow);
    assert_eq!(kept(), (2, 0));
    // As a worker that is killed half-way leaves it: first in a new record, then over an older record.
    records[1].sequence.store(1, Relaxed);
    records[1].put(&slow);
    assert_eq!(kept(), (1, 1));
    records[1].sequence.store(3, Relaxed);
    assert_eq!(kept(), (1, 1));
    log.add(&Slow { end_ns: 200, ..slow });
    log.add(&Slow { end_ns: 300, ..slow });
    assert_eq!(kept(), (2, 2), "written over, it is whole again");
}
