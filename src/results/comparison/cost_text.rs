//! Cost laws side by side for the terminal: what differs in sentences, then law by law. At most 100 columns wide.
//! What is emulated is marked where it stands.

use std::fmt::{self, Write as _};

use super::{
    CostComparison, CostFigure, Effect,
    pair_text::{Opening, opening},
    words::{interval, letter, machine_in_short, percent},
};
use crate::{
    results::{Grid, Known, Provenance, cost_text::short_ns, diagnosis_text::paragraph, of_mode, what_if_text::factor},
    scenario::{MapMode, units::format_bytes},
};

/// In this order.
const MODES: [MapMode; 3] = [MapMode::ReadWrite, MapMode::ReadOnly, MapMode::Dirty];
/// There is no value.
const NONE: &str = "–";

impl fmt::Display for CostComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (place, (directory, machine)) in self.directories.iter().zip(&self.machines).enumerate() {
            let lead = format!("{}: ", letter(place));
            paragraph(&mut text, &lead, &format!("{directory} ({}; measured)", machine_in_short(machine)));
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
        paragraph(
            &mut text,
            "Intervals ",
            "hold a repeat of the measurement 19 times of 20; that of a ratio is made of both, on a logarithmic scale. \
             Where one includes 0 there is no ratio, and only laws whose intervals have no point in common differ.",
        );
        f.write_str(&text)
    }
}

impl CostComparison {
    /// Law by law, with a caption for each table: slopes, then bases, by open mode.
    pub fn tables(&self) -> Vec<(String, Grid)> {
        let mut tables = Vec::new();
        for figure in [CostFigure::PerMapper, CostFigure::Base] {
            for mode in MODES {
                if self.differences.iter().any(|row| row.figure == figure && row.mode == mode) {
                    let of = match figure {
                        CostFigure::PerMapper => "What each mapper adds to one update",
                        CostFigure::Base => "One update, without any mapper",
                    };
                    tables.push((format!("{of}, mapped {}", of_mode(mode)), self.table(figure, mode)));
                }
            }
        }
        tables
    }

    fn table(&self, figure: CostFigure, mode: MapMode) -> Grid {
        let several = self.directories.len() > 2;
        let header = ["update", "A", "other", "ratio", "95 % interval", "it is"];
        let mut rows = Grid::new(header, 1);
        for row in self.differences.iter().filter(|row| row.figure == figure && row.mode == mode) {
            let other = if several { format!("{}: ", letter(row.other)) } else { String::new() };
            let emulated = if row.provenance == Provenance::Emulated { ", emulated" } else { "" };
            let what = format!("{other}{}, {}{emulated}", row.method, format_bytes(row.write_size));
            let verdict = match row.effect {
                Effect::Better => "cheaper".to_owned(),
                Effect::Worse => "dearer".to_owned(),
                Effect::Same => "same".to_owned(),
                Effect::Undecided => "undecided".to_owned(),
                Effect::Unknown => "not told".to_owned(),
            };
            let value = |estimate: &crate::stats::Estimate| match figure {
                CostFigure::PerMapper if estimate.low <= 0.0 => format!("<= {}", short_ns(estimate.high.max(0.0))),
                CostFigure::PerMapper => short_ns(estimate.value),
                CostFigure::Base => short_ns(estimate.value),
            };
            let bounds = |ratio: &crate::stats::Estimate| match row.effect {
                Effect::Undecided => percent(ratio),
                _ => interval(ratio),
            };
            let ratio = match &row.ratio {
                Known::Value(ratio) => [factor(ratio.value), bounds(ratio)],
                Known::Unavailable { .. } => [NONE.to_owned(), NONE.to_owned()],
            };
            let [times, bounds] = ratio;
            rows.add_row([what, value(&row.a), value(&row.b), times, bounds, verdict]);
        }
        rows
    }
}
