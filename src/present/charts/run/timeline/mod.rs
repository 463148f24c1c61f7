//! The freeze timeline: what the crowd, the writers and the system did, one panel under the other over a common time axis.
//! Freezes go through all panels, so that what happened with them can be seen.

mod commits;
mod operations;
mod panel;
mod system;

use super::{
    captions::{behind, closed, measured_where, origin, plural, seconds},
    freezes::Freezes,
};
use crate::{
    present::charts::{
        axis::Axis,
        page::Page,
        plot::{Panel, Plot},
    },
    results::{Freeze, TimeSeries},
    scenario::units::format_duration_ns,
};
use panel::{Figure, is_absent};

/// The description tells so many freezes one by one.
const TOLD: usize = 20;

pub fn plot(time_series: &TimeSeries) -> Plot {
    let time = Axis::span("seconds since measuring began", time_series.run.summary.measured_ns as f64 / 1e9, 12);
    let freezes = Freezes::of(&time_series.run.diagnosis.freezes);
    let mut figures: Vec<Figure> = vec![operations::operations(time_series, &time)];
    figures.extend(operations::instances(time_series, &time));
    figures.extend([
        operations::stalled(time_series, &time),
        commits::band(time_series, &time),
        system::shootdowns(time_series, &time),
        system::pressure(time_series, &time),
        system::load(time_series, &time),
    ]);
    let (mut panels, mut sentences): (Vec<Panel>, Vec<String>) = figures.into_iter().unzip();
    // Behind the data, so that what happened with a freeze can be seen through all panels.
    for panel in panels.iter_mut().filter(|panel| !is_absent(panel) && !panel.y.is_list()) {
        freezes.shade(panel);
    }
    sentences.push(freezes_in_words(time_series));
    let (name, page, origin) = ("timeline".to_owned(), page(time_series, &panels), origin(time_series));
    Plot { name, page, origin, sentences, columns: 1, panels }
}

fn page(time_series: &TimeSeries, panels: &[Panel]) -> Page {
    let run = &time_series.run.scenario.run;
    let mut caption = behind(time_series);
    caption.push_str(&format!(
        " A freeze is a span of at least {} in which less than {} % of what came due completed: tinted, with a mark above it{}. \
         {}",
        format_duration_ns(run.freeze_ns),
        run.freeze_percent,
        if time_series.run.scenario.instances.count > 1 { "; grey, without a mark: of single instances" } else { "" },
        if closed(&time_series.run.scenario.readers.arrivals) {
            "Readers are a closed loop: nothing comes due while all wait, and their mean rate stands for it."
        } else {
            "Where completed falls below due, operations wait; where it rises above, they are caught up."
        },
    ));
    let is_drawn = |what: &str| panels.iter().any(|panel| panel.title.contains(what) && !is_absent(panel));
    if is_drawn("writers' time") {
        caption.push_str(
            " Writers' time: what is left free is idle, or not yet awake. The log has a commit in the interval in which it ended; what is \
             longer than that is drawn in the intervals before. Commits that came due before measuring began are not in it.",
        );
    }
    if panels.iter().flat_map(|panel| &panel.keys).any(|(_, text)| text == "blocked") {
        caption.push_str(" Load: the load average counts both kinds of processes.");
    }
    let grouped = time_series.timeline.len().div_ceil(super::columns::MOST);
    let interval = format_duration_ns(run.interval_ns);
    if grouped > 1 {
        caption.push_str(&format!(
            " Intervals of {interval} are drawn {grouped} at a time: shares and rates as their mean, numbers of workers and \
             processes as their largest."
        ));
    } else {
        caption
            .push_str(&format!(" All but operations: in intervals of {interval}, or longer where the look was late."));
    }
    Page { title: "Freeze timeline".to_owned(), subtitle: measured_where(time_series), legend: Vec::new(), caption }
}

/// How many freezes there were, how long, and the longest one by one.
fn freezes_in_words(time_series: &TimeSeries) -> String {
    if let Some(why) = time_series.run.unmeasured() {
        return why;
    }
    let freezes: Vec<&Freeze> =
        time_series.run.diagnosis.freezes.iter().filter(|freeze| freeze.instance.is_none()).collect();
    let length = |freeze: &Freeze| freeze.end_ns.saturating_sub(freeze.start_ns) as f64 / 1e9;
    if freezes.is_empty() {
        return "The whole crowd never froze.".to_owned();
    }
    let whole: f64 = freezes.iter().map(|freeze| length(freeze)).sum();
    let mut longest = freezes.clone();
    longest.sort_by(|a, b| length(b).total_cmp(&length(a)).then(a.start_ns.cmp(&b.start_ns)));
    longest.truncate(TOLD);
    longest.sort_by_key(|freeze| freeze.start_ns);
    let each: Vec<String> = longest
        .iter()
        .map(|freeze| {
            format!(
                "at {:.3} s for {} ({} waiting)",
                freeze.start_ns as f64 / 1e9,
                seconds(length(freeze)),
                freeze.waiting
            )
        })
        .collect();
    let which = if freezes.len() > TOLD { format!(" The longest {TOLD}") } else { " They began".to_owned() };
    format!(
        "The whole crowd froze: {}, {} together.{which}: {}.",
        plural(freezes.len() as u64, "freeze"),
        seconds(whole),
        each.join("; ")
    )
}
