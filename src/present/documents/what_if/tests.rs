//! A made-up what-if with a mitigation in every state, as it is shown.

use crate::results::fixtures::what_if;

#[test]
fn measured_and_predicted_stand_side_by_side() {
    insta::assert_snapshot!(what_if().to_string());
}

#[test]
fn it_fits_a_terminal() {
    let text = what_if().to_string();
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}
