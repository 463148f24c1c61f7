//! What each mapper adds to a commit of every database format, side by side: a panel for each kind of commit, a row for each open mode and
//! size of folios, in it a point with its interval for each format. All panels have the same logarithmic axis.

use super::{
    captions,
    site::{MODES, Site},
    slopes::{Addition, axis},
};
use crate::{
    mailboxes::Format,
    present::charts::{Key, Look, Panel, Plot, series, unique},
    results::{CostRow, Measurement},
};

/// Height of a point's line in a row, pixels; and of the space between rows.
const LINE: f64 = 11.0;
const SPACE: f64 = 10.0;

/// `None`: there are not several formats with commits that were measured here.
pub fn plot(site: &Site) -> Option<Plot> {
    let engines: Vec<Format> = site.cost.formats();
    let rows: Vec<&CostRow> = site.measured().filter(|row| row.engine().is_some()).collect();
    if unique(rows.iter().map(|row| row.engine())).len() < 2 {
        return None;
    }
    let additions: Vec<Addition> = rows
        .iter()
        .filter_map(|row| Some(Addition::of(row, row.measured()?, format!("{}, {}", row.update(), name(site, row)))))
        .collect();
    let across = axis("what each mapper adds to one commit", additions.iter())?;
    let look = |engine: Format| Look::new(series(engines.iter().position(|known| *known == engine).unwrap_or(0)));
    let height = LINE * engines.len() as f64 + SPACE;
    let mut panels = Vec::new();
    for method in unique(rows.iter().map(|row| row.method.as_str())) {
        let of_method = || additions.iter().filter(|addition| addition.row.method == method);
        let mut conditions = unique(of_method().map(|addition| condition(addition.row)));
        conditions.sort_unstable();
        let of = |wanted: &(usize, u64)| of_method().find(|addition| condition(addition.row) == *wanted);
        let names = conditions.iter().filter_map(of).map(|addition| name(site, addition.row)).collect::<Vec<_>>();
        let mut panel = Panel::rows(method, height, &across, &names);
        for addition in of_method() {
            let Some(engine) = addition.row.engine() else { continue };
            let place = engines.iter().position(|known| *known == engine).unwrap_or(0);
            let line = (place as f64 + 0.5) / engines.len() as f64 - 0.5;
            let row = conditions.iter().position(|known| *known == condition(addition.row)).unwrap_or(0);
            let at = panel.row(row, line * LINE * engines.len() as f64 / height);
            addition.add_to(&mut panel, at, look(engine), look(engine).color);
        }
        panels.push(panel);
    }
    let mut plot = captions::plot(site, "engines", "What a commit costs per mapper, by database format", panels);
    plot.keys(engines.iter().map(|engine| (Key::Mark(look(*engine)), engine.name())));
    plot.keys([(Key::Whisker, "95 % prediction interval")]);
    plot.say("Points: the slope of the fitted cost model; lines: its 95 % prediction interval for a repeat of the measurement.");
    plot.say(captions::behind(site, &rows, "point"));
    plot.say_if(
        additions.iter().any(|addition| !addition.significant),
        "Dotted: not significant, or less than 5 % of the base with the most mappers; up to the interval's upper end.",
    );
    let bent: Vec<String> = rows
        .iter()
        .filter(|row| row.measured().is_some_and(Measurement::bends))
        .map(|row| format!("{} ({})", row.update(), name(site, row)))
        .collect();
    let mean =
        format!("No straight line, so that the mean between none and the most mappers is drawn: {}.", bent.join("; "));
    plot.say_if(!bent.is_empty(), mean);
    plot.say(captions::left_out(site, |method| rows.iter().any(|row| row.method == method)));
    Some(plot)
}

/// The order of conditions: by open mode, then by the size of writes.
fn condition(row: &CostRow) -> (usize, u64) {
    (MODES.iter().position(|mode| *mode == row.mode).unwrap_or(MODES.len()), row.write_size)
}

fn name(site: &Site, row: &CostRow) -> String {
    format!("{}, {}", row.mode.in_words(), site.size(row.write_size))
}
