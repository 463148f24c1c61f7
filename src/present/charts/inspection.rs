//! A live server over time: its mappers, who waits for the lock, and the CPUs that its processes use.

use super::{Axis, Chart, Look, Mark, Origin, Panel, Plot, Shape, color, page, rendered};
use crate::{
    results::{Availability, Inspection, Sampled},
    scenario::units::number,
};

const HEIGHT: f64 = 110.0;
const MARKS: usize = 6;

/// Draws it, if it was recorded.
pub fn inspection_charts(found: &Inspection) -> anyhow::Result<Vec<Chart>> {
    rendered((!found.load.samples.is_empty()).then(|| over_time(found)))
}

fn over_time(found: &Inspection) -> Plot {
    let samples = &found.load.samples;
    let last = samples.last().map_or(0, |sampled| sampled.at_ns);
    let x = Axis::span("seconds since the first look", (last as f64 / 1e9).max(1.0), MARKS);
    let panels = vec![
        panel("processes that map the file", samples, &x, |all| Availability::Value(f64::from(all.mappers))),
        panel("processes that wait for its lock", samples, &x, |all| {
            all.lock_waiters.known().map(|count| f64::from(*count)).map_err(String::clone).into()
        }),
        panel("CPUs that its processes use", samples, &x, |all| all.cpus_used.clone()),
    ];
    let machine = &found.environment;
    let measured = page::machine_of(machine);
    let file = found.file.path.display();
    let source = format!("{file}, {}, {}, mapstorm {}", machine.host, found.started, found.mapstorm_version);
    let mut plot = Plot::new("inspection-time", "The file over time", Origin { measured, source }, panels);
    plot.say("Each point is one look; what happened between two looks is not seen.");
    plot
}

fn panel(title: &str, samples: &[Sampled], x: &Axis, figure: impl Fn(&Sampled) -> Availability<f64>) -> Panel {
    let known: Vec<(f64, f64)> =
        samples.iter().filter_map(|sampled| Some((sampled.at_ns as f64 / 1e9, *figure(sampled).value()?))).collect();
    if known.is_empty() {
        let why = samples.iter().find_map(|sampled| figure(sampled).known().err().cloned()).unwrap_or_default();
        return Panel::absent(title, x, format!("unavailable: {why}"));
    }
    let most = known.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let mut panel = Panel::new(title, HEIGHT, x, Axis::count("", most.max(1.0), 3));
    let look = Look::new((color(0), Shape::Circle));
    for (at, value) in known {
        panel.add(format!("{title}, {} s: {}", number(at), number(value)), Mark::Point((at, value), 0.0, look));
    }
    panel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn what_was_recorded_is_drawn_and_what_was_not_is_said() {
        let mut found = fixtures::inspection();
        found
            .load
            .samples
            .iter_mut()
            .for_each(|all| all.lock_waiters = Err("/proc/locks: forbidden".to_owned()).into());
        let plot = over_time(&found);
        assert_eq!(plot.panels.iter().map(Panel::is_absent).collect::<Vec<_>>(), [false, true, false]);
        let charts = inspection_charts(&found).unwrap();
        assert!(crate::present::charts::checks::words(&charts[0]).iter().any(|words| words.contains("forbidden")));
        found.load.samples.clear();
        assert!(inspection_charts(&found).unwrap().is_empty());
    }
}
