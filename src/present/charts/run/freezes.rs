//! Freezes behind the data: a yellow column with a black mark above where all instances froze, a grey one for single instances.

use crate::{
    present::charts::{
        palette::{FREEZE, GREY, INK},
        plot::{Extent, Mark, Panel},
    },
    results::Freeze,
};

/// Spans on a time axis, seconds since measuring began.
pub type Spans = Vec<(f64, f64)>;

pub struct Freezes {
    whole: Spans,
    /// At least one instance.
    single: Spans,
}

impl Freezes {
    pub fn of(freezes: &[Freeze]) -> Freezes {
        let (whole, single) = freezes.iter().partition::<Vec<_>, _>(|freeze| freeze.instance.is_none());
        Freezes { whole: spans(whole.into_iter()), single: spans(single.into_iter()) }
    }

    /// Shades the freezes behind the data of a panel.
    pub fn shade(&self, panel: &mut Panel) {
        panel.behind(Mark::Spans(self.single.clone(), Extent::Frame, GREY, 0.14));
        panel.behind(Mark::Spans(self.whole.clone(), Extent::Frame, FREEZE, 0.75));
        self.mark(panel);
    }

    /// Marks the freezes above a panel.
    pub fn mark(&self, panel: &mut Panel) {
        panel.add("an instance froze", Mark::Spans(self.single.clone(), Extent::Above(0.0, 2.5), GREY, 0.7));
        panel.add("freeze", Mark::Spans(self.whole.clone(), Extent::Above(0.0, 5.0), INK, 1.0));
    }
}

/// Begin and end of freezes, by begin.
pub fn spans<'a>(freezes: impl Iterator<Item = &'a Freeze>) -> Spans {
    let mut spans: Spans = freezes.map(|freeze| (freeze.start_ns as f64 / 1e9, freeze.end_ns as f64 / 1e9)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    spans
}
