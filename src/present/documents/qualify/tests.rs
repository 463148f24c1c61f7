use crate::{
    conclude::qualify::conclude,
    present::{documents::OnScreen, terminal::Screen},
    results::{FitAdvice, Judgement, fixtures},
    stats::Estimate,
};

#[test]
fn the_verdict_is_the_last_thing_on_one_screen() {
    let mut found = fixtures::qualification(&[(6000.0, Judgement::NotMet)], Some(Judgement::NotMet));
    conclude(&mut found);
    let exactly = |value: f64| Some(Estimate { value, low: value, high: value });
    found.advice = vec![FitAdvice {
        mitigation: "read-only".to_owned(),
        meaning: "readers that open the file read-only".to_owned(),
        commit_now_ns: exactly(180e6),
        commit_then_ns: exactly(2e6),
    }];
    let screen = found.on(Screen { is_whole: false, columns: Some(80) });
    assert!(screen.lines().count() <= 24 && screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    insta::assert_snapshot!(screen);
}
