//! The scenarios that are built into the program: those of `scenarios/`, by the stem of their file.

use super::{
    Scenario, ScenarioErrors,
    closest::{did_you_mean, list},
};

/// A scenario's text, and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    pub name: &'static str,
    /// Its TOML.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal)*) => {
        /// All of them, sorted by name.
        pub const BUILT_IN: &[BuiltIn] =
            &[$(BuiltIn { name: $name, text: include_str!(concat!("../../scenarios/", $name, ".toml")) }),*];
    };
}

built_in! {
    "cyrus-2.5-remap"
    "engines"
    "fastmail-150m-6000"
    "fastmail-2026"
    "qualify"
    "quick"
    "split-12-instances"
    "t2000-freeze"
    "ucdavis-2007"
    "vm-short"
}

impl BuiltIn {
    pub fn named(name: &str) -> Option<&'static BuiltIn> {
        BUILT_IN.iter().find(|scenario| scenario.name == name)
    }

    /// For what is neither a file nor the name of one: the name that was probably meant, and all there are.
    pub fn hint(name: &str) -> String {
        let names: Vec<_> = BUILT_IN.iter().map(|scenario| scenario.name).collect();
        let stem = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".toml");
        let meant = did_you_mean(stem, &names, "");
        let space = if meant.is_empty() { "" } else { " " };
        format!("{meant}{space}built-in scenarios are {}", list(&names))
    }

    /// # Errors
    /// Its text is not valid. A test reads them all, so this is a fault of mapstorm.
    pub fn scenario(&self) -> Result<Scenario, ScenarioErrors> {
        Scenario::parse(self.name, self.text, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_built_in_under_its_stem_and_valid() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut stems: Vec<_> = entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        stems.sort();
        let names: Vec<_> = BUILT_IN.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names, stems);
        for built_in in BUILT_IN {
            let scenario = built_in.scenario().unwrap_or_else(|errors| panic!("{errors}"));
            assert_eq!(scenario.name, built_in.name);
            assert!(scenario.description.is_some_and(|line| !line.contains('\n')), "{}", built_in.name);
            assert!(!scenario.slo.clauses.is_empty(), "{}: a run without objectives has no verdict", built_in.name);
        }
    }

    #[test]
    fn a_name_that_is_not_built_in_is_guessed_or_not() {
        assert_eq!(BuiltIn::named("quick").map(|found| found.name), Some("quick"));
        assert_eq!(BuiltIn::named("quick.toml"), None);
        for written in ["quik", "scenarios/quick.toml", "Quick"] {
            assert!(
                BuiltIn::hint(written).starts_with("did you mean `quick`? built-in scenarios are `cyrus-2.5"),
                "{written}"
            );
        }
        assert!(BuiltIn::hint("nothing-like-it").starts_with("built-in scenarios are "));
    }
}
