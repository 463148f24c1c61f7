//! Every mitigation keeps the load, is for causes that exist, and says why where it does not apply.

use super::*;
use crate::diagnose::CAUSES;
use crate::results::{Confidence, Finding, fixtures};
use crate::scenario::BUILT_IN;

fn apply(name: &str, text: &str) -> Change {
    Mitigation::named(name).unwrap().overrides(&Scenario::parse("x", text, &[]).unwrap())
}

#[test]
fn every_mitigation_is_for_causes_that_exist() {
    for mitigation in &MITIGATIONS {
        assert!(!mitigation.causes.is_empty(), "{}", mitigation.name);
        for cause in mitigation.causes {
            assert!(CAUSES.iter().any(|known| known.name == *cause), "{}: {cause}", mitigation.name);
        }
    }
}

#[test]
fn every_mitigation_that_applies_keeps_the_total_load() {
    let mut applied = 0;
    for built_in in BUILT_IN {
        let before = built_in.scenario().unwrap();
        for mitigation in &MITIGATIONS {
            let Ok(sets) = mitigation.overrides(&before) else { continue };
            let after = Scenario::parse(built_in.name, built_in.text, &sets).unwrap();
            applied += 1;
            assert_ne!(after.hash(), before.hash(), "{}: changes something", mitigation.name);
            let (rate, was) = (after.reader_rate_total().unwrap(), before.reader_rate_total().unwrap());
            assert!((rate / was - 1.0).abs() < 1e-9, "{} {}: {rate} of {was}", built_in.name, mitigation.name);
            assert_eq!(after.writer, before.writer, "{}", mitigation.name);
            assert_eq!(after.readers.operations, before.readers.operations, "{}", mitigation.name);
            assert_eq!(after.file.contents, before.file.contents, "{}", mitigation.name);
            assert_eq!(after.run, before.run, "{}: the same seed and times", mitigation.name);
        }
    }
    assert!(applied >= 20, "{applied}");
}

#[test]
fn an_odd_number_of_readers_with_a_ramp_and_a_rate_of_the_users_is_halved_too() {
    let text = "[file]\nsize = '1MiB'\n[readers]\ncount = 7\nrate = '1/s'\nramp = { from = 3, over = '1s' }\n";
    let mut sets = vec!["readers.rate=4/min".to_owned()];
    let before = Scenario::parse("x", text, &sets).unwrap();
    sets.extend(Mitigation::named("fewer-processes").unwrap().overrides(&before).unwrap());
    let after = Scenario::parse("x", text, &sets).unwrap();
    assert_eq!((after.readers.count, after.readers.ramp.unwrap().from), (3, 1));
    let close = after.reader_rate_total().unwrap() / before.reader_rate_total().unwrap();
    assert!((close - 1.0).abs() < 1e-9, "{close}");
}

#[test]
fn what_does_not_apply_says_why() {
    const FILE: &str = "file.size = '1MiB'\n";
    for (name, more, why) in [
        ("read-only", "[readers]\nopen = 'read-only'", "already"),
        ("4-instances", "[instances]\ncount = 4", "4 instances already"),
        ("12-instances", "[readers]\ncount = 11", "11"),
        ("2-instances", "[writer]\narrivals = 'closed'", "closed loop"),
        ("fewer-processes", "[readers]\narrivals = 'closed'", "closed loop"),
        ("fewer-processes", "[readers]\ncount = 5\n[instances]\ncount = 3", "3 instances"),
        ("fewer-processes", "[readers]\ncount = 1", "1 readers"),
        ("remap-when-needed", "", "already"),
        ("flock", "[readers]\nlock = 'none'", "no lock"),
        ("flock", "file.format = 'twom'", "ranges"),
        ("small-writes", "file.write-size = 512", "already"),
    ] {
        let error = apply(name, &[FILE, more].concat()).expect_err(name);
        assert!(error.contains(why), "{name}: {error}");
    }
    assert!(apply("2-instances", "file.source = '/own.db'").unwrap_err().contains("copy"));
    assert_eq!(apply("12-instances", "file.size = '1MiB'\nreaders.count = 12").unwrap(), ["instances.count=12"]);
}

#[test]
fn findings_suggest_their_own_mitigations_and_no_finding_suggests_none() {
    let mut run = fixtures::run(&fixtures::outcome());
    assert!(MITIGATIONS.iter().all(|mitigation| mitigation.suggested_by(&run).is_empty()));
    let mut names = |causes: &[&str]| {
        let finding = |cause: &&str| Finding {
            cause: (*cause).to_owned(),
            statement: String::new(),
            chain: vec![],
            share: 0.5,
            figures: vec![],
            confidence: Confidence::High,
            advice: vec![],
        };
        run.diagnosis.findings = causes.iter().map(finding).collect();
        let suggested = MITIGATIONS.iter().filter(|mitigation| !mitigation.suggested_by(&run).is_empty());
        suggested.map(|mitigation| mitigation.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&["run-queue"]), ["remap-when-needed"]);
    assert_eq!(names(&["lock-held-by-another"]), [] as [&str; 0], "nothing of ours to change");
    assert_eq!(names(&["lock-convoy"]), ["2-instances", "4-instances", "12-instances", "flock"]);
    let walks = ["read-only", "2-instances", "4-instances", "12-instances", "small-writes", "fewer-processes"];
    assert_eq!(names(&["run-queue", "sync-walks-mappers"])[..6], walks);
}
