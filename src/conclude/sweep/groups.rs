//! The runs of a sweep sorted by load: which axis is the load, and one group of runs for every value of the other axis.

use crate::{
    results::{SweepReport, SweptRun},
    scenario::Setting,
};

/// Keys of which more is more load, the most telling first. Of two axes the first of these is the load.
const LOADS: [&str; 6] =
    ["readers.count", "readers.rate", "writer.rate", "writer.count", "file.mailboxes", "file.size"];

/// Runs that differ in their load (and repeat) only.
pub(crate) struct Group<'a> {
    pub key: String,
    pub at: Vec<Setting>,
    /// By load, rising.
    pub runs: Vec<(f64, &'a SweptRun)>,
}

impl Group<'_> {
    /// The different loads, rising.
    pub(crate) fn loads(&self) -> Vec<f64> {
        let mut loads: Vec<f64> = self.runs.iter().map(|(load, _)| *load).collect();
        loads.dedup();
        loads
    }
}

/// The groups, in the order of the other axis's values; none if no axis is a load.
pub(crate) fn groups(report: &SweepReport) -> Vec<Group<'_>> {
    let Some(key) = LOADS.into_iter().find(|key| report.axes.iter().any(|axis| axis.key == *key)) else {
        return Vec::new();
    };
    let mut groups: Vec<Group<'_>> = Vec::new();
    let others = report.axes.iter().filter(|axis| axis.key != key).flat_map(|axis| &axis.values);
    for run in &report.runs {
        let Some(load) = run.settings.iter().find(|setting| setting.key == key).and_then(|setting| setting.number)
        else {
            continue;
        };
        let at: Vec<Setting> = run.settings.iter().filter(|setting| setting.key != key).cloned().collect();
        match groups.iter_mut().find(|group| group.at == at) {
            Some(group) => group.runs.push((load, run)),
            None => groups.push(Group { key: key.to_owned(), at, runs: vec![(load, run)] }),
        }
    }
    let order: Vec<&String> = others.collect();
    let place = |group: &Group<'_>| group.at.first().and_then(|at| order.iter().position(|value| **value == at.value));
    groups.sort_by_key(place);
    for group in &mut groups {
        group.runs.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.order.cmp(&other.1.order)));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{results::fixtures, scenario::Axis};

    #[test]
    fn the_load_is_found_among_two_axes_and_the_other_one_divides() {
        let mut report = fixtures::sweep(vec![]);
        let mut order = 0;
        for (load, open) in [(200.0, "read-only"), (100.0, "read-write"), (100.0, "read-only"), (200.0, "read-write")] {
            order += 1;
            let mut run = fixtures::swept(order, load, 1, None);
            let other = Setting { key: "readers.open".to_owned(), value: open.to_owned(), number: None };
            run.settings.insert(0, other);
            report.runs.push(run);
        }
        let values = ["read-write", "read-only"].map(str::to_owned).to_vec();
        report.axes.insert(0, Axis { key: "readers.open".to_owned(), values, numbers: None });
        let groups = groups(&report);
        let told: Vec<_> = groups.iter().map(|group| (&*group.key, &*group.at[0].value, group.loads())).collect();
        assert_eq!(
            told,
            [("readers.count", "read-write", vec![100.0, 200.0]), ("readers.count", "read-only", vec![100.0, 200.0])]
        );
    }

    #[test]
    fn words_are_no_load() {
        let mut report = fixtures::sweep(vec![fixtures::swept(1, 100.0, 1, None)]);
        report.axes[0].key = "readers.open".to_owned();
        assert!(groups(&report).is_empty());
    }
}
