//! Pairs of runs: which are paired, which are identical, what a gate finds in them, and what they cannot exclude.

use serde_json::json;

use super::*;

#[test]
fn a_run_against_itself_is_identical() {
    let side = made_up(5, 1.0, 60, 3, &[(1000, 3000)]);
    let comparison = compare_pair(&side, &side, &options());
    assert_eq!(comparison.sentences, Vec::<String>::new());
    assert_eq!(comparison.conclusion, "A and B are the same result: all figures are identical");
    assert!(comparison.paired && comparison.drift.is_none());
    assert!(comparison.scenario.is_empty() && comparison.environment.is_empty() && comparison.regressions.is_empty());
    let ratios = |comparison: &Comparison| {
        let ratios = comparison.differences.iter().filter_map(|row| row.ratio.value()).copied();
        ratios.map(|Estimate { value, low, high }| [value, low, high]).collect::<Vec<_>>()
    };
    // Four percentiles of reads, two of commits, how many freezes, the time frozen, what completed.
    let all = ratios(&comparison);
    assert!(all.len() >= 8 && all.iter().all(|ends| *ends == [1.0; 3]), "{all:?}");
    // So it is in a closed loop, which has no schedule, and wherever the directory of the result was copied to.
    let (mut one, mut copy) = (side.clone(), side.clone());
    for side in [&mut one, &mut copy] {
        side.run.scenario = scenario(&["readers.arrivals=closed", "writer.arrivals=closed"]);
    }
    copy.directory = "elsewhere".into();
    let comparison = compare_pair(&one, &copy, &options());
    assert!(comparison.conclusion.contains(" are the same result"), "{}", comparison.conclusion);
    assert!(ratios(&comparison).len() >= 8 && ratios(&comparison).iter().all(|ends| *ends == [1.0; 3]));
}

#[test]
fn runs_are_paired_where_operations_were_due_at_the_same_moments() {
    let run = |set: &str| {
        let mut side = made_up(3, 1.0, 60, 1, &[]);
        side.run.scenario = scenario(&[set]);
        side.run.started = set.to_owned();
        side
    };
    let first = run("run.stall='20ms'");
    for (set, expected) in [
        ("readers.open=read-only", true),
        ("file.write-size=4KiB", true),
        ("run.seed=9", false),
        ("readers.count=11", false),
        ("writer.rate='7/s'", false),
        ("run.duration='11s'", false),
    ] {
        let comparison = compare_pair(&first, &run(set), &options());
        assert_eq!(comparison.paired, expected, "{set}");
        let words = if expected { "Method: paired, " } else { "Method: unpaired, " };
        assert!(comparison.to_string().contains(words), "{comparison}");
    }
    let mut short = run("readers.open=read-only");
    short.frozen.pop();
    assert!(!compare_pair(&first, &short, &options()).paired, "it was interrupted: other blocks");
    let mut closed = run("readers.arrivals=closed");
    closed.run.summary.writers.due = 0;
    let mut other = closed.clone();
    other.run.started.push('1');
    assert!(!compare_pair(&closed, &other, &options()).paired);
}

#[test]
fn a_doubled_p99_and_a_new_freeze_are_regressions_and_what_could_be_found_is_reported() {
    let regressed = |comparison: &Comparison| {
        comparison.regressions.iter().map(|row| (row.subject.clone(), row.figure)).collect::<Vec<_>>()
    };
    let a = made_up(1, 1.0, 60, 3, &[]);
    let comparison = compare_pair(&a, &made_up(2, 2.2, 60, 3, &[(1000, 1166)]), &options());
    let found = regressed(&comparison);
    let of_all = |figure| ("workers".to_owned(), figure);
    assert!(found.contains(&("lookup".to_owned(), ComparedFigure::ResponseP99Ns)), "{found:?}");
    for figure in [ComparedFigure::Freezes, ComparedFigure::FrozenShare, ComparedFigure::LongestFreezeNs] {
        assert!(found.contains(&of_all(figure)), "{figure:?}: {found:?}");
    }
    // Another run of the same load.
    let same = made_up(3, 1.0, 60, 3, &[]);
    let comparison = compare_pair(&a, &same, &options());
    assert_eq!(regressed(&comparison), []);
    let checked = |subject: &str, figure| {
        comparison.checked.iter().find(|found| found.subject == subject && found.figure == figure).unwrap()
    };
    let p99 = checked("lookup", ComparedFigure::ResponseP99Ns).least.value().copied().unwrap();
    let of_a = a.of_role(0).unwrap().quantile(0.99).unwrap() as f64;
    assert!((1.1 - 1e-9..1.5).contains(&(p99 / of_a)), "{p99} of {of_a}");
    let why = Availability::Unavailable { unavailable: "300 values are too few: it takes 400".to_owned() };
    assert_eq!(checked("replace", ComparedFigure::ResponseP99Ns).least, why);
    assert_eq!(checked("workers", ComparedFigure::Failures).least.value(), Some(&1.0));
    assert_eq!(checked("workers", ComparedFigure::LongestFreezeNs).least.value(), Some(&1e8), "run.freeze");
    let text = comparison.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Smallest regression that would have been found: lookup p50 "), "{text}");
    assert!(text.contains("NOT CHECKED: replace p99: 300 values are too few"), "{text}");
    // Failures, commits that were not done, and a freeze of twice the length; one commit in flight at the end is none.
    let against = |change: &dyn Fn(&mut LoadedRun)| {
        let (mut before, mut after) = (a.clone(), same.clone());
        before.run.summary.writers = Totals { due: 300, completed: 300, ..before.run.summary.writers };
        before.run.diagnosis.freezes = vec![fixtures::freeze(100, 200)];
        after.run.summary.writers = before.run.summary.writers;
        after.run.diagnosis.freezes = vec![fixtures::freeze(500, 600)];
        change(&mut after);
        regressed(&compare_pair(&before, &after, &options()))
    };
    assert_eq!(against(&|after| after.run.summary.writers.completed = 299), []);
    let undone = against(&|after| after.run.summary.writers.completed = 285);
    assert_eq!(undone, [("commit".to_owned(), ComparedFigure::CompletedShare)]);
    assert_eq!(against(&|after| after.run.summary.errors = 1), [of_all(ComparedFigure::Failures)]);
    let longest =
        |end_ms: u64| against(&move |after| after.run.diagnosis.freezes = vec![fixtures::freeze(500, end_ms)]);
    assert_eq!((longest(690), longest(710)), (vec![], vec![of_all(ComparedFigure::LongestFreezeNs)]));
}

#[test]
fn what_drift_may_have_done_is_reported_with_what_was_seen_of_it() {
    let (mut a, mut b) = (made_up(1, 1.0, 60, 1, &[]), made_up(2, 1.0, 60, 1, &[]));
    a.run.started = "2026-11-25T10:00:00Z".to_owned();
    b.run.started = "2026-11-25T10:20:00Z".to_owned();
    for (side, p50_ns) in [(&mut a, 100_000), (&mut b, 140_000)] {
        let overhead =
            json!({"readings": 0, "ns_per_reading": 0, "noise_probes_share": 0, "counters_share": 0, "cpu_share": 0});
        let control = json!({"start_ns": -3, "length_ns": 1_000_000_000, "completed": 5000, "p50_ns": p50_ns});
        let recording = json!({
            "records": 0, "without_record": 0, "without_record_ns": 0, "noise_probes": [], "control": control, "overhead": overhead
        });
        side.run.recording = serde_json::from_value(recording).unwrap();
    }
    let text = |a: &LoadedRun, b: &LoadedRun| {
        let text = compare_pair(a, b, &options()).to_string();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let seen = text(&a, &b);
    for words in
        ["Drift: the runs began 20 min apart", "`mapstorm ab`", "the median response time of B is 1.40 times that of A"]
    {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    b.run.scenario.readers.count += 1;
    let unknown = text(&a, &b);
    assert!(unknown.contains("How much it was is unavailable: the readers, the file"), "{unknown}");
}
