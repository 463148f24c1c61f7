//! Operations completed per second as time went by, runs on the same axes: where one stops, the other need not.
//! Bins are equal; an interval that lies in several is divided among them in proportion.

use crate::{
    conclude::compare::loaded_run::LoadedRun,
    present::charts::{
        Axis, Extent, Key, Mark, Panel, Plot, Stroke,
        run::{columns::Steps, freezes::spans},
    },
    results::Comparison,
    scenario::units::format_duration_ns,
};

/// So many operations, in the mean, a bin holds at least, unless there were then fewer bins than this.
const LEAST_IN_BIN: u64 = 8;
const LEAST_BINS: u64 = 10;
const BINS: u64 = 120;
const HEIGHT: f64 = 150.0;
/// Where the strips of freezes are above a panel, pixels: of A, then of B.
const STRIPS: [(f64, f64); 2] = [(8.0, 13.0), (1.0, 6.0)];
const WHAT: [&str; 2] = ["reads completed per second", "commits completed per second"];

/// Width of a bin for a run so long, in whole intervals, nanoseconds.
pub fn bin_ns(longest_ns: u64, interval_ns: u64) -> u64 {
    let interval_ns = interval_ns.max(1);
    longest_ns.div_ceil(BINS).div_ceil(interval_ns).max(1) * interval_ns
}

/// A bin that holds enough operations to be more than noise, and yet is one of several.
fn wide_enough(sides: &[&LoadedRun], role: usize, bin_ns: u64, longest_ns: u64) -> u64 {
    let completed = |side: &&LoadedRun| side.time_series.iter().map(|(_, _, completed)| completed[role]).sum::<u64>();
    let fewest = sides.iter().map(completed).filter(|count| *count > 0).min().unwrap_or(0);
    let bins = (fewest / LEAST_IN_BIN).max(LEAST_BINS);
    longest_ns.div_ceil(bins).div_ceil(bin_ns).max(1) * bin_ns
}

/// Operations of a role completed per second, bin by bin.
pub fn rates(side: &LoadedRun, role: usize, bin_ns: u64) -> Steps {
    let measured_ns = side.run.summary.measured_ns;
    let count = measured_ns.div_ceil(bin_ns).max(1) as usize;
    let mut sums = vec![0.0; count];
    for (start, length, completed) in &side.time_series {
        let (length, end) = ((*length).max(1), start + (*length).max(1));
        let (first, last) = ((start / bin_ns) as usize, ((end - 1) / bin_ns) as usize);
        // What lies behind the last bin belongs to that, however far behind it is.
        let (first, last) = (first.min(count - 1), last.min(count - 1));
        for (bin, sum) in sums.iter_mut().enumerate().take(last + 1).skip(first) {
            let until = if bin + 1 == count { end } else { end.min((bin as u64 + 1) * bin_ns) };
            let within = until - (*start).max(bin as u64 * bin_ns);
            *sum += completed[role] as f64 * within as f64 / length as f64;
        }
    }
    let begin = |bin: usize| measured_ns.min(bin as u64 * bin_ns) as f64 / 1e9;
    let width = |bin: usize| (begin(bin + 1) - begin(bin)).max(1e-9);
    Steps {
        spans: (0..count).map(|bin| begin(bin)..begin(bin + 1)).collect(),
        values: sums.iter().enumerate().map(|(bin, sum)| Some(sum / width(bin))).collect(),
    }
}

pub fn seconds(longest_ns: u64, marks: usize) -> Axis {
    Axis::count("time since measuring began, s", longest_ns as f64 / 1e9, marks)
}

pub fn add(panel: &mut Panel, name: &str, rates: &Steps, stroke: Stroke) {
    let known = || rates.values.iter().flatten().copied();
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    let mean = known().sum::<f64>() / rates.values.len() as f64;
    panel.line(&format!("{name}: {mean:.1}/s, bins from {least:.1} to {most:.1}"), rates.stretches(), stroke);
}

/// `None`: neither run completed anything.
pub fn of_pair(comparison: &Comparison, a: &LoadedRun, b: &LoadedRun) -> Option<Plot> {
    let sides = [a, b];
    let longest_ns = sides.map(|side| side.run.summary.measured_ns).into_iter().max().unwrap_or(0);
    let interval_ns = sides.map(|side| side.run.scenario.run.interval_ns).into_iter().max().unwrap_or(1);
    let bin_ns = bin_ns(longest_ns, interval_ns);
    let bins = [0, 1].map(|role| wide_enough(&sides, role, bin_ns, longest_ns));
    let mut panels = Vec::new();
    for role in [0, 1] {
        let all = sides.map(|side| rates(side, role, bins[role]));
        let most = all.iter().filter_map(Steps::most).fold(0.0, f64::max);
        if most == 0.0 {
            continue;
        }
        let up = Axis::count("", most * 1.02, 4);
        let mut panel = Panel::new(WHAT[role], HEIGHT, &seconds(longest_ns, 10), up);
        for (((side, (look, dash)), rates), (letter, strip)) in
            sides.into_iter().zip(super::looks()).zip(&all).zip(["A", "B"].into_iter().zip(STRIPS))
        {
            let frozen = spans(side.run.diagnosis.freezes.iter().filter(|freeze| freeze.is_of_all()));
            if !frozen.is_empty() {
                panel.keys.push((Key::Area(look.color, 1.0), format!("{letter} frozen")));
            }
            let extent = Extent::Above(strip.0, strip.1);
            panel.add(format!("{letter} frozen"), Mark::Spans(frozen, extent, look.color, 1.0));
            let stroke = Stroke::new(look.color, 1.6).dashed(dash);
            add(&mut panel, &format!("{} of {letter}", WHAT[role]), rates, stroke);
        }
        panels.push(panel);
    }
    if panels.is_empty() {
        return None;
    }
    let frozen = sides.map(|side| side.run.diagnosis.freezes.len());
    let (name, title) = ("comparison-completed", "Completed per second, as time went by");
    let mut plot = Plot::new(name, title, super::origin(comparison), panels);
    plot.legend = super::legend(comparison);
    plot.say(format!(
        "Operations that ended, in bins of {} (reads) and {} (commits). A solid, B dashed. Strips above: freezes of all instances at \
         once ({} in A, {} in B, those of single instances counted in).",
        format_duration_ns(bins[0]),
        format_duration_ns(bins[1]),
        frozen[0],
        frozen[1]
    ));
    Some(plot)
}
