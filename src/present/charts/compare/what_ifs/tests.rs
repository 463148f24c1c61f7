//! What mitigations do, machine by machine.

use crate::{
    conclude::compare_what_ifs,
    present::{
        charts::checks::{checked, expect, expect_described, names},
        what_if_comparison_charts,
    },
    results::{Availability, fixtures},
};

#[test]
fn each_mitigation_has_a_point_for_each_result() {
    let none = || Availability::Unavailable { unavailable: "not here".to_owned() };
    let what_ifs = ["a", "b"].map(|name| (name.to_owned(), fixtures::what_if(), none()));
    let charts = checked(what_if_comparison_charts(&compare_what_ifs(&what_ifs, &[], 0.05)));
    assert_eq!(names(&charts), ["comparison-mitigations", "comparison-parts"]);
    let shown: &[&str] = &["read p99", "commit p50", "!commit p99", "read-only", "remap-when-needed", "A (a)", "B (b)"];
    expect(&charts, &[("comparison-mitigations", shown)]);
    let described: &[&str] = &["read-only on A (a): ×0.071", "read-only on B (b): ×0.071"];
    expect_described(&charts, &[("comparison-mitigations", described)]);
    // Without a mitigation there is nothing to draw.
    let bare = what_ifs.map(|(name, mut what_if, machine)| {
        what_if.mitigations.clear();
        (name, what_if, machine)
    });
    let charts = checked(what_if_comparison_charts(&compare_what_ifs(&bare, &[], 0.05)));
    assert!(!names(&charts).contains(&"comparison-mitigations"));
}
