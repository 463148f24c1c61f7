//! Freezes behind the data: a yellow column with a black mark above for the whole crowd, a grey one for single instances.
//! However many and short they are, each is at least a pixel wide; what is less than half a pixel apart is drawn as one.

use crate::{
    present::charts::{
        canvas::Canvas,
        frame::Frame,
        palette::{FREEZE, GREY, INK},
    },
    results::Freeze,
};

/// Spans on a time axis, seconds since measuring began.
type Spans = Vec<(f64, f64)>;

/// How far the mark stands out above a panel, pixels.
pub const MARK: f64 = 5.0;

/// When a run froze.
pub struct Freezes {
    /// The whole crowd.
    pub whole: Spans,
    /// At least one instance.
    pub single: Spans,
}

impl Freezes {
    /// From a diagnosis.
    pub fn of(freezes: &[Freeze]) -> Freezes {
        let (whole, single) = freezes.iter().partition::<Vec<_>, _>(|freeze| freeze.instance.is_none());
        Freezes { whole: spans(whole.into_iter()), single: spans(single.into_iter()) }
    }

    /// Shades the freezes in a frame: before the data are drawn.
    pub fn shade(&self, canvas: &Canvas, frame: &Frame) -> anyhow::Result<()> {
        for (left, right) in on_page(&self.single, frame) {
            canvas.block((left, frame.top), (right, frame.bottom), GREY, 0.14)?;
        }
        for (left, right) in on_page(&self.whole, frame) {
            canvas.block((left, frame.top), (right, frame.bottom), FREEZE, 0.75)?;
        }
        self.mark(canvas, frame)
    }

    /// Marks the freezes above a frame.
    pub fn mark(&self, canvas: &Canvas, frame: &Frame) -> anyhow::Result<()> {
        for (left, right) in on_page(&self.single, frame) {
            canvas.block((left, frame.top - MARK / 2.0), (right, frame.top), GREY, 0.7)?;
        }
        for (left, right) in on_page(&self.whole, frame) {
            canvas.block((left, frame.top - MARK), (right, frame.top), INK, 1.0)?;
        }
        Ok(())
    }
}

/// Begin and end of freezes, by begin.
pub fn spans<'a>(freezes: impl Iterator<Item = &'a Freeze>) -> Spans {
    let mut spans: Spans = freezes.map(|freeze| (freeze.start_ns as f64 / 1e9, freeze.end_ns as f64 / 1e9)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    spans
}

/// Left and right edges of spans (by begin) in a frame, pixels: at least a pixel wide, half a pixel apart.
pub fn on_page(spans: &[(f64, f64)], frame: &Frame) -> Spans {
    let mut edges: Spans = Vec::new();
    for (start, end) in spans {
        let (left, right) = (frame.place(*start, 0.0).0, frame.place(*end, 0.0).0);
        let left = left.min(frame.right - 1.0);
        let right = right.max(left + 1.0);
        match edges.last_mut() {
            Some(last) if left - last.1 < 0.5 => last.1 = last.1.max(right),
            _ => edges.push((left, right)),
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::charts::axis::Axis;

    #[test]
    fn short_freezes_are_a_pixel_wide_and_near_ones_are_one() {
        let (x, y) = (Axis::span("s", 100.0, 5), Axis::span("", 1.0, 2));
        let frame = Frame { left: 0.0, top: 0.0, right: 100.0, bottom: 10.0, x: &x, y: &y };
        let edges = on_page(&[(1.0, 1.01), (1.2, 1.3), (50.0, 60.0), (55.0, 56.0), (99.99, 100.0)], &frame);
        assert_eq!(edges, [(1.0, 2.2), (50.0, 60.0), (99.0, 100.0)]);
    }
}
