//! How large a load this machine can hold: the largest number for which the checks before a run refuse nothing.

use std::{cell::RefCell, ops::RangeInclusive, path::Path};

use crate::{
    conclude::Capacity,
    driver::{Need, Places, preflight, results_of},
    scenario::{Scenario, ScenarioErrors, Tunable},
};

/// How many processes fit that map one file of this size, with everything in `place`, and which limits refuse more.
/// Errors: The size makes no scenario.
pub fn processes_that_fit(file_bytes: u64, place: &Path) -> Result<Capacity, ScenarioErrors> {
    let text = format!("[file]\nsize = '{file_bytes}B'\n");
    let tunable = Tunable::parse("capacity", &text, &[], "readers.count")?;
    let places = Places { files: place, results: place };
    // The limits that refused the fewest processes: asked again, a machine that has other work to do may have room for one more.
    let refused = RefCell::new(None::<(u32, Vec<String>)>);
    let fits = |scenario: &Scenario| {
        let limits: Vec<String> =
            preflight(&Need::of(scenario), places).into_iter().map(|refusal| refusal.limit).collect();
        let fits = limits.is_empty();
        let count = scenario.readers.count;
        if !fits && refused.borrow().as_ref().is_none_or(|(least, _)| count < *least) {
            refused.replace(Some((count, limits)));
        }
        fits
    };
    let processes = possible(&tunable, 1, &fits).map_or(0, |range| *range.end());
    let limits = refused.into_inner().map(|(_, limits)| limits).unwrap_or_default();
    Ok(Capacity { processes, file_bytes, limits })
}

/// The loads around `start` of which this machine holds `runs` runs with their results; `None`: it holds none.
pub fn possible_runs(tunable: &Tunable, start: u64, runs: u32, places: Places<'_>) -> Option<RangeInclusive<u64>> {
    let fits = |scenario: &Scenario| {
        let results = results_of(scenario) * u64::from(runs);
        preflight(&Need::of(scenario).among(results), places).is_empty()
    };
    possible(tunable, start, &fits)
}

/// The loads around `start` that make valid scenarios which this machine can hold; `None`: it can hold none.
pub fn possible(tunable: &Tunable, start: u64, fits: &dyn Fn(&Scenario) -> bool) -> Option<RangeInclusive<u64>> {
    let is_valid = |load: u64| tunable.at(load).is_ok();
    let is_possible = |load: u64| tunable.at(load).is_ok_and(|scenario| fits(&scenario));
    let (least, most) = tunable.allowed.clone().into_inner();
    // The scenario itself is valid, so what is not lies further out on either side.
    let lowest = if is_valid(start) { edge(start, least, &is_valid) } else { start };
    if !is_possible(lowest) {
        return None;
    }
    Some(lowest..=edge(lowest, most, &is_possible))
}

/// The last good number between one that is good and an end that may not be.
fn edge(good: u64, end: u64, is_good: &dyn Fn(u64) -> bool) -> u64 {
    if is_good(end) {
        return end;
    }
    let (mut good, mut bad) = (good, end);
    while good.abs_diff(bad) > 1 {
        let middle = good.midpoint(bad);
        if is_good(middle) { good = middle } else { bad = middle }
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn possible_loads_are_found_without_running_them() {
        let text = "[file]\nmailboxes = 500\n[instances]\ncount = 4\n[readers]\ncount = 40\n";
        let tunable = Tunable::parse("x", text, &[], "readers.count").unwrap();
        let holds = |most: u32| move |scenario: &Scenario| scenario.readers.count <= most;
        assert_eq!(possible(&tunable, 40, &holds(777)), Some(4..=777));
        assert_eq!(possible(&tunable, 40, &holds(20)), Some(4..=20));
        assert_eq!(possible(&tunable, 40, &holds(3)), None);
        assert_eq!(possible(&tunable, 40, &holds(u32::MAX)), Some(4..=1_000_000));
    }

    #[test]
    fn one_more_process_than_fits_is_refused_by_the_limits_that_are_named() {
        let place = Path::new(".");
        let [small, large] = [1_u64 << 20, 150_000_000].map(|bytes| processes_that_fit(bytes, place).unwrap());
        // Processes of others come and go meanwhile.
        assert!(small.processes * 10 >= large.processes * 9 && large.processes > 0, "{small:?} {large:?}");
        assert!(!large.limits.is_empty(), "a machine that holds a million processes does not run this test: {large:?}");
        // No disk and no memory holds it.
        let none = processes_that_fit(1 << 42, place).unwrap();
        assert_eq!((none.processes, none.limits.is_empty()), (0, false), "{none:?}");
    }
}
