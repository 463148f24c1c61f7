//! What each mapper adds to one update, for every method under one condition: points with their intervals, the most expensive first.
//! The additions are decades apart, so the axis is logarithmic; a addition has no length on it. Where no addition is significant there is no
//! point, but how much it can be at most.

use plotters::style::RGBColor;

use super::{
    captions,
    site::{MODES, Site},
};
use crate::{
    present::charts::{Axis, DOTTED, GREY, INK, Key, Look, Mark, Panel, Plot, Stroke, series, with_interval},
    results::{CostRow, Measurement},
    scenario::units::short_ns,
    stats::Estimate,
};

/// Height of a method's row, pixels.
const ROW: f64 = 19.0;
/// The axis spans at least this ratio, so that a lone point does not fill it.
const LEAST_RANGE: f64 = 100.0;
/// How the text of a point that is not drawn begins.
const NOTHING: &str = "nothing";
const NOT_SIGNIFICANT: &str = "not significant";

pub struct Addition<'a> {
    pub row: &'a CostRow,
    slope: Estimate,
    /// Whether a mapper adds something, and enough to count.
    pub significant: bool,
    name: String,
    text: String,
}

/// A directory's slopes. `None`: nothing was measured there.
pub fn plot(site: &Site) -> Option<Plot> {
    let condition = condition(site)?;
    let additions = additions(site, condition);
    let rows: Vec<&CostRow> = additions.iter().map(|addition| addition.row).collect();
    let across = axis("what each mapper adds to one update", additions.iter())?;
    let mut panel = Panel::rows("", ROW, &across, additions.iter().map(|addition| addition.name.as_str()));
    let ink = |addition: &Addition| if addition.significant { INK } else { GREY };
    panel.texts = additions.iter().map(|addition| (addition.text.clone(), ink(addition))).collect();
    for (number, addition) in additions.iter().enumerate() {
        let at = panel.row(number, 0.0);
        addition.add_to(&mut panel, at, look(addition.row.emulated), GREY);
    }
    let mut plot = captions::plot(site, "slopes", "What each mapper adds to one update", vec![panel]);
    plot.keys([
        (Key::Mark(look(false)), "measured"),
        (Key::Mark(look(true)), "emulated: no property of this system"),
        (Key::Whisker, "95 % prediction interval"),
    ]);
    plot.say(format!(
        "Mapped {}, {}, unless a method's name says otherwise. Numbers: the slope of the fitted cost model and its 95 % prediction \
         interval for a repeat of the measurement.",
        condition.mode.in_words(),
        site.size(condition.write_size),
    ));
    plot.say(captions::behind(site, &rows, "method"));
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
    plot.say(captions::left_out(site, |_| true));
    Some(plot)
}

/// The axis of so many additions. `None`: it has no place for them.
pub fn axis<'a>(label: &str, additions: impl Iterator<Item = &'a Addition<'a>> + Clone) -> Option<Axis> {
    let most = additions.clone().map(|addition| addition.slope.high).fold(0.0, f64::max);
    let positive = additions.flat_map(extent).chain([most / LEAST_RANGE]);
    Axis::logarithmic_times(label, positive, 9).or_else(|| Axis::logarithmic_times(label, [1.0, 100.0], 9))
}

impl<'a> Addition<'a> {
    /// What a mapper adds by this model. `name`: what it adds it to.
    pub fn of(row: &'a CostRow, found: &Measurement, name: String) -> Addition<'a> {
        let slope = found.slope();
        let significant = !found.flat && slope.low > 0.0;
        let curvature = if found.bends() { " !" } else { "" };
        let text = if significant {
            with_interval(slope, short_ns) + curvature
        } else if found.flat {
            format!("{NOTHING} (at most {})", short_ns(slope.low.abs().max(slope.high.abs())))
        } else if slope.high < 0.0 {
            format!("{} less{curvature}", short_ns(-slope.value))
        } else {
            format!("{NOT_SIGNIFICANT}; at most {}{curvature}", short_ns(slope.high))
        };
        Addition { row, slope, significant, name, text }
    }

    /// Its point and interval at this height; or in another colour, up to how much it may be.
    pub fn add_to(&self, panel: &mut Panel, at: f64, look: Look, at_most: RGBColor) {
        let (from, Estimate { value, low, high }) = (panel.x.low, self.slope);
        let title = format!("{}: {}", self.name, self.text);
        if !self.significant {
            if high > 0.0 {
                let stroke = Stroke::new(at_most, 1.2).dashed(Some(DOTTED));
                panel.add(title, Mark::Whisker((from, at), (high, at), stroke));
            }
            return;
        }
        panel.interval(&title, (value, at), ((low, at), (high, at)), look, Stroke::new(look.color, 1.5));
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
    (MODES.iter().position(|mode| *mode == row.mode).unwrap_or(MODES.len()), std::cmp::Reverse(row.write_size))
}

fn additions<'a>(site: &Site<'a>, condition: &CostRow) -> Vec<Addition<'a>> {
    let mut additions: Vec<Addition> = Vec::new();
    for row in site.measured() {
        let first = site.measured().filter(|other| other.update() == row.update()).min_by_key(|row| preference(row));
        let (Some(first), Some(found)) = (first, row.measured()) else { continue };
        if !std::ptr::eq(first, row) {
            continue;
        }
        additions.push(addition(site, condition, row, found));
    }
    // Methods with the same slope stay in their order.
    additions.sort_by(|a, b| b.significant.cmp(&a.significant).then(key(b).total_cmp(&key(a))));
    additions
}

fn key(addition: &Addition) -> f64 {
    if addition.significant { addition.slope.value } else { addition.slope.high }
}

fn addition<'a>(site: &Site, condition: &CostRow, row: &'a CostRow, found: &Measurement) -> Addition<'a> {
    let mut marks = Vec::new();
    if row.emulated {
        marks.push("emulated".to_owned());
    }
    if row.mode != condition.mode {
        marks.push(row.mode.in_words().to_owned());
    }
    if row.write_size != condition.write_size {
        marks.push(site.size(row.write_size));
    }
    let name = if marks.is_empty() { row.update() } else { format!("{} ({})", row.update(), marks.join(", ")) };
    Addition::of(row, found, name)
}

/// What must be on the axis. The lower end of a wide interval may lie beyond it.
fn extent(addition: &Addition) -> [f64; 3] {
    let Estimate { value, low, high } = addition.slope;
    if addition.significant { [value, low.max(value / 10.0), high] } else { [high; 3] }
}
