//! A table before it is laid out: the terminal draws it with lines, a page as HTML. Each column is given by its name and by how its
//! cell is read from a row, so a name and its cells cannot come apart.

use std::fmt::{self, Display};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::ASCII_MARKDOWN};

use crate::os::escape::in_line;

/// Displayed, it is plain text with lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    pub(super) header: Vec<String>,
    /// Which columns are numbers, to be set against the right.
    pub(super) is_number: Vec<bool>,
    pub(super) rows: Vec<Vec<String>>,
    /// Columns that are left out first where the table is too wide for the screen.
    dispensable: Vec<&'static str>,
}

/// A table to which columns are added.
pub struct Rows<'r, R> {
    rows: Vec<&'r R>,
    grid: Grid,
}

impl Grid {
    pub fn of<'r, R>(rows: impl IntoIterator<Item = &'r R>) -> Rows<'r, R> {
        let rows: Vec<&R> = rows.into_iter().collect();
        let grid = Grid { rows: vec![Vec::new(); rows.len()], ..Grid::default() };
        Rows { rows, grid }
    }
}

impl<'r, R> Rows<'r, R> {
    pub fn words<C: Display>(self, name: impl Into<String>, cell: impl Fn(&'r R) -> C) -> Self {
        self.column(name.into(), false, cell)
    }

    pub fn number<C: Display>(self, name: impl Into<String>, cell: impl Fn(&'r R) -> C) -> Self {
        self.column(name.into(), true, cell)
    }

    pub fn number_if<C: Display>(self, wanted: bool, name: &str, cell: impl Fn(&'r R) -> C) -> Self {
        if wanted { self.number(name, cell) } else { self }
    }

    /// Names columns that one screen can do without, the least missed first.
    pub fn dispensable(mut self, names: &[&'static str]) -> Self {
        self.grid.dispensable = names.to_vec();
        self
    }

    fn column<C: Display>(mut self, name: String, is_number: bool, cell: impl Fn(&'r R) -> C) -> Self {
        self.grid.header.push(name);
        self.grid.is_number.push(is_number);
        for (row, cells) in self.rows.iter().zip(&mut self.grid.rows) {
            cells.push(in_line(&cell(row).to_string()).into_owned());
        }
        self
    }
}

impl<R> From<Rows<'_, R>> for Grid {
    fn from(rows: Rows<'_, R>) -> Grid {
        rows.grid
    }
}

impl Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.within(None))
    }
}

impl Grid {
    /// The same with fewer columns: of those that are dispensable as many are left out as it takes to fit, and no more.
    pub fn fitted(&self, columns: Option<usize>) -> Grid {
        let mut grid = self.clone();
        for name in &self.dispensable {
            let width = grid.to_string().lines().next().map_or(0, |line| line.chars().count());
            if columns.is_none_or(|columns| width <= columns) {
                break;
            }
            if let Some(place) = grid.header.iter().position(|header| header == name) {
                grid.header.remove(place);
                grid.is_number.remove(place);
                grid.rows.iter_mut().for_each(|row| {
                    row.remove(place);
                });
            }
        }
        grid
    }

    /// Its text. Cells are broken into lines where it would be wider than so many columns.
    pub fn within(&self, columns: Option<usize>) -> String {
        let mut table = Table::new();
        if let Some(columns) = columns.and_then(|columns| u16::try_from(columns).ok()) {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
        }
        table.load_style(ASCII_MARKDOWN);
        table.set_header(&self.header);
        for (column, _) in table.column_iter_mut().zip(&self.is_number).filter(|(_, is_number)| **is_number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.add_rows(&self.rows);
        table.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_from_rows_and_numbers_stand_at_the_right() {
        let rows = Grid::of(&[("a\nb", 7)]).words("name", |row| row.0).number_if(false, "none", |row| row.1);
        let grid: Grid = rows.number("count", |row| row.1).words("why", |_| "").into();
        assert_eq!(grid.is_number, [false, true, false]);
        assert_eq!(grid.rows[0][1..], ["7", ""]);
        assert!(!grid.rows[0][0].contains('\n') && grid.to_string().contains(" |     7 |     |"), "{grid}");
    }

    #[test]
    fn only_so_many_columns_are_left_out_as_it_takes_to_fit() {
        let rows = Grid::of(&[(1, 22)]).number("one", |row| row.0).number("other", |row| row.1);
        let grid: Grid = rows.words("last", |_| "word").dispensable(&["none such", "last", "one"]).into();
        let headers = |columns| grid.fitted(columns).header.join(" ");
        assert_eq!(headers(None), "one other last");
        assert_eq!(headers(Some(22)), "one other last");
        assert_eq!(headers(Some(21)), "one other");
        assert_eq!(headers(Some(14)), "other");
        assert_eq!(headers(Some(3)), "other", "what is not dispensable stays");
        let fitted = grid.fitted(Some(21));
        assert_eq!((fitted.rows, fitted.is_number), (vec![vec!["1".to_owned(), "22".to_owned()]], vec![true, true]));
    }
}
