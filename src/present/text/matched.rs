//! Comparisons of results whose parts are matched, as text.

use std::fmt::{self, Write as _};

use super::comparison::{Opening, opening};
use crate::present::table::paragraph;
use crate::{
    conclude::{
        MatchedRow,
        wording::{interval, letter, machine_in_short, percent},
    },
    present::Grid,
    results::{Effect, Known, Matched, Provenance},
    scenario::units::factor,
};

/// There is no value.
const NONE: &str = "–";

impl<D: MatchedRow> fmt::Display for Matched<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (place, (directory, machine)) in self.directories.iter().zip(self.machine_names()).enumerate() {
            paragraph(&mut text, &format!("{}: ", letter(place)), &format!("{directory} ({machine}; measured)"));
        }
        opening(
            &mut text,
            &Opening {
                warnings: &self.warnings,
                keys: &self.plan,
                machines: &self.environment,
                same_machines: &self.same_environment,
                sentences: &self.sentences,
            },
        );
        for (caption, table) in self.tables() {
            let _ = writeln!(text, "\n{caption}:\n\n{table}");
        }
        text.push('\n');
        paragraph(&mut text, "Note: ", &format!("“same” is within {} %. ", self.least_effect * 100.0));
        for absent in self.absent() {
            paragraph(&mut text, "Without a ratio: ", &absent);
        }
        for note in self.notes() {
            paragraph(&mut text, "Intervals ", note);
        }
        f.write_str(&text)
    }
}

impl<D: MatchedRow> Matched<D> {
    /// Part by part, with a caption for each table.
    pub fn tables(&self) -> Vec<(String, Grid)> {
        let mut captions: Vec<(usize, String)> = self.present().map(MatchedRow::table).collect();
        captions.sort();
        captions.dedup();
        let tables = captions.into_iter().map(|caption| {
            let table = self.table(&caption);
            (caption.1, table)
        });
        tables.collect()
    }

    fn table(&self, caption: &(usize, String)) -> Grid {
        let mut rows = Grid::new([D::PART, "A", "other", "ratio", "95 % interval", "it is"], 1);
        for row in self.present().filter(|row| row.table() == *caption) {
            let ratio = row.ratio();
            let bounds = ratio.and_then(|(_, bounds)| bounds).map(|ratio| match row.effect() {
                Effect::Undecided => percent(&ratio),
                _ => interval(&ratio),
            });
            let [a, b] = row.values();
            let emulated = if row.provenance() == Provenance::Emulated { ", emulated" } else { "" };
            rows.add_row([
                format!("{}{}{emulated}", self.lead(row), row.name()),
                a,
                b,
                ratio.map_or_else(|| NONE.to_owned(), |(value, _)| factor(value)),
                bounds.unwrap_or_else(|| NONE.to_owned()),
                row.verdict().to_owned(),
            ]);
        }
        rows
    }

    fn present(&self) -> impl Iterator<Item = &D> {
        self.differences.iter().filter(|row| row.absent().is_none())
    }

    /// What has nothing to show in any result: the figure and why, and the parts.
    fn absent(&self) -> Vec<String> {
        let mut found: Vec<((String, String), Vec<String>)> = Vec::new();
        for (why, row) in self.differences.iter().filter_map(|row| Some((row.absent()?, row))) {
            let name = format!("{}{}", self.lead(row), row.name());
            match found.iter_mut().find(|(known, _)| *known == why) {
                Some((_, names)) => names.push(name),
                None => found.push((why, vec![name])),
            }
        }
        found.iter().map(|((figure, why), names)| format!("{figure} ({}): {why}", names.join("; "))).collect()
    }

    /// Where there are several others, which one a row is about.
    pub fn lead(&self, row: &D) -> String {
        if self.directories.len() > 2 { format!("{}: ", letter(row.other())) } else { String::new() }
    }

    /// The machines, in the order of the results.
    pub fn machine_names(&self) -> impl Iterator<Item = String> {
        self.machines.iter().map(|machine| match machine {
            Known::Value(machine) => machine_in_short(machine),
            Known::Unavailable { unavailable } => format!("machine unavailable: {unavailable}"),
        })
    }

    /// What is behind the intervals, each kind once.
    pub fn notes(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        for note in self.differences.iter().map(MatchedRow::note) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }
}
