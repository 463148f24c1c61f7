use super::*;
use crate::{
    conclude::inspection::{PricedFrom, Tried, price},
    present::documents::tests::one_screen,
    results::{CommitModel, fixtures},
    stats::Estimate,
};

fn priced() -> Inspection {
    let around = |value: f64| Estimate::around(value, 0.1 * value);
    let model = |slope: f64| CommitModel::straight(around(2e6), around(slope), "made up".to_owned());
    let tried = Tried {
        mitigation: "read-only",
        meaning: "readers that open the file read-only",
        mappers: 300.0,
        cost_model: Some(Ok(model(1e3))),
    };
    let mut found = fixtures::inspection();
    price(&mut found, PricedFrom { cost_model: Ok(model(1e5)), tried: vec![tried], notes: Vec::new() });
    found
}

#[test]
fn one_screen_has_everything_and_the_verdict_last() {
    let found = priced();
    let text = one_screen(&found, 60);
    // Words are broken into lines anywhere.
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "in memory 150 MiB, dirty 8 KiB; folios 5 of 4 KiB, 60 of 1 MiB",
        "| 300 | imapd | cyrus |",
        "exclusive, fcntl, all of the file: process 1000",
        "12 wait: 0 for an exclusive lock, 12 for a shared one",
        "commits: 10/s (9/s to 11/s), estimated, from times of change",
        "lookups: unavailable: a lookup leaves no trace",
        "| readers that open the file read-only | 32 ms | 2.3 ms | 14× |",
        "Processes that did not answer: 1 (77).",
    ] {
        assert!(words.contains(part), "{part}: {text}");
    }
    let last = text.split("\n\n").last().unwrap();
    assert!(last.starts_with("Limit: Readers starve before") && last.contains("\nNow: One commit takes"), "{text}");
    let whole = found.to_string();
    assert!(whole.contains("1302") && whole.contains("made up") && !text.contains("made up"), "{whole}");
}

#[test]
fn few_waiters_are_named_and_nothing_seen_is_said() {
    let mut found = priced();
    let mut lock = found.locks.held.value().unwrap()[0].clone();
    lock.waiters.truncate(2);
    lock.waiters[1].depth = 2;
    assert_eq!(waiters(&lock), ["> process 1001 waits, shared", "> > process 1002 waits, shared"]);
    found.groups.clear();
    found.locks.held = Err("/proc/locks: forbidden".to_owned()).into();
    let text = found.to_string();
    assert!(
        text.contains("No process was seen") && text.contains("Locks: unavailable: /proc/locks: forbidden"),
        "{text}"
    );
}
