//! A table of words before it is laid out: the terminal draws it with lines, a page as HTML, and the words exist once.
//! And sentences with what they are about, for the same reason.

use std::fmt::{self, Write as _};

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

use crate::os::escape::in_line;

/// Lines are broken at this width.
const WIDTH: usize = 98;

/// A table of words. Displayed, it is plain text with lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    header: Vec<String>,
    is_number: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A table without rows, whose columns from the `numbers`th on are numbers.
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>, numbers: usize) -> Grid {
        let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
        let is_number = (0..header.len()).map(|column| column >= numbers).collect();
        Grid { header, is_number, rows: Vec::new() }
    }

    /// The same with words in its last column.
    pub fn with_words_last(mut self) -> Grid {
        if let Some(last) = self.is_number.last_mut() {
            *last = false;
        }
        self
    }

    /// Adds a row; cells that it lacks are empty.
    pub fn add_row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let mut row: Vec<String> = cells.into_iter().map(|cell| in_line(&cell.into()).into_owned()).collect();
        row.resize(self.header.len(), String::new());
        self.rows.push(row);
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Which columns are numbers, to be set against the right.
    pub fn is_number(&self) -> &[bool] {
        &self.is_number
    }

    /// The rows, each as wide as the header.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN);
        table.set_header(&self.header);
        for (column, _) in table.column_iter_mut().zip(&self.is_number).filter(|(_, is_number)| **is_number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for row in &self.rows {
            table.add_row(row);
        }
        write!(f, "{table}")
    }
}

/// A sentence or two, and what stands before them: what they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What stands before, with colon and space; indented where it belongs to the remark above. May be empty.
    pub lead: String,
    /// The sentences.
    pub words: String,
}

impl Remark {
    /// A remark.
    pub fn new(lead: impl Into<String>, words: impl Into<String>) -> Remark {
        Remark { lead: lead.into(), words: words.into() }
    }

    /// What it is about, with a capital and without the terminal's punctuation; empty if that is not told.
    pub fn subject(&self) -> String {
        let mut rest = self.lead.trim_matches(|c: char| c == ' ' || c == ':' || c == '-').chars();
        rest.next().into_iter().flat_map(char::to_uppercase).chain(rest.as_str().chars()).collect()
    }
}

/// Breaks a paragraph into lines, the following ones indented as far as the first one's lead.
pub(crate) fn paragraph(text: &mut String, lead: &str, content: &str) {
    let mut line = lead.to_owned();
    let mut is_fresh = true;
    for word in in_line(content).split(' ') {
        if !is_fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            line = " ".repeat(lead.chars().count());
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(word);
        is_fresh = false;
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

/// Remarks as paragraphs of a terminal.
pub(crate) fn paragraphs(text: &mut String, remarks: &[Remark]) {
    for remark in remarks {
        paragraph(text, &remark.lead, &remark.words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_broken_and_indented() {
        let mut text = String::new();
        paragraph(&mut text, "  do: ", &"word ".repeat(40));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH && line.starts_with("  ")), "{text}");
        assert!(text.lines().count() > 1);
    }

    #[test]
    fn a_short_row_is_filled_and_numbers_stand_at_the_right() {
        let mut grid = Grid::new(["name", "count", "why"], 1).with_words_last();
        grid.add_row(["a", "7"]);
        assert_eq!(grid.rows(), [["a", "7", ""]]);
        assert_eq!(grid.is_number(), [false, true, false]);
        assert!(grid.to_string().contains("| a    |     7 |     |"), "{grid}");
    }

    #[test]
    fn a_remark_tells_its_subject() {
        assert_eq!(Remark::new("Knee, measured: ", "x").subject(), "Knee, measured");
        assert_eq!(Remark::new("  note: ", "x").subject(), "Note");
        assert_eq!(Remark::new("- ", "x").subject(), "");
    }
}
