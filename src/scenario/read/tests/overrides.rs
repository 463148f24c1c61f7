//! `--set`: what it changes and what it drops.

use super::owned;
use crate::mailboxes::{Amount, Format};
use crate::scenario::ReaderOperation::{List, Lookup, Noop};
use crate::scenario::{Arrivals, Contents, Scenario};

pub(super) const FILE: &str = "\
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
    Scenario::parse("load.toml", FILE, &owned(sets)).unwrap_or_else(|errors| panic!("{errors}"))
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
