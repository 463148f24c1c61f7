//! Which rows of a long ranking are shown: the first, those around the boundary of the verdicts, the last, and what is shown whatever its
//! place. What is left out is said.

use std::ops::Range;

use crate::results::{Judgement, Provenance, Ranked, Ranking};

/// Up to so many rows are all shown.
pub const ALL: usize = 36;
/// So many at either end.
const ENDS: usize = 8;
/// So many on each side of the boundary.
const EDGE: usize = 5;
/// So many of those that say nothing.
const SILENT: usize = 3;

/// Rows that are shown together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretch<'r> {
    /// What they are; empty: all rows.
    pub heading: String,
    pub rows: Vec<&'r Ranked>,
}

/// What is shown of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown<'r> {
    pub stretches: Vec<Stretch<'r>>,
    /// What is shown and what was left out; `None`: nothing was.
    pub sentence: Option<String>,
}

impl<'r> Shown<'r> {
    pub fn rows(&self) -> impl Iterator<Item = &'r Ranked> {
        self.stretches.iter().flat_map(|stretch| stretch.rows.iter().copied())
    }
}

impl Ranking {
    /// Whether it is too long to be shown as a whole.
    pub fn is_long(&self) -> bool {
        self.rows.len() > ALL
    }

    pub(crate) fn shown(&self) -> Shown<'_> {
        if !self.is_long() {
            let all = Stretch { heading: String::new(), rows: self.rows.iter().collect() };
            return Shown { stretches: vec![all], sentence: None };
        }
        let boundary = if self.is_of_qualifications() { "fit and not fit" } else { "met and not met" };
        let parts = parts(&self.rows, boundary);
        let is_in_part = |place: usize| parts.iter().any(|(_, part)| part.contains(&place));
        let whatever = |is_wanted: fn(&Ranked) -> bool| {
            let rows = self.rows.iter().enumerate();
            rows.filter(|(place, row)| is_wanted(row) && !is_in_part(*place)).map(|(_, row)| row).collect::<Vec<_>>()
        };
        let baseline = ("the baseline".to_owned(), whatever(|row| row.is_baseline));
        let predicted = ("predicted".to_owned(), whatever(|row| row.provenance == Provenance::Predicted));
        let of_parts = parts.iter().map(|(words, part)| (words.clone(), self.rows[part.clone()].iter().collect()));
        let all = of_parts.chain([baseline, predicted]).filter(|(_, rows): &(String, Vec<&Ranked>)| !rows.is_empty());
        let stretches: Vec<Stretch<'_>> = all.map(|(heading, rows)| Stretch { heading, rows }).collect();
        let count: usize = stretches.iter().map(|stretch| stretch.rows.len()).sum();
        let named: Vec<&str> = stretches.iter().map(|stretch| stretch.heading.as_str()).collect();
        let sentence = format!(
            "{count} of {} rows are shown: {}. The {} others are in comparison.json alone: `--json` prints it, `--out DIR` writes it",
            self.rows.len(),
            named.join("; "),
            self.rows.len() - count
        );
        Shown { stretches, sentence: Some(sentence) }
    }

    /// Whether its rows are results of `mapstorm qualify`.
    pub fn is_of_qualifications(&self) -> bool {
        self.rows.iter().any(|row| row.qualified.is_some())
    }
}

/// Stretches of the rows, rising; those that touch are one.
fn parts(rows: &[Ranked], boundary: &str) -> Vec<(String, Range<usize>)> {
    // Those that say nothing stand behind all that do; without objectives no row has a verdict, and all count.
    let judged = rows.iter().position(|row| row.verdict == Some(Judgement::Invalid)).unwrap_or(rows.len());
    let edge = rows[..judged].iter().position(|row| row.verdict == Some(Judgement::NotMet)).filter(|edge| *edge > 0);
    let ends = ENDS.min(judged);
    let mut wanted = vec![(format!("the first {ends}"), 0..ends)];
    wanted.extend(edge.map(|edge| {
        let around = edge.saturating_sub(EDGE)..(edge + EDGE).min(judged);
        (format!("{} around the boundary of {boundary}", around.len()), around)
    }));
    wanted.push((format!("the last {ends}"), judged - ends..judged));
    let silent = judged..(judged + SILENT).min(rows.len());
    wanted.push((format!("{} of {} that say nothing", silent.len(), rows.len() - judged), silent));
    // The last of a few may begin before those around the boundary do.
    wanted.sort_by_key(|(_, part)| part.start);
    let mut parts: Vec<(String, Range<usize>)> = Vec::new();
    for (words, part) in wanted.into_iter().filter(|(_, part)| !part.is_empty()) {
        match parts.last_mut().filter(|(_, last)| last.end >= part.start && part.start < judged) {
            Some((known, last)) => {
                known.push_str(&format!(", {words}"));
                last.end = last.end.max(part.end);
            }
            None => parts.push((words, part)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::results::fixtures;

    /// So many rows of each verdict: met, not met, invalid, none.
    fn ranking(counts: [usize; 4]) -> Ranking {
        let verdicts = [Some(Judgement::Met), Some(Judgement::NotMet), Some(Judgement::Invalid), None];
        let all = verdicts.into_iter().zip(counts).flat_map(|(verdict, count)| vec![verdict; count]);
        let row = |(place, verdict): (usize, Option<Judgement>)| Ranked {
            letter: place.to_string(),
            verdict,
            ..fixtures::ranked()
        };
        Ranking { rows: all.enumerate().map(row).collect(), ..fixtures::ranking() }
    }

    fn places(ranking: &Ranking) -> Vec<usize> {
        ranking.shown().rows().map(|row| row.letter.parse().unwrap()).collect()
    }

    #[test]
    fn all_of_a_few_rows_are_shown_and_of_many_those_that_matter() {
        let few = ranking([20, 10, 6, 0]);
        assert_eq!((places(&few).len(), few.shown().sentence), (36, None));
        let many = ranking([1000, 500, 100, 0]);
        let expected = (0..8).chain(995..1005).chain(1492..1503).collect::<Vec<_>>();
        assert_eq!(places(&many), expected);
        let expected = "29 of 1600 rows are shown: the first 8; 10 around the boundary of met and not met; the last 8; 3 of 100 that say nothing. The \
             1571 others are in comparison.json alone: `--json` prints it, `--out DIR` writes it";
        assert_eq!(many.shown().sentence.unwrap(), expected);
    }

    #[test]
    fn stretches_that_overlap_are_one() {
        let ranking = ranking([14, 1, 22, 0]);
        assert_eq!(places(&ranking), (0..18).collect::<Vec<_>>());
        let headings: Vec<String> = ranking.shown().stretches.into_iter().map(|stretch| stretch.heading).collect();
        let together = "the first 8, the last 8, 6 around the boundary of met and not met";
        assert_eq!(headings, [together, "3 of 22 that say nothing"]);
    }

    #[test]
    fn a_baseline_is_shown_wherever_it_stands() {
        let mut many = ranking([0, 0, 0, 100]);
        many.rows[50].is_baseline = true;
        assert_eq!(places(&many).last(), Some(&50));
        assert_eq!(many.shown().stretches.last().unwrap().heading, "the baseline");
        let without = (0..8).chain(92..100).chain([50]).collect::<Vec<_>>();
        assert_eq!(places(&many), without, "without objectives there is no boundary");
    }

    proptest! {
        #[test]
        fn no_row_is_shown_twice_and_the_sentence_counts_right(
            met in 0..60usize, not_met in 0..60usize, invalid in 0..60usize
        ) {
            let ranking = ranking([met, not_met, invalid, 0]);
            let shown = places(&ranking);
            prop_assert!(shown.is_sorted_by(|one, other| one < other), "{shown:?}");
            prop_assert!(shown.len() <= ALL);
            prop_assert!(met == 0 || shown.contains(&0));
            if let Some(sentence) = ranking.shown().sentence {
                let start = format!("{} of {} rows", shown.len(), ranking.rows.len());
                prop_assert!(sentence.starts_with(&start), "{sentence}");
            } else {
                prop_assert_eq!(shown.len(), ranking.rows.len());
            }
            if met > 0 && not_met > 0 {
                prop_assert!(shown.contains(&(met - 1)) && shown.contains(&met));
            }
        }
    }
}
