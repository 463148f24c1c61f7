//! Freezes behind the data: a yellow column with a black mark above where all instances froze, a grey one for single instances.

use plotters::style::RGBColor;

use crate::{
    present::charts::{Extent, FREEZE, GREY, INK, Key, Mark, Panel},
    results::Freeze,
};

/// The colour of a freeze behind the data, and its opacity: of all instances, and of single ones.
const ALL: (RGBColor, f64) = (FREEZE, 0.75);
const SINGLE: (RGBColor, f64) = (GREY, 0.14);

/// Spans on a time axis, seconds since measuring began.
pub type Spans = Vec<(f64, f64)>;

pub struct Freezes {
    whole: Spans,
    /// At least one instance.
    single: Spans,
}

impl Freezes {
    pub fn of(freezes: &[Freeze]) -> Freezes {
        // Readers went on in those of writers alone: they are in the table only.
        let single = freezes.iter().filter(|freeze| freeze.instance.is_some());
        Freezes { whole: spans(freezes.iter().filter(|freeze| freeze.is_of_all())), single: spans(single) }
    }

    /// Shades the freezes behind the data of a panel.
    pub fn shade(&self, panel: &mut Panel) {
        panel.behind(Mark::Spans(self.single.clone(), Extent::Frame, SINGLE.0, SINGLE.1));
        panel.behind(Mark::Spans(self.whole.clone(), Extent::Frame, ALL.0, ALL.1));
        self.mark(panel);
    }

    /// Marks the freezes above a panel.
    pub fn mark(&self, panel: &mut Panel) {
        if !self.single.is_empty() {
            panel.add("an instance froze", Mark::Spans(self.single.clone(), Extent::Above(0.0, 2.5), GREY, 0.7));
        }
        panel.add("freeze", Mark::Spans(self.whole.clone(), Extent::Above(0.0, 5.0), INK, 1.0));
    }

    /// The keys of the freezes that there are; `several`: there are several instances.
    pub fn keys(&self, several: bool) -> impl Iterator<Item = (Key, String)> {
        let whole = if several { "all instances froze" } else { "freeze" };
        let keys = [(&self.whole, ALL, whole), (&self.single, SINGLE, "an instance froze")];
        let drawn = keys.into_iter().filter(|(spans, ..)| !spans.is_empty());
        drawn.map(|(_, (color, alpha), text)| (Key::Area(color, alpha), text.to_owned()))
    }
}

/// Begin and end of freezes, by begin.
pub fn spans<'a>(freezes: impl Iterator<Item = &'a Freeze>) -> Spans {
    let mut spans: Spans = freezes.map(|freeze| (freeze.start_ns as f64 / 1e9, freeze.end_ns as f64 / 1e9)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    spans
}
