//! Sweeps: their points, and what an axis changes.

use super::read;
use crate::mailboxes::OpenMode;
use crate::scenario::{Scenario, Sweep};

pub(super) const PLAIN: &str = "\
[file]
mailboxes = 500
[readers]
rate = '2/s'
";

pub(super) const OWN: &str = "\
[file]
mailboxes = 500
[sweep]
axes = ['readers.count=100..400*2', \"readers.open=read-write, read-only\"]
repeats = 2
";

fn sweep(text: &str, sets: &[&str], axes: &[&str]) -> Option<Sweep> {
    read((text, sets, axes)).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn every_combination_is_a_point() {
    let sweep =
        sweep(PLAIN, &["run.seed=5"], &["readers.count=250,500,1000", "readers.open=read-write,read-only"]).unwrap();
    assert_eq!(sweep.repeats, 3);
    assert_eq!(sweep.axes[0].numbers, Some(vec![250.0, 500.0, 1000.0]));
    assert_eq!((&*sweep.axes[1].values[1], &sweep.axes[1].numbers), ("read-only", &None));
    assert_eq!(sweep.points.len(), 6);
    let at = |nth: usize| (sweep.points[nth].scenario.readers.count, sweep.points[nth].scenario.readers.open);
    assert_eq!(at(0), (250, OpenMode::ReadWrite));
    assert_eq!(at(1), (250, OpenMode::ReadOnly));
    assert_eq!(at(5), (1000, OpenMode::ReadOnly));
    assert!(sweep.points.iter().all(|point| point.scenario.run.seed == 5));
    assert_eq!(sweep.points[5].settings[0].to_string(), "readers.count=1000");
}

#[test]
fn a_file_may_bring_its_own_axes_and_the_command_line_replaces_them() {
    let own = sweep(OWN, &[], &[]).unwrap();
    assert_eq!((own.points.len(), own.repeats), (6, 2));
    assert_eq!(own.points[5].settings[1].value, "read-only");
    let other = sweep(OWN, &["sweep.repeats=7"], &["writer.rate=5/s,20/s"]).unwrap();
    assert_eq!((other.points.len(), other.repeats), (2, 7));
    assert_eq!(other.points[1].settings[0].number, Some(20.0));
    assert_eq!(sweep(OWN, &["sweep.axes=[]"], &[]), None);
    assert_eq!(sweep(PLAIN, &[], &[]), None);
}

#[test]
fn axes_are_no_part_of_the_scenario_nor_of_its_hash() {
    let scenario = |text| Scenario::parse("load.toml", text, &[]).unwrap();
    let without = scenario("[file]\nmailboxes = 500");
    assert_eq!(scenario(OWN), without);
    assert_eq!(scenario(OWN).hash(), without.hash());
}

#[test]
fn an_axis_takes_the_place_of_what_the_file_chose() {
    let sweep = sweep(OWN, &[], &["file.size=1MiB,2MiB"]).unwrap();
    assert_eq!(sweep.points[1].scenario.file_bytes_per_instance(), Some(2 << 20));
    assert_eq!(sweep.axes[0].numbers, Some(vec![1_048_576.0, 2_097_152.0]));
    let weight = &self::sweep(PLAIN, &[], &["readers.operations.list=0,50"]).unwrap();
    assert_eq!(weight.axes[0].numbers, Some(vec![0.0, 50.0]));
}
