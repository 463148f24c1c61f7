//! What may be said of a comparison next to the differences themselves: what has no ratio and why, and what limits the rest.

use crate::{
    conclude::{
        MatchedRow,
        claim::Remark,
        compare::drift,
        difference::{name, short_name, verdict},
        in_order::{grouped, unique},
        wording::{first_of, letter, lettered, machine_in_short, more, or_none, percent, runs, show, times, within},
    },
    results::{
        Availability, Checked, Comparability, Comparison, Effect, Fact, FigureDifference, KeyDifference, Matched,
        MatchedResult, Provenance, Ranked, Ranking, Spread,
    },
    scenario::units::{factor, format_duration_ns},
    stats::more_needed,
};

/// So many facts that are the same are named; of more only the number.
const SAME: usize = 7;
/// So many directories of a row are named.
const NAMED: usize = 3;
/// So many regressions are named.
const REGRESSIONS: usize = 24;

/// What differs between the loads and between the machines, and what does not, in short.
pub(crate) fn circumstances(keys: &[KeyDifference], machines: &[KeyDifference], same: &[Fact]) -> Vec<Remark> {
    let differing =
        |lead: &str, key: &KeyDifference| Remark::new(lead, format!("{}: {}", key.key, lettered(&key.values)));
    let keys = keys.iter().map(|key| match key.comparability {
        Comparability::Neutral => differing("Differs: ", key),
        Comparability::Compared => differing("Compared across: ", key),
        Comparability::Mismatch => differing("MISMATCH: ", key),
    });
    let mut remarks: Vec<Remark> = keys.chain(machines.iter().map(|fact| differing("Machine: ", fact))).collect();
    let mut named: Vec<String> = same.iter().take(SAME).map(|fact| format!("{} {}", fact.key, fact.value)).collect();
    if same.len() > SAME {
        named.push(format!("and {} more facts", same.len() - SAME));
    }
    if !named.is_empty() {
        remarks.push(Remark::new("The same: ", named.join(", ")));
    }
    remarks
}

/// What is worse than the baseline by more than is allowed, each figure with what stands before it; then, of each that was checked, the least
/// change that would have been, and what could not be checked.
fn regressions<'d>(
    allowed: Option<f64>,
    found: impl Iterator<Item = (String, &'d FigureDifference)>,
    checked: &[(String, &Vec<FigureDifference>, &Vec<Checked>)],
) -> Vec<Remark> {
    let Some(allowed) = allowed.map(|allowed| allowed * 100.0) else { return Vec::new() };
    let worse = found.map(|(lead, row)| {
        let value = |value: &Availability<f64>| or_none(value.value(), |value| show(row.figure, *value));
        let values = || format!(" {} -> {}", value(&row.a), value(&row.b));
        let ratio = row.ratio.value().map_or_else(values, |ratio| format!(" ×{}", factor(ratio.value)));
        format!("{lead}{}{ratio}", name(row))
    });
    let mut remarks = vec![match worse.collect::<Vec<_>>() {
        none if none.is_empty() => Remark::new("Regression: ", format!("none over {allowed:.0} % that is significant")),
        worse => Remark::new("REGRESSION over ", format!("{allowed:.0} %: {}", first_of(&worse, REGRESSIONS))),
    }];
    for (lead, rows, checked) in checked {
        let row =
            |found: &Checked| rows.iter().find(|row| (&row.subject, row.figure) == (&found.subject, found.figure));
        let named = |found: &Checked| row(found).map_or_else(String::new, short_name);
        let least = checked.iter().filter_map(|found| {
            let (least, a) = (found.least.value()?, row(found)?.a.value()?);
            let change = if *a > 0.0 { format!(" ({:+.0} %)", (least / a - 1.0) * 100.0) } else { String::new() };
            Some(format!("{} {}{change}", named(found), show(found.figure, *least)))
        });
        let least: Vec<String> = least.collect();
        let unchecked = checked.iter().filter_map(|found| Some((found.least.known().err()?, named(found))));
        let unchecked = grouped(unchecked).into_iter().map(|(why, names)| format!("{}: {why}", names.join(", ")));
        let unchecked: Vec<String> = unchecked.collect();
        let least = format!("{lead}that would have been found: {}", least.join(", "));
        remarks.push(Remark::new("Smallest regression ", least));
        if !unchecked.is_empty() {
            remarks.push(Remark::new("NOT CHECKED: ", format!("{lead}{}", unchecked.join("; "))));
        }
    }
    remarks
}

/// How the intervals of runs were made and corrected.
fn method(are_paired: impl Iterator<Item = bool>) -> Remark {
    let how = |is_paired: bool| match is_paired {
        true => {
            "paired, as the same operations were due at the same moments: the same spans of time of both are drawn together"
        }
        false => "unpaired, as what was due when is not the same: the two are drawn independently of each other",
    };
    let how: Vec<&str> = unique(are_paired).into_iter().map(how).collect();
    let families = "(figures of whole roles and freezes together, those of single operations together)";
    Remark::new("Method: ", format!("{}; {CORRECTED} {families}", how.join("; or ")))
}

/// What a correction does.
const CORRECTED: &str = "intervals are of 95 % each; differences are corrected for the number of figures by Holm's method, so that with 95 % \
                         none of them is chance";

impl Comparison {
    /// What is undecided or has no ratio, what is behind the figures, and what limits them.
    pub(crate) fn notes(&self) -> Vec<Remark> {
        let mut notes = Vec::new();
        let mut note = |lead: &str, words: String| notes.push(Remark::new(lead, words));
        if self.differences.iter().any(|row| row.effect == Effect::Same && row.ratio.value().is_some()) {
            note("Same: ", format!("{}, the least effect that counts", within(self.least_effect)));
        }
        let undecided = self.differences.iter().filter(|row| row.effect == Effect::Undecided);
        let undecided: Vec<String> = undecided.filter_map(|row| self.undecided(row)).collect();
        if !undecided.is_empty() {
            note("Undecided: ", undecided.join("; "));
        }
        let chance = self.differences.iter().filter(|row| row.effect == Effect::Chance).map(short_name);
        let chance = chance.collect::<Vec<_>>().join(", ");
        if !chance.is_empty() {
            note(
                "May be chance: ",
                format!("{chance}: each by its own interval a difference, and none among so many figures"),
            );
        }
        let without_ratio = self.without_ratio();
        if !without_ratio.is_empty() {
            note("Not reported: ", without_ratio.join("; "));
        }
        let percentiles = self.differences.iter().filter(|row| row.figure.quantile().is_some());
        let counts = unique(percentiles.map(|row| format!("{} {} and {}", row.subject, row.counts[0], row.counts[1])));
        note("Behind percentiles: ", format!("response times in A and in B: {}", counts.join(", ")));
        let effective = "so many independent operations would give the percentile with the same certainty; those of a freeze are \
                         alike, so they add little to one";
        note("Effective sample size: ", effective.to_owned());
        let worse = self.regressions.iter().map(|row| (String::new(), row));
        let checked = [(String::new(), &self.differences, &self.checked)];
        notes.extend(regressions(self.allowed_regression, worse, &checked));
        notes.push(method([self.paired].into_iter()));
        notes.extend(drift::remark(self));
        let limits = "intervals come from what varied inside each run. One run each cannot separate a difference of machine or setting from \
                      how one run differs from the next: repeat both.";
        notes.extend(self.drift.as_ref().map(|_| Remark::new("Note: ", limits)));
        notes
    }

    /// What an undecided figure could be, and how much longer runs would decide.
    fn undecided(&self, row: &FigureDifference) -> Option<String> {
        let ratio = row.ratio.value()?;
        let factor = more_needed(ratio, self.least_effect);
        let longest_ns = self.a.measured_ns.max(self.b.measured_ns);
        let length = match factor {
            some if some <= 100.0 => {
                format!(": runs of {}", format_duration_ns((some.ceil() as u64).saturating_mul(longest_ns)))
            }
            _ => String::new(),
        };
        Some(format!("{} could be {} ({}{length})", short_name(row), percent(ratio), more(factor, "as long")))
    }

    /// Whether one of the two has no such percentile: its line in a table would be empty.
    pub(crate) fn has_too_few(row: &FigureDifference) -> bool {
        row.figure.quantile().is_some() && (row.a.value().is_none() || row.b.value().is_none())
    }

    /// Figures that have no ratio, those of a subject together, and why.
    fn without_ratio(&self) -> Vec<String> {
        let rows = self.differences.iter().filter(|row| row.effect == Effect::Unknown).map(|row| {
            let why = match (row.counts, &row.ratio) {
                ([a, b], _) if Self::has_too_few(row) => format!("{a} and {b} values are too few"),
                (_, Availability::Unavailable { unavailable }) => unavailable.clone(),
                _ => String::new(),
            };
            ((&*row.subject, why), row.figure.name())
        });
        let subject = |subject: &str| if subject == "workers" { String::new() } else { format!("{subject} ") };
        let found = grouped(rows).into_iter();
        found.map(|((about, why), names)| format!("{}{}: {why}", subject(about), names.join(", "))).collect()
    }
}

impl Ranking {
    /// What it is ranked by, as the end of a sentence.
    pub fn order(&self) -> String {
        if self.is_of_qualifications() {
            return "by fitness: fit first, then by the margin: the number of processes up to which the objectives hold, divided by the \
                    wanted one"
                .to_owned();
        }
        if self.objectives.is_empty() {
            return "by the readers' p99, then the longest freeze (there are no objectives)".to_owned();
        }
        let clauses: Vec<String> = self.objectives.iter().map(ToString::to_string).collect();
        format!("by the objectives {}: met first, then by the margin of the worst", clauses.join(", "))
    }

    /// Each of the rows that are shown against the baseline, what is worse than is allowed, and what limits the figures.
    pub(crate) fn notes(&self) -> Vec<Remark> {
        let mut notes: Vec<Remark> = Vec::new();
        let shown = self.shown();
        let baseline = self.rows.iter().find(|row| row.is_baseline);
        for row in shown.rows().filter(|row| baseline.is_some() && !row.differences.is_empty()) {
            let real = row.differences.iter().filter(|difference| difference.effect.is_real()).map(|difference| {
                let b = difference.b.value().map_or_else(String::new, |b| show(difference.figure, *b));
                let ratio = difference.ratio.value().map_or_else(String::new, |ratio| format!("; {}", times(ratio)));
                format!("{} {} ({b}{ratio})", short_name(difference), verdict(difference))
            });
            let real: Vec<String> = real.collect();
            let lead = format!("{} against {}: ", row.letter, baseline.map_or("", |row| &row.letter));
            let real = if real.is_empty() { "no difference shown".to_owned() } else { real.join("; ") };
            notes.push(Remark::new(lead, real));
        }
        let worse = self.regressions.iter().map(|found| (format!("{}: ", found.letter), &found.difference));
        let checked = shown.rows().filter(|row| !row.checked.is_empty());
        let checked: Vec<_> =
            checked.map(|row| (format!("of {} ", row.letter), &row.differences, &row.checked)).collect();
        notes.extend(regressions(self.allowed_regression, worse, &checked));
        if baseline.is_some() {
            notes.push(method(self.rows.iter().filter_map(|row| row.paired)));
        }
        let measured = |row: &Ranked| row.provenance != Provenance::Predicted;
        let limits = [
            (
                self.rows.iter().any(|row| row.directories.len() > 1 && measured(row)),
                "Repeats: ",
                "runs of the same load on the same machine are one row: the median of each figure, and below the ranges \
                 from the least to the most. The verdict is that of the worst. Against the baseline they are one long run.",
            ),
            (
                self.rows.iter().any(|row| !measured(row)),
                "Predicted: ",
                "worked out from the cost model of a commit and from queueing, never run; ranges are what the model's own interval gives.",
            ),
            (
                baseline.is_some(),
                "Note: ",
                "intervals come from what varied inside the runs; one run each cannot separate a difference of machine or setting from \
                 how one run differs from the next, nor from drift between them: only interleaved runs (`mapstorm ab`) exclude that.",
            ),
        ];
        let limits = limits.into_iter().filter(|(applies, ..)| *applies);
        notes.extend(limits.map(|(_, lead, words)| Remark::new(lead, words)));
        notes
    }
}

impl Ranked {
    pub fn words(&self) -> String {
        if let Some(qualified) = &self.qualified {
            return format!("{}; {} ({})", self.label, qualified.statement, self.directories.join(", "));
        }
        let mut words = vec![self.label.clone()];
        let source = self.source.as_ref().map_or_else(String::new, |source| format!(" from {source}"));
        let measured = match self.provenance {
            Provenance::Predicted => String::new(),
            _ => format!(
                ", {}, {} reads ({})",
                runs(self.directories.len()),
                self.reads,
                first_of(&self.directories, NAMED)
            ),
        };
        words.push(format!("{}{source}{measured}", self.provenance.name()));
        words.extend(self.is_baseline.then(|| "BASELINE".to_owned()));
        words.extend(self.worst.as_ref().map(|worst| format!("decided by {}", worst.clause)));
        words.extend(Some(ranges(self)).filter(|ranges| !ranges.is_empty()).map(|ranges| format!("ranges: {ranges}")));
        words.extend(self.reasons.iter().map(|reason| format!("invalid because {reason}")));
        words.extend(self.finding.as_ref().map(|finding| format!("why: {finding}")));
        words.join("; ")
    }
}

/// From where to where the figures of a row go, those that go anywhere.
fn ranges(row: &Ranked) -> String {
    let figures = [
        ("read p50", row.reader_p50_ns),
        ("p99", row.reader_p99_ns),
        ("max", row.reader_max_ns),
        ("commit p99", row.commit_p99_ns),
        ("freeze", row.longest_freeze_ns),
    ];
    let time = |ns: f64| format_duration_ns(ns as u64);
    let range = |(name, spread): (&str, Option<Spread>)| {
        let spread = spread.filter(|spread| spread.least < spread.most)?;
        Some(format!("{name} {} to {}", time(spread.least), time(spread.most)))
    };
    figures.into_iter().filter_map(range).collect::<Vec<_>>().join(", ")
}

impl<D: MatchedRow> Matched<D> {
    pub(crate) fn present(&self) -> impl Iterator<Item = &D> {
        self.differences.iter().filter(|row| row.absent().is_none())
    }

    /// What has nothing to show in any result: the figure and why, and the parts.
    fn absent(&self) -> Vec<String> {
        let absent = self.differences.iter().filter_map(|row| Some((row.absent()?, row)));
        let found = grouped(absent.map(|(why, row)| (why, format!("{}{}", self.lead(row), row.name()))));
        found.iter().map(|((figure, why), names)| format!("{figure} ({}): {why}", names.join("; "))).collect()
    }

    /// Where there are several others, which one a row is about.
    pub fn lead(&self, row: &D) -> String {
        if self.results.len() > 2 { format!("{}: ", letter(row.other())) } else { String::new() }
    }

    /// What is behind the intervals, each kind once.
    pub fn notes(&self) -> Vec<&'static str> {
        unique(self.differences.iter().map(MatchedRow::note))
    }

    /// What counts as the same, what has nothing to show, and what is behind the intervals.
    pub(crate) fn remarks(&self) -> Vec<Remark> {
        let same = Remark::new("Note: ", format!("“same” is within {} %. ", self.least_effect * 100.0));
        let absent = self.absent().into_iter().map(|absent| Remark::new("Without a ratio: ", absent));
        let notes = self.notes().into_iter().map(|note| Remark::new("Intervals ", note));
        let is_corrected = self.differences.iter().any(|row| row.adjusted_p().is_some());
        let method = is_corrected.then(|| Remark::new("Method: ", CORRECTED));
        let drift = drift::of_all(&self.results);
        std::iter::once(same).chain(absent).chain(notes).chain(method).chain(drift).collect()
    }
}

impl MatchedResult {
    /// Its machine in short, or why that is unavailable; and where its figures come from.
    pub fn in_short(&self) -> String {
        let machine = match &self.machine {
            Availability::Value(machine) => machine_in_short(machine),
            Availability::Unavailable { unavailable } => format!("machine unavailable: {unavailable}"),
        };
        format!("{machine}; {}", self.origin())
    }

    /// `measured`, `emulated`, or both.
    pub fn origin(&self) -> String {
        self.provenance.iter().map(|provenance| provenance.name()).collect::<Vec<_>>().join(" and ")
    }
}
