//! Objectives given on the command line: clauses, several in one option separated by commas.

use crate::scenario::Clause;

/// Reads all of them.
pub fn parse(options: &[String]) -> Result<Vec<Clause>, String> {
    let clauses = options.iter().flat_map(|option| option.split(','));
    clauses.map(|clause| Clause::parse(clause).map_err(|error| format!("--slo: `{clause}`: {error}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn clauses_are_separated_by_commas() {
        let given = ["lookup.p99<=50ms,freeze.longest<=200ms".to_owned(), "rate>=0.99".to_owned()];
        let clauses: Vec<_> = parse(&given).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(clauses, ["lookup.p99 <= 50 ms", "freeze.longest <= 200 ms", "rate >= 0.99"]);
        let error = parse(&["lookup.p99<=50ms,lokup.max<=1s".to_owned()]).unwrap_err();
        assert!(error.contains("did you mean `lookup.max`"), "{error}");
    }
}
