//! Results of one kind whose parts are matched: laws of cost results, points of sweeps, mitigations of what-ifs. Each part is compared
//! with that of the first result. Text, page and chart are the same for all of them; what is emulated is marked where it stands.

use std::fmt::{self, Write as _};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Effect, Fact, KeyDifference,
    pair_text::{Opening, opening},
    words::{interval, letter, machine_in_short, percent},
};
use crate::{
    results::{Grid, Known, Machine, Provenance, diagnosis_text::paragraph, what_if_text::factor},
    stats::Estimate,
};

/// There is no value.
const NONE: &str = "–";

/// Results of one kind; each is compared with the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Comparison_of_{D}")]
pub struct Matched<D> {
    /// Directories, as they were given: A, B and so on.
    pub directories: Vec<String>,
    /// Their machines.
    pub machines: Vec<Known<Machine>>,
    /// A smaller effect is no difference; as a share.
    pub least_effect: f64,
    /// What was asked for differently, and the parts that only some of the results have.
    pub plan: Vec<KeyDifference>,
    /// Facts of the machines that differ.
    pub environment: Vec<KeyDifference>,
    /// Facts of the machines that are the same.
    pub same_environment: Vec<Fact>,
    /// What a reader must know first.
    pub warnings: Vec<String>,
    /// Every figure of every part that a result has in common with the first.
    pub differences: Vec<D>,
    /// Each real difference in a sentence.
    pub sentences: Vec<String>,
}

/// A figure of a matched part, in the first result and in another.
pub trait MatchedRow {
    /// What a table calls its parts.
    const PART: &'static str;
    /// Name and title of the chart, and what a point of it is.
    const CHART: [&'static str; 3];

    /// The other result: its place among all, 1 for B.
    fn other(&self) -> usize;
    /// The table that it stands in: its place among all, and its caption.
    fn table(&self) -> (usize, String);
    /// The part, in the table.
    fn name(&self) -> String;
    /// The figure and the part, on the chart; `None`: it is not drawn.
    fn charted(&self) -> Option<String>;
    /// In the first and in the other.
    fn values(&self) -> [String; 2];
    /// The other divided by the first, and its interval.
    fn ratio(&self) -> Option<(f64, Option<Estimate>)>;
    /// What it says of the other.
    fn effect(&self) -> Effect;
    /// The same for people.
    fn verdict(&self) -> &'static str;
    /// Whether it was measured.
    fn provenance(&self) -> Provenance;
    /// Where neither result has anything of it to show: the figure, and why. It stands in no table.
    fn absent(&self) -> Option<(String, String)>;
    /// What is behind the intervals.
    fn note(&self) -> &'static str;
    /// A real difference in a sentence, `letter` standing for the other result; `None`: it is none.
    fn sentence(&self, letter: &str) -> Option<String>;
}

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
