//! A finished chart: SVG that needs nothing from outside, with its words also where a screen reader finds them.
//! The same data give the same bytes.

use std::path::Path;

use anyhow::Context;

use crate::os::{
    escape::replaced,
    replace::{own_directory, replace},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Stem of its file's name: lower-case letters, digits and hyphens.
    pub name: String,
    pub title: String,
    /// All that it shows, in words; also the text for those who do not see it.
    pub description: String,
    /// The drawing, a whole SVG document.
    pub svg: String,
}

impl Chart {
    /// Puts title and description into a drawing of `size` pixels, whatever units it was drawn in.
    pub(crate) fn new(name: String, title: String, description: String, size: (u32, u32), drawing: &str) -> Chart {
        let (opening, content) = drawing.split_once('>').unwrap_or(("<svg", ""));
        let view_box = opening.split_once("viewBox=").map_or("\"0 0 1 1\"", |(_, rest)| rest);
        // The rest of the tag (name space and all) stays as it was; only the size is in pixels.
        let svg = format!(
            "<svg width=\"{}\" height=\"{}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\" viewBox={view_box}>\n\
             <title id=\"{name}-title\">{}</title>\n<desc id=\"{name}-desc\">{}</desc>{content}",
            size.0,
            size.1,
            escaped(&title),
            escaped(&description),
        );
        Chart { name, title, description, svg }
    }
}

/// Writes charts to `charts/NAME.svg` in a result directory, each whole or not at all; makes no `charts` if there are none.
pub fn write_charts(directory: &Path, charts: &[Chart]) -> anyhow::Result<()> {
    if charts.is_empty() {
        return Ok(());
    }
    let directory = directory.join("charts");
    own_directory(&directory)?;
    for chart in charts {
        let path = directory.join(format!("{}.svg", chart.name));
        replace(&path, chart.svg.as_bytes()).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// `Some Words/here` as part of a file's name: `some-words-here`.
pub(crate) fn stem(words: &str) -> String {
    let plain: String =
        words.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// As text of an XML element. Control characters, which XML forbids, and what turns text round become a replacement character.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in replaced(text).chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const DRAWING: &str =
        "<svg width=\"20\" height=\"10\" viewBox=\"0 0 20 10\" xmlns=\"http://www.w3.org/2000/svg\">\n</svg>\n";

    #[test]
    fn words_are_where_screen_readers_find_them_and_escaped() {
        let chart = Chart::new("a".to_owned(), "b < c & d".to_owned(), "e\u{1}f".to_owned(), (2, 1), DRAWING);
        let document = roxmltree::Document::parse(&chart.svg).unwrap();
        let root = document.root_element();
        let attributes = ["width", "viewBox", "role", "aria-labelledby"].map(|name| root.attribute(name).unwrap());
        assert_eq!(attributes, ["2", "0 0 20 10", "img", "a-title a-desc"]);
        let texts =
            root.children().filter(|child| child.is_element()).map(|child| (child.attribute("id"), child.text()));
        let expected = [(Some("a-title"), Some("b < c & d")), (Some("a-desc"), Some("e\u{fffd}f"))];
        assert_eq!(texts.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn names_are_safe_for_files() {
        assert_eq!(stem("Fuse.ssh fs/../é"), "fuse-ssh-fs");
        assert_eq!(stem("//"), "");
    }

    #[test]
    fn charts_are_files_and_none_are_no_directory() {
        let directory = tempfile::tempdir().unwrap();
        write_charts(directory.path(), &[]).unwrap();
        assert!(!directory.path().join("charts").exists());
        let chart = Chart::new("a".to_owned(), "b".to_owned(), "c".to_owned(), (2, 1), DRAWING);
        write_charts(directory.path(), std::slice::from_ref(&chart)).unwrap();
        assert_eq!(fs::read_to_string(directory.path().join("charts/a.svg")).unwrap(), chart.svg);
    }
}
