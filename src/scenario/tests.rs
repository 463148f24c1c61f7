//! Tests of a whole scenario: those that are built in, division, hash and serialised form.

use super::read::keys::Ramp;
use super::*;
use crate::mailboxes::{Amount, Format, RecordStyle, RemapRule};

fn shipped(name: &str) -> Scenario {
    BuiltIn::named(name).unwrap().scenario().unwrap_or_else(|errors| panic!("{errors}"))
}

/// Commits per second due from each writer; `None` in a closed loop or without writers.
fn rate_per_writer(scenario: &Scenario) -> Option<f64> {
    scenario.arrivals_of_each_writer()?.rate_per_s()
}

fn parsed(text: &str) -> Scenario {
    Scenario::parse("small.toml", text, &[]).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn the_quick_scenario_takes_about_twelve_seconds() {
    let quick = shipped("quick");
    assert_eq!(quick.run.warm_up_ns + quick.run.duration_ns, 12_000_000_000);
    assert_eq!((quick.readers.count, quick.file_bytes_per_instance()), (200, Some(24 << 20)));
    assert_eq!(quick.writer.arrivals, Arrivals::Poisson { rate_per_s: 10.0 });
    assert!(ReaderOperation::ALL.iter().all(|operation| quick.readers.operations.contains(*operation)));
}

#[test]
fn term_start_at_uc_davis_ramps_up() {
    let scenario = shipped("ucdavis-2007");
    assert_eq!(scenario.readers.ramp, Some(Ramp { from: 500, over_ns: 20_000_000_000 }));
    assert_eq!((scenario.readers.count, scenario.instances.count), (5000, 1));
    let contents = Contents::Generated {
        format: Format::Skiplist,
        records: Some(RecordStyle::Cyrus23),
        amount: Amount::Bytes(38_000_000),
    };
    assert_eq!(scenario.file.contents, contents);
}

#[test]
fn twelve_instances_carry_the_load_of_one() {
    let (one, twelve) = (shipped("fastmail-150m-6000"), shipped("split-12-instances"));
    assert_eq!(twelve.readers, one.readers);
    assert_eq!(twelve.file, one.file);
    assert_eq!(twelve.run, one.run);
    assert_eq!((twelve.readers_in(0), twelve.readers_in(11)), (500, 500));
    assert_eq!(twelve.file_bytes_per_instance(), Some(12_500_000));
    assert_eq!(rate_per_writer(&one), Some(10.0));
    let rate = rate_per_writer(&twelve).unwrap();
    assert!((rate * f64::from(twelve.writers_total()) - 10.0).abs() < 1e-9);
    assert_eq!(one.readers.prefault, Prefault::Touch);
}

#[test]
fn the_remap_mistake_maps_on_every_lock() {
    assert_eq!(shipped("cyrus-2.5-remap").readers.remap, RemapRule::EveryLock);
}

#[test]
fn records_follow_the_format() {
    let records = |format: &str| match parsed(&format!("[file]\nmailboxes = 9\nformat = '{format}'")).file.contents {
        Contents::Generated { records, .. } => records,
        Contents::Copied { .. } => panic!("this is no copy"),
    };
    assert_eq!(records("skiplist"), Some(RecordStyle::Cyrus23));
    assert_eq!(records("twoskip"), Some(RecordStyle::Cyrus36));
    assert_eq!(records("twom"), Some(RecordStyle::Cyrus313));
    assert_eq!(records("flat"), None);
}

#[test]
fn loads_are_divided_without_loss() {
    let scenario = parsed("[file]\nmailboxes = 10\n[instances]\ncount = 4\n[readers]\ncount = 7\n[writer]\ncount = 2");
    let readers: Vec<u32> = (0..4).map(|instance| scenario.readers_in(instance)).collect();
    assert_eq!(readers, [2, 2, 2, 1]);
    for instance in 0..4 {
        let dealt = (0..7).filter(|reader| scenario.instance_of(*reader) == instance).count();
        assert_eq!(dealt, readers[instance as usize] as usize);
    }
    assert_eq!(scenario.amount_in(1), Some(Amount::Mailboxes(3)));
    assert_eq!(scenario.amount_in(3), Some(Amount::Mailboxes(2)));
    assert_eq!((scenario.writers_total(), scenario.workers_total()), (8, 15));
    assert_eq!(rate_per_writer(&scenario), Some(1.25));
    assert_eq!(scenario.reader_rate_total(), Some(7.0));
}

#[test]
fn a_ramp_ends_with_all_readers_there() {
    let scenario = parsed("[file]\nmailboxes = 10\n[readers]\ncount = 5\nramp = { from = 1, over = '8s' }");
    let joins: Vec<_> = (0..5).map(|reader| scenario.readers.joins_at_ns(reader)).collect();
    let second = 1_000_000_000;
    assert_eq!(joins, [None, Some(2 * second), Some(4 * second), Some(6 * second), Some(8 * second)]);
    assert_eq!(shipped("quick").readers.joins_at_ns(199), None);
}

#[test]
fn the_serialised_form_reads_back_the_same() {
    for name in ["quick", "ucdavis-2007", "split-12-instances"] {
        let scenario = shipped(name);
        let json = serde_json::to_string(&scenario).unwrap();
        let back: Scenario = serde_json::from_str(&json).unwrap();
        assert_eq!(back, scenario);
        assert_eq!(back.hash(), scenario.hash());
    }
}

#[test]
fn different_scenarios_have_different_hashes() {
    let hash = |seed: u32| parsed(&format!("[file]\nmailboxes = 9\n[run]\nseed = {seed}")).hash();
    assert_eq!(hash(1), hash(1));
    assert_ne!(hash(1), hash(2));
    assert_eq!(hash(1).len(), 64);
    assert!(hash(1).bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()));
}

#[test]
fn the_serialised_form_fits_its_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Scenario)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let sets = ["readers.arrivals=closed".to_owned(), "slo.clauses=['lookup.p99<=50ms', 'rate>=0.9']".to_owned()];
    let closed = Scenario::parse("x", "[file]\nsource = '/a'", &sets).unwrap();
    for scenario in [shipped("ucdavis-2007"), closed] {
        let json = serde_json::to_value(&scenario).unwrap();
        assert!(validator.is_valid(&json), "{json}");
    }
}

#[test]
fn the_serialised_form_is_kept_and_defaults_are_those_of_the_reference() {
    assert_eq!(parsed("[file]\nsize = '1MiB'").slo, Slo::default());
    let scenario = parsed("[file]\nsize = '1MiB'\n[writer]\narrivals = 'closed'\n[slo]\nclauses = ['rate>=0.9']");
    let json = serde_json::to_string(&scenario).unwrap().replace("},\"", "},\n\"");
    insta::assert_snapshot!(json, @r#"
    {"name":"small","description":null,"file":{"contents":{"generated":{"format":"twoskip","records":"cyrus-3.6","amount":{"bytes":1048576}}},
    "write_size_bytes":1048576,"directory":null},
    "instances":{"count":1},
    "readers":{"count":200,"open":"read-write","arrivals":{"kind":"poisson","rate_per_s":1.0},
    "lock":"fcntl","remap":"when-needed","prefault":"none","ramp":null,"operations":{"list":0.0,"lookup":100.0,"noop":0.0}},
    "writer":{"count":1,"arrivals":{"kind":"closed","think_ns":0},
    "operations":{"delete":1.0,"replace":2.0,"store":1.0},
    "sync":true,"checkpoint":true},
    "run":{"warm_up_ns":2000000000,"control_ns":1000000000,"duration_ns":10000000000,"interval_ns":100000000,"stall_ns":20000000,"freeze_ns":100000000,"freeze_percent":5,"evidence":true,"seed":2007},
    "slo":{"clauses":[{"metric":"rate","comparison":">=","limit":{"fraction":0.9}}]}}
    "#);
}
