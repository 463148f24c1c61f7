//! What panels of the freeze timeline have in common: values over time, or the reason why there are none.

use plotters::style::RGBColor;

use crate::present::charts::{
    axis::Axis,
    canvas::Stroke,
    legend::Key,
    palette::{FREEZE, GREY},
    plot::{Mark, Panel, steps},
    run::columns::Steps,
};

pub type Figure = (Panel, String);

#[derive(Clone, Copy)]
pub enum Look {
    /// Filled down to 0, this opaque.
    Fill(RGBColor, f64),
    Line(Stroke),
}

impl Look {
    pub fn key(self) -> Key {
        match self {
            Look::Fill(color, alpha) => Key::Area(color, alpha),
            Look::Line(stroke) => Key::Line(stroke),
        }
    }
}

/// A series over time; what is unknown is a gap.
pub fn add(panel: &mut Panel, name: &str, values: &Steps, look: Look) {
    let title = format!("{name}: at most {:.0}", values.most().unwrap_or(0.0));
    for mut part in steps(&values.spans, &values.values) {
        let mark = match look {
            Look::Line(stroke) => Mark::Line(part, stroke),
            Look::Fill(color, alpha) => {
                let ends = [part.last().copied(), part.first().copied()];
                part.extend(ends.into_iter().flatten().map(|(x, _)| (x, 0.0)));
                Mark::Area(part, color, alpha)
            }
        };
        panel.add(title.clone(), mark);
    }
}

pub fn absent(title: impl Into<String>, time: &Axis, why: &str, sentence: String) -> Figure {
    (Panel::absent(title, time.clone(), why), sentence)
}

pub fn is_absent(panel: &Panel) -> bool {
    panel.layers.iter().any(|layer| matches!(layer.mark, Mark::Absent(_)))
}

/// The keys of the freezes that there are: `froze` says whether the whole crowd (`false`) or an instance (`true`) did.
pub fn freeze_keys(several: bool, froze: impl Fn(bool) -> bool) -> Vec<(Key, String)> {
    let whole = if several { "whole crowd froze" } else { "freeze" };
    let keys = [(false, Key::Area(FREEZE, 0.75), whole), (true, Key::Area(GREY, 0.14), "an instance froze")];
    keys.into_iter().filter(|(single, ..)| froze(*single)).map(|(_, key, text)| (key, text.to_owned())).collect()
}
