//! For errors: the words that are allowed, and the one that was probably meant by a misspelt one.
//! A candidate that is not similar enough is not offered: a wrong guess is worse than none.

/// The candidate spelt most like `word`, if it is close enough to be what was meant.
pub(crate) fn closest<S: AsRef<str>>(word: &str, candidates: impl IntoIterator<Item = S>) -> Option<String> {
    let word = word.to_lowercase().replace('_', "-");
    let likeness = |candidate: S| (strsim::jaro_winkler(&word, candidate.as_ref()), candidate.as_ref().to_owned());
    let best = candidates.into_iter().map(likeness).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then_some(best.1)
}

/// A label that offers the candidate that was probably meant, or else says `otherwise`.
pub(crate) fn did_you_mean<S: AsRef<str>>(
    word: &str,
    candidates: impl IntoIterator<Item = S>,
    otherwise: &str,
) -> String {
    closest(word, candidates).map_or_else(|| otherwise.to_owned(), |meant| format!("did you mean `{meant}`?"))
}

/// Words in backticks, separated by commas.
pub(super) fn list<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_are_recognised_and_others_are_not() {
        let keys = ["count", "open", "write-size", "read-only", "read-write"];
        assert_eq!(closest("cuont", keys).as_deref(), Some("count"));
        assert_eq!(closest("write_size", keys).as_deref(), Some("write-size"));
        assert_eq!(closest("readonly", keys).as_deref(), Some("read-only"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(closest("x", [] as [&str; 0]), None);
    }
}
