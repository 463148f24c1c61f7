//! What must hold for every chart, for tests: well-formed, described, nothing beyond the page, no word cut off.
//! Every chart is read as XML; that it looks right is for people to judge.

use crate::present::Chart;

const SVG: &str = "http://www.w3.org/2000/svg";

pub fn check(chart: &Chart) {
    let document = roxmltree::Document::parse(&chart.svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let child = |name| root.children().find(|child| child.has_tag_name((SVG, name)));
    assert_eq!(child("title").and_then(|it| it.text()), Some(chart.title.as_str()));
    assert_eq!(child("desc").and_then(|it| it.text()), Some(chart.description.as_str()));
    for bad in ["NaN", "href", "url("] {
        assert!(!chart.svg.contains(bad), "{}: {bad}", chart.name);
    }
    let view: Vec<i32> = root.attribute("viewBox").unwrap().split(' ').map(|number| number.parse().unwrap()).collect();
    let points = document.descendants().filter_map(|node| node.attribute("points")).flat_map(str::split_whitespace);
    for (x, y) in points.filter_map(|point| point.split_once(',')) {
        let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
        assert!((0..=view[2]).contains(&x) && (0..=view[3]).contains(&y), "{}: {x},{y}", chart.name);
    }
    let across =
        document.descendants().filter(|node| node.has_tag_name((SVG, "text")) && !node.has_attribute("transform"));
    for node in across {
        let number = |name| node.attribute(name).unwrap().parse::<f64>().unwrap();
        let (x, width) = (number("x"), node.text().unwrap().trim().chars().count() as f64 * number("font-size") * 0.55);
        let left = match node.attribute("text-anchor") {
            Some("end") => x - width,
            Some("middle") => x - width / 2.0,
            _ => x,
        };
        let fits = left >= 0.0 && left + width <= f64::from(view[2]);
        assert!(fits, "{}: {:?} from {left} to {}", chart.name, node.text(), left + width);
    }
}

pub fn words(chart: &Chart) -> Vec<String> {
    let document = roxmltree::Document::parse(&chart.svg).unwrap();
    let texts = document.descendants().filter(|node| node.tag_name().name() == "text");
    texts.filter_map(|node| node.text()).map(|text| text.trim().to_owned()).collect()
}

/// Whether a line of the words on a chart has this in it.
pub fn has(chart: &Chart, text: &str) -> bool {
    words(chart).iter().any(|line| line.contains(text))
}
