use crate::{
    conclude::ab::conclude,
    present::{ab_charts, charts::checks::checked, documents::OnScreen, terminal::Screen},
    results::fixtures,
};

#[test]
fn the_answer_is_the_last_thing_on_one_screen_and_the_chart_has_every_pair() {
    let mut found = fixtures::ab(6, |arm, order, number| {
        let wave = 1.0 + 0.01 * f64::from((order * (number as u32 + 3)) % 5);
        if arm == "B" && number == 2 { 1.3 * wave } else { wave }
    });
    conclude(&mut found);
    let screen = found.on(Screen { is_whole: false, columns: Some(80) });
    assert!(screen.lines().count() <= 24 && screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    insta::assert_snapshot!(screen);
    let charts = checked(ab_charts(&found));
    let titles = charts[0].svg.matches("commit p50, pair ").count();
    assert!(titles >= 6, "{titles}");
}
