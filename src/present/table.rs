//! A table of words before it is laid out: the terminal draws it with lines, a page as HTML, and the words exist once.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

use crate::os::escape::in_line;

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

    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Which columns are numbers, to be set against the right.
    pub fn is_number(&self) -> &[bool] {
        &self.is_number
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_row_is_filled_and_numbers_stand_at_the_right() {
        let mut grid = Grid::new(["name", "count", "why"], 1).with_words_last();
        grid.add_row(["a", "7"]);
        assert_eq!(grid.rows(), [["a", "7", ""]]);
        assert_eq!(grid.is_number(), [false, true, false]);
        assert!(grid.to_string().contains("| a    |     7 |     |"), "{grid}");
    }
}
