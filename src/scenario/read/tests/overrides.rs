//! `--set`: what it changes, what it drops, and how its mistakes are shown.

use insta::assert_snapshot;

use super::{outline, report};
use crate::mailboxes::{Amount, Format};
use crate::scenario::ReaderOperation::{List, Lookup, Noop};
use crate::scenario::{Arrivals, Contents, Scenario};

const FILE: &str = "\
[file]
format = 'skiplist'
records = 'cyrus-2.3'
size = '1MiB'
[readers]
rate = '2/s'
ramp = { from = 10, over = '5s' }
[writer]
rate = '5/s'
";

fn set(sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    Scenario::parse("load.toml", FILE, &sets).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn values_need_no_quotes() {
    let scenario =
        set(&["readers.count=500", "writer.rate=20/s", "file.size=150MiB", " run.seed = 0x10 ", "name=2007"]);
    assert_eq!((scenario.readers.count, scenario.run.seed), (500, 16));
    assert_eq!(scenario.writer.arrivals, Arrivals::Poisson { rate_per_s: 20.0 });
    assert_eq!(scenario.file_bytes_per_instance(), Some(150 << 20));
    assert_eq!(scenario.name, "2007");
    assert_eq!(set(&["name='quoted'", "description=a = b"]).description.as_deref(), Some("a = b"));
}

#[test]
fn the_last_one_counts() {
    assert_eq!(set(&["readers.count=300", "readers.count=400"]).readers.count, 400);
}

#[test]
fn a_mix_is_replaced_or_changed_in_one_weight() {
    let weights = |sets: &[&str]| {
        let mix = set(sets).readers.operations;
        [Lookup, List, Noop].map(|operation| mix.fraction(operation))
    };
    assert_eq!(weights(&["readers.operations={list=1}"]), [0.0, 1.0, 0.0]);
    assert_eq!(weights(&["readers.operations.list=300"]), [0.25, 0.75, 0.0]);
    assert_eq!(weights(&["readers.operations={list=1}", "readers.operations.noop=1"]), [0.0, 0.5, 0.5]);
}

#[test]
fn a_section_given_whole_leaves_its_other_keys_alone() {
    let scenario = set(&["writer={count=2, sync=false}"]);
    assert_eq!((scenario.writer.count, scenario.writer.sync), (2, false));
    assert_eq!(scenario.writer.arrivals, Arrivals::Poisson { rate_per_s: 5.0 });
    assert_eq!(set(&["writer={count=0}"]).writer.count, 0);
}

#[test]
fn choosing_otherwise_drops_what_the_file_says() {
    let contents = |sets| set(sets).file.contents;
    let copied = Contents::Copied { source: "/var/mailboxes.db".into() };
    assert_eq!(contents(&["file.source=/var/mailboxes.db"]), copied);
    let flat = |amount| Contents::Generated { format: Format::Flat, records: None, amount };
    assert_eq!(contents(&["file.format=flat", "file.mailboxes=9"]), flat(Amount::Mailboxes(9)));
    assert_eq!(set(&["readers.arrivals=closed"]).readers.arrivals, Arrivals::Closed { think_ns: 0 });
    assert_eq!(set(&["readers.arrivals=even"]).readers.arrivals, Arrivals::Even { rate_per_s: 2.0 });
    assert_eq!(set(&["writer.count=0"]).arrivals_of_each_writer(), None);
    assert_eq!(set(&["readers.count=0"]).readers.ramp, None);
    assert_eq!(set(&["readers.ramp=none"]).readers.ramp, None);
    assert_eq!(set(&["readers.ramp.from=20"]).readers.ramp.map(|ramp| ramp.from), Some(20));
}

#[test]
fn a_wrong_override_is_shown_itself() {
    assert_snapshot!(report(FILE, &["readers.cuont=5"]), @r#"
    error: unknown key `cuont` in `[readers]`
     --> command line:1:15
      |
    1 | --set readers.cuont=5
      |               ^^^^^ did you mean `count`?
      |
      = help: keys of `[readers]` are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
    assert_snapshot!(outline(FILE, &["readers.count"]), @r#"
    `--set` takes a key and a value
      command line:1:7 `readers.count`: there is no `=`
      help: write `--set readers.count=500`
    "#);
    assert_snapshot!(outline(FILE, &["readers.count = 5x"]), @r#"
    `readers.count` must be a whole number
      command line:1:23 `5x`: this is a string
      help: allowed: whole number from 0 to 1000000
    "#);
    assert_snapshot!(outline(FILE, &["readers.rate.max=5"]), @r#"
    `readers.rate` has no parts
      command line:1:20 `max`: `readers.rate` is a single value
    "#);
    assert_snapshot!(outline(FILE, &["readers.operations={list=1"]), @r#"
    this value is not TOML
      command line:1:33 ``: unclosed inline table, expected `}`
    "#);
    assert_snapshot!(outline(FILE, &["file.sise=1MiB", "runn.seed=1", "=3"]), @r#"
    unknown key `sise` in `[file]`
      command line:1:12 `sise`: did you mean `size`?
      help: keys of `[file]` are `format`, `records`, `size`, `mailboxes`, `source`, `write-size`, `directory`
    unknown section `runn`
      command line:1:7 `runn`: did you mean `run`?
      help: sections are `file`, `instances`, `readers`, `writer`, `run`, `slo`, `sweep`; above them stand `name`, `description`
    a part of the key is empty
      command line:1:7 ``: a name is missing
      help: write `readers.count=500`
    "#);
}

#[test]
fn overrides_that_contradict_each_other_or_the_file() {
    assert_snapshot!(report(FILE, &["file.mailboxes=5", "file.source=/a"]), @r#"
    error: `size`, `mailboxes` and `source` exclude each other
     --> command line:1:22
      |
    1 | --set file.mailboxes=5
      |                      ^ `mailboxes` is given here
      |
     ::: command line:1:19
      |
    1 | --set file.source=/a
      |                   -- `source` is given here
      |
      = help: keep one of them
    "#);
    assert_snapshot!(report(FILE, &["readers.count=5"]), @r#"
    error: the ramp begins above the number of readers
     --> load.toml:7:17
      |
    7 | ramp = { from = 10, over = '5s' }
      |                 ^^ 10 mappers at the beginning
      |
     ::: command line:1:21
      |
    1 | --set readers.count=5
      |                     - 5 readers in all
      |
      = help: allowed: `from` up to 5
    "#);
    assert_snapshot!(outline(FILE, &["readers.think=1s"]), @r#"
    `readers.think` does not go with `poisson` arrivals
      command line:1:21 `1s`: an open loop has no pauses: operations are due at their rate
      help: arrivals are `poisson` unless said otherwise
      help: give `rate` instead of `think`, or choose `arrivals = "closed"`
    "#);
}
