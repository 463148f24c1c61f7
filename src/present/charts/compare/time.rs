//! Operations completed per second as time went by, runs on the same axes: where one stops, the other need not.
//! Bins are equal; an interval that lies in several is divided among them in proportion.

use plotters::style::text_anchor::HPos;

use super::percentiles::{Look, looks, names, subtitle};
use crate::conclude::compare::side::Side;
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Place, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::{HEIGHT, LABEL, MARGIN, PANEL_TITLE, Page, Room, WIDTH},
    },
    results::Comparison,
    scenario::units::format_duration_ns,
};

/// So many operations, in the mean, a bin holds at least, unless there were then fewer bins than this.
const LEAST_IN_BIN: u64 = 8;
const LEAST_BINS: u64 = 10;
/// At most so many bins.
const BINS: u64 = 120;
/// Above a panel, for its title; below it, for marks; height of a strip of freezes.
const ABOVE: f64 = 24.0;
const BELOW: f64 = 22.0;
const STRIP: f64 = 7.0;

/// Width of a bin for a run so long, in whole intervals, nanoseconds.
pub fn bin_ns(longest_ns: u64, interval_ns: u64) -> u64 {
    let interval_ns = interval_ns.max(1);
    longest_ns.div_ceil(BINS).div_ceil(interval_ns).max(1) * interval_ns
}

/// A bin that holds enough operations to be more than noise, and yet is one of several.
fn wide_enough(sides: &[&Side], role: usize, bin_ns: u64, longest_ns: u64) -> u64 {
    let completed = |side: &&Side| side.course.iter().map(|(_, _, completed)| completed[role]).sum::<u64>();
    let fewest = sides.iter().map(completed).filter(|count| *count > 0).min().unwrap_or(0);
    let bins = (fewest / LEAST_IN_BIN).max(LEAST_BINS);
    longest_ns.div_ceil(bins).div_ceil(bin_ns).max(1) * bin_ns
}

/// Operations of a role completed per second, bin by bin.
pub fn rates(side: &Side, role: usize, bin_ns: u64) -> Vec<f64> {
    let measured_ns = side.run.summary.measured_ns;
    let count = measured_ns.div_ceil(bin_ns).max(1) as usize;
    let mut sums = vec![0.0; count];
    for (start, length, completed) in &side.course {
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
    let width = |bin: usize| (measured_ns.min((bin as u64 + 1) * bin_ns) - bin as u64 * bin_ns).max(1) as f64 / 1e9;
    sums.iter().enumerate().map(|(bin, sum)| sum / width(bin)).collect()
}

/// The axis of time.
pub fn seconds(longest_ns: u64, marks: usize) -> Axis {
    Axis::count("time since measuring began, s", longest_ns as f64 / 1e9, marks)
}

/// A run's rates as a line of steps.
pub fn steps(frame: &Frame, rates: &[f64], bin_ns: u64, measured_ns: u64) -> Vec<Place> {
    let mut places = Vec::new();
    for (bin, rate) in rates.iter().enumerate() {
        let (from, to) = (bin as u64 * bin_ns, ((bin as u64 + 1) * bin_ns).min(measured_ns));
        let last = places.len();
        for at in [from, to] {
            places.push(frame.place(at as f64 / 1e9, *rate));
        }
        // A level line needs only its ends.
        if last >= 2 && places[last - 1].1 == places[last].1 {
            places.drain(last - 1..=last);
        }
    }
    places
}

/// Draws a pair. `None`: neither run completed anything.
pub fn of_pair(comparison: &Comparison, a: &Side, b: &Side) -> anyhow::Result<Option<Chart>> {
    let sides = [a, b];
    let longest_ns = sides.map(|side| side.run.summary.measured_ns).into_iter().max().unwrap_or(0);
    let interval_ns = sides.map(|side| side.run.scenario.run.interval_ns).into_iter().max().unwrap_or(1);
    let bin_ns = bin_ns(longest_ns, interval_ns);
    let bins = [0, 1].map(|role| wide_enough(&sides, role, bin_ns, longest_ns));
    let all = [0, 1].map(|role| sides.map(|side| rates(side, role, bins[role])));
    let panels: Vec<usize> = [0, 1].into_iter().filter(|role| most(&all[*role]) > 0.0).collect();
    if panels.is_empty() {
        return Ok(None);
    }
    let frozen = sides.map(|side| side.run.diagnosis.freezes.len());
    let page = page(comparison, bins, frozen);
    let across = seconds(longest_ns, 10);
    let svg = paint((WIDTH, HEIGHT), |canvas| {
        let room = page.draw(canvas, HEIGHT)?;
        let height = (room.bottom - 20.0 - room.top) / panels.len() as f64;
        for (place, role) in panels.iter().enumerate() {
            let top = room.top + place as f64 * height;
            panel(canvas, (*role, &all[*role]), sides, &across, Room { top, bottom: top + height }, bins[*role])?;
        }
        canvas.words(&across.label, (f64::from(WIDTH) / 2.0, room.bottom - 12.0), LABEL)
    })?;
    let mut description = format!("{}. {}", page.subtitle, page.caption);
    for role in panels {
        for (letter, rates) in ["A", "B"].into_iter().zip(&all[role]) {
            let (least, most) =
                (rates.iter().copied().fold(f64::INFINITY, f64::min), most(std::slice::from_ref(rates)));
            let mean = rates.iter().sum::<f64>() / rates.len() as f64;
            description
                .push_str(&format!(" {} of {letter}: {mean:.1}/s, bins from {least:.1} to {most:.1}.", WHAT[role]));
        }
    }
    let name = "comparison-completed".to_owned();
    Ok(Some(Chart::new(name, page.title, description, (WIDTH, HEIGHT), &svg)))
}

const WHAT: [&str; 2] = ["reads completed per second", "commits completed per second"];

/// The largest rate of all.
pub fn most(rates: &[Vec<f64>]) -> f64 {
    rates.iter().flatten().copied().fold(0.0, f64::max)
}

fn panel(
    canvas: &Canvas,
    (role, rates): (usize, &[Vec<f64>; 2]),
    sides: [&Side; 2],
    across: &Axis,
    room: Room,
    bin_ns: u64,
) -> anyhow::Result<()> {
    let up = Axis::count(WHAT[role], most(rates) * 1.02, 4);
    let (left, right) = (MARGIN + 70.0, f64::from(WIDTH) - MARGIN - 6.0);
    let frame =
        Frame { left, top: room.top + ABOVE + 2.0 * STRIP, right, bottom: room.bottom - BELOW, x: across, y: &up };
    canvas.words(&up.label, (left, room.top + ABOVE / 2.0 - 2.0), PANEL_TITLE)?;
    frame.draw(canvas, true)?;
    for (place, (side, look)) in sides.into_iter().zip(looks()).enumerate() {
        freezes(canvas, side, &frame, room.top + ABOVE + place as f64 * STRIP - 2.0, look, ["A", "B"][place])?;
    }
    for ((side, look), rates) in sides.into_iter().zip(looks()).zip(rates) {
        let places = steps(&frame, rates, bin_ns, side.run.summary.measured_ns);
        canvas.line(&places, Stroke { color: look.color, width: 1.6, dash: look.dash })?;
    }
    Ok(())
}

/// A strip above the panel: where the crowd was frozen.
fn freezes(canvas: &Canvas, side: &Side, frame: &Frame, top: f64, look: Look, letter: &str) -> anyhow::Result<()> {
    let whole = |instance: Option<u32>| instance.is_none();
    let spans = side.run.diagnosis.freezes.iter().filter(|freeze| whole(freeze.instance));
    let mut any = false;
    for freeze in spans {
        let [from, to] = [freeze.start_ns, freeze.end_ns].map(|ns| frame.place(ns as f64 / 1e9, 0.0).0);
        let to = to.max(from + 1.0);
        canvas.area(&[(from, top), (to, top), (to, top + STRIP - 2.0), (from, top + STRIP - 2.0)], look.color, 1.0)?;
        any = true;
    }
    if any {
        let words = Words::of_size(9.0).end(HPos::Right);
        canvas.words(&format!("{letter} frozen"), (frame.left - 4.0, top + STRIP / 2.0 - 1.0), words)?;
    }
    Ok(())
}

fn page(comparison: &Comparison, bins: [u64; 2], frozen: [usize; 2]) -> Page {
    let legend =
        names(comparison).into_iter().zip(looks()).map(|(name, look)| (Key::Point(look.color, look.shape), name));
    Page {
        title: "Completed per second, as time went by".to_owned(),
        subtitle: subtitle(comparison),
        legend: legend.collect(),
        caption: format!(
            "Operations that ended, in bins of {} (reads) and {} (commits). A solid, B dashed. Strips above: freezes of the whole crowd ({} in A, {} in B, \
             those of single instances counted in).",
            format_duration_ns(bins[0]),
            format_duration_ns(bins[1]),
            frozen[0],
            frozen[1]
        ),
    }
}
