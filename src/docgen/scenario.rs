//! The reference of scenario keys, `docs/scenario.md`, generated from the same table that reads them.

use std::fmt::Write as _;

use crate::scenario::read::keys::{Key, RAMP, SECTIONS};
use crate::scenario::{Clause, DEFAULT_OBJECTIVES, Metric, units::Quantity};

const INTRODUCTION: &str = include_str!("text/scenario.md");
const OBJECTIVES: &str = include_str!("text/scenario-objectives.md");
const OVERRIDES: &str = include_str!("text/scenario-overrides.md");

/// The text of `docs/scenario.md`: every key with what is allowed, its default and its meaning.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in SECTIONS {
        let heading = if section.name.is_empty() { "Name".to_owned() } else { format!("`[{}]`", section.name) };
        let _ = write!(page, "\n## {heading}\n\n{}\n\n", section.about);
        table(&mut page, section.keys);
        if section.name == "readers" {
            page.push_str("\nInside `ramp`:\n\n");
            table(&mut page, RAMP.keys);
        }
    }
    let _ = write!(page, "\nMetrics are {}.\n", Metric::ALLOWED);
    page.push_str("Latencies are response times. A rate is the fraction of the scheduled operations that completed; readers and commits are never\n\
         pooled.\n");
    page.push_str(OBJECTIVES);
    for objective in DEFAULT_OBJECTIVES {
        let clause = Clause::parse(objective.clause).expect("a default objective is one");
        let _ = writeln!(page, "| `{clause}` | {} |", objective.reason);
    }
    page.push_str("\n## Units\n\n");
    for (word, quantity) in [("Sizes", Quantity::Size), ("Durations", Quantity::Duration), ("Rates", Quantity::Rate)] {
        let _ = writeln!(page, "- {word}: {}.", quantity.how_to_write());
    }
    let _ = write!(page, "\n{OVERRIDES}");
    page
}

fn table(page: &mut String, keys: &[Key]) {
    page.push_str("| key | allowed | default | meaning |\n|---|---|---|---|\n");
    for key in keys {
        let default = match (key.default_note, key.default) {
            ("", "") => "–".to_owned(),
            ("", default) => format!("`{}`", default.replace('\'', "\"")),
            (note, _) => note.to_owned(),
        };
        let _ = writeln!(page, "| `{}` | {} | {default} | {} |", key.name, key.kind.allowed(), key.doc);
    }
}
