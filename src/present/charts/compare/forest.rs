//! Every ratio of a comparison: what is right of 1 takes longer. The band is the least effect that counts; a ratio within it is no
//! difference, however significant.

use crate::{
    conclude::{
        MatchedRow,
        ab::{self, LEAST_EFFECT},
        interval_words, short_name, verdict_words,
        wording::{self, figure_name, incomplete, or_none},
    },
    present::charts::{GREY, INK, Key, Look, Mark, Origin, Plot, Shape, color, forest, page},
    results::{Ab, AbFigure, Availability, Comparison, Effect, FigureDifference, Matched, Provenance},
    stats::Estimate,
};

const ROW: f64 = 20.0;

struct Row {
    name: String,
    /// `None`: there is no ratio.
    ratio: Option<Estimate>,
    effect: Effect,
    text: String,
    is_emulated: bool,
    /// Each of the ratios that the ratio is the mean of, by their names.
    each: Vec<(String, f64)>,
}

/// Every figure of a pair. `None`: there is none with a ratio.
pub fn of_pair(comparison: &Comparison) -> Option<Plot> {
    let (shown, others): (Vec<&FigureDifference>, Vec<&FigureDifference>) =
        comparison.differences.iter().partition(|row| row.ratio.value().is_some() || row.figure.quantile().is_none());
    let row = |row: &FigureDifference| Row {
        name: short_name(row),
        ratio: row.ratio.value().copied(),
        effect: row.effect,
        text: match &row.ratio {
            Availability::Value(ratio) => format!("{} {}", interval_words(ratio), verdict_words(row)),
            Availability::Unavailable { .. } => verdict_words(row).to_owned(),
        },
        is_emulated: false,
        each: Vec::new(),
    };
    let rows: Vec<Row> = shown.into_iter().map(row).collect();
    let others: Vec<String> =
        others.iter().map(|row| format!("{} ({} and {})", short_name(row), row.counts[0], row.counts[1])).collect();
    let (title, names) = ("B against A: every figure's ratio", super::names(comparison).join("; "));
    let mut plot =
        plot(["comparison-ratios", title, "B / A"], super::origin(comparison), &rows, comparison.least_effect)?;
    plot.say(format!(
        "Points: the figure of B divided by that of A; lines: 95 % intervals, from what varied inside each run (one run each: how a \
         run differs from the next is not in them). Right of 1, response times are longer and more is completed. A difference is \
         an interval that leaves out 1 (corrected for all figures together by Holm's method) and a ratio outside the band. {names}."
    ));
    plot.say_if(!others.is_empty(), format!("Too few values for: {}.", others.join(", ")));
    Some(plot)
}

/// Every part of matched results. `None`: none has a ratio.
pub fn of_matched<D: MatchedRow>(comparison: &Matched<D>) -> Option<Plot> {
    let charted = comparison.differences.iter().filter_map(|row| Some((row.charted()?, row)));
    let (shown, others): (Vec<(String, &D)>, Vec<_>) =
        charted.partition(|(_, row)| row.ratio().is_some() || row.effect().is_real());
    let row = |(name, row): (String, &D)| Row {
        name: format!("{}{name}", comparison.lead(row)),
        // Without an interval a point alone is drawn.
        ratio: row.ratio().map(|(value, bounds)| bounds.unwrap_or(Estimate::around(value, 0.0))),
        effect: row.effect(),
        text: match row.ratio() {
            None => format!("no ratio: {}", row.verdict()),
            Some((_, None)) => row.verdict().to_owned(),
            Some((_, Some(bounds))) => format!("{} {}", interval_words(&bounds), row.verdict()),
        },
        is_emulated: row.provenance() == Provenance::Emulated,
        each: Vec::new(),
    };
    let rows: Vec<Row> = shown.into_iter().map(row).collect();
    let label = if comparison.results.len() > 2 { "other / A" } else { "B / A" };
    let [name, title, point] = D::CHART;
    let mut plot = plot([name, title, label], super::origin_of_matched(comparison), &rows, comparison.least_effect)?;
    plot.say(format!("Points: {point}; lines: intervals. These {}", comparison.notes().join(" Those ")));
    plot.say_if(!others.is_empty(), format!("Not drawn, as they have no ratio: {}.", others.len()));
    Some(plot)
}

/// Every time of two scenarios in turns, with each of its pairs. `None`: none has a ratio.
pub fn of_ab(found: &Ab) -> Option<Plot> {
    let (times, others): (Vec<&AbFigure>, Vec<&AbFigure>) = found.figures.iter().partition(|row| row.is_ratio);
    // Without an interval a point alone is drawn.
    let mean_alone = |row: &AbFigure| Some(row.b? / row.a?).filter(|ratio| *ratio > 0.0 && ratio.is_finite());
    let row = |row: &&AbFigure| Row {
        name: figure_name(row.figure).to_owned(),
        ratio: row.change.value().copied().or_else(|| Some(Estimate::around(mean_alone(row)?, 0.0))),
        effect: row.effect,
        text: format!("{} {}", or_none(row.change.value(), interval_words), ab::effect(row)),
        is_emulated: found.runs.iter().any(|run| run.provenance() == Provenance::Emulated),
        each: found.pairs.iter().map(|pair| format!("pair {pair}")).zip(row.each.iter().copied()).collect(),
    };
    let rows: Vec<Row> = times.iter().map(row).collect();
    let host = found.machine.as_ref().map_or("", |machine| &machine.host);
    let measured = [&found.a, &found.b].map(ab::arm);
    let origin = Origin {
        measured: format!(
            "A: {}; B: {}; {} pairs{}",
            measured[0],
            measured[1],
            found.pairs.len(),
            incomplete(found.complete)
        ),
        source: page::source(&found.name(), host, &found.started, found.seed, Some(&found.mapstorm_version)),
    };
    let mut plot = plot(["ab-ratios", "B against A: every time's ratio", "B / A"], origin, &rows, LEAST_EFFECT)?;
    plot.say("Large points: the mean of the pairs, with its 95 % interval (Student's t); small points: each pair. Right of 1, B takes longer.");
    let others: Vec<String> =
        others.iter().map(|row| format!("{} {}", figure_name(row.figure), ab::change(row))).collect();
    plot.say_if(!others.is_empty(), format!("As differences B - A: {}.", others.join("; ")));
    Some(plot)
}

fn look(effect: Effect) -> Look {
    match effect {
        Effect::Better => Look::new((color(0), Shape::Wedge)),
        Effect::Worse => Look::new((color(1), Shape::Triangle)),
        Effect::Same => Look::new((INK, Shape::Square)),
        Effect::Undecided => Look::new((GREY, Shape::Circle)).hollow(),
        Effect::Chance => Look::new((GREY, Shape::Square)).hollow(),
        Effect::Unknown => Look::new((GREY, Shape::Circle)),
    }
}

fn plot([name, title, label]: [&str; 3], origin: Origin, rows: &[Row], least: f64) -> Option<Plot> {
    let ratios = || rows.iter().filter_map(|row| row.ratio);
    ratios().next()?;
    let each = || rows.iter().flat_map(|row| row.each.iter().map(|(_, ratio)| *ratio));
    let axis = forest::axis(label, ratios().flat_map(|ratio| [ratio.low, ratio.value, ratio.high]).chain(each()), 1);
    let mut panel = forest::panel("", rows.iter().map(|row| &row.name), ROW, &axis, least);
    let ink = |row: &Row| if row.effect.is_real() { INK } else { GREY };
    panel.texts = rows.iter().map(|row| (row.text.clone(), ink(row))).collect();
    for (number, row) in rows.iter().enumerate() {
        if let Some(ratio) = row.ratio {
            let (at, dash) = (panel.row(number, 0.0), row.is_emulated.then_some((3.0, 2.0)));
            for (which, ratio) in row.each.iter().filter(|(_, ratio)| axis.holds(*ratio)) {
                panel.add(format!("{}, {which}: {ratio:.3}", row.name), Mark::Dot((*ratio, at), GREY));
            }
            let title = format!("{}: {:.3}, {}", row.name, ratio.value, row.text);
            forest::add(&mut panel, at, &title, ratio, look(row.effect), dash);
        }
    }
    let mut plot = Plot::new(name, title, origin, vec![panel]);
    let meaning = [
        (Effect::Worse, "worse".to_owned()),
        (Effect::Better, "better".to_owned()),
        (Effect::Same, format!("the same {}", wording::within(least))),
        (Effect::Undecided, "undecided".to_owned()),
        (Effect::Chance, "may be chance, among so many".to_owned()),
        (Effect::Unknown, "no interval".to_owned()),
    ];
    plot.keys(meaning.map(|(effect, text)| (Key::Mark(look(effect)), text)));
    plot.legend.push((Key::Area(GREY, 0.25), format!("too small to count: up to {}", wording::least(least))));
    Some(plot)
}
