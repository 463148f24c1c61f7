//! What each mapper adds to one update, for every method under one condition: points with their intervals, the most expensive first; and
//! to a commit of every database format.
//! The additions are decades apart, so the axis is logarithmic; an addition has no length on it. Where no addition is significant there is no
//! point, but how much it can be at most.

use plotters::style::RGBColor;

use super::site::{Site, mode_place};
use crate::{
    mailboxes::Format,
    present::charts::{
        Axis, GREY, INK, Key, Look, Panel, Plot, series,
        slopes::{self, Slope},
        unique, with_interval,
    },
    results::{CostRow, Measurement},
    scenario::units::short_ns,
};

/// Height of a method's row, pixels.
const ROW: f64 = 19.0;
/// How the text of a point that is not drawn begins.
const NOTHING: &str = "nothing";
const NOT_SIGNIFICANT: &str = "not significant";

struct Addition<'a> {
    row: &'a CostRow,
    slope: Slope,
    name: String,
    text: String,
}

/// Every method of a directory. `None`: nothing was measured there.
pub fn by_method(site: &Site) -> Option<Plot> {
    let condition = condition(site)?;
    let additions = additions(site, condition);
    let rows: Vec<&CostRow> = additions.iter().map(|addition| addition.row).collect();
    let across = axis("what each mapper adds to one update", &additions)?;
    let mut panel = Panel::rows("", ROW, &across, additions.iter().map(|addition| &addition.name));
    let ink = |addition: &Addition| if addition.slope.is_significant { INK } else { GREY };
    panel.texts = additions.iter().map(|addition| (addition.text.clone(), ink(addition))).collect();
    for (number, addition) in additions.iter().enumerate() {
        let at = panel.row(number, 0.0);
        addition.add_to(&mut panel, at, look(addition.row.emulated), GREY);
    }
    let mut plot = site.plot("slopes", "What each mapper adds to one update", vec![panel]);
    plot.keys([
        (Key::Mark(look(false)), "measured"),
        (Key::Mark(look(true)), "emulated: no property of this system"),
        (Key::Whisker, "95 % prediction interval"),
    ]);
    plot.say(format!(
        "Mapped {}, unless a method's name says otherwise. Numbers: the slope of the fitted cost model and its 95 % prediction \
         interval for a repeat of the measurement.",
        site.condition(condition),
    ));
    site.say_behind(&mut plot, &rows, "method");
    let has = |start: &str| additions.iter().any(|addition| addition.text.starts_with(start));
    plot.say_if(has(NOTHING), "“nothing”: with the most mappers they add less than 5 % of the base.");
    plot.say_if(has(NOT_SIGNIFICANT), "“not significant”: the interval includes 0.");
    plot.say_if(has(NOTHING) || has(NOT_SIGNIFICANT), "Dotted: up to the interval's upper end.");
    plot.say_if(
        additions.iter().any(|addition| addition.text.ends_with('!')),
        "!: no straight line; the number is the mean between none and the most mappers.",
    );
    let has_asking = rows.iter().any(|row| ["remap", "replace"].contains(&row.method.as_str()));
    if let Some(asking) = site.cost.asking.as_ref().filter(|_| has_asking) {
        let per_mapper = short_ns(asking.per_mapper_ns.value);
        plot.say(format!("remap and replace include waking each mapper and its answer: {per_mapper}."));
    }
    site.say_left_out(&mut plot, |_| true);
    Some(plot)
}

/// What each mapper adds to a commit of every database format, side by side: a panel for each kind of commit, a row for each open mode and
/// size of folios, in it a line for each format. `None`: there are not several formats with commits that were measured here.
pub fn by_format(site: &Site) -> Option<Plot> {
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

/// The axis of additions, also where none is over 0.
fn axis(label: &str, additions: &[Addition]) -> Option<Axis> {
    let axis = slopes::axis(label, additions.iter().map(|addition| addition.slope));
    axis.or_else(|| Axis::logarithmic_times(label, [1.0, 100.0], 9))
}

impl<'a> Addition<'a> {
    /// What a mapper adds by this model. `name`: what it adds it to.
    fn of(row: &'a CostRow, found: &Measurement, name: String) -> Addition<'a> {
        let slope = found.slope();
        let is_significant = !found.flat && slope.low > 0.0;
        let curvature = if found.bends() { " !" } else { "" };
        let text = if is_significant {
            with_interval(slope, short_ns) + curvature
        } else if found.flat {
            format!("{NOTHING} (at most {})", short_ns(slope.low.abs().max(slope.high.abs())))
        } else if slope.high < 0.0 {
            format!("{} less{curvature}", short_ns(-slope.value))
        } else {
            format!("{NOT_SIGNIFICANT}; at most {}{curvature}", short_ns(slope.high))
        };
        Addition { row, slope: Slope { estimate: slope, is_significant }, name, text }
    }

    /// Its point and interval at this height; or in another colour, up to how much it may be.
    fn add_to(&self, panel: &mut Panel, at: f64, look: Look, at_most: RGBColor) {
        self.slope.add_to(panel, at, &format!("{}: {}", self.name, self.text), (look, None), at_most);
    }
}

fn look(is_emulated: bool) -> Look {
    Look { is_hollow: is_emulated, ..Look::new(series(0)) }
}

/// The condition that most methods are compared under: the row that shows it. Mapped as Cyrus does, in the largest folios.
fn condition<'a>(site: &Site<'a>) -> Option<&'a CostRow> {
    site.measured().min_by_key(|row| preference(row))
}

fn preference(row: &CostRow) -> (usize, std::cmp::Reverse<u64>) {
    (mode_place(row), std::cmp::Reverse(row.write_size))
}

fn additions<'a>(site: &Site<'a>, condition: &CostRow) -> Vec<Addition<'a>> {
    let mut additions: Vec<Addition> = Vec::new();
    for row in site.measured() {
        let first = site.measured().filter(|other| other.update() == row.update()).min_by_key(|row| preference(row));
        let (Some(first), Some(found)) = (first, row.measured()) else { continue };
        if std::ptr::eq(first, row) {
            additions.push(Addition::of(row, found, name(site, condition, row)));
        }
    }
    // Methods with the same slope stay in their order.
    let key = |Addition { slope: Slope { estimate, is_significant }, .. }: &Addition| {
        (*is_significant, if *is_significant { estimate.value } else { estimate.high })
    };
    additions.sort_by(|a, b| key(b).0.cmp(&key(a).0).then(key(b).1.total_cmp(&key(a).1)));
    additions
}

/// The update, and what of its row is not as the condition.
fn name(site: &Site, condition: &CostRow, row: &CostRow) -> String {
    let marks = [
        row.emulated.then(|| "emulated".to_owned()),
        (row.mode != condition.mode).then(|| row.mode.in_words().to_owned()),
        (row.write_size != condition.write_size).then(|| site.size(row.write_size)),
    ];
    let marks: Vec<String> = marks.into_iter().flatten().collect();
    if marks.is_empty() { row.update() } else { format!("{} ({})", row.update(), marks.join(", ")) }
}
