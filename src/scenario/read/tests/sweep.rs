//! Sweeps: their points, what makes no axis, and how mistakes in axes are shown.

use insta::assert_snapshot;

use crate::mailboxes::OpenMode;
use crate::scenario::{Scenario, ScenarioErrors, Sweep};

const FILE: &str = "\
[file]
mailboxes = 500
[readers]
rate = '2/s'
";

const OWN: &str = "\
[file]
mailboxes = 500
[sweep]
axes = ['readers.count=100..400*2', \"readers.open=read-write, read-only\"]
repeats = 2
";

fn sweep(text: &str, sets: &[&str], axes: &[&str]) -> Option<Sweep> {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    Sweep::parse("load.toml", text, &own(sets), &own(axes)).unwrap_or_else(|errors| panic!("{errors}"))
}

fn errors(text: &str, sets: &[&str], axes: &[&str]) -> ScenarioErrors {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    Sweep::parse("load.toml", text, &own(sets), &own(axes)).expect_err("something is wrong")
}

fn report(text: &str, sets: &[&str], axes: &[&str]) -> String {
    errors(text, sets, axes).to_string()
}

fn outline(text: &str, sets: &[&str], axes: &[&str]) -> String {
    errors(text, sets, axes).outline()
}

#[test]
fn every_combination_is_a_point() {
    let sweep =
        sweep(FILE, &["run.seed=5"], &["readers.count=250,500,1000", "readers.open=read-write,read-only"]).unwrap();
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
    assert_eq!(sweep(FILE, &[], &[]), None);
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
    let weight = &self::sweep(FILE, &[], &["readers.operations.list=0,50"]).unwrap();
    assert_eq!(weight.axes[0].numbers, Some(vec![0.0, 50.0]));
}

#[test]
fn mistakes_point_at_the_value() {
    assert_snapshot!(report(FILE, &[], &["readers.count=250,5oo", "readers.open=read-write,readonly"]), @r#"
    error: `readers.count` must be a whole number
     --> command line:1:26
      |
    1 | --axis readers.count=250,5oo
      |                          ^^^ this is a string
      |
      = help: allowed: whole number from 0 to 1000000

    error: `readers.open` cannot be `readonly`
     --> command line:1:32
      |
    1 | --axis readers.open=read-write,readonly
      |                                ^^^^^^^^ did you mean `read-only`?
      |
      = help: allowed: `read-write`, `read-only`
    "#);
    assert_snapshot!(outline(&OWN.replace("read-only", "readonly").replace("100..", "1.."), &["instances.count=3"], &[]), @r#"
    there are more instances than readers
      command line:1:23 `3`: 3 instances share 1 readers
      help: allowed here: `instances.count` up to 1
    there are more instances than readers
      command line:1:23 `3`: 3 instances share 2 readers
      help: allowed here: `instances.count` up to 2
    `readers.open` cannot be `readonly`
      4:61 `readonly`: did you mean `read-only`?
      help: allowed: `read-write`, `read-only`
    "#);
    assert_snapshot!(outline(FILE, &[], &["readers.cuont=1,2"]), @r#"
    unknown key `cuont` in `[readers]`
      command line:1:16 `cuont`: did you mean `count`?
      help: keys of `[readers]` are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
}

#[test]
fn what_makes_no_axis() {
    assert_snapshot!(outline(FILE, &[], &["slo.clauses=rate>=0.9", "name=a,b", "readers.operations=1", "sweep.repeats=1"]), @r#"
    `slo.clauses` cannot be an axis
      command line:1:8 `slo.clauses`: what a run is judged by changes nothing in it
      help: judge the same runs by other objectives with `mapstorm diagnose RESULT --slo CLAUSES`
    `name` cannot be an axis
      command line:1:8 `name`: it changes nothing in the load
      help: an axis is a key that changes the load, such as `readers.count`
    `readers.operations` cannot be an axis
      command line:1:8 `readers.operations`: a whole mix of weights is no single value
      help: take one weight: `readers.operations.noop=0,10,100`
    `sweep.repeats` cannot be an axis
      command line:1:8 `sweep.repeats`: a sweep cannot sweep itself
      help: give two axes to vary two keys
    "#);
    assert_snapshot!(outline(FILE, &[], &["readers.count", "readers.count=1,,2", "readers.count=1..9"]), @r#"
    an axis is a key and its values
      command line:1:8 `readers.count`: there is no `=`
      help: write `readers.count=250,500,1000`, `readers.count=250..4000*2` or `readers.open=read-write,read-only`
    an axis lacks a value
      command line:1:24 ``: a value is missing
      help: write `readers.count=250,500,1000`, `readers.count=250..4000*2` or `readers.open=read-write,read-only`
    `1..9` is not a range
      command line:1:22 `1..9`: it does not say by which steps
      help: write `250..4000*2` for steps that double, `500..3000+500` for equal ones
    "#);
    assert_snapshot!(report(FILE, &[], &["readers.count=1,2", "readers.count=3"]), @r#"
    error: `readers.count` is an axis twice
     --> command line:1:8
      |
    1 | --axis readers.count=1,2
      |        ------------- the first time
      |
     ::: command line:1:8
      |
    1 | --axis readers.count=3
      |        ^^^^^^^^^^^^^ the second time
      |
      = help: give all its values in one axis
    "#);
    assert_snapshot!(outline(FILE, &[], &["readers.count=1,2", "writer.rate=3/s,4/s", "readers.rate=1/s"]), @r#"
    a sweep has one axis or two
      command line:1:8 `readers.rate`: this would be the third
      help: fix the others with `--set`, or make several sweeps
    "#);
    assert_snapshot!(outline(FILE, &[], &["readers.count=1..100+1", "writer.rate=1/s,2/s,3/s"]), @r#"
    a sweep has at most 200 points
      command line:1:8 `writer.rate`: that makes 300 points
      help: give fewer values
    "#);
    assert_snapshot!(report(FILE, &[], &["file.size=1MiB,2MiB,1024KiB"]), @r#"
    error: two values of `file.size` make the same load
     --> command line:1:28
      |
    1 | --axis file.size=1MiB,2MiB,1024KiB
      |                  ---- here ^^^^^^^ `1024KiB` is there already
      |
      = help: leave one out; `--repeats` sets how often each point runs
    "#);
    assert_snapshot!(outline("[file]\nmailboxes = 5\n[sweep]\naxes = ['readers.count=1', 3, \"a\\u0062=1\"]", &[], &[]), @r#"
    `sweep.axes` must be an array of strings
      4:28 `3`: this is a whole number
      help: write `readers.count=250,500,1000`, `readers.count=250..4000*2` or `readers.open=read-write,read-only`
    an axis is a plain string
      4:31 `"a\u0062=1"`: this is written with escapes, or over several lines
      help: write `readers.count=250,500,1000`, `readers.count=250..4000*2` or `readers.open=read-write,read-only`
    "#);
}
