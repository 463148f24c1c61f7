//! What mistakes and contradictions are answered with: tables of them, and a snapshot of the answers to each.

use super::overrides::FILE;
use super::sweep::{OWN, PLAIN};
use super::{Case, answers};
use crate::scenario::ScenarioErrors;

/// Lines that are wrong in a scenario which is right without them.
const LINES: &[&str] = &[
    // Unknown keys and sections.
    "[readers]\ncuont = 5",
    "[readers]\nwrite_size = 5",
    "[reader]\ncount = 5",
    "duration = '5s'",
    "[readers.ramp]\nform = 5",
    "readers = 5",
    // Unknown choices and operations.
    "[readers]\nopen = 'read_only'",
    "[readers]\nlock = 'mutex'",
    "[readers]\noperations = { lookups = 1, store = 2, list = -3 }",
    "[writer]\noperations = { store = 0 }",
    // Wrong types, units and ranges.
    "[readers]\ncount = 'many'\nrate = 10\nthink = true",
    "[run]\nwarm-up = '5 sec'\nduration = '25h'\nstall = 1.5",
    "name = 'Quick Start'\n[instances]\ncount = 0\n[readers]\ncount = -1",
    "[writer]\nrate = '0/s'\nsync = 'yes'",
    // Arrivals that contradict themselves.
    "[readers]\narrivals = 'closed'\nrate = '1/s'",
    "[writer]\nthink = '1s'",
    // Numbers of workers, and times.
    "[readers]\nramp = { from = 500, over = '20s' }",
    "[readers]\nramp = { from = 100 }",
    "[instances]\ncount = 12\n[readers]\ncount = 5",
    "[instances]\ncount = 2\n[readers]\ncount = 0",
    "[instances]\ncount = 1000\n[readers]\ncount = 1000",
    "[writer]\ncount = 0\nrate = '5/s'",
    "[writer]\ncount = 0\n[readers]\ncount = 0",
    "[run]\ninterval = '300ms'",
    "[run]\nduration = '50ms'",
    // Emulation that nothing would come of.
    "[writer]\nemulate = 'demap'\n[readers]\nlock = 'none'",
    "[writer]\nstop-time = '1ms'",
    "[writer]\nemulate = 'stop-mapers'\nstop-time = '1ms'\n[readers]\nas = 'treads'\nthreads-per-process = 4",
    // Objectives.
    "[slo]\nclauses = ['lokup.p99<=50ms', 'rate<=1', 'commit.max<=5', 7]",
];

/// Whole scenarios and options that are wrong.
const WHOLE: &[Case<'_>] = &[
    // What the file holds.
    ("[file]\nsize = '24Mib'\nwrite-size = '1000'", &[], &[]),
    ("[readers]\ncount = 5", &[], &[]),
    ("[file]\nformat = 'flat'", &[], &[]),
    ("[file]\nsize = '1MiB'\nmailboxes = 7", &[], &[]),
    ("[file]\nsource = '/a'\nformat = 'flat'", &[], &[]),
    ("[file]\nsize = '1MiB'\nformat = 'flat'\nrecords = 'cyrus-2.3'", &[], &[]),
    ("[file]\nsize = '4GiB'\nformat = 'skiplist'", &[], &[]),
    ("[file]\nmailboxes = 60_000_000\nformat = 'skiplist'", &[], &[]),
    // Overrides.
    (FILE, &["readers.count"], &[]),
    (FILE, &["readers.count = 5x"], &[]),
    (FILE, &["readers.rate.max=5"], &[]),
    (FILE, &["readers.operations={list=1"], &[]),
    (FILE, &["file.sise=1MiB", "runn.seed=1", "=3"], &[]),
    (FILE, &["readers.think=1s"], &[]),
    // Axes.
    (PLAIN, &[], &["readers.cuont=1,2"]),
    (PLAIN, &[], &["slo.clauses=rate>=0.9", "name=a,b", "readers.operations=1", "sweep.repeats=1"]),
    (PLAIN, &[], &["readers.count", "readers.count=1,,2", "readers.count=1..9"]),
    (PLAIN, &[], &["readers.count=1,2", "writer.rate=3/s,4/s", "readers.rate=1/s"]),
    (PLAIN, &[], &["readers.count=1..100+1", "writer.rate=1/s,2/s,3/s"]),
    ("[file]\nmailboxes = 5\n[sweep]\naxes = ['readers.count=1', 3, \"a\\u0062=1\"]", &[], &[]),
];

/// Of these the full report is shown, with source lines and carets.
const REPORTED: &[Case<'_>] = &[
    ("[file]\nsize = 24MiB\n[readers\ncuont = 5", &[], &[]),
    ("[file]\nsize = '1MiB'\nsize = '2MiB'", &[], &[]),
    ("", &[], &[]),
    ("file.size = '1MiB'\n[readers]\n\"zähl\" = 5 # größer\n\tcuont = 5", &[], &[]),
    (FILE, &["readers.cuont=5"], &[]),
    (FILE, &["file.mailboxes=5", "file.source=/a"], &[]),
    (FILE, &["readers.count=5"], &[]),
    (PLAIN, &[], &["readers.count=250,5oo", "readers.open=read-write,readonly"]),
    (PLAIN, &[], &["readers.count=1,2", "readers.count=3"]),
    (PLAIN, &[], &["file.size=1MiB,2MiB,1024KiB"]),
];

#[test]
fn every_mistake_is_answered_with_its_place_and_what_is_allowed() {
    let lines: Vec<String> = LINES.iter().map(|lines| format!("file.size = '1MiB'\n{lines}")).collect();
    let of_lines = lines.iter().map(|text| (&**text, &[] as &[_], &[] as &[_]));
    insta::assert_snapshot!("lines", answers(of_lines, ScenarioErrors::outline));
    let misspelt = OWN.replace("read-only", "readonly").replace("100..", "1..");
    let shared_by_points: Case<'_> = (&misspelt, &["instances.count=3"], &[]);
    insta::assert_snapshot!("whole", answers(WHOLE.iter().copied().chain([shared_by_points]), ScenarioErrors::outline));
}

#[test]
fn the_report_shows_the_source_line_and_a_caret() {
    insta::assert_snapshot!("reported", answers(REPORTED.iter().copied(), ToString::to_string));
}
