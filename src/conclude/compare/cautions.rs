//! What a reader must know of figures first. Of a few results each is a warning; of many those of one kind are counted, with an example.

use super::loaded_run::LoadedRun;
use crate::{
    conclude::{in_order::grouped, wording::count},
    results::{Judgement, UnreadResult},
};

/// Up to so many warnings of one kind are all given.
const FEW: usize = 3;

/// A warning of one result.
#[derive(Clone, Debug, PartialEq)]
pub struct Caution {
    /// What holds for all results that have it, such as `are incomplete`.
    pub of_many: &'static str,
    /// Before the name of the result.
    lead: &'static str,
    /// Behind it.
    words: String,
}

impl Caution {
    pub fn words(&self, name: &str) -> String {
        format!("{}{name}{}", self.lead, self.words)
    }
}

/// What a reader of a run's figures must know first.
pub fn of_run(side: &LoadedRun) -> Vec<Caution> {
    let (summary, diagnosis) = (&side.run.summary, &side.run.diagnosis);
    let mut cautions = Vec::new();
    let mut add = |of_many, lead, words: String| cautions.push(Caution { of_many, lead, words });
    if !summary.complete {
        let words = " is incomplete: it was interrupted, or workers were lost";
        add("are incomplete: they were interrupted, or workers were lost", "", words.to_owned());
    }
    if summary.errors > 0 {
        add("have operations that failed", "in ", format!(" {} failed", count(summary.errors, "operation")));
    }
    if let Some(verdict) = diagnosis.verdict.as_ref().filter(|verdict| verdict.outcome == Judgement::Invalid) {
        let words = format!(" is invalid, its figures say nothing: {}", verdict.reasons.join("; "));
        add("are invalid, their figures say nothing", "", words);
    }
    if let Some(why) = &side.left_out {
        let words = format!(": {why}; its figures are those of run.json, without intervals");
        add("have no log of latencies: their figures are those of run.json, without intervals", "", words);
    }
    for (_, what) in summary.fell_behind("reads") {
        let of_many = "did not complete all that was scheduled; percentiles are of what completed alone";
        add(of_many, "", format!(" completed {what}; its percentiles are of those alone"));
    }
    cautions
}

/// Warnings of results that are called so.
pub fn together(cautions: impl IntoIterator<Item = (String, Caution)>) -> Vec<String> {
    let kinds = grouped(cautions.into_iter().map(|(name, caution)| (caution.of_many, caution.words(&name))));
    let of_kind = |(of_many, mut all): (&str, Vec<String>)| {
        // Repeats often have the same warnings; they stand next to each other.
        all.dedup();
        in_short(all, |count| format!("{count} results {of_many}"))
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

/// That results could not be read.
pub fn unread(results: &[UnreadResult]) -> Vec<String> {
    let all = results.iter().map(|unread| format!("{} could not be read: {}", unread.directory, unread.reason));
    in_short(all.collect(), |count| format!("{count} results could not be read, and are not ranked"))
}

/// That results were given twice.
pub fn twice(directories: Vec<String>) -> Vec<String> {
    let all = directories.iter().map(|directory| format!("{directory} is given twice; it counts once"));
    in_short(all.collect(), |count| format!("{count} results are given twice; each counts once"))
}

/// All of a few; of more what holds for them, and the first.
fn in_short(all: Vec<String>, of_many: impl Fn(usize) -> String) -> Vec<String> {
    if all.len() <= FEW {
        return all;
    }
    vec![format!("{}; the first of them: {}", of_many(all.len()), all[0])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_warnings_are_given_one_by_one_and_many_are_counted() {
        let failed = |operations: u64| Caution {
            of_many: "have operations that failed",
            lead: "in ",
            words: format!(" {} failed", count(operations, "operation")),
        };
        let of = |count: u64| together((0..count).map(|place| (format!("R{place}"), failed(place + 1))));
        assert_eq!(of(2), ["in R0 1 operation failed", "in R1 2 operations failed"]);
        assert_eq!(of(4), ["4 results have operations that failed; the first of them: in R0 1 operation failed"]);
        let same = together((0..9).map(|_| ("A".to_owned(), failed(7))));
        assert_eq!(same, ["in A 7 operations failed"], "repeats have one");
        assert_eq!(twice(vec!["x".to_owned(); 4]).len(), 1);
    }
}
