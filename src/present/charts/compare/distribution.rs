//! Many results at once: how a figure is distributed over the results of each machine type, by verdict. A panel for each type, all on the same
//! axis across.

use plotters::style::RGBColor;

use crate::{
    conclude::{
        compare::fleet::{by_type, type_name},
        wording::judgement,
    },
    present::charts::{Axis, GREY, INK, Key, Mark, Note, Origin, Panel, Plot, Stroke, axis::range, color},
    results::{Judgement, Ranked, RankedFigure, Ranking},
    scenario::{
        Metric, Percentile, Subject,
        units::{number, short_ns},
    },
    stats::median,
};

/// Of a panel, pixels.
const HEIGHT: f64 = 84.0;
/// So many types have panels of their own; all others share one.
const TYPES: usize = 10;
/// Bars in a decade.
const BARS: f64 = 12.0;

/// What is distributed: of qualifications the load up to which the objectives hold, of runs the readers' p99.
struct Distributed {
    figure: RankedFigure,
    show: fn(f64) -> String,
    /// What it is to be at most, or of a load at least; `None`: no objective is about it.
    limit: Option<f64>,
}

/// `None`: no row has the figure.
pub fn plot(ranking: &Ranking) -> Option<Plot> {
    let distributed = distributed(ranking);
    let figure = |row: &&Ranked| distributed.figure.of(row).filter(|value| *value > 0.0);
    let values = ranking.rows.iter().filter_map(|row| figure(&row)).chain(distributed.limit);
    let axis = match distributed.figure {
        RankedFigure::Load => Axis::logarithmic_numbers("processes up to which the objectives hold", values, 9),
        _ => Axis::logarithmic_times("p99 of the readers' response time", values, 9),
    }?;
    let mut types: Vec<(String, Vec<&Ranked>)> =
        by_type(&ranking.rows).into_iter().map(|(machine, rows)| (type_name(machine), rows)).collect();
    if types.len() > TYPES {
        let others = types.split_off(TYPES - 1);
        let name = format!("{} other types", others.len());
        types.push((name, others.into_iter().flat_map(|(_, rows)| rows).collect()));
    }
    let panels = types.into_iter().map(|(name, rows)| {
        let known: Vec<(&Ranked, f64)> = rows.iter().filter_map(|row| Some((*row, figure(row)?))).collect();
        panel(&name, &axis, (rows.len(), &known), &distributed)
    });
    let panels: Vec<Panel> = panels.collect();
    let limit = distributed.limit.map_or_else(String::new, distributed.show);
    let (title, limit) = match distributed.figure {
        RankedFigure::Load => ("How many processes the machines hold, by machine type", format!("wanted: {limit}")),
        _ => ("p99 of the readers, by machine type", format!("objective: at most {limit}")),
    };
    let mut plot = Plot::new("ranking-distribution", title, origin(ranking), panels);
    plot.keys(VERDICTS.map(|verdict| (Key::Area(color_of(verdict), 1.0), name_of(verdict, distributed.figure))));
    plot.keys([(Key::Line(LIMIT), limit)]);
    plot.say(
        "The height of a bar is the number of results in that range; the colours of a bar stand on top of each other.",
    );
    plot.say("All panels have the same axis across; each has its own up.");
    Some(plot)
}

fn distributed(ranking: &Ranking) -> Distributed {
    let first = ranking.rows.iter().find_map(|row| row.qualified.as_ref());
    if let Some(qualified) = first {
        let show = |load: f64| number(load.round());
        return Distributed { figure: RankedFigure::Load, show, limit: Some(qualified.wanted as f64) };
    }
    let is_p99_of_readers = |metric: Metric| {
        matches!(metric, Metric::Latency { of: Subject::Reader(_) | Subject::AllReaders, at: Percentile::P99 })
    };
    let clause = ranking.objectives.iter().find(|clause| is_p99_of_readers(clause.metric));
    Distributed { figure: RankedFigure::ReaderP99Ns, show: short_ns, limit: clause.map(|clause| clause.limit.value()) }
}

const VERDICTS: [Option<Judgement>; 4] =
    [Some(Judgement::Met), Some(Judgement::NotMet), Some(Judgement::Invalid), None];

fn color_of(verdict: Option<Judgement>) -> RGBColor {
    match verdict {
        Some(Judgement::Met) => color(0),
        Some(Judgement::NotMet) => color(1),
        Some(Judgement::Invalid) => GREY,
        None => color(2),
    }
}

fn name_of(verdict: Option<Judgement>, figure: RankedFigure) -> &'static str {
    match (verdict, figure == RankedFigure::Load) {
        (Some(Judgement::Met), true) => "fit",
        (Some(Judgement::NotMet), true) => "NOT FIT",
        (Some(judged), _) => judgement(judged),
        (None, _) => "without objectives",
    }
}

const LIMIT: Stroke = Stroke::new(INK, 1.4);

/// `all`: how many rows there are, and those of them that have the figure.
fn panel(name: &str, axis: &Axis, (all, known): (usize, &[(&Ranked, f64)]), distributed: &Distributed) -> Panel {
    // Bars begin at the limit, so that none lies on both sides of it.
    let base = distributed.limit.filter(|limit| *limit > 0.0).unwrap_or(1.0);
    let bin = |value: f64| ((value / base).log10() * BARS).floor() as i32;
    let count = |place: i32, verdict: Option<Judgement>| {
        known.iter().filter(|(row, value)| bin(*value) == place && row.verdict == verdict).count() as f64
    };
    let Some((least, most)) = range(known.iter().map(|(_, value)| *value)) else {
        return Panel::absent(name, axis, format!("none of the {all} results has the figure"));
    };
    let bars: Vec<(i32, [f64; 4])> =
        (bin(least)..=bin(most)).map(|place| (place, VERDICTS.map(|verdict| count(place, verdict)))).collect();
    let highest = bars.iter().map(|(_, counts)| counts.iter().sum::<f64>()).fold(0.0, f64::max);
    let mut panel = Panel::new(name, HEIGHT, axis, Axis::count("results", highest, 3));
    panel.notes.push(Note { text: in_words(all, known, (least, most), distributed), sample: None });
    for (place, counts) in bars {
        let [from, to] = [place, place + 1].map(|edge| base * 10_f64.powf(f64::from(edge) / BARS));
        let ends = [from, to].map(|end| axis.at(axis.share(end)));
        let mut below = 0.0;
        for (verdict, count) in VERDICTS.into_iter().zip(counts).filter(|(_, count)| *count > 0.0) {
            let [from, to] = [from, to].map(distributed.show);
            let title = format!("{from} to {to}, {}: {count}", name_of(verdict, distributed.figure));
            panel.add(title, Mark::Bar((ends[0], below), (ends[1], below + count), color_of(verdict), 1.0));
            below += count;
        }
    }
    if let Some(limit) = distributed.limit {
        panel.behind(Mark::Upright(limit, LIMIT));
    }
    panel
}

fn in_words(
    all: usize,
    known: &[(&Ranked, f64)],
    (least, most): (f64, f64),
    &Distributed { figure, show, .. }: &Distributed,
) -> String {
    let met = known.iter().filter(|(row, _)| row.verdict == Some(Judgement::Met)).count();
    let without = if all > known.len() { format!("; {} without the figure", all - known.len()) } else { String::new() };
    format!(
        "{all} results, {met} of them {}; median {}, {} to {}{without}",
        if figure == RankedFigure::Load { "fit" } else { "met" },
        show(median(known.iter().map(|(_, value)| *value))),
        show(least),
        show(most),
    )
}

fn origin(ranking: &Ranking) -> Origin {
    let hosts = ranking.groups.iter().map(|group| group.hosts).sum::<u64>();
    let objectives: Vec<String> = ranking.objectives.iter().map(ToString::to_string).collect();
    let by = if objectives.is_empty() { "no objectives".to_owned() } else { objectives.join(", ") };
    // A prediction has no machine, and so no panel.
    let measured = ranking.rows.iter().filter(|row| row.machine.is_some());
    let directories = measured.flat_map(|row| &row.directories).count();
    Origin {
        measured: format!("measured on {hosts} hosts; judged by {by}"),
        source: format!("{directories} results: their directories are in comparison.json"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        present::{
            charts::checks::{checked, expect_described},
            ranking_charts,
        },
        results::{
            Spread,
            fixtures::{self, ranked, ranking},
        },
    };

    #[test]
    fn bars_that_stand_on_top_of_each_other_say_which_verdict_they_are_of() {
        let machine = fixtures::sweep(vec![]).machine;
        let reader_p99_ns = Some(Spread { median: 2e6, least: 2e6, most: 2e6 });
        let row = |verdict| Ranked { machine: machine.clone(), verdict: Some(verdict), reader_p99_ns, ..ranked() };
        let rows = [Judgement::Met, Judgement::NotMet].map(row).to_vec();
        let charts = checked(ranking_charts(&Ranking { rows, ..ranking() }, &[]));
        expect_described(&charts, &[("ranking-distribution", &[", met: 1", ", NOT MET: 1"])]);
    }
}
