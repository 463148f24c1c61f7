//! What must hold for every chart, for tests: well-formed, described, every mark with a title, nothing beyond the page, no words cut off
//! or on top of each other. Every chart is read as XML; that it looks right is for people to judge.

use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};

use super::plot::{At, Mark, Panel, Plot};
use crate::present::Chart;

/// What must hold for every plot, whatever it shows. Every plot that a test draws is checked.
pub fn rules(plot: &Plot) {
    for part in [&plot.origin.measured, &plot.origin.source] {
        assert!(
            !part.is_empty(),
            "{}: a drawing that stands alone says what was measured, and where it is from",
            plot.name
        );
    }
    // Two results that measured the same have the same curve, and each is drawn.
    let are_compared = plot.name.starts_with("comparison-");
    let faults = plot.panels.iter().flat_map(faults).filter(|fault| !are_compared || !fault.ends_with(SAME_CURVE));
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "{}: {faults:?}", plot.name);
}

const SAME_CURVE: &str = "are the same curve";

/// What a panel does that misleads its reader.
pub fn faults(panel: &Panel) -> Vec<String> {
    let mut faults = Vec::new();
    let is_curved = panel.x.is_logarithmic != panel.y.is_logarithmic;
    let along = if panel.y.is_list { &panel.x } else { &panel.y };
    let mut lines: Vec<(&str, &[At])> = Vec::new();
    for layer in panel.layers.iter().filter(|layer| !layer.title.is_empty()) {
        let title = layer.title.as_str();
        // The length of a bar is its value; a logarithmic axis has no 0 that it could begin at.
        if matches!(layer.mark, Mark::Bar(..)) && along.is_logarithmic {
            faults.push(format!("{title}: a bar on a logarithmic axis"));
        }
        if layer.is_model && is_curved {
            faults.push(format!("{title}: a model on one linear and one logarithmic axis"));
        }
        if let Mark::Line(points, _) = &layer.mark {
            let same = lines.iter().find(|(other, known)| *other != title && known == points);
            let is_level = points.windows(2).all(|pair| pair[0].1 == pair[1].1);
            if let Some((other, _)) = same.filter(|_| !is_level) {
                faults.push(format!("{title} and {other} {SAME_CURVE}"));
            }
            lines.push((title, points));
        }
    }
    faults
}

/// The charts, each of which holds what all must.
pub fn checked(charts: anyhow::Result<Vec<Chart>>) -> Vec<Chart> {
    let charts = charts.unwrap();
    charts.iter().for_each(check);
    charts
}

pub fn check(chart: &Chart) {
    let document = Document::parse(&chart.svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let child = |name| root.children().find(|child| child.tag_name().name() == name);
    assert_eq!(child("title").and_then(|title| title.text()), Some(chart.title.as_str()));
    assert_eq!(child("desc").and_then(|text| text.text()), Some(chart.description.as_str()));
    for bad in ["NaN", "inf\"", "inf ", "href", "url("] {
        assert!(!chart.svg.contains(bad), "{}: {bad}", chart.name);
    }
    for group in document.descendants().filter(|node| node.tag_name().name() == "g") {
        let title = group.first_element_child().and_then(|title| title.text());
        assert!(title.is_some_and(|title| !title.is_empty()), "{}: a mark has no title", chart.name);
    }
    let view: Vec<i32> = root.attribute("viewBox").unwrap().split(' ').map(|number| number.parse().unwrap()).collect();
    for (x, y) in document.descendants().flat_map(points) {
        assert!((0..=view[2]).contains(&x) && (0..=view[3]).contains(&y), "{}: {x},{y}", chart.name);
    }
    // Left and right edge of every line of words, its middle, and how high it is.
    let mut lines: Vec<(f64, f64, f64, f64, &str)> = Vec::new();
    for node in texts(&document).filter(|node| !node.has_attribute("transform")) {
        let number = |name| node.attribute(name).unwrap().parse::<f64>().unwrap();
        let (x, y, size, text) = (number("x"), number("y"), number("font-size"), node.text().unwrap().trim());
        let width = text.chars().count() as f64 * size * 0.55;
        let left = match node.attribute("text-anchor") {
            Some("end") => x - width,
            Some("middle") => x - width / 2.0,
            _ => x,
        };
        let fits = left >= 0.0 && left + width <= f64::from(view[2]);
        assert!(fits, "{}: {text:?} from {left} to {}", chart.name, left + width);
        // Most characters are narrower than that.
        let (left, right) = (left + width * 0.1, left + width * 0.9);
        let hidden = lines.iter().find(|other| other.0 < right && left < other.1 && (other.2 - y).abs() < size * 0.4);
        assert!(hidden.is_none(), "{}: {text:?} is on {:?}", chart.name, hidden.map(|other| other.4));
        lines.push((left, right, y, size, text));
    }
}

fn texts<'a>(document: &'a Document) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(|node| node.tag_name().name() == "text")
}

/// The corners of a line or an area.
pub fn points(node: Node) -> Vec<(i32, i32)> {
    let all = node.attribute("points").unwrap_or_default().split_whitespace().filter_map(|point| point.split_once(','));
    all.map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).collect()
}

/// How often an element with these attributes is on a chart.
pub fn count(chart: &Chart, element: &str, attributes: &[(&str, &str)]) -> usize {
    let document = Document::parse(&chart.svg).unwrap();
    let is_wanted = |node: &Node| {
        node.tag_name().name() == element && attributes.iter().all(|(name, value)| node.attribute(*name) == Some(value))
    };
    document.descendants().filter(is_wanted).count()
}

/// The directory of a sample result.
pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples").join(name)
}

pub fn names(charts: &[Chart]) -> Vec<&str> {
    charts.iter().map(|chart| chart.name.as_str()).collect()
}

pub fn words(chart: &Chart) -> Vec<String> {
    let document = Document::parse(&chart.svg).unwrap();
    texts(&document).filter_map(|node| node.text()).map(|text| text.trim().to_owned()).collect()
}

/// Each row: a chart's name and texts that its words contain, or with `!` before them do not contain.
#[track_caller]
pub fn expect(charts: &[Chart], rows: &[(&str, &[&str])]) {
    expect_in(charts, rows, |chart| words(chart).join(" "));
}

/// The same of alternative texts.
#[track_caller]
pub fn expect_described(charts: &[Chart], rows: &[(&str, &[&str])]) {
    expect_in(charts, rows, |chart| chart.description.clone());
}

#[track_caller]
fn expect_in(charts: &[Chart], rows: &[(&str, &[&str])], all: impl Fn(&Chart) -> String) {
    for (name, texts) in rows {
        let Some(chart) = charts.iter().find(|chart| chart.name == *name) else {
            panic!("no chart {name}: {:?}", names(charts));
        };
        let all = all(chart);
        for text in *texts {
            let (text, is_there) = text.strip_prefix('!').map_or((*text, true), |text| (text, false));
            assert_eq!(all.contains(text), is_there, "{name}: {text:?} in\n{all}");
        }
    }
}

mod tests {
    use super::*;
    use crate::present::charts::{Axis, BAR, GREY, Stroke};

    #[test]
    fn misleading_panels_are_found() {
        let logarithmic = Axis::logarithmic_times("t", [1e3, 1e9], 5).unwrap();
        let (linear, stroke) = (Axis::span("n", 10.0, 5), Stroke::new(GREY, 1.0));
        let with = |x: &Axis, y: &Axis, draw: &dyn Fn(&mut Panel)| {
            let mut panel = Panel::new("", 50.0, x, y.clone());
            draw(&mut panel);
            faults(&panel).len()
        };
        let bar = |panel: &mut Panel| panel.add("a", Mark::Bar((1.0, 1e3), (2.0, 1e6), BAR, 1.0));
        assert_eq!((with(&linear, &logarithmic, &bar), with(&linear, &linear, &bar)), (1, 0));
        let mut rows = Panel::rows("", 10.0, &logarithmic, ["a"]);
        rows.add("a", Mark::Bar((1e3, 0.2), (1e6, 0.8), BAR, 1.0));
        assert_eq!(faults(&rows).len(), 1);
        let model = |panel: &mut Panel| panel.model("m", [1e3, 1e5].into_iter(), |x| x, stroke);
        assert_eq!((with(&linear, &logarithmic, &model), with(&logarithmic, &logarithmic, &model)), (1, 0));
        let twice = |level: bool| {
            move |panel: &mut Panel| {
                let points = vec![(1.0, 2.0), (2.0, if level { 2.0 } else { 3.0 })];
                ["a", "b"].into_iter().for_each(|title| panel.add(title, Mark::Line(points.clone(), stroke)));
            }
        };
        assert_eq!((with(&linear, &linear, &twice(false)), with(&linear, &linear, &twice(true))), (1, 0));
    }
}
