//! What was probably meant by a word that stands where it means nothing.

use clap::{
    Error,
    builder::StyledStr,
    error::{ContextKind, ContextValue},
};

use crate::{
    experiment::mitigations::MITIGATIONS,
    scenario::{BuiltIn, closest},
};

/// The same error, with a tip if there is one.
pub fn added(mut error: Error) -> Error {
    let words = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand];
    let word = words.into_iter().find_map(|kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    });
    if let Some(hint) = word.and_then(|word| hint(&word)) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(hint)]));
    }
    error
}

/// What to write instead of a word that was not expected.
pub fn hint(word: &str) -> Option<String> {
    if let Some(built_in) = BuiltIn::named(word) {
        return Some(format!("`{word}` is a built-in scenario: `mapstorm run {}` runs it", built_in.name));
    }
    let names = || MITIGATIONS.iter().map(|mitigation| mitigation.name).chain(["all", "suggested"]);
    let meant: Option<Vec<_>> = word.split(',').map(|name| closest(name, names())).collect();
    let meant = meant?.join(",");
    Some(if meant == word {
        format!("`{word}` belongs to --what-if, with an equals sign: `--what-if={word}`")
    } else {
        format!("did you mean `--what-if={meant}`?")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_mitigation_without_its_equals_sign_and_a_scenario_without_run_are_recognised() {
        for (arguments, tip) in [
            (&["run", "quick", "--what-if", "read-only"][..], "`--what-if=read-only`"),
            (&["run", "quick", "--what-if", "read-only,12-instances"], "`--what-if=read-only,12-instances`"),
            (&["run", "quick", "--what-if", "readonly"], "did you mean `--what-if=read-only`?"),
            (&["quick"], "`mapstorm run quick`"),
        ] {
            let error = Cli::try_parse_from([&["mapstorm"], arguments].concat()).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let said = added(error).to_string();
            assert!(said.contains("tip: ") && said.contains(tip), "{said}");
        }
    }

    #[test]
    fn what_cannot_be_guessed_gets_no_tip_of_ours_and_clap_s_stay() {
        assert_eq!(hint("nonsense"), None);
        let error = Cli::try_parse_from(["mapstorm", "run", "quick", "--forse"]).unwrap_err();
        assert!(added(error).to_string().contains("--force"));
    }
}
