//! Results as one screen shows them, and all of a what-if with a mitigation in every state.

use std::path::Path;

use super::{OnScreen, Screen};
use crate::{
    conclude,
    present::{ab_charts, charts::checks::checked},
    results::{Cost, FitAdvice, Judgement, SweepReport, WhatIf, fixtures},
    stats::Estimate,
};

/// What one screen of 80 columns shows, which is no more lines than `most`.
pub(super) fn one_screen(found: &impl OnScreen, most: usize) -> String {
    let screen = found.on(Screen { is_whole: false, columns: Some(80) });
    assert!(screen.lines().count() <= most && screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    screen
}

#[test]
fn results_of_many_runs_fit_one_screen() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples");
    let knee = SweepReport::load(&samples.join("knee-skiplist-30m-2cpu-linux-6.18")).unwrap();
    let what_if = WhatIf::load(&samples.join("fastmail-150m-6000-what-if-2cpu-linux-6.18")).unwrap();
    let cost = Cost::load(&samples.join("cost-4000-2cpu-linux-6.18")).unwrap();
    for (text, conclusion) in [
        (one_screen(&knee, 24), "Knee, measured: "),
        // A what-if has two lines for each of eight runs.
        (one_screen(&what_if, 30), "Conclusion: "),
        (one_screen(&cost, 24), "One commit-replace costs"),
    ] {
        let last = text.split("\n\n").last().unwrap();
        assert!(last.starts_with(conclusion), "{text}");
    }
}

#[test]
fn the_answer_of_ab_is_the_last_thing_on_one_screen_and_the_chart_has_every_pair() {
    let mut found = fixtures::ab(6, |arm, order, number| {
        let wave = 1.0 + 0.01 * f64::from((order * (number as u32 + 3)) % 5);
        if arm == "B" && number == 2 { 1.3 * wave } else { wave }
    });
    conclude::ab::conclude(&mut found);
    insta::assert_snapshot!(one_screen(&found, 24));
    let charts = checked(ab_charts(&found));
    let titles = charts[0].svg.matches("commit p50, pair ").count();
    assert!(titles >= 6, "{titles}");
}

#[test]
fn the_verdict_of_a_qualification_is_the_last_thing_on_one_screen() {
    let mut found = fixtures::qualification(&[(6000.0, Judgement::NotMet)], Some(Judgement::NotMet));
    conclude::qualify::conclude(&mut found);
    found.advice = vec![FitAdvice {
        mitigation: "read-only".to_owned(),
        meaning: "readers that open the file read-only".to_owned(),
        commit_now_ns: Some(Estimate::around(180e6, 0.0)),
        commit_then_ns: Some(Estimate::around(2e6, 0.0)),
    }];
    insta::assert_snapshot!(one_screen(&found, 24));
}

#[test]
fn measured_and_predicted_stand_side_by_side_and_fit_a_terminal() {
    let text = fixtures::what_if().to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    insta::assert_snapshot!(text);
}
