//! A made-up what-if with a cure in every state, as it is shown.

use super::*;
use crate::results::what_if_sample::what_if;

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

#[test]
fn factors_keep_two_digits_and_near_1_three() {
    let written = [0.0, 0.0123, 0.071, 0.98, 1.234, 12.34, 250.0, 1e300].map(factor);
    assert_eq!(written, ["0", "0.012", "0.071", "0.98", "1.23", "12", "250", "ever more"]);
}
