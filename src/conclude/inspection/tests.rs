use proptest::prelude::*;

use super::*;
use crate::{
    conclude::predicted,
    results::{Availability, CommitModel, Inspection, fixtures},
    scenario::units::{format_rate, percent, short_ns},
    stats::Estimate,
};

fn around(value: f64, share: f64) -> Estimate {
    Estimate::around(value, share * value)
}

fn model(base_ns: f64, per_mapper_ns: f64) -> CommitModel {
    CommitModel::straight(around(base_ns, 0.1), around(per_mapper_ns, 0.1), "made up".to_owned())
}

fn from(cost_model: Result<CommitModel, String>) -> PricedFrom {
    let read_only = cost_model.clone().map(|all| CommitModel { per_mapper_ns: all.per_mapper_ns.scaled(0.01), ..all });
    let tried = |mitigation, mappers, cost_model| Tried { mitigation, meaning: "as it is called", mappers, cost_model };
    PricedFrom {
        cost_model,
        tried: vec![
            tried("12-instances", 26.0, None),
            tried("read-only", 300.0, Some(read_only)),
            tried("small-writes", 300.0, Some(Err("not measured".to_owned()))),
        ],
        notes: vec!["made up".to_owned()],
    }
}

fn priced(cost_model: Result<CommitModel, String>) -> Inspection {
    let mut found = fixtures::inspection();
    price(&mut found, from(cost_model));
    found
}

#[test]
fn only_mappings_of_this_file_that_can_be_written_through_count() {
    let found = fixtures::inspection();
    assert_eq!((walked(&found.processes), mapping(&found.processes)), (300, 301));
    assert_eq!(found.visited(), [("imapd", 300)]);
}

#[test]
fn a_commit_is_priced_with_its_share_of_mappers_its_limit_and_its_advice() {
    // 2 ms, and 100 µs for each of 300.
    let found = priced(Ok(model(2e6, 1e5)));
    let cost = &found.commit_cost;
    assert_eq!((cost.mappers, cost.commit_ns.value().unwrap().value), (300, 32e6));
    assert!((cost.of_mappers_ns.value().unwrap().value - 30e6).abs() < 1.0);
    // Ten a second.
    assert!((cost.utilisation.value().unwrap().value - 0.32).abs() < 1e-9);
    let limit = cost.limit.value().unwrap();
    assert!((limit.commits_per_s.value - 31.25).abs() < 1e-6, "{limit:?}");
    assert!((limit.mappers.unwrap().value - 980.0).abs() < 1.0, "{limit:?}");
    let advice: Vec<&str> = cost.advice.iter().map(|change| &*change.mitigation).collect();
    assert_eq!(advice, ["read-only", "12-instances", "small-writes"]);
    assert_eq!(
        found.statement,
        "One commit takes 32 ms (28.8 ms to 35.2 ms) now, predicted: 30 ms of it because 300 processes map the file and could write to it, \
         and a commit visits each of them; at 10/s commits the lock is held 32.0 % of the time"
    );
    let limit = found.limit_sentence();
    let expected = "Readers starve before 31.2/s (28.4/s to 34.7/s) commits, 3.1× as many as now; or before 980 (";
    assert!(limit.starts_with(expected), "{limit}");
    let notes = &found.notes;
    assert!(notes.iter().any(|note| note.starts_with("1 process maps the file so that it cannot")), "{notes:?}");
    assert!(found.notes.iter().any(|note| note.contains("another file was renamed over it")), "{:?}", found.notes);
    assert!(found.notes.iter().any(|note| note.starts_with("4 processes could not be seen")), "{:?}", found.notes);
}

#[test]
fn without_a_cost_model_there_is_no_price_and_the_lock_table_gives_what_it_has() {
    let found = priced(Err("none was given: --measure measures one".to_owned()));
    let cost = &found.commit_cost;
    assert_eq!((cost.commit_ns.value(), cost.limit.value(), cost.advice.len()), (None, None, 0));
    // Ten commits a second of 4 ms.
    assert!((cost.utilisation.value().unwrap().value - 0.04).abs() < 1e-9);
    assert!(found.statement.contains("unknown: none was given: --measure measures one"), "{}", found.statement);
    assert!(found.statement.starts_with("300 processes map the file"), "{}", found.statement);
    assert!(!found.statement.contains("predicted"));
    assert_eq!(found.limit_sentence(), "The limit is unknown, as the cost of a commit is");
}

#[test]
fn a_file_without_mappers_or_commits_says_so() {
    let mut found = fixtures::inspection();
    found.processes.clear();
    found.load.commits_per_s.value = Err("nothing was seen".to_owned()).into();
    price(&mut found, from(Ok(model(2e6, 1e5))));
    assert_eq!(found.commit_cost.of_mappers_ns.value().unwrap().value, 0.0);
    let statement = &found.statement;
    assert!(statement.ends_with("predicted: no process maps the file so that a commit visits it"), "{statement}");
    assert!(found.limit_sentence().ends_with("nothing was seen to commit"), "{}", found.limit_sentence());
    assert_eq!(found.distance(), None);
}

proptest! {
    /// What is said is what the figures are, and figures that depend on each other agree.
    #[test]
    fn sentences_and_figures_agree(
        (base, slope, width) in (1e4f64..1e8, 0f64..1e6, 0f64..0.9),
        (rate, rate_width) in (0f64..1e3, 0f64..0.9),
        mappers in 0usize..300,
        spread in prop_oneof![Just(Vec::new()), Just(vec![0.8, 1.0, 1.8])],
        is_known: bool,
        is_seen: bool,
    ) {
        let mut found = fixtures::inspection();
        found.processes.truncate(mappers);
        found.load.commits_per_s.value = if is_seen { Availability::Value(around(rate, rate_width)) } else { Err("unseen".to_owned()).into() };
        let line = CommitModel::straight(around(base, width), around(slope, width), "made up".to_owned());
        let model = if is_known { Ok(CommitModel { spread, ..line }) } else { Err("no model".to_owned()) };
        price(&mut found, from(model.clone()));
        let cost = &found.commit_cost;
        prop_assert_eq!(cost.mappers as usize, mappers);
        for figure in [cost.commit_ns.value(), cost.of_mappers_ns.value(), cost.utilisation.value()].into_iter().flatten() {
            prop_assert!(figure.low <= figure.value && figure.value <= figure.high, "{figure:?}");
        }
        let Some(commit) = cost.commit_ns.value() else {
            prop_assert!(!is_known && !found.statement.contains("predicted") && found.statement.contains("no model"));
            return Ok(());
        };
        prop_assert!(found.statement.contains(&short_ns(commit.value)) && found.statement.contains("predicted"));
        let of_mappers = cost.of_mappers_ns.value().unwrap();
        prop_assert!(of_mappers.value <= commit.value + 1.0 && (mappers > 0 || of_mappers.value == 0.0));
        prop_assert!(found.statement.contains("no process maps") == (mappers == 0));
        let processes = format!("{mappers} processes");
        prop_assert!(mappers < 2 || found.statement.contains(&processes));
        let held = cost.utilisation.value().map_or(0.0, |share| share.value);
        prop_assert_eq!(is_seen, cost.utilisation.value().is_some());
        prop_assert_eq!(found.statement.contains("faster than they can be done"), held > 1.0);
        prop_assert_eq!(found.statement.contains(&format!("held {} of", percent(held))), held > 0.0 && held <= 1.0);
        // The limit is where the lock is held all the time.
        let limit = cost.limit.value().unwrap();
        if is_seen && rate > 0.0 {
            let distance = found.distance().unwrap();
            prop_assert!((distance.commits * held - 1.0).abs() < 1e-6);
            prop_assert!(found.limit_sentence().contains(&format_rate(limit.commits_per_s.value)));
            if let Some(most) = limit.mappers {
                prop_assert!(most.low <= most.value && most.value <= most.high, "{most:?}");
                // Beyond the limit in one is beyond it in the other.
                prop_assert!(distance.mappers.is_none_or(|times| (times >= 1.0) == (distance.commits >= 1.0) || (held - 1.0).abs() < 1e-3));
                let there = model.as_ref().unwrap().commit_ns(most.value).value * rate * predicted::mean_multiple(model.as_ref().unwrap());
                prop_assert!(most.value == 0.0 || (there / 1e9 - 1.0).abs() < 1e-3, "{there}");
            }
        } else {
            prop_assert!(found.distance().is_none() && found.limit_sentence().contains("nothing was seen to commit"));
        }
        // Advice lowers the cost, and what lowers it most comes first.
        let then: Vec<f64> = cost.advice.iter().filter_map(|change| Some(change.commit_ns.value()?.value)).collect();
        prop_assert!(then.is_sorted() && then.iter().all(|then| *then < commit.value), "{then:?} {commit:?}");
    }
}
