//! Key figures of histograms that are made up.

use super::*;

fn histogram(values: &[u64]) -> Histogram<u64> {
    let mut histogram = SharedHistogram::empty();
    values.iter().for_each(|&value| histogram.record(value).unwrap());
    histogram
}

fn latencies(all: &[(&str, &[u64])]) -> Latencies {
    all.iter().map(|(tag, values)| ((*tag).to_owned(), histogram(values))).collect()
}

#[test]
fn a_hold_is_what_is_done_every_time_under_the_lock() {
    let all = latencies(&[
        ("writer.store.service", &[9_000_000; 2]),
        ("writer.store.lock", &[5_000_000; 2]),
        ("writer.store.sync-1", &[1_000_000, 1_000_000]),
        ("writer.replace.service", &[9_000_000; 2]),
        ("writer.replace.sync-1", &[2_000_000; 2]),
        ("writer.replace.write-1", &[500_000; 2]),
        ("writer.replace.checkpoint", &[700_000_000]),
        ("reader.lookup.service", &[80_000; 3]),
        ("reader.lookup.lock", &[30_000; 3]),
    ]);
    let close = |value: f64, to: f64| (value / to - 1.0).abs() < 0.02;
    let hold = hold_ns(&all).unwrap();
    assert!(close(hold, 1_750_000.0), "{hold}");
    assert!(close(reader_own_ns(&all).unwrap(), 50_000.0));
    assert_eq!(hold_ns(&latencies(&[("reader.lookup.service", &[1])])), None);
}

#[test]
fn all_operations_of_a_role_are_one_row() {
    let all = latencies(&[("reader.lookup.response", &[1000; 99]), ("reader.list.response", &[1_000_000])]);
    let rows = responses(Role::Reader, &all);
    let names: Vec<_> = rows.iter().map(|row| (&*row.operation, row.count)).collect();
    assert_eq!(names, [("list", 1), ("lookup", 99), ("all", 100)]);
    assert!(rows[2].p50_ns < 2000 && rows[2].max_ns >= 990_000);
    assert!(responses(Role::Writer, &all).is_empty());
}
