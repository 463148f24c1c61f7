//! A document in the terminal: plain text, one screen or all of it, the conclusion last because what came before scrolls away.

use std::fmt::{self, Write as _};

use super::document::{Block, Document, Level, Medium, Part};
use crate::{conclude::headlines::Headline, os::escape::in_line};

/// Paragraphs are broken at this width, also on a wider screen: longer lines are hard to read.
const WIDTH: usize = 98;

/// How much of a document is shown, and how wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// All of it, not just what fits one screen.
    pub is_whole: bool,
    /// Columns that nothing may go beyond; `None`: lines and tables are as wide as they are.
    pub columns: Option<usize>,
}

impl Screen {
    pub const WHOLE: Screen = Screen { is_whole: true, columns: None };
}

impl fmt::Display for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.on(Screen::WHOLE))
    }
}

impl Document<'_> {
    /// Its text: the parts in their order, then those that close it.
    pub fn on(&self, screen: Screen) -> String {
        let shown = |part: &&Part<'_>| {
            let is_text = !matches!(
                part.block,
                Block::Section { .. } | Block::Article(_) | Block::Figures(_) | Block::Code { .. }
            );
            is_text && (screen.is_whole || part.level != Level::Detail)
        };
        let parts: Vec<&Part<'_>> = self.parts_of(Medium::Terminal).filter(shown).collect();
        let (closing, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.level == Level::Closing);
        let others = others.into_iter().map(|part| &part.block);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ =
            write(&mut text, others.chain([&Block::Gap]).chain(closing.into_iter().map(|part| &part.block)), screen);
        text
    }
}

fn write<'b>(out: &mut String, blocks: impl Iterator<Item = &'b Block<'b>>, screen: Screen) -> fmt::Result {
    let width = screen.columns.unwrap_or(WIDTH).min(WIDTH);
    let mut is_gap_due = false;
    for block in blocks {
        let stands_apart = matches!(block, Block::Gap | Block::Table { .. } | Block::Heading(_));
        if (is_gap_due || stands_apart) && !out.is_empty() && !matches!(block, Block::Gap) {
            writeln!(out)?;
        }
        is_gap_due = stands_apart;
        match block {
            Block::Heading(words) => paragraph(out, "", &format!("{words}:"), width)?,
            Block::Line(words) if screen.columns.is_none() => writeln!(out, "{words}")?,
            Block::Line(words) => {
                let (lead, words) = words.split_at(words.len() - words.trim_start().len());
                paragraph(out, lead, words, width)?;
            }
            Block::Headlines(headlines) => {
                for Headline { label, value, note } in headlines {
                    paragraph(out, &format!("{label}: "), &format!("{value} ({note})"), width)?;
                }
            }
            Block::Text(remark, _) => paragraph(out, &remark.lead, &remark.words, width)?,
            Block::Table { grid, .. } if screen.is_whole => writeln!(out, "{}", grid.within(screen.columns))?,
            Block::Table { grid, .. } => {
                writeln!(out, "{}", grid.fitted(screen.columns).within(screen.columns))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Breaks a paragraph into lines, the following ones indented as far as the first one's lead.
fn paragraph(out: &mut String, lead: &str, content: &str, width: usize) -> fmt::Result {
    let mut line = lead.to_owned();
    let mut is_fresh = true;
    for word in in_line(content).split(' ') {
        if !is_fresh && line.chars().count() + 1 + word.chars().count() > width {
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
        paragraph(&mut text, "  do: ", &"word ".repeat(40), WIDTH).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH && line.starts_with("  ")), "{text}");
        assert!(text.lines().count() > 1);
    }

    #[test]
    fn one_empty_line_is_around_tables_and_the_page_s_parts_are_left_out() {
        let mut document = Document::default();
        let table = || Grid::of(&[0; 0]).number("a", |row| *row);
        document.both().section("x", "x", "x").gap().line("first").gap().table("caption", table());
        document.page().line("not here");
        document.terminal().table("", table()).heading("last").text("lead: ", "words").gap();
        assert_eq!(document.to_string(), "first\n\n| a |\n|---|\n\n| a |\n|---|\n\nlast:\n\nlead: words\n");
    }

    #[test]
    fn details_are_left_out_of_one_screen_and_the_conclusion_is_last() {
        let mut document = Document::default();
        document.terminal().closing().line("VERDICT: met");
        document.terminal().line("what").in_detail().line("more").closing().line("figure");
        let on = |is_whole| document.on(Screen { is_whole, columns: None });
        assert_eq!(on(false), "what\n\nVERDICT: met\nfigure\n");
        assert_eq!(on(true), "what\nmore\n\nVERDICT: met\nfigure\n");
        assert_eq!(document.to_string(), on(true));
    }

    proptest::proptest! {
        /// Nothing goes beyond the columns, and no word of a line is lost.
        #[test]
        fn nothing_is_wider_than_the_screen(
            words in proptest::collection::vec("[a-z]{1,10}", 1..60),
            columns in 40_usize..120,
            is_whole: bool,
        ) {
            let sentence = words.join(" ");
            let mut document = Document::default();
            let grid = || Grid::of(&words).words("a heading of words", |word| word).words("all", |_| &sentence);
            document.terminal().line(format!("  {sentence}")).heading(&*sentence).text("lead: ", &*sentence).table("", grid());
            document.terminal().in_detail().items("- ", [&*sentence]).closing().line(&*sentence);
            let text = document.on(Screen { is_whole, columns: Some(columns) });
            for line in text.lines() {
                proptest::prop_assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
            let shown: Vec<&str> = text.split_whitespace().collect();
            proptest::prop_assert!(words.iter().all(|word| shown.contains(&&**word)), "{text}");
        }
    }
}
