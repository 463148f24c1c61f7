//! What goes on beyond the axes of a panel: a wedge at its edge, so that nothing ends there unseen.

use super::{
    axis::Axis,
    canvas::{Canvas, Place},
    palette::{INK, PAPER},
    plot::{At, Mark, Panel},
};

/// Half the width of a wedge and its height, pixels. Wedges that would overlap are one.
const HALF: f64 = 4.5;
const HEIGHT: f64 = 7.0;
/// So far beyond an end, as a share of it, a value is still on the axis: arithmetic is not exact.
const ROUNDING: f64 = 1e-9;
pub const MEANING: &str = "goes on beyond the axis";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Top,
    Bottom,
    Left,
    Right,
}

/// All that goes on beyond the axes of a panel: beyond which edge, where along it in the units of its axis, and the title of the mark. Marks
/// without a title are background.
pub fn of(panel: &Panel) -> Vec<(Edge, f64, &str)> {
    let mut found = Vec::new();
    for layer in panel.layers.iter().filter(|layer| !layer.title.is_empty()) {
        let mut add = |edge: Option<Edge>, (x, y): At| {
            let along = |edge| if matches!(edge, Edge::Top | Edge::Bottom) { x } else { y };
            found.extend(edge.map(|edge| (edge, along(edge), layer.title.as_str())));
        };
        match &layer.mark {
            Mark::Line(points, _) | Mark::Area(points, ..) => {
                // Of a stretch beyond the edge: its middle.
                for together in points.chunk_by(|a, b| up(panel, *a) == up(panel, *b)) {
                    let (first, last) = (together[0], together[together.len() - 1]);
                    add(up(panel, first), ((first.0 + last.0) / 2.0, first.1));
                }
            }
            Mark::Point(at, ..) | Mark::Dot(at, _) => add(any(panel, *at), *at),
            Mark::Whisker(from, to, _) => [*from, *to].into_iter().for_each(|end| add(any(panel, end), end)),
            _ => {}
        }
    }
    found
}

/// Beyond which edge a place is; `None`: it is on the axes.
fn any(panel: &Panel, at: At) -> Option<Edge> {
    past(&panel.x, at.0, [Edge::Left, Edge::Right]).or(up(panel, at))
}

fn up(panel: &Panel, (_, value): At) -> Option<Edge> {
    let has_place = panel.y.is_list || panel.y.has_place_for(value);
    past(&panel.y, value, [Edge::Bottom, Edge::Top]).filter(|_| !has_place)
}

/// Which of the two ends of an axis a value is beyond.
fn past(axis: &Axis, value: f64, [low, high]: [Edge; 2]) -> Option<Edge> {
    match value {
        _ if value > axis.high + axis.high.abs() * ROUNDING => Some(high),
        _ if value < axis.low - axis.low.abs() * ROUNDING => Some(low),
        _ => None,
    }
}

/// A wedge that points over an edge; `tip`: its foremost place.
pub fn wedge(canvas: &Canvas, (x, y): Place, edge: Edge) -> anyhow::Result<()> {
    let corners = |half: f64, height: f64, tip: f64| match edge {
        Edge::Top => [(x, y + tip), (x + half, y + height), (x - half, y + height)],
        Edge::Bottom => [(x, y - tip), (x + half, y - height), (x - half, y - height)],
        Edge::Left => [(x + tip, y), (x + height, y + half), (x + height, y - half)],
        Edge::Right => [(x - tip, y), (x - height, y + half), (x - height, y - half)],
    };
    // A light rim keeps it apart from what is drawn under it.
    canvas.area(&corners(HALF + 1.5, HEIGHT + 1.0, 0.0), PAPER, 1.0)?;
    canvas.area(&corners(HALF - 0.5, HEIGHT, 1.0), INK, 1.0)
}

/// Draws the wedges of a panel whose frame has these corners; those that would overlap are one.
pub fn draw(
    canvas: &Canvas,
    panel: &Panel,
    corners: (Place, Place),
    place: impl Fn(At) -> Place,
) -> anyhow::Result<()> {
    let ((left, top), (right, bottom)) = corners;
    let mut drawn: Vec<(Edge, f64)> = Vec::new();
    for (edge, at, title) in of(panel) {
        let (x, y) = place((at, at));
        let (tip, along) = match edge {
            Edge::Top => ((x, top), x),
            Edge::Bottom => ((x, bottom), x),
            Edge::Left => ((left, y), y),
            Edge::Right => ((right, y), y),
        };
        if drawn.iter().any(|(other, near)| *other == edge && (near - along).abs() < 2.0 * HALF) {
            continue;
        }
        drawn.push((edge, along));
        canvas.titled(&format!("{title}: {MEANING}"), || wedge(canvas, tip, edge))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::charts::{GREY, Look, Stroke, series};
    use proptest::prelude::*;

    fn panel() -> Panel {
        Panel::new("", 50.0, &Axis::span("x", 100.0, 5), Axis::span("y", 10.0, 5))
    }

    #[test]
    fn each_end_of_a_mark_that_is_off_the_axes_has_its_edge() {
        let (look, stroke) = (Look::new(series(0)), Stroke::new(GREY, 1.0));
        let mut panel = panel();
        panel.add("a spike", Mark::Line(vec![(1.0, 5.0), (2.0, 40.0), (4.0, 50.0), (5.0, 5.0), (6.0, -1.0)], stroke));
        panel.add("far right", Mark::Point((101.0, 3.0), 0.0, look));
        panel.add("wide", Mark::Whisker((-1.0, 2.0), (50.0, 2.0), stroke));
        panel.add("on it", Mark::Point((100.0, 10.0), 0.0, look));
        panel.behind(Mark::Line(vec![(1.0, 99.0), (2.0, 99.0)], stroke));
        let expected = [
            (Edge::Top, 3.0, "a spike"),
            (Edge::Bottom, 6.0, "a spike"),
            (Edge::Right, 3.0, "far right"),
            (Edge::Left, 2.0, "wide"),
        ];
        assert_eq!(of(&panel), expected);
    }

    proptest! {
        #[test]
        fn a_line_is_marked_if_and_only_if_it_leaves_its_panel(values in prop::collection::vec(-20.0..30.0f64, 2..60)) {
            let mut panel = panel();
            let points: Vec<At> = values.iter().enumerate().map(|(place, value)| (place as f64, *value)).collect();
            panel.add("a line", Mark::Line(points, Stroke::new(GREY, 1.0)));
            let found = of(&panel);
            for (edge, leaves) in [
                (Edge::Top, values.iter().any(|value| *value > 10.0)),
                (Edge::Bottom, values.iter().any(|value| *value < 0.0)),
            ] {
                prop_assert_eq!(found.iter().any(|(at, ..)| *at == edge), leaves);
            }
        }
    }
}
