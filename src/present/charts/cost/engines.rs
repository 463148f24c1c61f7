//! What each mapper adds to a commit of every database format, side by side: a panel for each kind of commit, a row for each open mode and
//! size of folios, in it a point with its interval for each format. All panels have the same logarithmic axis.

use super::{
    site::{Site, mode_place},
    slopes::{Addition, axis},
};
use crate::{
    mailboxes::Format,
    present::charts::{Key, Look, Plot, series, slopes, unique},
    results::CostRow,
};

/// `None`: there are not several formats with commits that were measured here.
pub fn plot(site: &Site) -> Option<Plot> {
    let engines: Vec<Format> = site.cost.formats();
    let rows: Vec<&CostRow> = site.measured().filter(|row| row.engine().is_some()).collect();
    if unique(rows.iter().map(|row| row.engine())).len() < 2 {
        return None;
    }
    let additions: Vec<Addition> =
        rows.iter().filter_map(|row| Some(Addition::of(row, row.measured()?, site.name(row)))).collect();
    let across = axis("what each mapper adds to one commit", &additions)?;
    let look = |place: usize| Look::new(series(place));
    let mut panels = Vec::new();
    for method in unique(rows.iter().map(|row| row.method.as_str())) {
        let of_method = || additions.iter().filter(|addition| addition.row.method == method);
        // By open mode, then by the size of writes.
        let condition = |Addition { row, .. }: &Addition| (mode_place(row), row.write_size, site.condition(row));
        let mut conditions = unique(of_method().map(condition));
        conditions.sort();
        let mut panel = slopes::panel(method, conditions.iter().map(|(.., name)| name), engines.len(), &across);
        for addition in of_method() {
            let Some(engine) = addition.row.engine() else { continue };
            let place = engines.iter().position(|known| *known == engine).unwrap_or(0);
            let row = conditions.iter().position(|known| *known == condition(addition)).unwrap_or(0);
            let at = slopes::line(&panel, row, (place, engines.len()));
            addition.add_to(&mut panel, at, look(place), look(place).color);
        }
        panels.push(panel);
    }
    let mut plot = site.plot("engines", "What a commit costs per mapper, by database format", panels);
    plot.keys(engines.iter().enumerate().map(|(place, engine)| (Key::Mark(look(place)), engine.name())));
    plot.keys([(Key::Whisker, "95 % prediction interval")]);
    plot.say("Points: the slope of the fitted cost model; lines: its 95 % prediction interval for a repeat of the measurement.");
    site.say_behind(&mut plot, &rows, "point");
    plot.say_if(
        additions.iter().any(|addition| !addition.slope.is_significant),
        "Dotted: not significant, or less than 5 % of the base with the most mappers; up to the interval's upper end.",
    );
    let bent = site.bent(&rows).join("; ");
    let mean = format!("No straight line, so that the mean between none and the most mappers is drawn: {bent}.");
    plot.say_if(!bent.is_empty(), mean);
    site.say_left_out(&mut plot, |method| rows.iter().any(|row| row.method == method));
    Some(plot)
}
