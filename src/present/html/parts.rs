//! The parts that pages are made of: tables, charts, remarks, the machine, how to reproduce it.
//! Each is a template of its own; whatever it is given is escaped there, so pages can put it in as it is.

use askama::{Template, filters::HtmlSafe};

use crate::{
    present::{Grid, Remark, charts::chart::Chart},
    results::Environment,
};

/// Words of at most so many characters stay in one line.
const SHORT: usize = 32;

/// A table with its caption, in a box that scrolls by itself.
#[derive(Template)]
#[template(path = "table.html", config = "src/present/html/askama.toml")]
pub struct Table {
    caption: String,
    grid: Grid,
}

impl HtmlSafe for Table {}

impl Table {
    /// A table.
    pub fn new(caption: impl Into<String>, grid: Grid) -> Table {
        Table { caption: caption.into(), grid }
    }

    fn columns(&self) -> impl Iterator<Item = (&String, &bool)> {
        self.grid.header().iter().zip(self.grid.is_number())
    }

    /// The cells of a row, each with how it is set: short words are not broken, long ones get room.
    fn cells<'a>(&'a self, row: &'a [String]) -> impl Iterator<Item = (&'a String, &'static str)> {
        row.iter().zip(self.grid.is_number()).map(|(cell, is_number)| match (is_number, cell.chars().count()) {
            (true, _) => (cell, "number"),
            (false, 0..=SHORT) => (cell, "short"),
            (false, _) => (cell, "long"),
        })
    }
}

/// A chart with its words, in a box that scrolls by itself.
#[derive(Template)]
#[template(path = "figure.html", config = "src/present/html/askama.toml")]
pub struct Figure<'a> {
    name: &'a str,
    title: &'a str,
    description: &'a str,
    svg: String,
    has_png: bool,
}

impl HtmlSafe for Figure<'_> {}

impl<'a> Figure<'a> {
    /// A chart, which also is in a file of its own.
    pub fn new(chart: &'a Chart, has_png: bool) -> Figure<'a> {
        // Inside a page the name space goes without saying.
        let svg = chart.svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1);
        Figure { name: &chart.name, title: &chart.title, description: &chart.description, svg, has_png }
    }
}

/// Charts one below the other, or the words that there are none.
pub struct Figures<'a>(Vec<Figure<'a>>);

impl HtmlSafe for Figures<'_> {}

impl<'a> Figures<'a> {
    /// Of these charts, in their order.
    pub fn new(charts: impl IntoIterator<Item = &'a Chart>, has_png: bool) -> Figures<'a> {
        Figures(charts.into_iter().map(|chart| Figure::new(chart, has_png)).collect())
    }
}

impl std::fmt::Display for Figures<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str("<p>No chart: this result has nothing to draw here.</p>");
        }
        self.0.iter().try_for_each(|figure| writeln!(f, "{figure}"))
    }
}

/// Sentences with their subjects.
#[derive(Template)]
#[template(path = "remarks.html", config = "src/present/html/askama.toml")]
pub struct Remarks {
    /// The sentences.
    pub remarks: Vec<Remark>,
}

impl HtmlSafe for Remarks {}

/// The section about the machine.
#[derive(Template)]
#[template(path = "machine.html", config = "src/present/html/askama.toml")]
pub struct Machine {
    /// What is to be said first.
    pub notes: Vec<String>,
    /// What it is, and what it can show.
    pub tables: Vec<Table>,
}

impl HtmlSafe for Machine {}

impl Machine {
    /// All of an environment; `others` stand after the facts.
    pub fn of(environment: &Environment, others: Vec<Table>) -> Machine {
        let mut tables = vec![Table::new("What it is", environment.facts_table())];
        tables.extend(others);
        tables.push(Table::new("What bounds a crowd here", environment.limits_table()));
        tables.push(Table::new("Evidence that it offers", environment.evidence_table()));
        Machine { notes: Vec::new(), tables }
    }
}

/// The section about doing it again.
#[derive(Template)]
#[template(path = "reproduce.html", config = "src/present/html/askama.toml")]
pub struct Reproduce {
    /// Seed, version and times.
    pub facts: Table,
    /// The command as it was typed.
    pub typed: String,
    /// The one that repeats it, if that can be told.
    pub again: Option<String>,
    /// What else is needed.
    pub notes: Vec<String>,
    /// More of it, behind a summary.
    pub details: Option<(String, String)>,
}

impl HtmlSafe for Reproduce {}

/// Facts and their values, as a table.
pub fn facts<const N: usize>(caption: &str, facts: [(&str, String); N]) -> Table {
    let mut grid = Grid::new(["fact", "value"], 2);
    for (name, value) in facts {
        grid.add_row([name.to_owned(), value]);
    }
    Table::new(caption, grid)
}
