//! The chart of sweeps over each other: each result is named with its machine and origin, its knee is marked, what is predicted is hollow.

use super::*;
use crate::{
    conclude::compare_sweeps,
    present::{
        charts::{
            checks::{checked, expect, expect_described, names, sample, words},
            sweep::tests::predicted,
        },
        sweep_comparison_charts,
    },
    results::{
        Answer, PredictedClause,
        fixtures::{self, knee, swept},
    },
    scenario::Emulation,
};

/// Two repeats at each load; on another machine everything takes longer.
fn sweep(loads: &[f64], slower: u64, knee_at: f64) -> SweepReport {
    let runs = loads.iter().flat_map(|load| [1, 2].map(|repeat| (*load, repeat))).enumerate();
    let runs = runs.map(|(order, (load, repeat))| {
        let mut run = swept(order as u32 + 1, load, repeat, None);
        run.responses.iter_mut().for_each(|found| found.p99_ns *= slower);
        run
    });
    let mut sweep = fixtures::sweep(runs.collect());
    sweep.knees = vec![knee(Answer::Found, knee_at, [Some(knee_at), Some(knee_at * 1.5)])];
    if slower > 1 {
        let machine = sweep.machine.as_mut().unwrap();
        (machine.host, machine.system) = ("t2000".to_owned(), "SunOS".to_owned());
    }
    sweep
}

fn charts(sweeps: &[SweepReport]) -> Vec<crate::present::Chart> {
    let named: Vec<(String, SweepReport)> =
        sweeps.iter().map(|sweep| ("results/x".to_owned(), sweep.clone())).collect();
    checked(sweep_comparison_charts(&compare_sweeps(&named, &[], 0.05), &named))
}

#[test]
fn each_result_is_a_line_with_its_machine_and_its_knee() {
    let charts = charts(&[sweep(&[100.0, 200.0, 400.0], 1, 200.0), sweep(&[100.0, 200.0], 3, 100.0)]);
    assert_eq!(names(&charts), ["comparison-loads", "comparison-parts"]);
    let loads = "comparison-loads";
    expect(
        &charts,
        &[
            (loads, &["Readers' response time, p99", "Commits' response time, p99", "A commit under the lock"]),
            (loads, &["A (imap1, Linux), measured", "B (t2000, illumos/SunOS), measured", "!predicted", "!emulated"]),
            (loads, &["A, knee: between 200 and 300", "B, knee: between 100 and 150"]),
            (loads, &["readers (processes)", "mappers of one file (processes)"]),
        ],
    );
    expect_described(
        &charts,
        &[(
            "comparison-loads",
            &["A (imap1, Linux), measured, medians", "B (t2000, illumos/SunOS), measured, knee: between 100 and 150"],
        )],
    );
}

#[test]
fn predictions_and_imitations_are_marked() {
    let (mut a, mut b) = (sweep(&[100.0, 200.0], 1, 100.0), sweep(&[100.0, 200.0], 2, 100.0));
    b.runs.iter_mut().for_each(|run| run.emulate = Emulation::Demap);
    let mut predicted = predicted();
    predicted.knee = None;
    predicted.points.truncate(2);
    for point in &mut predicted.points {
        let clause = Clause::parse("lookup.p99<=5ms").unwrap();
        point.clauses = vec![PredictedClause { clause, figure: 2e6, met: true }];
    }
    a.predicted = vec![predicted];
    let charts = charts(&[a, b]);
    let shown: &[&str] =
        &["predicted by the cost model alone, never run", "B (t2000, illumos/SunOS), emulated", "made up, of 9 runs"];
    expect(&charts, &[("comparison-loads", shown)]);
    let predicted = "A (imap1, Linux), measured, predicted at 100: 2 ms";
    expect_described(&charts, &[("comparison-loads", &[predicted, "predicted at 101: 1.5"])]);
}

#[test]
fn axes_are_both_linear_or_both_logarithmic() {
    for (loads, is_logarithmic) in [(&[100.0, 200.0][..], false), (&[10.0, 4000.0], true)] {
        let charts = charts(&[sweep(loads, 1, loads[0]), sweep(loads, 2, loads[0])]);
        let labels = words(&charts[0]);
        let of_axes: Vec<&String> = labels
            .iter()
            .filter(|text| text.starts_with("readers (processes)") || text.starts_with("readers' p99, "))
            .collect();
        assert!(of_axes.len() >= 2, "{labels:?}");
        assert!(of_axes.iter().all(|text| text.ends_with("(logarithmic)") == is_logarithmic), "{of_axes:?}");
    }
    let (x, y) = axes(("n", &[0.0, 100.0]), ("t", vec![1.0, 100.0])).unwrap();
    assert!(!x.is_logarithmic && x.holds(0.0) && y.holds(100.0));
}

#[test]
fn arms_of_a_sample_stand_over_each_other() {
    let whole = SweepReport::load(&sample("t2000-freeze-mappers-32cpu-tcg-linux-6.1")).unwrap();
    let arm = |value: &str| {
        let mut arm = whole.clone();
        let is_of_arm = |at: &[Setting]| at.iter().any(|setting| setting.value == value);
        arm.runs.retain(|run| is_of_arm(&run.settings));
        arm.knees.retain(|knee| is_of_arm(&knee.at));
        arm.predicted.retain(|predicted| is_of_arm(&predicted.at));
        arm.axes.retain(|axis| axis.key == "readers.count");
        let other = |setting: &Setting| setting.key == "readers.count";
        arm.runs.iter_mut().for_each(|run| run.settings.retain(other));
        arm.knees.iter_mut().for_each(|knee| knee.at.clear());
        arm.predicted.iter_mut().for_each(|predicted| predicted.at.clear());
        (value.to_owned(), arm)
    };
    let arms = [arm("nothing"), arm("demap")];
    let comparison = compare_sweeps(&arms, &[], 0.05);
    assert!(
        comparison.conclusion.contains("B (demap) is worse than A (nothing): commits completed at readers.count=6000"),
        "{}",
        comparison.conclusion
    );
    let charts = checked(sweep_comparison_charts(&comparison, &arms));
    expect(
        &charts,
        &[("comparison-loads", &["A (nothing), measured", "B (demap), emulated", "B, knee: between 3000 and 6000"])],
    );
    // Whole, they stand side by side, a column for each arm, in whatever order the axes are.
    let mut turned = whole.clone();
    turned.axes.reverse();
    turned.runs.iter_mut().for_each(|run| run.settings.reverse());
    let whole = [("x".to_owned(), whole), ("y".to_owned(), turned)];
    let charts = checked(sweep_comparison_charts(&compare_sweeps(&whole, &[], 0.05), &whole));
    expect(&charts, &[("comparison-loads", &["writer.emulate=demap", "writer.emulate=nothing", "B (y), emulated"])]);
}
