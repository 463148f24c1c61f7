//! A document as a page: one HTML file that needs no network, no script, and no other file.

mod style;
#[cfg(test)]
mod tests;

use super::{
    Chart, Grid,
    document::{Block, Document, Medium, Style},
};
use crate::conclude::{claim::Remark, headlines::Headline, wording::capital};
use crate::results::MAPSTORM_VERSION;

/// Words of at most so many characters stay in one line.
const SHORT: usize = 32;
/// A table of more columns does not fit a telephone: there the page says that it scrolls.
const NARROW: usize = 4;

/// The page. `has_png`: whether there are PNG files of its charts too.
pub(crate) fn page(document: &Document<'_>, has_png: bool) -> String {
    let mut html = Html { page: String::new(), open: Vec::new(), has_png };
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"mapstorm ")
        .raw(MAPSTORM_VERSION)
        .raw("\">\n")
        .element("title", &document.title)
        .raw("<style>\n")
        .raw(&style::sheet())
        .raw("\n</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<header>\n")
        .raw("<p class=\"kind\">mapstorm: ")
        .words(document.kind)
        .raw("</p>\n")
        .element("h1", &document.title)
        .raw("<p class=\"subtitle\">")
        .words(&document.subtitle)
        .raw("</p>\n");
    if let Some(description) = &document.description {
        html.element("p", description);
    }
    html.raw("</header>\n<nav aria-label=\"Sections of this page\">\n<ul>\n");
    for block in document.shown_by(Medium::Page) {
        if let Block::Section { id, short, .. } = block {
            html.raw("<li><a href=\"#").words(id).raw("\">").words(short).raw("</a></li>\n");
        }
    }
    html.raw("</ul>\n</nav>\n<main id=\"content\">\n");
    document.shown_by(Medium::Page).for_each(|block| html.block(block));
    html.close_down_to(0);
    html.raw("</main>\n<footer>\n<p>Drawn by mapstorm ")
        .raw(MAPSTORM_VERSION)
        .raw(" from ")
        .words(document.source)
        .raw(". It is one file and loads nothing; the drawings are in <code>charts/</code> too.</p>\n")
        .raw("</footer>\n</body>\n</html>\n");
    html.page
}

/// A page in the making. Words come in by [`Html::words`] alone, which escapes them; `raw` is for our own markup.
struct Html {
    page: String,
    /// Elements to be closed, the section first; then an article, and a list last.
    open: Vec<&'static str>,
    has_png: bool,
}

impl Html {
    fn raw(&mut self, markup: &str) -> &mut Html {
        self.page.push_str(markup);
        self
    }

    /// Words, escaped also for attributes in double quotes.
    fn words(&mut self, words: &str) -> &mut Html {
        for c in words.chars() {
            match c {
                '<' => self.page.push_str("&lt;"),
                '>' => self.page.push_str("&gt;"),
                '&' => self.page.push_str("&amp;"),
                '"' => self.page.push_str("&quot;"),
                '\'' => self.page.push_str("&#39;"),
                c => self.page.push(c),
            }
        }
        self
    }

    fn element(&mut self, tag: &str, words: &str) -> &mut Html {
        self.raw("<").raw(tag).raw(">").marked(words).raw("</").raw(tag).raw(">\n")
    }

    /// Words in which pairs of backticks mark what is typed.
    fn marked(&mut self, words: &str) -> &mut Html {
        if words.matches('`').count() % 2 == 1 {
            return self.words(words);
        }
        for (place, part) in words.split('`').enumerate() {
            match place % 2 {
                0 => self.words(part),
                _ => self.raw("<code>").words(part).raw("</code>"),
            };
        }
        self
    }

    fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let tag = self.open.pop().unwrap_or_default();
            self.raw("</").raw(tag).raw(">\n");
        }
    }

    fn block(&mut self, block: &Block<'_>) {
        let list = match block {
            Block::Text(_, Style::Item) => Some("ul"),
            Block::Text(_, Style::Step) => Some("ol"),
            _ => None,
        };
        let is_list = |tag: Option<&&str>| matches!(tag, Some(&("ul" | "ol")));
        if is_list(self.open.last()) && self.open.last().copied() != list {
            self.close_down_to(self.open.len() - 1);
        }
        if let Some(tag) = list
            && !is_list(self.open.last())
        {
            self.raw("<").raw(tag).raw(">\n");
            self.open.push(tag);
        }
        match block {
            Block::Section { id, heading, .. } => {
                self.close_down_to(0);
                self.raw("<section id=\"").words(id).raw("\" aria-labelledby=\"").words(id).raw("-heading\">\n");
                self.raw("<h2 id=\"").words(id).raw("-heading\">").words(heading).raw("</h2>\n");
                self.open.push("section");
            }
            Block::Heading(heading) => {
                self.close_down_to(1);
                self.element("h3", heading);
            }
            Block::Article(heading) => {
                self.close_down_to(1);
                self.raw("<article>\n").element("h3", heading);
                self.open.push("article");
            }
            Block::Line(words) => {
                self.element("p", words);
            }
            Block::Text(remark, style) => self.text(remark, *style),
            Block::Table { caption, grid } => self.table(caption, grid),
            Block::Headlines(headlines) => self.headlines(headlines),
            Block::Figures(charts) => {
                if charts.is_empty() {
                    self.raw("<p>No chart: this result has nothing to draw here.</p>\n");
                }
                charts.iter().for_each(|chart| self.figure(chart));
            }
            Block::Code { label, text, is_folded } => {
                match is_folded {
                    true => self.raw("<details>").element("summary", label),
                    false => self.raw("<p>").words(label).raw(":</p>\n"),
                };
                self.raw("<pre tabindex=\"0\" role=\"region\" aria-label=\"").words(label).raw("\"><code>");
                self.words(text).raw("</code></pre>").raw(if *is_folded { "</details>\n" } else { "\n" });
            }
            Block::Gap => {}
        }
    }

    fn text(&mut self, Remark { lead, words }: &Remark, style: Style) {
        match style {
            Style::Plain if lead.is_empty() => self.element("p", words),
            Style::Plain => self
                .raw("<p class=\"remark\"><strong>")
                .words(&subject(lead))
                .raw(":</strong> ")
                .marked(words)
                .raw("</p>\n"),
            Style::Answer => self.raw("<p class=\"answer\">").marked(words).raw("</p>\n"),
            Style::Warning => self.raw("<p class=\"warning\"><strong>Warning:</strong> ").marked(words).raw("</p>\n"),
            Style::Item | Style::Step => self.element("li", words),
        };
    }

    fn headlines(&mut self, headlines: &[Headline]) {
        self.raw("<dl class=\"headlines\">\n");
        for Headline { label, value, note } in headlines {
            self.raw("<div>").element("dt", label).element("dd", value);
            self.raw("<dd class=\"note\">").words(note).raw("</dd></div>\n");
        }
        self.raw("</dl>\n");
    }

    /// A table with its caption, in a box that scrolls by itself.
    fn table(&mut self, caption: &str, grid: &Grid) {
        let class = if grid.header.len() > NARROW { "scroll wide" } else { "scroll" };
        self.raw("<div class=\"").raw(class).raw("\" role=\"region\" aria-label=\"Table: ").words(caption);
        self.raw("\" tabindex=\"0\">\n<table>\n").element("caption", caption).raw("<thead><tr>");
        for (name, is_number) in grid.header.iter().zip(&grid.is_number) {
            self.raw("<th scope=\"col\"").raw(if *is_number { " class=\"number\">" } else { ">" });
            self.words(name).raw("</th>");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for row in &grid.rows {
            self.raw("<tr>");
            for (place, (cell, is_number)) in row.iter().zip(&grid.is_number).enumerate() {
                // Short words are not broken, long ones get room.
                let class = match (is_number, cell.chars().count()) {
                    (true, _) => "number",
                    (false, 0..=SHORT) => "short",
                    (false, _) => "long",
                };
                let (begin, end) = if place == 0 { ("<th scope=\"row\"", "</th>") } else { ("<td", "</td>") };
                self.raw(begin).raw(" class=\"").raw(class).raw("\">").words(cell).raw(end);
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table>\n</div>\n");
    }

    /// A chart with its words, in a box that scrolls by itself; it is in a file of its own too.
    fn figure(&mut self, chart: &Chart) {
        self.raw("<figure id=\"chart-").words(&chart.name);
        self.raw("\">\n<div class=\"scroll wide chart\" role=\"region\" aria-label=\"Chart: ").words(&chart.title);
        // Inside a page the name space goes without saying.
        let svg = chart.svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1);
        self.raw("\" tabindex=\"0\">\n").raw(&svg).raw("\n</div>\n<figcaption>\n");
        self.raw("<details><summary>What this chart shows, in words</summary><p class=\"lines\">");
        self.words(&chart.description).raw("</p></details>\n<p class=\"files\">The drawing by itself: ");
        self.file(&chart.name, ".svg");
        if self.has_png {
            self.raw(", ").file(&chart.name, ".png");
        }
        self.raw("</p>\n</figcaption>\n</figure>\n");
    }

    fn file(&mut self, name: &str, ending: &str) -> &mut Html {
        self.raw("<a href=\"charts/").words(name).raw(ending).raw("\">").words(name).raw(ending).raw("</a>")
    }
}

/// What a remark is about, with a capital and without the terminal's punctuation.
fn subject(lead: &str) -> String {
    capital(lead.trim_matches(|c: char| c == ' ' || c == ':' || c == '-'))
}
