//! A document in the terminal: plain text, at most 100 columns wide but for lines that are to stay whole.

use std::fmt;

use super::document::{Block, Document, Medium};
use crate::{conclude::headlines::Headline, os::escape::in_line};

/// Paragraphs are broken at this width.
const WIDTH: usize = 98;

impl fmt::Display for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_gap_due = false;
        let mut is_first = true;
        let is_text = |block: &&Block<'_>| {
            !matches!(block, Block::Section { .. } | Block::Article(_) | Block::Figures(_) | Block::Code { .. })
        };
        for block in self.shown_by(Medium::Terminal).filter(is_text) {
            let stands_apart = matches!(block, Block::Gap | Block::Table { .. } | Block::Heading(_));
            if (is_gap_due || stands_apart) && !is_first && !matches!(block, Block::Gap) {
                writeln!(f)?;
            }
            is_gap_due = stands_apart;
            is_first &= matches!(block, Block::Gap);
            match block {
                Block::Heading(words) => writeln!(f, "{words}:")?,
                Block::Line(words) => writeln!(f, "{words}")?,
                Block::Headlines(headlines) => {
                    for Headline { label, value, note } in headlines {
                        writeln!(f, "{label}: {value} ({note})")?;
                    }
                }
                Block::Text(remark, _) => paragraph(f, &remark.lead, &remark.words)?,
                Block::Table { grid, .. } => writeln!(f, "{grid}")?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Breaks a paragraph into lines, the following ones indented as far as the first one's lead.
fn paragraph(out: &mut impl fmt::Write, lead: &str, content: &str) -> fmt::Result {
    let mut line = lead.to_owned();
    let mut is_fresh = true;
    for word in in_line(content).split(' ') {
        if !is_fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(lead.chars().count());
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(word);
        is_fresh = false;
    }
    writeln!(out, "{}", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::Grid;

    #[test]
    fn paragraphs_are_broken_and_indented() {
        let mut text = String::new();
        paragraph(&mut text, "  do: ", &"word ".repeat(40)).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH && line.starts_with("  ")), "{text}");
        assert!(text.lines().count() > 1);
    }

    #[test]
    fn one_empty_line_is_around_tables_and_the_page_s_parts_are_left_out() {
        let mut document = Document::new("", "", String::new(), String::new());
        let table = || Grid::of(&[0; 0]).number("a", |row| *row);
        document.both().section("x", "x", "x").gap().line("first").gap().table("caption", table());
        document.page().line("not here");
        document.terminal().table("", table()).heading("last").text("lead: ", "words").gap();
        assert_eq!(document.to_string(), "first\n\n| a |\n|---|\n\n| a |\n|---|\n\nlast:\n\nlead: words\n");
    }
}
