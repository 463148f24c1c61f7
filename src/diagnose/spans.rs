//! Spans of time: sets of them that can be asked for their overlap, and the spans of a row of scores that stand out.

use std::ops::Range;

/// Spans that do not touch, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<Range<i64>>);

impl Spans {
    pub fn union(spans: impl IntoIterator<Item = Range<i64>>) -> Spans {
        let mut all: Vec<_> = spans.into_iter().filter(|span| span.start < span.end).collect();
        all.sort_unstable_by_key(|span| span.start);
        let mut union: Vec<Range<i64>> = Vec::new();
        for span in all {
            match union.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => union.push(span),
            }
        }
        Spans(union)
    }

    pub fn intersection(&self, other: &Spans) -> Spans {
        Spans(self.0.iter().flat_map(|span| other.within(span)).collect())
    }

    pub fn intersects(&self, other: &Spans) -> bool {
        self.0.iter().any(|span| other.overlap(span) > 0)
    }

    pub fn within(&self, span: &Range<i64>) -> impl Iterator<Item = Range<i64>> {
        let (start, end) = (span.start, span.end);
        let first = self.0.partition_point(|other| other.end <= start);
        let cut = move |other: &Range<i64>| other.start.max(start)..other.end.min(end);
        self.0[first..].iter().take_while(move |other| other.start < end).map(cut).filter(|cut| cut.start < cut.end)
    }

    pub fn overlap(&self, span: &Range<i64>) -> i64 {
        self.within(span).map(|part| part.end - part.start).sum()
    }

    pub fn length(&self) -> i64 {
        self.0.iter().map(|span| span.end - span.start).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Range<i64>> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// All maximal scoring spans of a row of scores (Ruzzo and Tompa, "A linear time algorithm for finding all maximal scoring
/// subsequences", ISMB 1999): each has a positive sum that no shorter or longer one beats, and they do not overlap.
pub fn maximal_scoring(scores: impl Iterator<Item = i64>) -> Vec<Range<usize>> {
    struct Candidate {
        span: Range<usize>,
        /// Sums of all scores before its first and up to its last.
        left: i64,
        right: i64,
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut sum = 0;
    for (place, score) in scores.enumerate() {
        let before = sum;
        sum += score;
        if score <= 0 {
            continue;
        }
        let mut new = Candidate { span: place..place + 1, left: before, right: sum };
        // The nearest one that begins lower; if it also ends lower, both are one.
        while let Some(lower) = candidates.iter().rposition(|candidate| candidate.left < new.left) {
            if candidates[lower].right >= new.right {
                break;
            }
            new = Candidate { span: candidates[lower].span.start..new.span.end, left: candidates[lower].left, ..new };
            candidates.truncate(lower);
        }
        candidates.push(new);
    }
    candidates.into_iter().map(|candidate| candidate.span).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_paper() {
        let scores = [4, -5, 3, -3, 1, 2, -2, 2, -2, 1, 5];
        assert_eq!(maximal_scoring(scores.into_iter()), [0..1, 2..3, 4..11]);
    }

    #[test]
    fn spans_are_united_and_cut() {
        let spans = Spans::union([5..7, 0..3, 2..4, 9..9, 7..8]);
        assert_eq!(spans, Spans(vec![0..4, 5..8]));
        assert_eq!((spans.overlap(&(3..6)), spans.length()), (2, 7));
        assert_eq!(spans.intersection(&Spans::union([1..2, 3..6])), Spans(vec![1..2, 3..4, 5..6]));
        assert!(Spans::default().is_empty());
    }

    proptest::proptest! {
        #[test]
        fn maximal_spans_have_positive_sums_and_positive_ends(scores in proptest::collection::vec(-5i64..4, 0..60)) {
            let sum = |span: &Range<usize>| scores[span.clone()].iter().sum::<i64>();
            let spans = maximal_scoring(scores.iter().copied());
            for span in &spans {
                proptest::prop_assert!(sum(span) > 0);
                for cut in span.start + 1..span.end {
                    proptest::prop_assert!(sum(&(span.start..cut)) > 0 && sum(&(cut..span.end)) > 0);
                }
            }
            let all = (0..scores.len()).flat_map(|from| (from + 1..=scores.len()).map(move |to| from..to));
            let best = all.map(|span| sum(&span)).max();
            proptest::prop_assert_eq!(spans.iter().map(sum).max().unwrap_or(0), best.unwrap_or(0).max(0));
        }
    }
}
