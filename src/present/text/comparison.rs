//! Two runs for the terminal: what they are, what is different, then figure by figure. At most 100 columns wide.
//! What is undecided or too little says so, and what would decide it.

use std::fmt::{self, Write as _};

use crate::{
    conclude::wording::{each, interval, machine_in_short, name, percent, short_name, show, verdict, within},
    results::{Comparison, Effect, FigureDifference, KeyDifference, Standing},
};
use crate::{
    present::{Grid, table::paragraph},
    scenario::units::{factor, format_duration_ns},
};

/// There is no value.
const NONE: &str = "–";

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (letter, run) in [("A: ", &self.a), ("B: ", &self.b)] {
            let measured = format_duration_ns(run.measured_ns);
            let machine = machine_in_short(&run.machine);
            let provenance = run.provenance.name();
            paragraph(
                &mut text,
                letter,
                &format!("{} ({}; {machine}; {provenance} for {measured})", run.directory, run.scenario),
            );
        }
        opening(
            &mut text,
            &Opening {
                warnings: &self.warnings,
                keys: &self.scenario,
                machines: &self.environment,
                same_machines: &self.same_environment,
                sentences: &self.sentences,
            },
        );
        let _ = writeln!(text, "\n{}\n", self.table());
        self.below(&mut text);
        f.write_str(&text)
    }
}

/// What stands above the tables of a comparison.
pub(crate) struct Opening<'a> {
    pub warnings: &'a [String],
    /// Keys that differ.
    pub keys: &'a [crate::results::KeyDifference],
    /// Facts of the machines that differ, and that are the same.
    pub machines: &'a [crate::results::KeyDifference],
    pub same_machines: &'a [crate::results::Fact],
    /// What is different, in words.
    pub sentences: &'a [String],
}

/// Warnings, what differs between the loads and the machines, and what came of it.
pub(crate) fn opening(text: &mut String, opening: &Opening<'_>) {
    for warning in opening.warnings {
        paragraph(text, "WARNING: ", warning);
    }
    keys(text, opening.keys);
    machines(text, opening.machines, opening.same_machines);
    text.push('\n');
    if opening.sentences.is_empty() {
        paragraph(text, "", "No difference shown.");
    }
    for sentence in opening.sentences {
        paragraph(text, "- ", sentence);
    }
}

/// What differs between machines, and what does not, in short.
pub(crate) fn machines(text: &mut String, differing: &[crate::results::KeyDifference], same: &[crate::results::Fact]) {
    for fact in differing {
        paragraph(text, "Machine: ", &format!("{}: {}", fact.key, crate::conclude::wording::each(&fact.values)));
    }
    let told: Vec<String> = same.iter().take(SAME).map(|fact| format!("{} {}", fact.key, fact.value)).collect();
    if !told.is_empty() {
        let more = match same.len().saturating_sub(SAME) {
            0 => String::new(),
            more => format!(", and {more} more facts"),
        };
        paragraph(text, "The same: ", &format!("{}{more}", told.join(", ")));
    }
}

/// So many facts that are the same are told; of more only the number.
const SAME: usize = 7;

impl Comparison {
    /// Figure by figure: both values, their ratio with its interval, and what that says.
    pub fn table(&self) -> Grid {
        let header = ["figure", "A", "B", "B / A", "95 % interval", "B is", "worth A, B"];
        let mut rows = Grid::new(header, 1);
        for row in self.differences.iter().filter(|row| !is_too_little(row)) {
            let value = |value: &crate::results::Known<f64>| {
                value.value().map_or_else(|| NONE.to_owned(), |value| show(row.figure, *value))
            };
            let ratio = row.ratio.value();
            let worth = match row.effective {
                [None, None] => NONE.to_owned(),
                both => both
                    .map(|number| number.map_or_else(|| NONE.to_owned(), |number| format!("{number:.0}")))
                    .join(", "),
            };
            rows.add_row([
                short_name(row),
                value(&row.a),
                value(&row.b),
                ratio.map_or_else(|| NONE.to_owned(), |ratio| factor(ratio.value)),
                ratio.map_or_else(|| NONE.to_owned(), interval),
                verdict(row).to_owned(),
                worth,
            ]);
        }
        rows
    }

    /// Figures that have no ratio, those of a subject together, and why.
    fn untold(&self) -> Vec<String> {
        let mut told: Vec<(&str, Vec<&str>, String)> = Vec::new();
        for row in self.differences.iter().filter(|row| row.effect == Effect::Unknown) {
            let why = match row.counts {
                [a, b] if is_too_little(row) => format!("{a} and {b} values are too few"),
                _ => why(row).unwrap_or_default().to_owned(),
            };
            match told.last_mut().filter(|last| last.0 == row.subject && last.2 == why) {
                Some(last) => last.1.push(row.figure.name()),
                None => told.push((&row.subject, vec![row.figure.name()], why)),
            }
        }
        let subject = |subject: &str| if subject == "crowd" { String::new() } else { format!("{subject} ") };
        told.iter().map(|(of, names, why)| format!("{}{}: {why}", subject(of), names.join(", "))).collect()
    }

    fn below(&self, text: &mut String) {
        if self.differences.iter().any(|row| row.effect == Effect::Same && row.ratio.value().is_some()) {
            paragraph(text, "Same: ", &format!("{}, the least effect that counts", within(self.least_effect)));
        }
        let undecided: Vec<String> = self
            .differences
            .iter()
            .filter(|row| row.effect == Effect::Undecided)
            .filter_map(|row| Some(format!("{} {}", short_name(row), percent(row.ratio.value()?))))
            .collect();
        if !undecided.is_empty() {
            paragraph(text, "Undecided: ", &format!("could be {}; run longer", undecided.join(", ")));
        }
        let untold = self.untold();
        if !untold.is_empty() {
            paragraph(text, "Not told: ", &untold.join("; "));
        }
        let mut counts: Vec<String> = Vec::new();
        for row in self.differences.iter().filter(|row| row.figure.quantile().is_some()) {
            let count = format!("{} {} and {}", row.subject, row.counts[0], row.counts[1]);
            if !counts.contains(&count) {
                counts.push(count);
            }
        }
        paragraph(text, "Behind percentiles: ", &format!("response times in A and in B: {}", counts.join(", ")));
        paragraph(text, "Worth: ", WORTH);
        if let Some(allowed) = self.allowed_regression {
            regressions(text, allowed, self.regressions.iter().map(|row| (None, row)));
        }
        let tested = self.differences.iter().filter(|row| row.ratio.value().is_some()).count();
        paragraph(
            text,
            "Note: ",
            &format!(
                "intervals come from what varied inside each run. One run each cannot tell a difference of machine or setting from how \
                 one run differs from the next: repeat both. Of {tested} intervals one in 20 misses the truth by chance."
            ),
        );
    }
}

/// Whether one of the two has no such percentile: its line in a table would be empty.
fn is_too_little(row: &FigureDifference) -> bool {
    row.figure.quantile().is_some() && (row.a.value().is_none() || row.b.value().is_none())
}

/// What the last column means.
const WORTH: &str = "so many independent operations would tell the percentile as surely; those of a freeze are alike, so they tell \
                     little more than one";

fn why(row: &FigureDifference) -> Option<&str> {
    match &row.ratio {
        crate::results::Known::Unavailable { unavailable } => Some(unavailable),
        crate::results::Known::Value(_) => None,
    }
}

/// What is worse than the baseline by more than is allowed.
pub(crate) fn regressions<'d>(
    text: &mut String,
    allowed: f64,
    found: impl Iterator<Item = (Option<&'d str>, &'d FigureDifference)>,
) {
    let percent = allowed * 100.0;
    let told: Vec<String> = found
        .map(|(letter, row)| {
            let of = letter.map_or_else(String::new, |letter| format!("{letter}: "));
            let ratio = row.ratio.value().map_or_else(String::new, |it| format!(" {} times", factor(it.value)));
            format!("{of}{}{ratio}", name(row))
        })
        .collect();
    if told.is_empty() {
        paragraph(text, "Regression: ", &format!("none over {percent:.0} % that is sure"));
    } else {
        paragraph(text, "REGRESSION over ", &format!("{percent:.0} %: {}", told.join(", ")));
    }
}
/// Keys of scenarios that differ, with what that means, one on a line.
pub fn keys(text: &mut String, keys: &[KeyDifference]) {
    for key in keys {
        let lead = match key.standing {
            Standing::Free => "Differs: ",
            Standing::Across => "Compared across: ",
            Standing::Mismatch => "MISMATCH: ",
        };
        paragraph(text, lead, &format!("{}: {}", key.key, each(&key.values)));
    }
}
