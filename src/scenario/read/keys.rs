//! What is known about a key: its section, kind with limits, default and meaning.
//! Reading, error messages, overrides and the reference page all follow from this table.

mod table;

pub(crate) use table::{KEYS, RAMP_KEYS};

use super::kind::Kind;
use super::tree::{self, Node};

/// One key of a scenario.
#[derive(Debug)]
pub(crate) struct Key {
    /// Empty for the keys above all sections.
    pub section: &'static str,
    pub name: &'static str,
    pub kind: Kind,
    /// The default as TOML; `None`: there is no value unless given.
    pub default: Option<&'static str>,
    /// What the reference says about the default where the TOML alone would not do.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is for the generated page"))]
    pub default_note: &'static str,
    pub doc: &'static str,
}

/// The sections in the order of the reference, each with a sentence about it.
pub(crate) const SECTIONS: [(&str, &str); 8] = [
    ("", "Above all sections."),
    (
        "file",
        "The mapped file. `size`, `mailboxes` and `source` are one choice: exactly one of them must be given. \
         All amounts are totals over all instances.",
    ),
    ("instances", "How many files there are, each with its own readers and writers."),
    ("readers", "The workers that search the file."),
    ("writer", "The workers that commit to the file."),
    ("run", "Times, thresholds and the seed."),
    ("slo", "What the run must reach to be called fit. Without clauses there is no verdict."),
    (
        "sweep",
        "Several runs instead of one: every combination of the axes' values, each `repeats` times, in an order drawn by lot. No \
         part of the load that a single run makes, nor of its hash. `--axis` on the command line takes the place of `axes`, and \
         `--set 'sweep.axes=[]'` makes one run of it.",
    ),
];

/// The key of that name in that section.
pub(crate) fn find(section: &str, name: &str) -> Option<&'static Key> {
    of(section).find(|key| key.name == name)
}

/// The keys of a section.
pub(crate) fn of(section: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.section == section)
}

/// Whether there is such a section.
pub(crate) fn is_section(name: &str) -> bool {
    !name.is_empty() && SECTIONS.iter().any(|(section, _)| *section == name)
}

/// The least and the most that the number of a key may be, durations in nanoseconds, rates per second. `None`: there is no such key,
/// or it is no number.
pub(crate) fn bounds_of_key(path: &str) -> Option<(f64, f64)> {
    let key = KEYS.iter().chain(RAMP_KEYS).find(|key| key.path() == path)?;
    match key.kind {
        Kind::Count { min, max } | Kind::Duration { min, max } | Kind::Size { min, max, .. } => {
            Some((min as f64, max as f64))
        }
        Kind::Rate { min_per_s, max_per_s } => Some((min_per_s, max_per_s)),
        _ => None,
    }
}

impl Key {
    /// The key as it is written after `--set`: `readers.count`.
    pub(crate) fn path(&self) -> String {
        if self.section.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.section, self.name) }
    }

    /// The default as a tree. Its places are in no text.
    pub(super) fn default_node(&self) -> Option<Node> {
        self.default.and_then(|text| tree::parse_value(usize::MAX, text, 0).ok())
    }
}
